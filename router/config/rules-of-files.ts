/** The rules of the files, compiled: names checked, conditions and patterns parsed, chains joined to the routes that they follow. Throws a `ConfigurationError` with the line; what is only odd is a warning. */
import { RE2JS } from 're2js'
import type { ConfigWarning } from '../core/catalog.ts'
import { type Chain, type ChainLink, type Condition, noRules, type RouteRule, type Rules } from '../core/rules.ts'
import { ConditionError, compileCondition } from '../policy/condition.ts'
import { nearNames } from '../policy/near-names.ts'
import { findStrategy } from '../policy/strategies/index.ts'
import { ConfigurationError, hintOf, placeOf, quote } from './configuration-error.ts'
import type { FileSettings, SetValue } from './file-settings.ts'
import { compilePattern } from './name-pattern.ts'
import { overlapsOf } from './pattern-overlap.ts'
import type { TargetInput } from './schema/rules.ts'
import { strategyNamed, unknownStrategy } from './strategy-name.ts'

export interface RuleParts {
  readonly files: FileSettings
  readonly providers: ReadonlySet<string>
  /** Every name and alias of a listed model. */
  readonly models: ReadonlySet<string>
  /** Orders the deployments of a lane where nothing else does. */
  readonly strategy: string
  readonly warn: (warning: ConfigWarning) => void
}

type Path = readonly (string | number)[]

export function rulesOfFiles(parts: RuleParts): Rules {
  const { files } = parts
  const chains = chainsOf(parts)
  const compile = (set: SetValue<unknown>, path: Path, input: TargetInput & { model?: string | undefined }, rest: Pick<RouteRule, 'kind' | 'rule'>) =>
    ruleOf({ set, path, input, rest, chains }, parts)

  const exact = files.get('exact_matches')
  const patterns = files.get('patterns')
  const capabilities = files.get('capabilities')
  const sizes = files.get('model_size_routing')
  const metadata = files.get('request_metadata_routing')
  const balancing = balancedNames(parts)

  const metadataRules = Object.entries(metadata?.value ?? {}).map(([name, input]) => {
    const set = metadata as SetValue<unknown>
    const condition = conditionOf(set, [name, 'condition'], input.condition, parts)
    return { ...compile(set, [name], input, { kind: 'metadata', rule: name }), condition }
  })
  const patternRules = (patterns?.value ?? []).map((input, index) => {
    const set = patterns as SetValue<unknown>
    const { model, ...rest } = input
    const isTemplate = model !== undefined && /\$\d/.test(model)
    return {
      ...compile(set, [index], isTemplate ? rest : input, { kind: 'pattern', rule: input.pattern }),
      matches: matcherOf(set, [index, 'pattern'], input.pattern),
      ...(isTemplate ? { asksFor: templateOf(set, [index, 'model'], { pattern: input.pattern, template: model }) } : {}),
    }
  })
  if (patterns) warnOfOverlaps(patterns, patternRules, parts)
  const rules: Rules = {
    ...noRules,
    metadata: metadataRules,
    exact: new Map([
      ...groupsOf(parts, chains),
      ...Object.entries(exact?.value ?? {}).map(
        ([name, input]) => [name, compile(exact as SetValue<unknown>, [name], input, { kind: 'exact', rule: name })] as const,
      ),
    ]),
    patterns: patternRules,
    capabilities: new Map(
      Object.entries(capabilities?.value ?? {}).map(([name, input]) => {
        const rule = compile(capabilities as SetValue<unknown>, [name], input, { kind: 'capability', rule: name })
        const key = name.toLowerCase()
        return [key, rule.strategy === null ? { ...rule, strategy: balancing.get(key) ?? null } : rule]
      }),
    ),
    sizes: (sizes?.value ?? []).map((input, index) => ({
      ...compile(sizes as SetValue<unknown>, [index], input, { kind: 'size', rule: input.size.text }),
      range: input.size.range,
    })),
    smart: smartOf(parts),
    defaultChain: chains.get('default') ?? null,
    strategyOptions: optionsOfStrategies(parts),
    prefersWarm: files.get('first_request_routing')?.value.enabled ?? false,
  }
  return { ...rules, headers: headersOf(rules) }
}

/** `model_group_alias`: a name for several models, shared out by the strategy in force. */
function groupsOf(parts: RuleParts, chains: ReadonlyMap<string, Chain>): (readonly [string, RouteRule])[] {
  const set = parts.files.get('router_settings')
  return Object.entries(set?.value.model_group_alias ?? {}).map(([name, models]) => {
    const path = ['model_group_alias', name]
    for (const [index, model] of models.entries())
      if (!parts.models.has(model)) warnAt(set as SetValue<unknown>, [...path, index], unknown('model', model, parts.models), parts)
    const rule: RouteRule = {
      kind: 'exact',
      rule: name,
      source: (set as SetValue<unknown>).source(path),
      providers: [],
      models,
      minModelSize: null,
      minContext: null,
      strategy: parts.strategy,
      chain: chains.get(name) ?? chains.get('default') ?? null,
    }
    return [name, rule] as const
  })
}

