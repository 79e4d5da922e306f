/** The rules in force as people see them: in their order, each with its place, where it sends and what follows. */
import type { Catalog } from '../core/catalog.ts'
import type { Source } from '../core/deployment.ts'
import type { Chain, RouteRule, Rules } from '../core/rules.ts'

export interface ChainView {
  readonly name: string
  readonly source: Source
  /** At one place; null = as the execution decides. */
  readonly attempts: number | null
  readonly delay_ms: number | null
  readonly links: readonly { readonly provider: string; readonly model: string | null; readonly condition: string | null; readonly source: Source }[]
}

export interface RuleView {
  readonly kind: RouteRule['kind']
  readonly rule: string
  readonly source: Source
  readonly providers: readonly string[]
  readonly models: readonly string[]
  /** A pattern's `model` with `$1`; null = none. */
  readonly template: string | null
  readonly min_model_size: number | null
  readonly min_context: number | null
  readonly strategy: string | null
  readonly chain: ChainView | null
}

/** The part of `GET /admin/rules` and of `GET /routing`. */
export interface RuleViews {
  readonly metadata: readonly (RuleView & { readonly condition: string })[]
  readonly exact: readonly RuleView[]
  readonly patterns: readonly RuleView[]
  readonly capabilities: readonly RuleView[]
  readonly sizes: readonly RuleView[]
  readonly smart: {
    readonly names: Readonly<Record<string, string>>
    readonly rules: readonly { readonly when: string; readonly use: string; readonly source: Source }[]
  } | null
  readonly chains: readonly ChainView[]
  readonly default_chain: ChainView | null
  readonly prefers_warm: boolean
  readonly strategy: string
  readonly headers: readonly string[]
}

export function ruleViews({ rules, strategy }: Pick<Catalog, 'rules' | 'strategy'>): RuleViews {
  return {
    metadata: rules.metadata.map((rule) => ({ ...ruleView(rule), condition: rule.condition.text })),
    exact: [...rules.exact.values()].map(ruleView),
    patterns: rules.patterns.map(ruleView),
    capabilities: [...rules.capabilities.values()].map(ruleView),
    sizes: rules.sizes.map(ruleView),
    smart: smartView(rules.smart),
    chains: [...rules.chains.values()].map(chainView),
    default_chain: rules.defaultChain && chainView(rules.defaultChain),
    prefers_warm: rules.prefersWarm,
    strategy,
    headers: rules.headers,
  }
}

function ruleView(rule: RouteRule): RuleView {
  return {
    kind: rule.kind,
    rule: rule.rule,
    source: rule.source,
    providers: rule.providers,
    models: rule.models,
    template: rule.template ?? null,
    min_model_size: rule.minModelSize,
    min_context: rule.minContext,
    strategy: rule.strategy,
    chain: rule.chain && chainView(rule.chain),
  }
}

function chainView(chain: Chain): ChainView {
  return {
    name: chain.name,
    source: chain.source,
    attempts: chain.attempts,
    delay_ms: chain.delayMs,
    links: chain.links.map(({ provider, model, condition, source }) => ({ provider, model, condition: condition?.text ?? null, source })),
  }
}

function smartView(smart: Rules['smart']): RuleViews['smart'] {
  if (smart === null) return null
  return {
    names: Object.fromEntries(smart.names),
    rules: smart.rules.map(({ condition, use, source }) => ({ when: condition.text, use, source })),
  }
}
