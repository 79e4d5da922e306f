/** The one question after a failed attempt: the same again, the next, wait, or stop? Pure; the failure was named where it happened. */
import type { HeadgateError } from '../core/errors.ts'
import type { ExecutionLimits } from './limits.ts'

/** One failed attempt of this request. */
export interface PlacedFailure {
  readonly error: HeadgateError
  /** Position in the plan. */
  readonly place: number
  /** ms from the request's start to the failure. */
  readonly elapsedMs: number
}

export interface AfterFailure {
  readonly error: HeadgateError
  /** All failures so far, this one last. */
  readonly failures: readonly PlacedFailure[]
  /** Attempts so far in this request, this one included. */
  readonly attempts: number
  /** Attempts so far at this deployment, this one included. */
  readonly attemptsHere: number
  readonly isOutputSent: boolean
  readonly elapsedMs: number
  /** Steps of the plan that were not tried yet and that this failure may go to. */
  readonly placesLeft: number
  readonly mayFallBack: boolean
  /** In [0, 1), for the backoff. */
  readonly chance: number
}

export type NextMove =
  | { readonly move: 'same'; readonly afterMs: number }
  | { readonly move: 'next'; readonly afterMs: number }
  /** Nothing is left but a deployment that asked to wait: this one. */
  | { readonly move: 'wait'; readonly afterMs: number; readonly place: number }
  | { readonly move: 'stop' }

const repeatableStatus = new Set([500, 502, 503, 504, 529])

export function nextMove(input: AfterFailure, limits: ExecutionLimits): NextMove {
  const { error, attempts, attemptsHere } = input
  const { rule, details } = error
  if (input.isOutputSent || error.kind === 'aborted-by-caller') return { move: 'stop' }
  if (attempts >= limits.attempts) return { move: 'stop' }
  if (attempts > 1 && input.elapsedMs >= limits.firstOutputBudgetMs) return { move: 'stop' }

  const othersLeft = input.mayFallBack && rule.mayGoNext !== false ? input.placesLeft : 0
  // A 5xx without Retry-After: once more at the same place keeps the warm cache, unless that takes the attempt of a place that nobody has asked.
  const isRepeatable = rule.mayRetrySame && details.retryAfterMs === undefined && repeatableStatus.has(details.upstreamStatus ?? 0)
  if (isRepeatable && attemptsHere <= limits.repeatsHere && attempts + 1 + othersLeft <= limits.attempts) {
    const backoff = input.chance * Math.min(limits.backoffCapMs, limits.backoffBaseMs * 2 ** (attemptsHere - 1))
    return { move: 'same', afterMs: Math.max(limits.gapMs, backoff) }
  }
  if (othersLeft > 0) return { move: 'next', afterMs: 0 }
  if (rule.mayGoNext === true) {
    const soonest = soonestBack(input)
    if (soonest && soonest.afterMs <= limits.waitForLimitMs)
      return { move: 'wait', afterMs: Math.max(limits.gapMs, soonest.afterMs), place: soonest.place }
  }
  return { move: 'stop' }
}

/** Of the places that said when to come back, the first that is due; null where none did. */
function soonestBack({ failures, elapsedMs: nowMs }: AfterFailure): { readonly afterMs: number; readonly place: number } | null {
  let soonest: { afterMs: number; place: number } | null = null
  for (const [index, { error, place, elapsedMs }] of failures.entries()) {
    const { retryAfterMs } = error.details
    const isLatestThere = !failures.slice(index + 1).some((later) => later.place === place)
    if (error.kind !== 'rate-limited-upstream' || retryAfterMs === undefined || !isLatestThere) continue
    const afterMs = retryAfterMs - (nowMs - elapsedMs)
    if (soonest === null || afterMs < soonest.afterMs) soonest = { afterMs, place }
  }
  return soonest
}

// The caller gets the most informative failure: that all is over, what they can mend, what the provider said, silence, and that there was no place.
const informative: readonly string[] = [
  'aborted-by-caller',
  'shutting-down',
  'invalid-request',
  'content-refused',
  'context-too-long',
  'rate-limited-upstream',
  'quota-exhausted',
  'bad-credentials',
  'model-unknown-upstream',
  'no-room-here',
  'internal',
  'failed-upstream',
  'garbled-reply',
  'broken-stream',
  'stalled',
  'too-slow-to-start',
  'overloaded-here',
  'no-eligible-deployment',
  'unreachable',
]
/** Kinds without a place of their own say more than silence. */
const UNRANKED = informative.indexOf('stalled') - 0.5

/** The failure that the caller is told, of all attempts of a request. `failures` is not empty. */
export function mostInformative(failures: readonly HeadgateError[]): HeadgateError {
  const rank = (error: HeadgateError) => {
    const place = informative.indexOf(error.kind)
    return place === -1 ? UNRANKED : place
  }
  return failures.reduce((best, error) => (rank(error) < rank(best) ? error : best))
}