function smartOf(parts: RuleParts): Rules['smart'] {
  const set = parts.files.get('smart_routing')
  if (!set?.value.enabled) return null
  const { small, capable, specialists, rules } = set.value
  const names = new Map(Object.entries(specialists))
  if (small !== undefined) names.set('small', small)
  if (capable !== undefined) names.set('capable', capable)
  for (const [word, model] of names)
    if (!parts.models.has(model)) warnAt(set, set.has([word]) ? [word] : ['specialists', word], unknown('model', model, parts.models), parts)
  return {
    names,
    rules: rules.map(({ when, use }, index) => ({
      condition: conditionOf(set, ['rules', index, 'when'], when, parts),
      use,
      source: set.has(['rules']) ? set.source(['rules', index]) : set.source([]),
    })),
  }
}

/** Every header that a condition reads. */
function headersOf(rules: Rules): string[] {
  const chains = [
    rules.defaultChain,
    ...[...rules.exact.values(), ...rules.patterns, ...rules.capabilities.values(), ...rules.sizes].map(({ chain }) => chain),
  ]
  const conditions: (Condition | null)[] = [
    ...(rules.smart?.rules ?? []).map(({ condition }) => condition),
    ...rules.metadata.flatMap(({ condition, chain }) => [condition, ...(chain?.links ?? []).map((link) => link.condition)]),
    ...chains.flatMap((chain) => (chain?.links ?? []).map((link) => link.condition)),
  ]
  return [...new Set(conditions.flatMap((condition) => condition?.headers ?? []))]
}

interface RuleInput {
  readonly set: SetValue<unknown>
  readonly path: Path
  readonly input: TargetInput & { readonly model?: string | undefined }
  readonly rest: Pick<RouteRule, 'kind' | 'rule'>
  readonly chains: ReadonlyMap<string, Chain>
}

function ruleOf({ set, path, input, rest, chains }: RuleInput, parts: RuleParts): RouteRule {
  const providers = [...(input.provider === undefined ? [] : [input.provider]), ...(input.providers ?? [])]
  for (const [index, provider] of providers.entries())
    if (!parts.providers.has(provider))
      throw new ConfigurationError(
        set.file,
        set.line([...path, input.provider === provider ? 'provider' : 'providers', ...(input.provider === provider ? [] : [index])]),
        unknown('provider', provider, parts.providers),
      )
  const models = [
    ...(input.model === undefined ? [] : [input.model]),
    ...(input.preferred_model === undefined ? [] : [input.preferred_model]),
    ...(input.preferred_models ?? []),
  ]
  if (providers.length === 0)
    for (const model of models) if (!parts.models.has(model)) warnAt(set, path, unknown('model', model, parts.models), parts)
  return {
    ...rest,
    source: set.source(path),
    providers,
    models,
    minModelSize: input.min_model_size ?? null,
    minContext: input.min_context ?? null,
    strategy: strategyOf(set, path, input),
    chain: chainAfter({ set, path, input, rest, chains }, parts),
  }
}

/** `fallback` names a provider, else a chain; a chain with a capability's name serves that capability; `default` follows where nothing is said; null ends there. */
function chainAfter({ set, path, input, rest, chains }: RuleInput, parts: RuleParts): Chain | null {
  const { fallback } = input
  if (fallback === null) return null
  if (fallback === undefined) return (rest.kind === 'capability' ? chains.get(rest.rule) : undefined) ?? chains.get('default') ?? null
  const source = set.source([...path, 'fallback'])
  if (parts.providers.has(fallback))
    return { name: fallback, links: [{ provider: fallback, model: null, condition: null, source }], attempts: null, delayMs: null, source }
  const chain = chains.get(fallback)
  if (chain) return chain
  throw new ConfigurationError(
    set.file,
    set.line([...path, 'fallback']),
    unknown('provider or chain', fallback, new Set([...chains.keys(), ...parts.providers])),
  )
}

