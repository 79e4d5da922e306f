/** The one event union. Every step of a request emits facts; the log, the ledger, health, metrics and the admin stream are readers of the same events. */

import type { FinishReason, Usage } from './conversation.ts'
import type { Lane } from './deployment.ts'
import type { AttemptSummary } from './dialect.ts'
import type { ErrorKind } from './errors.ts'
import type { GuardKind } from './guard.ts'
import type { Plan, RequestFacts } from './plan.ts'
import type { Reason } from './split.ts'

export interface RequestInfo {
  readonly id: string
  /** Wall clock, ms. */
  readonly at: number
  readonly keyId: string | null
  readonly tool: string
  readonly dialect: string
  readonly model: string | null
  readonly stream: boolean
}

export interface AttemptEnd extends AttemptSummary {
  readonly index: number
  readonly provider: string
  readonly outcome: 'answered' | 'failed' | 'aborted'
  readonly errorKind: ErrorKind | null
  readonly message: string | null
  readonly safeToRepeat: boolean
  readonly retryAfterMs: number | null
  /** ms from the request's start. */
  readonly startedMs: number
  readonly firstOutputMs: number | null
  readonly usage: Usage | null
  readonly finish: FinishReason | null
  readonly isStream: boolean
  /** The model was loaded for this attempt: its time is no sample of the deployment. */
  readonly afterModelLoad: boolean
  /** What it waited for before its first output, in order, as far as the backend said. */
  readonly phases?: readonly AttemptPhase[]
}

export interface AttemptPhase {
  readonly phase: 'queue' | 'load' | 'prefill'
  /** ms from the request's start. */
  readonly fromMs: number
  readonly toMs: number
}

export type RouterEvent =
  | {
      readonly type: 'request-decided'
      readonly request: RequestInfo
      readonly plan: Plan
      /** What the decision took. */
      readonly decisionMs: number
    }
  | { readonly type: 'attempt-started'; readonly requestId: string; readonly index: number; readonly deployment: string; readonly lane: Lane }
  | { readonly type: 'attempt-ended'; readonly requestId: string; readonly keyId: string | null; readonly attempt: AttemptEnd }
  | {
      readonly type: 'request-ended'
      readonly request: RequestInfo
      /** What was decided; null where the request ended before that. */
      readonly plan: Plan | null
      /** Key of the session that the request belongs to; null = none is kept. */
      readonly session: string | null
      /** What "what if" replays; null = it is no sample (refused before it was understood, or a test of one deployment). */
      readonly facts: RequestFacts | null
      readonly status: number
      readonly deployment: string | null
      readonly lane: Lane | null
      readonly reason: Reason | null
      readonly attempts: number
      readonly firstOutputMs: number | null
      readonly durationMs: number
      readonly usage: Usage | null
      readonly costUsd: number | null
      readonly errorKind: ErrorKind | null
      readonly errorCode: string | null
      readonly errorMessage: string | null
    }
  | { readonly type: 'deployment-changed'; readonly deployment: string; readonly from: string; readonly to: string; readonly detail: string | null }
  | {
      readonly type: 'split-changed'
      readonly by: string
      readonly remoteShare: number
      readonly fallback: boolean
      readonly lock: Lane | null
      readonly sessionsThatMay: number
    }
  | {
      /** A guard fires, ended, or was undone. */
      readonly type: 'guard-changed'
      readonly guard: GuardKind | 'budget'
      readonly detail: string
    }
  | {
      /** A person changed something that no file sets. */
      readonly type: 'setting-changed'
      readonly what: 'paused' | 'require-key' | 'key' | 'model' | 'provider' | 'setting' | 'rule' | 'ledger' | 'recording'
      /** `panel`, `tray` or `cli`. */
      readonly by: string
      /** What it is now, or what happened to which one, in words. */
      readonly detail: string
    }
  | { readonly type: 'config-applied'; readonly version: number; readonly files: readonly string[]; readonly warnings: readonly string[] }
  | { readonly type: 'config-refused'; readonly file: string; readonly line: number | null; readonly message: string }
  | { readonly type: 'engine-state'; readonly model: string; readonly state: string; readonly detail: string | null }
  | {
      readonly type: 'download-progress'
      /** `starter`, or an id of the queue. */
      readonly id: string
      readonly model: string
      readonly state: 'checking' | 'queued' | 'downloading' | 'waiting' | 'verifying' | 'paused' | 'ready' | 'failed' | 'off' | 'removed'
      readonly receivedBytes: number
      readonly totalBytes: number
      /** Null = not known. */
      readonly bytesPerSecond: number | null
      /** Connected, but nothing has come for a while. */
      readonly isStalled: boolean
      readonly detail: string | null
    }
  | {
      readonly type: 'log'
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly message: string
      /** Who says it; absent = the router. */
      readonly source?: 'engine'
    }

/** Hands an event to every reader. A reader that throws harms nobody else. */
export interface EventBus {
  emit(event: RouterEvent): void
  subscribe(reader: (event: RouterEvent) => void): () => void
}

export function createEventBus(onReaderError: (error: unknown) => void): EventBus {
  const readers = new Set<(event: RouterEvent) => void>()
  return {
    emit(event) {
      for (const reader of readers)
        try {
          reader(event)
        } catch (error) {
          onReaderError(error)
        }
    },
    subscribe(reader) {
      readers.add(reader)
      return () => readers.delete(reader)
    },
  }
}
