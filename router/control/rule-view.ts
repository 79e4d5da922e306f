/** The rules in force as people see them: in their order, each with its place, where it sends and what follows. */
import type { Catalog } from '../core/catalog.ts'
import type { Chain, RouteRule, Rules } from '../core/rules.ts'

/** `GET /admin/rules` and the part of `GET /routing` of the same name. */
export function ruleViews({ rules, strategy }: Pick<Catalog, 'rules' | 'strategy'>): Record<string, unknown> {
  return {
    metadata: rules.metadata.map((rule) => ({ ...ruleView(rule), condition: rule.condition.text })),
    exact: [...rules.exact.values()].map(ruleView),
    patterns: rules.patterns.map(ruleView),
    capabilities: [...rules.capabilities.values()].map(ruleView),
    sizes: rules.sizes.map(ruleView),
    smart: smartView(rules.smart),
    default_chain: chainView(rules.defaultChain),
    prefers_warm: rules.prefersWarm,
    strategy,
    headers: rules.headers,
  }
}

function ruleView(rule: RouteRule): Record<string, unknown> {
  return {
    kind: rule.kind,
    rule: rule.rule,
    source: rule.source,
    providers: rule.providers,
    models: rule.models,
    min_model_size: rule.minModelSize,
    min_context: rule.minContext,
    strategy: rule.strategy,
    chain: chainView(rule.chain),
  }
}

function chainView(chain: Chain | null): Record<string, unknown> | null {
  if (chain === null) return null
  return {
    name: chain.name,
    source: chain.source,
    attempts: chain.attempts,
    delay_ms: chain.delayMs,
    links: chain.links.map(({ provider, model, condition, source }) => ({ provider, model, condition: condition?.text ?? null, source })),
  }
}

function smartView(smart: Rules['smart']): Record<string, unknown> | null {
  if (smart === null) return null
  return {
    names: Object.fromEntries(smart.names),
    rules: smart.rules.map(({ condition, use, source }) => ({ when: condition.text, use, source })),
  }
}
