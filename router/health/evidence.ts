/** What an ended attempt says about the place that was tried. Exhaustive over the kinds of `core/errors.ts`. */
import type { Address } from '../core/deployment.ts'
import { type ErrorKind, errorTable } from '../core/errors.ts'
import { failureCodes } from '../core/failure-codes.ts'

export type Evidence =
  | 'success'
  | 'failure'
  /** Out at the first: nobody listens there. */
  | 'gone'
  /** The engine's process ended. */
  | 'crashed'
  /** The engine crashed too often and waits for a person. */
  | 'off'
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

/** Reads one outcome. Aborts, refused requests and our own faults say nothing. */
export function evidenceOf(attempt: AttemptOutcome): Evidence {
  if (attempt.outcome === 'answered') return 'success'
  if (attempt.outcome === 'aborted' || attempt.errorKind === null) return 'nothing'
  if (attempt.code === failureCodes.engineCrashed) return 'crashed'
  if (attempt.code === failureCodes.engineOff) return 'off'
  if (isGone(attempt)) return 'gone'
  if (attempt.code === failureCodes.loading) return 'warming'
  if (attempt.errorKind === 'rate-limited-upstream') return 'rate-limited'
  if (attempt.errorKind === 'model-unknown-upstream') return 'model-unknown'
  const rule = errorTable[attempt.errorKind]
  if (rule.fault === 'credential') return 'credential'
  return rule.countsAgainstHealth ? 'failure' : 'nothing'
}

/** Refused on this machine: no second look needed. A refusal over the network may be a proxy's or a router's. */
function isGone(attempt: AttemptOutcome): boolean {
  if (attempt.code === failureCodes.agentDown) return true
  if (attempt.errorKind !== 'unreachable') return false
  return attempt.address === 'engine' || (attempt.address === 'loopback' && attempt.code === failureCodes.refused)
}