function chainsOf(parts: RuleParts): Map<string, Chain> {
  const set = parts.files.get('fallback_chains')
  const chains = new Map<string, Chain>()
  if (!set) return chains
  for (const [name, { chain, retry_attempts, retry_delay_ms }] of Object.entries(set.value)) {
    const links = chain.map((link, index): ChainLink => {
      const path = [name, 'chain', index]
      if (!parts.providers.has(link.provider))
        throw new ConfigurationError(set.file, set.line(path), unknown('provider', link.provider, parts.providers))
      return {
        provider: link.provider,
        model: link.preferred_model ?? null,
        condition: link.condition === undefined ? null : conditionOf(set, [...path, 'condition'], link.condition, parts),
        source: set.source(path),
      }
    })
    chains.set(name, {
      name,
      links,
      attempts: retry_attempts === undefined ? null : retry_attempts + 1,
      delayMs: retry_delay_ms ?? null,
      source: set.source([name]),
    })
    for (const [index, link] of links.entries())
      if (links.slice(0, index).some((before) => before.provider === link.provider && before.model === link.model && before.condition === null))
        warnAt(set, [name, 'chain', index], `chain ${quote(name)} is never here: ${link.provider} was tried before without a condition`, parts)
  }
  return chains
}

function conditionOf(set: SetValue<unknown>, path: Path, text: string, parts: RuleParts): Condition {
  try {
    const condition = compileCondition(text)
    const strange = condition.providers.find((provider) => !parts.providers.has(provider))
    if (strange !== undefined) throw new ConditionError(unknown('provider', strange, parts.providers))
    return condition
  } catch (error) {
    if (error instanceof ConditionError) throw new ConfigurationError(set.file, set.line(path), `condition ${quote(text)}: ${error.message}`)
    throw error
  }
}

function matcherOf(set: SetValue<unknown>, path: Path, pattern: string): (name: string) => boolean {
  try {
    return compilePattern(pattern)
  } catch (error) {
    throw new ConfigurationError(set.file, set.line(path), `pattern ${quote(pattern)} cannot be read: ${(error as Error).message}`)
  }
}

/** `model: $1` of a pattern: the name that its groups make. */
function templateOf(
  set: SetValue<unknown>,
  path: Path,
  { pattern, template }: { readonly pattern: string; readonly template: string },
): (name: string) => string {
  const compiled = RE2JS.compile(pattern)
  const highest = Math.max(...[...template.matchAll(/\$(\d)/g)].map(([, group]) => Number(group)))
  if (highest > compiled.groupCount())
    throw new ConfigurationError(
      set.file,
      set.line(path),
      `model ${quote(template)}: the pattern has ${compiled.groupCount()} groups, no $${highest}`,
    )
  return (name) => {
    const matcher = compiled.matcher(name)
    return matcher.find() ? template.replaceAll(/\$(\d)/g, (_, group) => matcher.group(Number(group)) ?? '') : name
  }
}

function warnOfOverlaps(
  set: SetValue<unknown>,
  rules: readonly { readonly rule: string; readonly matches: (name: string) => boolean }[],
  parts: RuleParts,
): void {
  for (const { earlier, later, name } of overlapsOf(rules, parts.models))
    warnAt(
      set,
      [later],
      `patterns ${quote(rules[earlier]?.rule ?? '')} (${placeOf(set.file, set.line([earlier]))}) and ${quote(rules[later]?.rule ?? '')} both take ${quote(name)}; the first one wins`,
      parts,
    )
}

function strategyOf(set: SetValue<unknown>, path: Path, input: TargetInput): string | null {
  const key = input.strategy === undefined ? 'routing_strategy' : 'strategy'
  const name = input.strategy ?? input.routing_strategy
  if (name === undefined) return null
  const found = strategyNamed(name)
  if (found === undefined) throw new ConfigurationError(set.file, set.line([...path, key]), unknownStrategy(name))
  return found
}

/** `load_balancing`: which strategy a capability gets where it names none. */
function balancedNames(parts: RuleParts): ReadonlyMap<string, string> {
  const set = parts.files.get('load_balancing')
  const names = new Map<string, string>()
  for (const [strategy, { applicable_to = [] }] of Object.entries(set?.value ?? {})) {
    const found = strategyNamed(strategy)
    if (found === undefined)
      throw new ConfigurationError((set as SetValue<unknown>).file, (set as SetValue<unknown>).line([strategy]), unknownStrategy(strategy))
    for (const name of applicable_to) names.set(name.toLowerCase(), found)
  }
  return names
}

/** `weight_factors` of `usage_based`. */
function optionsOfStrategies({ files }: RuleParts): ReadonlyMap<string, unknown> {
  const options = new Map<string, unknown>()
  for (const [name, { weight_factors }] of Object.entries(files.get('load_balancing')?.value ?? {})) {
    const strategy = findStrategy(name)
    if (!strategy || weight_factors === undefined) continue
    const checked = strategy.options.safeParse(weight_factors)
    if (checked.success) options.set(strategy.name, checked.data)
  }
  return options
}

function warnAt(set: SetValue<unknown>, path: Path, message: string, { warn }: RuleParts): void {
  warn({ file: set.file, line: set.line(path), message })
}

function unknown(what: string, name: string, known: ReadonlySet<string>): string {
  return `there is no ${what} ${quote(name)}; ${hintOf(nearNames(name, known, 2), known)}`
}
