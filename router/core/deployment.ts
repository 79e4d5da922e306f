/** A deployment: one place that serves one model. Built by `config/`, read by everyone, changed by nobody. */
import type { Secret } from './secret.ts'

export type Lane = 'local' | 'remote'

/** Where a setting was written: `models.yaml:12`, `panel`, `default`, `built-in`, `HEADGATE_PORT`. */
export type Source = string

/** What a deployment can do; `null` = not known, and then not held against it. */
export interface Features {
  readonly tools: boolean | null
  readonly vision: boolean | null
  readonly json: boolean | null
  readonly reasoning: boolean | null
  readonly embeddings: boolean | null
}

export interface Price {
  readonly inputUsdPerMillionTokens: number
  readonly outputUsdPerMillionTokens: number
  readonly cachedInputUsdPerMillionTokens?: number
}

/** Base URL and credential: deployments that share one also share reachability. */
export interface Endpoint {
  /** Without a trailing slash, e.g. `http://127.0.0.1:8000/v1`. */
  readonly baseUrl: string
  readonly credential: Secret | null
  readonly headers: Readonly<Record<string, string>>
}

/** `engine` = in this process or a child of it; `loopback` = a server on this machine; `network` = anything else. */
export type Address = 'engine' | 'loopback' | 'network'

export interface Deployment {
  /** `model/provider`, `#2` for the second, or its own name. Unique. */
  readonly name: string
  /** The public model name. */
  readonly model: string
  /** Name of the provider entry that it belongs to. */
  readonly provider: string
  /** Key of `providers/`: dialect and quirks. `engine` for the local engine. */
  readonly kind: string
  /** What the provider calls the model; for the engine the absolute path of the GGUF file. */
  readonly upstreamModel: string
  readonly lane: Lane
  readonly address: Address
  /** Null for the engine. */
  readonly endpoint: Endpoint | null
  readonly weight: number | null
  /** Lower first. */
  readonly priority: number
  /** Context in tokens; null = not known. */
  readonly context: number | null
  readonly features: Features
  readonly price: Price | null
  /** Start deadline in milliseconds when nothing is learned; null = the default. */
  readonly startDeadlineMs: number | null
  readonly maxInFlight: number
  readonly source: Source
  /** Why it is switched off by configuration, in words (`LLAMA_BASE_URL is not set`); null = on. */
  readonly disabled: string | null
}

export interface Model {
  readonly name: string
  readonly aliases: readonly string[]
  /** Own remote share 0–1; null = follows the split above it. */
  readonly remoteShare: number | null
  /** The only lane that it may use; null or absent = both. */
  readonly lock?: Lane | null
  /** Share that weights across lanes give (0–1); null where no weights cross lanes. */
  readonly weightedShare: number | null
  readonly strategy: string | null
  readonly fallbacks: readonly string[]
  /** Billions of parameters where the configuration says so; null = by its name. */
  readonly size: number | null
  readonly deployments: readonly Deployment[]
  readonly source: Source
}
