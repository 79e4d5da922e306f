/** The rules as the page lists them: those of the files as they are in force, then those of the panel as they are stored, each with what the router says about it. */
import type { ChainView, Entry, ExplainedPlan, RulesView, RuleView } from '../api/rules.ts'
import { type RuleAt, type RuleKind, rowsOf } from './rule-edits.ts'

export interface RuleRow {
  readonly kind: RuleKind
  readonly name: string
  /** Null = of a file. */
  readonly stored: { readonly at: RuleAt; readonly entry: Entry; readonly isFirst: boolean; readonly isLast: boolean } | null
  readonly source: string
  readonly condition: string | null
  /** Null = it is not in force. */
  readonly rule: RuleView | null
  /** What follows a rule, or the chain itself. */
  readonly chain: ChainView | null
  /** Why it is not used. */
  readonly problem: string | null
  readonly warnings: readonly string[]
}

type RoutedKind = Exclude<RuleKind, 'smart' | 'chain'>
export type ListedKind = RoutedKind | 'chain'

export function rowsOfKind(view: RulesView, kind: ListedKind): readonly RuleRow[] {
  const inForce = kind === 'chain' ? view.rules.chains.map((chain) => chainRow(view, chain)) : routed(view, kind).map((rule) => ruleRow(view, rule))
  const stored = rowsOf(view.stored, kind)
  return [
    ...inForce.filter(({ source }) => source !== 'panel'),
    ...stored.map(({ name, entry }, index): RuleRow => {
      const at = kind === 'pattern' || kind === 'size' ? index : name
      const fault = view.left_out.find((each) => each.kind === kind && each.at === at)
      const found = fault ? undefined : inForce.find((each) => each.source === 'panel' && each.name === name.trim())
      const row = found ?? { kind, name, source: 'panel', condition: textOf(entry['condition']), rule: null, chain: null, warnings: [] }
      return {
        ...row,
        stored: { at, entry, isFirst: index === 0, isLast: index === stored.length - 1 },
        problem: fault?.message ?? null,
      }
    }),
  ]
}

const chainRow = (view: RulesView, chain: ChainView): RuleRow => ({
  kind: 'chain',
  name: chain.name,
  stored: null,
  source: chain.source,
  condition: null,
  rule: null,
  chain,
  problem: null,
  warnings: warningsOf(view, 'chain', chain.name),
})

const ruleRow = (view: RulesView, rule: RuleView & { readonly condition?: string }): RuleRow => ({
  kind: rule.kind,
  name: rule.rule,
  stored: null,
  source: rule.source,
  condition: rule.condition ?? null,
  rule,
  chain: rule.chain,
  problem: null,
  warnings: warningsOf(view, rule.kind, rule.rule),
})

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

export function smartProblem(view: RulesView): string | null {
  return view.left_out.find(({ kind }) => kind === 'smart')?.message ?? null
}

export const warningsOf = (view: RulesView, kind: RuleKind, name: string): readonly string[] =>
  view.warnings.flatMap(({ rule, message }) => (rule?.kind === kind && rule.name === name ? [message] : []))

/** How many rules there are, and how many of them were added in the panel. */
export function countRules(view: RulesView): { readonly all: number; readonly ofPanel: number } {
  const rows = (['metadata', 'exact', 'pattern', 'capability', 'size', 'chain'] as const).flatMap((kind) => rowsOfKind(view, kind))
  const smart = view.rules.smart !== null || view.stored.smart_routing !== undefined ? 1 : 0
  const ofPanel = rows.filter(({ stored }) => stored !== null).length + (view.stored.smart_routing === undefined ? 0 : 1)
  return { all: rows.length + smart, ofPanel }
}

/** The row that took a request, as the list marks it: `pattern:^meta-llama/`; null = none of the list. */
export function rowOfRoute(plan: Pick<ExplainedPlan, 'route' | 'plan'>, view: RulesView): string | null {
  const { kind, rule } = plan.route
  switch (kind) {
    case 'alias':
      return 'listed'
    case 'default':
      return 'default'
    case 'smart': {
      const found = view.rules.smart?.rules.findIndex(({ when }) => rule.startsWith(`${when} (`) || rule.startsWith(`${when} →`))
      return found === undefined || found < 0 ? null : `smart:${found}`
    }
    case 'exact': {
      if (view.rules.exact.some((each) => each.rule === rule && each.source === plan.route.source)) return `exact:${rule}`
      return rule.includes('@') ? null : 'listed'
    }
    default:
      return `${kind}:${rule}`
  }
}

function routed({ rules }: RulesView, kind: RoutedKind): readonly (RuleView & { readonly condition?: string })[] {
  switch (kind) {
    case 'metadata':
      return rules.metadata
    case 'exact':
      return rules.exact
    case 'pattern':
      return rules.patterns
    case 'capability':
      return rules.capabilities
    case 'size':
      return rules.sizes
  }
}
