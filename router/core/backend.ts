/** Seam of a backend: HTTP providers, the engine and agents all answer requests through it. */
import type { CancelSignal } from './cancel.ts'
import type { FinishReason, Usage } from './conversation.ts'
import type { Deployment } from './deployment.ts'
import type { Dialect } from './dialect.ts'
import type { ParsedBody } from './json-text.ts'
import type { RequestFacts } from './plan.ts'

export interface BackendRequest {
  readonly id: string
  readonly dialect: Dialect
  readonly facts: RequestFacts
  /** The caller's bytes and their parsed form. */
  readonly body: ParsedBody
  /** Request headers of the caller that may travel on (allow-list applied by the backend). */
  readonly headers: Readonly<Record<string, string>>
  readonly deployment: Deployment
  /** With the lane locked to local the transport refuses everything else. */
  readonly localOnly: boolean
}

/** What a backend reports while it answers. A failure is thrown as a HeadgateError, named where it happened. */
export type BackendEvent =
  /** The upstream answered with a status line, or the engine took the request. `notes`: what was translated with a loss, clamped or dropped. `soFar`: usage of an answer that was cut off. */
  | { readonly type: 'opened'; readonly notes?: readonly string[]; readonly soFar?: () => Usage | null }
  /** Still before output, with a clock of its own: the start deadline is moved on by `extendMs`. */
  | { readonly type: 'waiting'; readonly phase: 'queue' | 'load' | 'prefill'; readonly extendMs: number }
  /** One whole event of a stream in the caller's dialect, ready to be written. `output` = carries model output; `isSlow` = its last output is reasoning or a tool call. */
  | { readonly type: 'frame'; readonly bytes: Uint8Array; readonly output: boolean; readonly isSlow?: boolean }
  /** Bytes arrived that are no event of the answer (comments, pings): feeds the transport clock only. */
  | { readonly type: 'noise' }
  /** A whole reply in the caller's dialect, and the end of the answer. */
  | { readonly type: 'whole'; readonly bytes: Uint8Array; readonly usage: Usage | null; readonly finish: FinishReason | null }
  /** Exactly once, last, at the end of a stream that is complete. */
  | { readonly type: 'end'; readonly usage: Usage | null; readonly finish: FinishReason | null }

export interface ProbeResult {
  readonly ok: boolean
  readonly latencyMs: number
  readonly detail: string
  /** The connection was refused: on this machine one look is enough. */
  readonly refused?: boolean
  /** Nothing answered: no name, no route, no connection, no reply in time. */
  readonly unanswered?: boolean
}

export interface Backend {
  /** Answers one request. The iterator ends after `whole` or `end`; aborting `signal` reaches the place within 100 ms. */
  send(request: BackendRequest, signal: CancelSignal): AsyncIterable<BackendEvent>
  /** A free look: is it reachable? Never billed. */
  probe(deployment: Deployment, timeoutMs: number, localOnly: boolean): Promise<ProbeResult>
  /** A one-token answer: does it serve? */
  tryOneToken(deployment: Deployment, timeoutMs: number, localOnly: boolean): Promise<ProbeResult>
}
