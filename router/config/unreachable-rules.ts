/** Rules that stand where no request comes: sizes that earlier ranges take whole, and what follows a condition that always holds. It warns, it never refuses. */
import type { ConfigWarning } from '../core/catalog.ts'
import type { Source } from '../core/deployment.ts'
import type { Condition, Rules, SizeRange } from '../core/rules.ts'
import { isAlways } from '../policy/condition.ts'
import { fileAndLine, quote } from './configuration-error.ts'

export function unreachableRules({ metadata, sizes, smart }: Pick<Rules, 'metadata' | 'sizes' | 'smart'>): ConfigWarning[] {
  return [
    ...hiddenSizes(sizes),
    ...afterAlways(metadata).map(({ rule, before }) => ({
      ...fileAndLine(rule.source),
      message: `the request rule ${quote(rule.rule)} is never reached: ${quote(before.rule)} before it (${before.source}) takes every request`,
      rule: { kind: 'metadata', name: rule.rule } as const,
    })),
    ...afterAlways(smart?.rules ?? []).map(({ rule, before }) => ({
      ...fileAndLine(rule.source),
      message: `this rule of smart_routing (${rule.condition.text} → ${rule.use}) comes after ${quote(before.condition.text)} (${before.source}), which takes every prompt while ${quote(before.use)} is there`,
      rule: { kind: 'smart', name: '' } as const,
    })),
  ]
}

interface Conditional {
  readonly condition: Condition
  readonly source: Source
}

function afterAlways<Rule extends Conditional>(rules: readonly Rule[]): { readonly rule: Rule; readonly before: Rule }[] {
  const index = rules.findIndex(({ condition }) => isAlways(condition))
  const before = rules[index]
  return before === undefined ? [] : rules.slice(index + 1).map((rule) => ({ rule, before }))
}

function hiddenSizes(sizes: Rules['sizes']): ConfigWarning[] {
  return sizes.flatMap((rule, index) => {
    const earlier = sizes.slice(0, index).filter(({ range }) => overlaps(range, rule.range))
    if (!isCovered(rule.range, earlier)) return []
    const before = earlier.map(({ rule: text, source }) => `${quote(text)} (${source})`).join(' and ')
    const message = `the size ${quote(rule.rule)} is never reached: ${before} before it ${earlier.length === 1 ? 'takes' : 'take'} all of it`
    return [{ ...fileAndLine(rule.source), message, rule: { kind: 'size', name: rule.rule } as const }]
  })
}

/** Sizes are kept to a millionth of a billion, so that a range is a run of whole numbers, both ends included. */
interface Run {
  readonly first: number
  readonly last: number
}

function runOf({ min, minIncluded, max, maxIncluded }: SizeRange): Run {
  return { first: Math.round(min * 1e6) + (minIncluded ? 0 : 1), last: Math.round(max * 1e6) - (maxIncluded ? 0 : 1) }
}

function overlaps(one: SizeRange, other: SizeRange): boolean {
  const [a, b] = [runOf(one), runOf(other)]
  return a.first <= b.last && b.first <= a.last
}

/** Do the ranges take every size of this one together? One that is empty is nobody's. */
function isCovered(range: SizeRange, earlier: readonly { readonly range: SizeRange }[]): boolean {
  const { first, last } = runOf(range)
  if (first > last) return false
  let next = first
  for (const run of earlier.map((each) => runOf(each.range)).sort((a, b) => a.first - b.first)) {
    if (run.first > next) return false
    if (run.last >= last) return true
    next = Math.max(next, run.last + 1)
  }
  return false
}
