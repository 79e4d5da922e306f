/** Shapes of the admin API as the panel reads them. The router's `http/` and `control/` folders build exactly these. */

import type { GuardView } from '../../router/control/guard-view.ts'
import type { ModelShareView } from '../../router/control/model-share.ts'
import type { OverrideView } from '../../router/control/split-view.ts'

export type Lane = 'local' | 'remote'
export type Lock = Lane | null
export type PresetName = 'local-only' | 'prefer-local' | 'balanced' | 'prefer-remote' | 'remote-only' | 'custom'

/** What a person sets. `remote_share` is 0–1. */
export interface SplitSetting {
  readonly remote_share: number
  readonly fallback: boolean
  readonly lock: Lock
}

/** `GET /admin/split`. */
export interface SplitView extends SplitSetting {
  readonly preset: PresetName
  /** `override`, `routing.yaml:3`, `default`, `weights`. */
  readonly source: string
  readonly unit?: 'session' | 'request'
  readonly base: Partial<SplitSetting> & { readonly remote_share: number; readonly source: string }
  readonly actual: SplitActual
  readonly lanes: Readonly<Record<Lane, { readonly deployments: number }>>
  /** A lock for a time; null = none. */
  readonly override?: OverrideView | null
  /** Conversations that run: they draw anew when the share changes, unless they are kept. */
  readonly sessions_that_may_move?: number
}

/** The last sessions as they really went. */
export interface SplitActual {
  readonly sessions: number
  readonly remote: number
  readonly tokens: Readonly<Record<Lane, number>>
  /** Of all those sessions; `remote_reasons` of the remote ones among them. */
  readonly reasons: Readonly<Record<string, number>>
  readonly remote_reasons?: Readonly<Record<string, number>>
}

export type DeploymentState = 'healthy' | 'out' | 'on-trial' | 'ramping' | 'limited' | 'disabled' | 'not-loaded' | 'loading' | 'unknown'

export interface DeploymentView {
  readonly name: string
  readonly model: string
  readonly provider: string
  readonly lane: Lane
  readonly state: DeploymentState
  /** In words: `6/10 failed since 10:02:11`. */
  readonly detail: string | null
  readonly in_flight: number
  readonly first_output_ms: number | null
  readonly loaded: boolean | null
  readonly memory_bytes: number | null
  readonly tokens_per_s: number | null
  /** A model for a first try only. */
  readonly very_small: boolean
  readonly upstream_model?: string
}

export interface DownloadView {
  /** `starter`, or an id of the queue. */
  readonly id?: string
  readonly model?: string
  readonly state: 'checking' | 'queued' | 'downloading' | 'waiting' | 'verifying' | 'paused' | 'ready' | 'failed' | 'off' | 'removed'
  readonly received_bytes: number
  readonly total_bytes: number
  readonly detail: string | null
}

export interface LaneToday {
  readonly requests: number
  readonly input_tokens: number
  readonly output_tokens: number
  /** Null where no price is known. */
  readonly cost_usd: number | null
}

export interface Problem {
  readonly level: 'warn' | 'error'
  readonly message: string
  readonly how_to_fix: string | null
}

/** `GET /admin/overview`. */
export interface Overview {
  readonly url: string
  readonly version: string
  readonly started_at: string
  readonly paused: boolean
  readonly split: SplitView
  readonly today: {
    readonly local: LaneToday
    readonly remote: LaneToday & { readonly bytes_sent: number }
    /** What today's local tokens would have cost at the models' remote deployments; null = no price is known. */
    readonly saved_usd: number | null
    /** Refused before any try, by error code. */
    readonly refused: readonly { readonly code: string; readonly count: number }[]
  }
  readonly running: number
  /** What moves requests by itself now. */
  readonly guards: readonly GuardView[]
  /** What the battery should do is asked once. */
  readonly offers_battery: boolean
  readonly models: readonly ModelShareView[]
  /** Of the streams of the last two minutes; null = there was none. */
  readonly tokens_per_s: Readonly<Record<Lane, number | null>>
  /** Of the local engine's models. */
  readonly memory: { readonly used_bytes: number; readonly budget_bytes: number }
  /** 60 minutes each, oldest first. */
  readonly per_minute: Readonly<Record<Lane, readonly number[]>>
  readonly deployments: readonly DeploymentView[]
  readonly download: DownloadView | null
  readonly engine: { readonly build: string | null; readonly gpu: string | false | null }
  readonly problems: readonly Problem[]
}

