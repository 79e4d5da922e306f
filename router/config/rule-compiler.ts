/** Compiles one rule, wherever it is written: names are looked up, conditions and patterns parsed, a chain is joined to the route that it follows. What is wrong is told to the place where it stands. */
import { RE2JS } from 're2js'
import type { Source } from '../core/deployment.ts'
import type { Chain, ChainLink, Condition, RouteRule, RuleName, Rules } from '../core/rules.ts'
import { ConditionError, compileCondition, isAlways } from '../policy/condition.ts'
import { nearNames } from '../policy/near-names.ts'
import { hintOf, quote } from './configuration-error.ts'
import { compilePattern } from './name-pattern.ts'
import type { ChainInput, SmartInput, TargetInput } from './schema/rules.ts'
import { strategyNamed, unknownStrategy } from './strategy-name.ts'
import type { Path } from './yaml-text.ts'

/** One key of a file or of the panel, where rules of a kind are written. */
export interface RuleSet {
  source(path: Path): Source
  /** Is a value at this path written? Else a default stands there. */
  has(path: Path): boolean
  /** Throws a `ConfigurationError` of this place. */
  fail(path: Path, message: string): never
  /** What is only odd. */
  warn(path: Path, message: string, rule: RuleName): void
}

export interface KnownNames {
  readonly providers: ReadonlySet<string>
  /** Every name and alias of a listed model. */
  readonly models: ReadonlySet<string>
}

export interface KnownChains {
  /** Those that a rule of this place may name. */
  readonly named: ReadonlyMap<string, Chain>
  /** Those that follow by themselves: `default`, and that of a capability's name. */
  readonly all: ReadonlyMap<string, Chain>
}

export interface RuleInput {
  readonly set: RuleSet
  readonly path: Path
  readonly input: TargetInput & { readonly model?: string | undefined }
  readonly rest: Pick<RouteRule, 'kind' | 'rule'>
}

export function compileRule({ set, path, input, rest }: RuleInput, known: KnownNames, chains: KnownChains): RouteRule {
  const name: RuleName = { kind: rest.kind, name: rest.rule }
  const providers = [...(input.provider === undefined ? [] : [input.provider]), ...(input.providers ?? [])]
  for (const [index, provider] of providers.entries())
    if (!known.providers.has(provider))
      set.fail([...path, ...(input.provider === provider ? ['provider'] : ['providers', index])], unknown('provider', provider, known.providers))
  const models = [
    ...(input.model === undefined ? [] : [input.model]),
    ...(input.preferred_model === undefined ? [] : [input.preferred_model]),
    ...(input.preferred_models ?? []),
  ]
  if (providers.length === 0) for (const model of models) if (!known.models.has(model)) set.warn(path, unknown('model', model, known.models), name)
  return {
    ...rest,
    source: set.source(path),
    providers,
    models,
    minModelSize: input.min_model_size ?? null,
    minContext: input.min_context ?? null,
    strategy: strategyOf(set, path, input),
    chain: chainAfter({ set, path, input, rest }, known, chains),
    ...(input.fallback === null ? { endsHere: true } : {}),
  }
}

export function compileChain(set: RuleSet, name: string, input: ChainInput, known: KnownNames): Chain {
  const links = input.chain.map((link, index): ChainLink => {
    const path = [name, 'chain', index]
    if (!known.providers.has(link.provider)) set.fail(path, unknown('provider', link.provider, known.providers))
    return {
      provider: link.provider,
      model: link.preferred_model ?? null,
      condition: link.condition === undefined ? null : conditionAt(set, [...path, 'condition'], link.condition, known),
      source: set.source(path),
    }
  })
  for (const [index, link] of links.entries())
    if (links.slice(0, index).some((before) => before.provider === link.provider && before.model === link.model && isUnconditional(before)))
      set.warn([name, 'chain', index], `chain ${quote(name)} is never here: ${link.provider} was tried before without a condition`, {
        kind: 'chain',
        name,
      })
  return {
    name,
    links,
    attempts: input.retry_attempts === undefined ? null : input.retry_attempts + 1,
    delayMs: input.retry_delay_ms ?? null,
    source: set.source([name]),
  }
}

const isUnconditional = ({ condition }: ChainLink) => condition === null || isAlways(condition)

