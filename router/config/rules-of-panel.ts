/** The rules that were added in the panel, compiled by the same schemas and the same code as those of the files. Invariant: a broken one, or one whose name a file sets, is left out with the reason; no other suffers for it. */
import type { z } from 'zod'
import type { ConfigWarning } from '../core/catalog.ts'
import type { Chain, LeftOutRule, RouteRule, Rules, StoredRules } from '../core/rules.ts'
import { ConfigurationError, placeOf, quote } from './configuration-error.ts'
import { describeIssue } from './file-settings.ts'
import { compileChain, compilePatternRule, compileRule, compileSmart, conditionAt, type KnownNames, type RuleSet } from './rule-compiler.ts'
import { capabilityRule, chain, exactMatch, metadataRule, patternRule, sizeRule, smartRouting } from './schema/rules.ts'
import type { Path } from './yaml-text.ts'

export interface PanelRuleParts extends KnownNames {
  readonly stored: StoredRules
  /** What the files set: those stay theirs. */
  readonly taken: {
    readonly metadata: ReadonlySet<string>
    readonly exact: ReadonlySet<string>
    /** Lower case. */
    readonly capabilities: ReadonlySet<string>
    readonly chains: ReadonlyMap<string, Chain>
    readonly smart: boolean
  }
  readonly warn: (warning: ConfigWarning) => void
}

export interface PanelRules extends Pick<Rules, 'metadata' | 'patterns' | 'sizes' | 'smart' | 'leftOut'> {
  readonly exact: readonly RouteRule[]
  readonly capabilities: readonly RouteRule[]
  /** Those of the files among them. */
  readonly chains: ReadonlyMap<string, Chain>
}

