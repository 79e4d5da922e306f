/** The decision as a value: what was known (facts, situation) and what was decided (plan). */
import type { Deployment, Lane, Source } from './deployment.ts'
import type { MovingGuard } from './guard.ts'
import type { CallerSplit, Reason, Split } from './split.ts'

/** What a prompt looks like, without its text. */
export interface PromptFeatures {
  readonly isCode: boolean
  readonly isMath: boolean
  /** 0–1: how much thinking it seems to ask for. */
  readonly hardness: number
  /** User turns so far. */
  readonly turns: number
  /** What was seen, for people: `a code block`. */
  readonly seen: readonly string[]
}

/** What the policy needs to know about a request; never its text. */
export interface RequestFacts {
  /** As asked for; null where the caller named none. */
  readonly model: string | null
  readonly stream: boolean
  /** Estimated prompt tokens (bytes of text / 4, rounded up). */
  readonly promptTokens: number
  readonly maxOutputTokens: number | null
  readonly needs: {
    readonly tools: boolean
    readonly vision: boolean
    readonly json: boolean
    readonly embeddings: boolean
    /** Several answers to one request (`n` above 1). */
    readonly many: boolean
  }
  /** The last message is a tool result: the conversation may not move. */
  readonly inToolLoop: boolean
  /** No assistant turn yet. */
  readonly startsSession: boolean
  /** Identity of the conversation, scoped later by key and model; null = each request alone. `fromHeader` keeps it through a first turn. */
  readonly session: { readonly id: string; readonly fromHeader: boolean } | null
  /** `x-headgate-route`, or the `@local` / `@remote` of the model name. */
  readonly askedLane: Lane | null
  /** `name@provider`. */
  readonly askedProvider: string | null
  /** The caller forbids any other deployment than the first. */
  readonly noFallback: boolean
  /** `X-Capability`, lower case; null = not said. */
  readonly capability: string | null
  /** Answers asked for in one request (`n`). */
  readonly answers: number
  /** Looked at only where smart routing is on; null = nobody looked. */
  readonly prompt: PromptFeatures | null
  /** Request headers that rules read, lower-case names; the pipeline adds them where any rule does. */
  readonly headers: Readonly<Record<string, string>>
}

export type DeploymentHealth = 'healthy' | 'out' | 'on-trial' | 'ramping'

/** How a deployment did with its last requests, as strategies weigh it. */
export interface DeploymentUsage {
  /** Mean ms to the first output (whole answers: to the end); null = none was answered. */
  readonly latencyMs: number | null
  /** 0–1. */
  readonly successRate: number
  /** Null = too few streams. */
  readonly p95FirstOutputMs: number | null
  /** Mean ms to the end of answers that were not streamed; null = too few. */
  readonly wholeAnswerMs: number | null
}

/** One deployment as it stands now. */
export interface DeploymentState {
  readonly health: DeploymentHealth
  /** 0–1: share of its weight that one gets that is ramping or degraded. */
  readonly rampShare: number
  /** On trial and the canary may go now. */
  readonly acceptsCanary: boolean
  /** Out because this machine has no network. */
  readonly isOffline?: boolean
  /** In words, with numbers: `6/10 failed since 10:02:11`. */
  readonly detail: string | null
  /** The engine could not load it for want of memory: its numbers in words, until it is tried again. */
  readonly memoryRefusal?: string | null
  /** Its provider's budget is used up, in words: it is asked only where nobody else can answer. */
  readonly overBudget?: string | null
  /** Milliseconds until a cooldown ends (429); 0 = none. */
  readonly limitedForMs: number
  /** Credential known bad or without quota, for so many milliseconds; 0 = fine. */
  readonly credentialOutForMs: number
  /** The provider says that it has no such model, for so many milliseconds. */
  readonly modelUnknownForMs: number
  readonly inFlight: number
  /** Peak EWMA of time to first output in ms; null = no history. */
  readonly firstOutputMs: number | null
  /** Engine only: loaded now? null elsewhere. */
  readonly loaded: boolean | null
  /** Null = too few requests yet. */
  readonly usage: DeploymentUsage | null
}

