/** The routing rules of the configuration, compiled: which request a rule takes, and where it sends it. Built by `config/`, read by `policy/`. */
import type { Source } from './deployment.ts'

/** What a condition can ask about. */
export interface ConditionFacts {
  /** Lower-case names, only those that rules name; no credentials among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly model: string
  /** Billions of parameters; null = not known, and then no comparison with it holds. */
  readonly modelSize: number | null
  readonly stream: boolean
  /** Estimated. */
  readonly promptTokens: number
  /** Estimated prompt tokens and the answer that was asked for. */
  readonly contextTokens: number
  /** Answers asked for in one request (`n`). */
  readonly batchSize: number
  readonly hasTools: boolean
  readonly hasImages: boolean
  readonly wantsJson: boolean
  /** What the prompt looks like; false and 0 where nobody looked. */
  readonly isCode: boolean
  readonly isMath: boolean
  readonly hardness: number
  readonly turns: number
  /** Local time of day, 0–23. */
  readonly hour: number
  /** 1 = Monday … 7 = Sunday. */
  readonly weekday: number
  /** Nothing that this request could use at this provider can answer now. */
  readonly isUnavailable: (provider: string) => boolean
  /** Everything that this request could use at this provider is rate limited now. */
  readonly isLimited: (provider: string) => boolean
}

export interface Condition {
  /** As it was written. */
  readonly text: string
  /** As it is evaluated. */
  readonly cel: string
  /** Never throws. */
  holds(facts: ConditionFacts): boolean
  /** Providers that it asks about. */
  readonly providers: readonly string[]
  /** Header names that it reads, lower case. */
  readonly headers: readonly string[]
}

/** Billions of parameters, both ends included or not. */
export interface SizeRange {
  readonly min: number
  readonly minIncluded: boolean
  readonly max: number
  readonly maxIncluded: boolean
}

/** One place of a fallback chain. */
export interface ChainLink {
  readonly provider: string
  /** The model to ask for there; null = the one of the request. */
  readonly model: string | null
  /** Null = always. */
  readonly condition: Condition | null
  readonly source: Source
}

export interface Chain {
  readonly name: string
  readonly links: readonly ChainLink[]
  /** Attempts in all, over the places of the plan (`retry_attempts` + 1); null = as the execution page says. */
  readonly attempts: number | null
  /** Pause before an attempt at the same place; null = as the execution page says. */
  readonly delayMs: number | null
  readonly source: Source
}

export interface RouteRule {
  readonly kind: 'metadata' | 'exact' | 'pattern' | 'capability' | 'size'
  /** As it is shown: the name, the pattern, the size. */
  readonly rule: string
  readonly source: Source
  /** In order; the request goes there and nowhere else before the chain. Empty = any. */
  readonly providers: readonly string[]
  /** Models in order of preference. Empty = the one of the request, and where it names none the providers' own default. */
  readonly models: readonly string[]
  /** A pattern's `model` with `$1`: what its providers are asked for instead of the name. */
  readonly asksFor?: (name: string) => string
  /** That `model` as it was written. */
  readonly template?: string
  /** Billions of parameters at least; what has no known size is not held against a model. */
  readonly minModelSize: number | null
  /** Tokens at least. */
  readonly minContext: number | null
  /** Orders the candidates; null = in the order as written. */
  readonly strategy: string | null
  /** What follows when these cannot answer; null = nothing of the rule's own. */
  readonly chain: Chain | null
  /** `fallback: null`: nothing follows, not even what the model names itself. */
  readonly endsHere?: boolean
}

/** One line of smart routing. */
export interface SmartRule {
  readonly condition: Condition
  /** `small`, `capable`, a speciality such as `code`, or the name of a model. */
  readonly use: string
  readonly source: Source
}

/** Rules that the panel added, under the keys and in the shapes of a YAML file; checked where they are compiled. */
export interface StoredRules {
  readonly request_metadata_routing?: Readonly<Record<string, unknown>>
  readonly exact_matches?: Readonly<Record<string, unknown>>
  readonly patterns?: readonly unknown[]
  readonly capabilities?: Readonly<Record<string, unknown>>
  readonly model_size_routing?: readonly unknown[]
  readonly smart_routing?: Readonly<Record<string, unknown>>
  readonly fallback_chains?: Readonly<Record<string, unknown>>
}

/** A rule as it is named; `smart` as a whole has no name. */
export interface RuleName {
  readonly kind: RouteRule['kind'] | 'chain' | 'smart'
  readonly name: string
}

/** A rule of the panel that cannot be used. */
export interface LeftOutRule extends RuleName {
  /** The key of a file that it would stand under, and its name or index there. */
  readonly key: keyof StoredRules
  readonly at: string | number | null
  /** `patterns[0].provider` */
  readonly path: string
  readonly message: string
}

export interface Rules {
  readonly metadata: readonly (RouteRule & { readonly condition: Condition })[]
  readonly exact: ReadonlyMap<string, RouteRule>
  /** First match wins. `matches` runs in time linear in the name. */
  readonly patterns: readonly (RouteRule & { readonly matches: (name: string) => boolean })[]
  readonly capabilities: ReadonlyMap<string, RouteRule>
  readonly sizes: readonly (RouteRule & { readonly range: SizeRange })[]
  /** What `auto` becomes by the look of the prompt; null = off. `names`: models for the words of the rules. */
  readonly smart: { readonly rules: readonly SmartRule[]; readonly names: ReadonlyMap<string, string> } | null
  /** Every fallback chain by its name. */
  readonly chains: ReadonlyMap<string, Chain>
  /** Follows routes that name nothing of their own; null = none. */
  readonly defaultChain: Chain | null
  /** Options of strategies by name, where the files set any. */
  readonly strategyOptions: ReadonlyMap<string, unknown>
  /** The first request of a session goes to what is loaded already, among the deployments of its lane: it never changes the lane. */
  readonly prefersWarm: boolean
  /** Request headers that any rule reads, lower case: only these are kept of a request. */
  readonly headers: readonly string[]
  /** What the panel added and cannot be used, with the reason. */
  readonly leftOut: readonly LeftOutRule[]
}

export const noRules: Rules = {
  metadata: [],
  exact: new Map(),
  patterns: [],
  capabilities: new Map(),
  sizes: [],
  smart: null,
  chains: new Map(),
  defaultChain: null,
  strategyOptions: new Map(),
  prefersWarm: false,
  headers: [],
  leftOut: [],
}
