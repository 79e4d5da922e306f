/** `not` as people mean it: looser than a comparison, tighter than `and` and `or`. CEL has only `!`, which binds to what stands next to it, so what is negated gets brackets. */

const ends: ReadonlySet<string> = new Set(['and', 'or', '&&', '||', '?', ':', ',', ')', ']', '}'])
const opens: ReadonlySet<string> = new Set(['(', '[', '{'])
const closes: ReadonlySet<string> = new Set([')', ']', '}'])

/** The tokens of a condition with `!(` … `)` for every `not`. A `not` before nothing becomes empty brackets, which CEL refuses. */
export function withNegations(tokens: readonly string[]): string[] {
  const written: string[] = []
  /** Depth of brackets at each `not` that is still open. */
  const open: number[] = []
  let depth = 0
  for (const token of tokens) {
    const word = token.toLowerCase()
    if (ends.has(word)) closeDownTo(depth)
    if (opens.has(token)) depth++
    else if (closes.has(token)) depth--
    if (word === 'not') {
      open.push(depth)
      written.push('!', '(')
    } else if (token.trim() !== '' || written.at(-1) !== '(') written.push(token)
  }
  closeDownTo(Number.NEGATIVE_INFINITY)
  return written

  function closeDownTo(least: number): void {
    while ((open.at(-1) ?? Number.NEGATIVE_INFINITY) >= least && open.length > 0) {
      open.pop()
      const isSpaced = written.at(-1)?.trim() === ''
      written.splice(isSpaced ? -1 : written.length, 0, ')')
    }
  }
}