export interface RequestError {
  readonly code: string | null
  readonly message: string | null
}

/** A row of `GET /admin/requests`; while the request runs, what is not known yet is null. */
export interface RequestRow {
  readonly id: string
  readonly at: string
  readonly tool: string
  readonly dialect: string
  readonly model: string | null
  readonly deployment: string | null
  readonly lane: Lane | null
  readonly reason: string | null
  readonly status: number | null
  readonly attempts: number
  readonly first_output_ms: number | null
  readonly duration_ms: number | null
  readonly usage: { readonly input: number | null; readonly cached?: number | null; readonly output: number | null; readonly source?: string } | null
  readonly cost_usd: number | null
  readonly stream: boolean
  readonly key_id?: string | null
  readonly error?: RequestError | null
}

export interface PlanStepView {
  readonly deployment: string
  readonly provider: string
  readonly lane: Lane
  readonly model: string
  readonly reason: string
  readonly detail: string | null
  readonly score: number | null
}

export interface ExclusionView {
  readonly deployment: string
  readonly lane: Lane
  readonly reason: string
  readonly detail: string | null
}

export interface PlanView {
  readonly model: string
  readonly route: { readonly kind: string; readonly rule: string; readonly source: string }
  readonly draw: { readonly lane: Lane; readonly reason: string; readonly remote_share: number; readonly source?: string } | null
  readonly plan: readonly PlanStepView[]
  readonly excluded: readonly ExclusionView[]
  readonly refusal?: { readonly message: string; readonly reason?: string; readonly how_to_fix?: string | null } | null
}

export interface AttemptView {
  readonly index: number
  readonly deployment: string
  readonly provider: string
  readonly lane: Lane
  readonly outcome: 'answered' | 'failed' | 'aborted'
  readonly kind: string | null
  readonly code: string | null
  readonly message: string | null
  readonly status: number | null
  /** ms from the request's start, as is `first_output_ms`. */
  readonly started_ms: number
  readonly first_output_ms: number | null
  /** ms that the attempt took. */
  readonly ms: number
  /** What it waited for before its first output. */
  readonly phases?: readonly { readonly phase: 'queue' | 'load' | 'prefill'; readonly from_ms: number; readonly to_ms: number }[]
}

/** `GET /admin/requests/{id}`. */
export interface RequestDetail extends RequestRow {
  readonly plan: PlanView | null
  /** The tries themselves; the row has only their number. */
  readonly tries: readonly AttemptView[]
  /** Key of the conversation that it belongs to; null = none is kept. */
  readonly session?: string | null
  /** Null = its bodies were not recorded. */
  readonly recording?: RecordedBodies | null
}

/** What a recorded request has besides: credentials are masked, each side is cut at 1 MiB. */
export interface RecordedBodies {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The bytes that the caller got, as text; null = none. */
  readonly reply: string | null
  readonly complete: boolean
  readonly cut: { readonly body: boolean; readonly reply: boolean }
}

/** One event of `GET /admin/events`; `type` is the event's name. */
export type AdminEvent = { readonly at: string } & (
  | { readonly type: 'request' | 'request-ended'; readonly request: RequestRow }
  | { readonly type: 'deployment'; readonly deployment: DeploymentView }
  | { readonly type: 'split'; readonly split: SplitView; readonly by?: string }
  | { readonly type: 'config'; readonly ok: boolean; readonly error?: unknown }
  | ({ readonly type: 'download' } & Partial<DownloadView>)
  | { readonly type: 'engine' }
  | { readonly type: 'log' }
)
