/** How large a model is, in billions of parameters: from its name or a configured size; and the ranges in which seed 003 writes sizes. */
import type { SizeRange } from '../core/rules.ts'

/** `8x7b` counts all experts; the active part of a mixture (`a3b`) and quantisations (`q4`) are no size. */
const sizeInName = /(?<![a-z0-9.])(?:(\d{1,3})x)?e?(\d{1,4}(?:\.\d{1,3})?)([bm])(?![a-z0-9])/i

/** Billions of parameters by the name (`llama-7b`, `qwen:13b`, `SmolLM2-135M`); null where it says nothing. The first that fits counts. */
export function sizeOfName(name: string): number | null {
  const match = sizeInName.exec(name)
  if (!match) return null
  const [, experts = '1', figure = '', unit = ''] = match
  return rounded((Number(experts) * Number(figure)) / (unit.toLowerCase() === 'm' ? 1000 : 1))
}

/** `13B`, `0.5b`, `135M` or a plain number of billions; null where it is no size. */
export function parseSize(text: string): number | null {
  const match = /^\s*(\d{1,5}(?:\.\d{1,3})?)\s*([bm])?\s*$/i.exec(text)
  if (!match) return null
  return rounded(Number(match[1]) / (match[2]?.toLowerCase() === 'm' ? 1000 : 1))
}

/** `< 8B`, `<= 8B`, `8B - 13B` (both ends included), `> 13B`, `>= 13B`, `13B`; null where it is none, or holds nothing. */
export function parseSizeRange(text: string): SizeRange | null {
  const compared = /^\s*(<=?|>=?|==?)\s*(.+)$/.exec(text)
  if (compared) {
    const [, operator = '', rest = ''] = compared
    const size = parseSize(rest)
    if (size === null) return null
    if (operator.startsWith('<')) return { min: 0, minIncluded: true, max: size, maxIncluded: operator === '<=' }
    if (operator.startsWith('>')) return { min: size, minIncluded: operator === '>=', max: Number.POSITIVE_INFINITY, maxIncluded: true }
    return { min: size, minIncluded: true, max: size, maxIncluded: true }
  }
  const [from, to, ...more] = text.split(/\s*(?:-|–|\.\.)\s*/)
  const min = parseSize(from ?? '')
  const max = to === undefined ? min : parseSize(to)
  if (min === null || max === null || more.length > 0 || min > max) return null
  return { min, minIncluded: true, max, maxIncluded: true }
}

export function isInRange(size: number, { min, minIncluded, max, maxIncluded }: SizeRange): boolean {
  return (size > min || (minIncluded && size === min)) && (size < max || (maxIncluded && size === max))
}

const rounded = (billions: number) => Math.round(billions * 1e6) / 1e6
