/** The rules of the files, compiled, and those of the panel joined after them: chains to the routes that they follow, overlaps found. Throws a `ConfigurationError` with the line; what is only odd is a warning. */
import type { ConfigWarning } from '../core/catalog.ts'
import { type Chain, type Condition, noRules, type RouteRule, type Rules, type StoredRules } from '../core/rules.ts'
import { findStrategy } from '../policy/strategies/index.ts'
import { ConfigurationError, quote } from './configuration-error.ts'
import type { FileSettings, SetValue } from './file-settings.ts'
import { overlapsOf } from './pattern-overlap.ts'
import { compileChain, compilePatternRule, compileRule, compileSmart, conditionAt, type KnownNames, type RuleSet, unknown } from './rule-compiler.ts'
import { rulesOfPanel } from './rules-of-panel.ts'
import type { TargetInput } from './schema/rules.ts'
import { strategyNamed, unknownStrategy } from './strategy-name.ts'
import { unreachableRules } from './unreachable-rules.ts'
import { unusedRules } from './unused-rules.ts'
import type { Path } from './yaml-text.ts'

export interface RuleParts extends KnownNames {
  readonly files: FileSettings
  /** What the panel added. */
  readonly stored: StoredRules
  /** Orders the deployments of a lane where nothing else does. */
  readonly strategy: string
  readonly warn: (warning: ConfigWarning) => void
}

export function rulesOfFiles(parts: RuleParts): Rules {
  const { files, warn } = parts
  const setOf = (value: SetValue<unknown>) => setOfFile(value, warn)
  const exact = files.get('exact_matches')
  const patterns = files.get('patterns')
  const capabilities = files.get('capabilities')
  const sizes = files.get('model_size_routing')
  const metadata = files.get('request_metadata_routing')
  const smart = files.get('smart_routing')
  const fileChains = chainsOf(parts)
  const panel = rulesOfPanel({
    ...parts,
    taken: {
      metadata: keysOf(metadata),
      exact: new Set([...keysOf(exact), ...Object.keys(files.get('router_settings')?.value.model_group_alias ?? {})]),
      capabilities: new Set([...keysOf(capabilities)].map((name) => name.toLowerCase())),
      chains: fileChains,
      smart: smart !== null,
    },
  })
  // A file that names a chain names one of the files: it has to load without the panel too.
  const chains = { named: fileChains, all: panel.chains }
  const compile = (set: SetValue<unknown>, path: Path, input: TargetInput & { model?: string | undefined }, rest: Pick<RouteRule, 'kind' | 'rule'>) =>
    compileRule({ set: setOf(set), path, input, rest }, parts, chains)
  const balancing = balancedNames(parts)
  const balanced = (rule: RouteRule): readonly [string, RouteRule] => {
    const key = rule.rule.toLowerCase()
    return [key, rule.strategy === null ? { ...rule, strategy: balancing.get(key) ?? null } : rule]
  }

  const metadataRules = Object.entries(metadata?.value ?? {}).map(([name, input]) => {
    const set = metadata as SetValue<unknown>
    const condition = conditionAt(setOf(set), [name, 'condition'], input.condition, parts)
    return { ...compile(set, [name], input, { kind: 'metadata', rule: name }), condition }
  })
  const patternRules = (patterns?.value ?? []).map((input, index) =>
    compilePatternRule({ set: setOf(patterns as SetValue<unknown>), path: [index], input }, parts, chains),
  )
  const allPatterns = [...patternRules, ...panel.patterns]
  warnOfOverlaps(allPatterns, patterns, parts)
  const rules: Rules = {
    ...noRules,
    metadata: [...metadataRules, ...panel.metadata],
    exact: new Map([
      ...groupsOf(parts, chains.all),
      ...Object.entries(exact?.value ?? {}).map(
        ([name, input]) => [name, compile(exact as SetValue<unknown>, [name], input, { kind: 'exact', rule: name })] as const,
      ),
      ...panel.exact.map((rule) => [rule.rule, rule] as const),
    ]),
    patterns: allPatterns,
    capabilities: new Map(
      [
        ...Object.entries(capabilities?.value ?? {}).map(([name, input]) =>
          compile(capabilities as SetValue<unknown>, [name], input, { kind: 'capability', rule: name }),
        ),
        ...panel.capabilities,
      ].map(balanced),
    ),
    sizes: [
      ...(sizes?.value ?? []).map((input, index) => ({
        ...compile(sizes as SetValue<unknown>, [index], input, { kind: 'size', rule: input.size.text }),
        range: input.size.range,
      })),
      ...panel.sizes,
    ],
    smart: smart ? compileSmart(setOf(smart), smart.value, parts) : panel.smart,
    chains: panel.chains,
    defaultChain: panel.chains.get('default') ?? null,
    strategyOptions: optionsOfStrategies(parts),
    prefersWarm: files.get('first_request_routing')?.value.enabled ?? false,
    leftOut: panel.leftOut,
  }
  for (const warning of [...unreachableRules(rules), ...unusedRules({ rules, files, models: parts.models })]) warn(warning)
  return { ...rules, headers: headersOf(rules) }
}

const keysOf = (set: SetValue<Readonly<Record<string, unknown>>> | null): ReadonlySet<string> => new Set(Object.keys(set?.value ?? {}))

function setOfFile(set: SetValue<unknown>, warn: RuleParts['warn']): RuleSet {
  return {
    source: set.source,
    has: set.has,
    fail: (path, message) => {
      throw new ConfigurationError(set.file, set.line(path), message)
    },
    warn: (path, message, rule) => warn({ file: set.file, line: set.line(path), message, rule }),
  }
}

/** `model_group_alias`: a name for several models, shared out by the strategy in force. */
function groupsOf({ files, models: known, strategy, warn }: RuleParts, chains: ReadonlyMap<string, Chain>): (readonly [string, RouteRule])[] {
  const set = files.get('router_settings')
  return Object.entries(set?.value.model_group_alias ?? {}).map(([name, models]) => {
    const path = ['model_group_alias', name]
    const place = setOfFile(set as SetValue<unknown>, warn)
    for (const [index, model] of models.entries())
      if (!known.has(model)) place.warn([...path, index], unknown('model', model, known), { kind: 'exact', name })
    const rule: RouteRule = {
      kind: 'exact',
      rule: name,
      source: place.source(path),
      providers: [],
      models,
      minModelSize: null,
      minContext: null,
      strategy,
      chain: chains.get(name) ?? chains.get('default') ?? null,
    }
    return [name, rule] as const
  })
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

function chainsOf({ files, warn, ...known }: RuleParts): Map<string, Chain> {
  const set = files.get('fallback_chains')
  return new Map(set ? Object.entries(set.value).map(([name, input]) => [name, compileChain(setOfFile(set, warn), name, input, known)]) : [])
}

function warnOfOverlaps(rules: Rules['patterns'], set: SetValue<readonly unknown[]> | null, { models, warn }: RuleParts): void {
  const ofFile = set?.value.length ?? 0
  for (const overlap of overlapsOf(rules, models)) {
    const [earlier, later] = [rules[overlap.earlier], rules[overlap.later]]
    if (!earlier || !later) continue
    const message = `patterns ${quote(earlier.rule)} (${earlier.source}) and ${quote(later.rule)} both take ${quote(overlap.name)}; the first one wins`
    const place = set && overlap.later < ofFile ? { file: set.file, line: set.line([overlap.later]) } : { file: 'panel', line: null }
    warn({ ...place, message, rule: { kind: 'pattern', name: later.rule } })
  }
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