/** What keeps a session where it is. */
export interface Hold {
  readonly deployment: string
  readonly lane: Lane
  readonly failedOver: boolean
  /** The split changed since: a soft hold ends. */
  readonly splitVersion: number
}

export interface Deficit {
  readonly local: number
  readonly remote: number
}

/** A look-up by name; a Map is one. */
export interface Lookup<Value> {
  get(name: string): Value | undefined
}

/** Everything around a request that a decision may look at: a snapshot, taken in one tick. */
export interface Situation {
  readonly split: Split
  /** Split and lock of the caller's key; null = without a key. */
  readonly key: CallerSplit | null
  readonly splitVersion: number
  readonly deployments: Lookup<DeploymentState>
  readonly hold: Hold | null
  /** Deficits in millionths of a session, by key of (split rule, model): the key that a plan's `booking` names. Absent = 0/0. */
  readonly deficits: Lookup<Deficit>
  /** How often each deployment was the first of a plan, since the counters were last reset. */
  readonly turns: Lookup<number>
  /** Sends new conversations to the remote lane, and loads no model here, where Locks and Fallback permit; absent or null = none does. */
  readonly guard?: MovingGuard | null
  /** One number in [0, 1) for a random draw. */
  readonly laneChance: number
  /** One number in [0, 1) for the strategy's own use. */
  readonly strategyChance: number
  /** Local time of day: hour 0–23, weekday 1 = Monday … 7 = Sunday. */
  readonly calendar: { readonly hour: number; readonly weekday: number }
}

export interface Route {
  readonly kind: 'exact' | 'alias' | 'pattern' | 'capability' | 'metadata' | 'size' | 'smart' | 'default'
  readonly rule: string
  readonly source: Source
}

export interface Draw {
  readonly lane: Lane
  readonly reason: Reason
  /** 0–1. */
  readonly remoteShare: number
  /** Which split gave the share: `model`, `override`, `routing.yaml:3`, `weights`, `default`. */
  readonly source: Source
}

export interface PlanStep {
  readonly deployment: Deployment
  readonly reason: Reason
  readonly detail: string | null
  readonly score: number | null
  /** Its condition holds only once one of these providers has answered this request with a rate limit; left out = it has no such condition. */
  readonly onlyAfterLimitOf?: readonly string[]
}

export interface Exclusion {
  readonly deployment: Deployment
  readonly reason: Reason
  readonly detail: string
}

export interface Plan {
  /** Public model name that was resolved. */
  readonly model: string
  readonly route: Route
  /** Null where nothing was drawn. */
  readonly draw: Draw | null
  readonly steps: readonly PlanStep[]
  readonly excluded: readonly Exclusion[]
  /** What to book in the same tick; null = nothing was drawn by deficit. */
  readonly booking: { readonly key: string; readonly deficit: Deficit } | null
  /** Sessions are kept for this request. */
  readonly keepsSession: boolean
  /** May execution go on to the next step after a failure? */
  readonly mayFallBack: boolean
  /** A lock (global, of the key, of the model) keeps it on this machine: the transport holds to it too. */
  readonly localOnly: boolean
  /** What the chain, else the configuration, says about attempts, counted over the whole plan; null = the rules of the execution page. */
  readonly retry: { readonly attempts: number | null; readonly delayMs: number | null } | null
  /** Set when `steps` is empty: why, and what to do. */
  readonly refusal: {
    readonly kind: 'no-eligible-deployment' | 'context-too-long' | 'invalid-request' | 'budget-exceeded'
    readonly message: string
    readonly reason: Reason
    readonly howToFix: string
    readonly retryAfterMs: number | null
  } | null
}
