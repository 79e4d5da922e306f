/** What an ended attempt says about the place that was tried. Exhaustive over the kinds of `core/errors.ts`. */
import type { Address } from '../core/deployment.ts'
import { type ErrorKind, errorTable } from '../core/errors.ts'

export type Evidence =
  | 'success'
  | 'failure'
  /** Out at the first: nobody listens there. */
  | 'gone'
  | 'rate-limited'
  | 'warming'
  | 'credential'
  | 'model-unknown'
  | 'nothing'

export interface AttemptOutcome {
  readonly address: Address
  readonly outcome: 'answered' | 'failed' | 'aborted'
  readonly errorKind: ErrorKind | null
  readonly code: string | null
}

/** Refused on this machine, or an engine that exited: no second look needed. A refusal over the network may be a proxy's or a router's. */
export const REFUSED_CODE = 'upstream_refused'
export const ENGINE_EXITED_CODE = 'engine_exited'
export const AGENT_DOWN_CODE = 'agent_down'
export const LOADING_CODE = 'upstream_loading'

/** Reads one outcome. Aborts, refused requests and our own faults say nothing. */
export function evidenceOf(attempt: AttemptOutcome): Evidence {
  if (attempt.outcome === 'answered') return 'success'
  if (attempt.outcome === 'aborted' || attempt.errorKind === null) return 'nothing'
  if (isGone(attempt)) return 'gone'
  if (attempt.code === LOADING_CODE) return 'warming'
  if (attempt.errorKind === 'rate-limited-upstream') return 'rate-limited'
  if (attempt.errorKind === 'model-unknown-upstream') return 'model-unknown'
  const rule = errorTable[attempt.errorKind]
  if (rule.fault === 'credential') return 'credential'
  return rule.countsAgainstHealth ? 'failure' : 'nothing'
}

function isGone(attempt: AttemptOutcome): boolean {
  if (attempt.code === ENGINE_EXITED_CODE || attempt.code === AGENT_DOWN_CODE) return true
  if (attempt.errorKind !== 'unreachable') return false
  return attempt.address === 'engine' || (attempt.address === 'loopback' && attempt.code === REFUSED_CODE)
}
