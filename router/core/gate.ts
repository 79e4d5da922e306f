/** Seam of a gate: admits, changes or refuses a request before anything is decided. The list in `admission/index.ts` is the order. */
import type { Lane } from './deployment.ts'
import type { RequestFacts } from './plan.ts'

/** A key that was presented and is in force. */
export interface CallerKey {
  readonly id: string
  readonly name: string
  /** 0–1, of its own; null = it follows. */
  readonly remoteShare?: number | null
  /** `local` = never remote. */
  readonly laneLock?: Lane | null
}

/** Who calls, as far as it is known. */
export interface Caller {
  /** Id of the key, null = anonymous. */
  readonly keyId: string | null
  /** Name of the key, else what the user agent says, else `unknown`. */
  readonly tool: string
  readonly key?: CallerKey | null
}

export interface AdmissionRequest {
  readonly facts: RequestFacts
  /** Credential as presented, from any carrier; null = none. */
  readonly token: string | null
  readonly userAgent: string | null
  readonly caller: Caller
}

/** What gates may look at besides the request. */
export interface AdmissionSituation {
  readonly paused: boolean
  readonly requireKey: boolean
  /** Looks a token up; null = unknown or revoked. */
  readonly findKey: (token: string) => CallerKey | null
}

export interface Gate {
  readonly name: string
  /** Returns the request (changed or not); throws a HeadgateError to refuse. */
  admit(request: AdmissionRequest, situation: AdmissionSituation): AdmissionRequest
}
