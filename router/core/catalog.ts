/** The catalog: the effective configuration as one frozen value. It is swapped whole; a request sees one catalog from start to end. */
import type { Endpoint, Model, Source } from './deployment.ts'
import type { RuleName, Rules } from './rules.ts'
import type { Split } from './split.ts'

/** A model as its provider lists it. */
export interface ListedAtProvider {
  readonly id: string
  /** Billions of parameters; null = not told. */
  readonly size: number | null
}

/** US dollars that a provider may cost in a day, or in a month. */
export interface Budget {
  readonly usd: number
  readonly per: 'day' | 'month'
}

/** One provider entry as configured: a built-in one, a named one of a kind, or the engine. */
export interface ProviderEntry {
  readonly name: string
  /** Key of `providers/`; `engine` for the local engine. */
  readonly kind: string
  readonly endpoint: Endpoint | null
  readonly defaultModel: string | null
  readonly maxInFlight: number
  readonly source: Source
  /** Models whose upstream name has this ending run elsewhere although the server is local; null = none do. */
  readonly remoteModelSuffix: string | null
  /** Why it is switched off, in words; null = on. */
  readonly disabled: string | null
  /** Switched off by a person, and not for want of something. */
  readonly isOff?: boolean
  /** Rank of its deployments that set none: lower first. Default 0. */
  readonly priority?: number
  /** Where its data is worked on, as the person noted it. */
  readonly region?: string | null
  /** What it says it has, as far as a rule needed to know, in its order. */
  readonly listed?: readonly ListedAtProvider[]
  /** What it may cost; null = no limit. */
  readonly budget?: Budget | null
  /** Where the credential was written; null = there is none. */
  readonly credentialSource?: Source | null
  /** The variable that should hold its key and is not set: a key may be pasted instead; null = none is missing. */
  readonly unsetKey?: string | null
}

/** Does the server of this provider pass this model on to a cloud? A tag ending in the mark, `:cloud` or `-cloud`, not a word that merely ends so. */
export function runsElsewhere({ remoteModelSuffix: mark }: Pick<ProviderEntry, 'remoteModelSuffix'>, upstreamModel: string): boolean {
  const name = upstreamModel.toLowerCase()
  return mark !== null && (name.endsWith(`:${mark}`) || name.endsWith(`-${mark}`))
}

export interface Timeouts {
  readonly connectMs: number
  readonly connectLoopbackMs: number
  readonly probeMs: number
  /** Start deadline of a stream when nothing is learned. */
  readonly startMs: number
}

export interface ConfigWarning {
  readonly file: string
  readonly line: number | null
  readonly message: string
  /** The routing rule that it is about. */
  readonly rule?: RuleName
}

/** A setting and where its value comes from, for `headgate check` and the panel. */
export interface EffectiveSetting {
  readonly path: string
  readonly value: unknown
  readonly source: Source
}

export interface Catalog {
  /** Counts up with every applied configuration. */
  readonly version: number
  readonly models: readonly Model[]
  /** By name and by alias. */
  readonly modelsByName: ReadonlyMap<string, Model>
  readonly providers: ReadonlyMap<string, ProviderEntry>
  /** The split of the files, or the default: what an override is an override of. `isSet` = a file sets it. */
  readonly split: Split
  readonly splitIsSet: boolean
  /** Strategy inside a lane where a model names none. */
  readonly strategy: string
  readonly rules: Rules
  readonly timeouts: Timeouts
  /** Interval of free probes of every deployment in ms; null = the rules of the health page; 0 = passive only. */
  readonly healthCheckMs: number | null
  /** Failures in a row that are forgiven: the next one puts a deployment out (`allowed_fails`). */
  readonly allowedFails: number
  /** Longest wait before a deployment that is out is tried again (`cooldown_time`); null = the health page's. */
  readonly longestWaitMs: number | null
  /** Cooldown after a rate limit that names no time (`fallback_duration_seconds`); null = random backoff. */
  readonly rateLimitFallbackMs: number | null
  /** More failures than that within the window halve a deployment's part until there are fewer; null = off. */
  readonly errorRouting: { readonly threshold: number; readonly windowMs: number } | null
  /** Attempts per request (`num_retries` + 1); null = the execution page's. */
  readonly attempts: number | null
  /** `debug_router`: every decision is a log line. */
  readonly logsDecisions: boolean
  /** What an unknown or missing model name becomes; null = 404. `model` or the first model of `provider`. */
  readonly default: { readonly model: string | null; readonly provider: string | null; readonly source: Source } | null
  /** File that request and router log lines also go to; null = none. Absolute. */
  readonly logFile: string | null
  readonly warnings: readonly ConfigWarning[]
  readonly settings: readonly EffectiveSetting[]
  readonly files: readonly string[]
}