export function rulesOfPanel(parts: PanelRuleParts): PanelRules {
  const { stored, taken, warn } = parts
  const leftOut: LeftOutRule[] = []

  /** One rule; none where it cannot be used. */
  function attempt<Built>({ key, at, kind }: Pick<LeftOutRule, 'key' | 'at' | 'kind'>, name: string, build: () => Built): Built[] {
    try {
      return [build()]
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      leftOut.push({ key, at, kind, name, path: error.file, message: error.message })
      const message = `the ${kindWords[kind]}${name === '' ? '' : ` ${quote(name)}`} of the panel is not used: ${placeOf(error.file, null)}: ${error.message}`
      warn({ file: 'panel', line: null, message, rule: { kind, name } })
      return []
    }
  }
  const ofFile = (path: Path): never => {
    throw new ConfigurationError(placeText(path), null, 'a file sets it')
  }

  const ownChains = Object.entries(asMap(stored.fallback_chains)).flatMap(([name, entry]) =>
    attempt({ key: 'fallback_chains', at: name, kind: 'chain' }, name, () => {
      if (taken.chains.has(name)) ofFile(['fallback_chains', name])
      return [name, compileChain(setOf('fallback_chains', warn), name, read(chain, entry, ['fallback_chains', name]), parts)] as const
    }),
  )
  const all = new Map([...taken.chains, ...ownChains])
  const chains = { named: all, all }

  const metadata = Object.entries(asMap(stored.request_metadata_routing)).flatMap(([name, entry]) =>
    attempt({ key: 'request_metadata_routing', at: name, kind: 'metadata' }, name, () => {
      const set = setOf('request_metadata_routing', warn)
      if (taken.metadata.has(name)) ofFile(['request_metadata_routing', name])
      const input = read(metadataRule, entry, ['request_metadata_routing', name])
      const condition = conditionAt(set, [name, 'condition'], input.condition, parts)
      return { ...compileRule({ set, path: [name], input, rest: { kind: 'metadata', rule: name } }, parts, chains), condition }
    }),
  )
  const exact = Object.entries(asMap(stored.exact_matches)).flatMap(([name, entry]) =>
    attempt({ key: 'exact_matches', at: name, kind: 'exact' }, name, () => {
      if (taken.exact.has(name)) ofFile(['exact_matches', name])
      const input = read(exactMatch, entry, ['exact_matches', name])
      return compileRule({ set: setOf('exact_matches', warn), path: [name], input, rest: { kind: 'exact', rule: name } }, parts, chains)
    }),
  )
  const patterns = asList(stored.patterns).flatMap((entry, index) =>
    attempt({ key: 'patterns', at: index, kind: 'pattern' }, textOf(entry, 'pattern'), () => {
      const set = setOf('patterns', warn)
      const input = read(patternRule, entry, ['patterns', index])
      return compilePatternRule({ set, path: [index], input }, parts, chains)
    }),
  )
  const seen = new Set<string>()
  const capabilities = Object.entries(asMap(stored.capabilities)).flatMap(([name, entry]) =>
    attempt({ key: 'capabilities', at: name, kind: 'capability' }, name, () => {
      if (taken.capabilities.has(name.toLowerCase())) ofFile(['capabilities', name])
      if (seen.has(name.toLowerCase())) throw new ConfigurationError(placeText(['capabilities', name]), null, 'another one differs in its case only')
      seen.add(name.toLowerCase())
      const input = read(capabilityRule, entry, ['capabilities', name])
      return compileRule({ set: setOf('capabilities', warn), path: [name], input, rest: { kind: 'capability', rule: name } }, parts, chains)
    }),
  )
  const sizes = asList(stored.model_size_routing).flatMap((entry, index) =>
    attempt({ key: 'model_size_routing', at: index, kind: 'size' }, textOf(entry, 'size'), () => {
      const set = setOf('model_size_routing', warn)
      const input = read(sizeRule, entry, ['model_size_routing', index])
      const rule = compileRule({ set, path: [index], input, rest: { kind: 'size', rule: input.size.text } }, parts, chains)
      return { ...rule, range: input.size.range }
    }),
  )
  const [smart = null] =
    stored.smart_routing === undefined
      ? []
      : attempt({ key: 'smart_routing', at: null, kind: 'smart' }, '', () => {
          if (taken.smart) ofFile(['smart_routing'])
          const set = setOf('smart_routing', warn, stored.smart_routing)
          return compileSmart(set, read(smartRouting, stored.smart_routing, ['smart_routing']), parts)
        })
  return { metadata, exact, patterns, capabilities, sizes, smart, chains: all, leftOut }
}

const kindWords: Readonly<Record<LeftOutRule['kind'], string>> = {
  metadata: 'request rule',
  exact: 'exact name',
  pattern: 'pattern',
  capability: 'capability',
  size: 'size',
  chain: 'chain',
  smart: 'smart routing',
}

function setOf(key: keyof StoredRules, warn: PanelRuleParts['warn'], written?: unknown): RuleSet {
  return {
    source: () => 'panel',
    has: ([step]) => step !== undefined && Object.hasOwn(asMap(written), step),
    fail: (path, message) => {
      throw new ConfigurationError(placeText([key, ...path]), null, message)
    },
    warn: (_path, message, rule) => warn({ file: 'panel', line: null, message, rule }),
  }
}

/** Throws the schema's first complaint with its place. */
function read<Schema extends z.ZodType>(schema: Schema, entry: unknown, path: Path): z.output<Schema> {
  const result = schema.safeParse(entry)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const inside = (issue?.path ?? []) as (string | number)[]
  const place = [...path, ...inside]
  throw new ConfigurationError(placeText(place), null, issue ? describeIssue({ ...issue, path: [] }, String(place.at(-1))) : 'not valid')
}

/** `patterns[0].provider`, `exact_matches."llama3.1:8b".provider`. */
function placeText(path: Path): string {
  return path.reduce((text: string, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return `${text}${text === '' ? '' : '.'}${/^[\w-]+$/.test(step) ? step : quote(step)}`
  }, '')
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const textOf = (entry: unknown, key: string): string => String(asMap(entry)[key] ?? '')