export function compileSmart(set: RuleSet, { enabled, small, capable, specialists, rules }: SmartInput, known: KnownNames): Rules['smart'] {
  if (!enabled) return null
  const names = new Map(Object.entries(specialists))
  if (small !== undefined) names.set('small', small)
  if (capable !== undefined) names.set('capable', capable)
  for (const [word, model] of names)
    if (!known.models.has(model))
      set.warn(set.has([word]) ? [word] : ['specialists', word], unknown('model', model, known.models), { kind: 'smart', name: '' })
  return {
    names,
    rules: rules.map(({ when, use }, index) => ({
      condition: conditionAt(set, ['rules', index, 'when'], when, known),
      use,
      source: set.source(set.has(['rules']) ? ['rules', index] : []),
    })),
  }
}

export function conditionAt(set: RuleSet, path: Path, text: string, known: KnownNames): Condition {
  try {
    return checkCondition(text, known)
  } catch (error) {
    if (error instanceof ConditionError) return set.fail(path, `condition ${quote(text)}: ${error.message}`)
    throw error
  }
}

/** Throws a `ConditionError` with a sentence, for a provider that is not there too. */
export function checkCondition(text: string, { providers }: Pick<KnownNames, 'providers'>): Condition {
  const condition = compileCondition(text)
  const strange = condition.providers.find((provider) => !providers.has(provider))
  if (strange !== undefined) throw new ConditionError(unknown('provider', strange, providers))
  return condition
}

function matcherAt(set: RuleSet, path: Path, pattern: string): (name: string) => boolean {
  try {
    return compilePattern(pattern)
  } catch (error) {
    return set.fail(path, `pattern ${quote(pattern)} cannot be read: ${(error as Error).message}`)
  }
}

/** A pattern's rule. Its `model` may hold `$1`: what the groups of the pattern make is asked for then. */
export function compilePatternRule(
  { set, path, input }: Omit<RuleInput, 'rest'> & { readonly input: RuleInput['input'] & { readonly pattern: string } },
  known: KnownNames,
  chains: KnownChains,
): Rules['patterns'][number] {
  const { model, ...rest } = input
  const isTemplate = model !== undefined && /\$\d/.test(model)
  return {
    ...compileRule({ set, path, input: isTemplate ? rest : input, rest: { kind: 'pattern', rule: input.pattern } }, known, chains),
    matches: matcherAt(set, [...path, 'pattern'], input.pattern),
    ...(isTemplate ? { template: model, asksFor: templateAt(set, [...path, 'model'], { pattern: input.pattern, template: model }) } : {}),
  }
}

function templateAt(
  set: RuleSet,
  path: Path,
  { pattern, template }: { readonly pattern: string; readonly template: string },
): (name: string) => string {
  const compiled = RE2JS.compile(pattern)
  const highest = Math.max(...[...template.matchAll(/\$(\d)/g)].map(([, group]) => Number(group)))
  if (highest > compiled.groupCount()) set.fail(path, `model ${quote(template)}: the pattern has ${compiled.groupCount()} groups, no $${highest}`)
  return (name) => {
    const matcher = compiled.matcher(name)
    return matcher.find() ? template.replaceAll(/\$(\d)/g, (_, group) => matcher.group(Number(group)) ?? '') : name
  }
}

export function unknown(what: string, name: string, known: ReadonlySet<string>): string {
  return `there is no ${what} ${quote(name)}; ${hintOf(nearNames(name, known, 2), known)}`
}

/** `fallback` names a provider, else a chain; a chain with a capability's name serves that capability; `default` follows where nothing is said; null ends there. */
function chainAfter({ set, path, input, rest }: RuleInput, { providers }: KnownNames, { named, all }: KnownChains): Chain | null {
  const { fallback } = input
  if (fallback === null) return null
  if (fallback === undefined) return (rest.kind === 'capability' ? all.get(rest.rule) : undefined) ?? all.get('default') ?? null
  const source = set.source([...path, 'fallback'])
  if (providers.has(fallback))
    return { name: fallback, links: [{ provider: fallback, model: null, condition: null, source }], attempts: null, delayMs: null, source }
  return named.get(fallback) ?? set.fail([...path, 'fallback'], unknown('provider or chain', fallback, new Set([...named.keys(), ...providers])))
}

function strategyOf(set: RuleSet, path: Path, input: TargetInput): string | null {
  const name = input.strategy ?? input.routing_strategy
  if (name === undefined) return null
  return strategyNamed(name) ?? set.fail([...path, input.strategy === undefined ? 'routing_strategy' : 'strategy'], unknownStrategy(name))
}
