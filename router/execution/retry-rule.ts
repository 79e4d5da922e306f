/** The one question after a failed attempt: the same again, the next, wait, or stop? Pure; the failure was named where it happened. */
import type { HeadgateError } from '../core/errors.ts'
import type { ExecutionLimits } from './limits.ts'

export interface AfterFailure {
  readonly error: HeadgateError
  /** Attempts so far in this request, this one included. */
  readonly attempts: number
  /** Attempts so far at this deployment, this one included. */
  readonly attemptsHere: number
  readonly isOutputSent: boolean
  readonly elapsedMs: number
  /** A further step of the plan is there that this failure may go to. */
  readonly hasNext: boolean
  readonly mayFallBack: boolean
  /** In [0, 1), for the backoff. */
  readonly chance: number
}

export type NextMove =
  | { readonly move: 'same'; readonly afterMs: number }
  | { readonly move: 'next'; readonly afterMs: number }
  /** Nothing is left but a deployment that asked to wait. */
  | { readonly move: 'wait'; readonly afterMs: number }
  | { readonly move: 'stop' }

const repeatableStatus = new Set([500, 502, 503, 504, 529])

export function nextMove(input: AfterFailure, limits: ExecutionLimits): NextMove {
  const { error, attempts, attemptsHere } = input
  const { rule, details } = error
  if (input.isOutputSent || error.kind === 'aborted-by-caller') return { move: 'stop' }
  if (attempts >= limits.attempts) return { move: 'stop' }
  if (attempts > 1 && input.elapsedMs >= limits.firstOutputBudgetMs) return { move: 'stop' }

  // A 5xx without Retry-After: once more at the same place keeps the warm cache.
  const isRepeatable = rule.mayRetrySame && details.retryAfterMs === undefined && repeatableStatus.has(details.upstreamStatus ?? 0)
  if (isRepeatable && attemptsHere === 1) {
    const backoff = input.chance * Math.min(limits.backoffCapMs, limits.backoffBaseMs * 2 ** (attemptsHere - 1))
    return { move: 'same', afterMs: Math.max(limits.gapMs, backoff) }
  }
  const isAnotherLeft = input.hasNext && input.mayFallBack
  if (rule.mayGoNext !== false && isAnotherLeft) return { move: 'next', afterMs: 0 }
  if (error.kind === 'rate-limited-upstream' && details.retryAfterMs !== undefined && details.retryAfterMs <= limits.waitForLimitMs && !isAnotherLeft)
    return { move: 'wait', afterMs: Math.max(limits.gapMs, details.retryAfterMs) }
  return { move: 'stop' }
}

// The caller gets the most informative failure: what they can mend first, then what the provider said, then silence.
const informative: readonly string[] = [
  'aborted-by-caller',
  'invalid-request',
  'content-refused',
  'context-too-long',
  'rate-limited-upstream',
  'quota-exhausted',
  'bad-credentials',
  'model-unknown-upstream',
  'failed-upstream',
  'garbled-reply',
  'broken-stream',
  'stalled',
  'too-slow-to-start',
  'overloaded-here',
  'unreachable',
]

/** The failure that the caller is told, of all attempts of a request. `failures` is not empty. */
export function mostInformative(failures: readonly HeadgateError[]): HeadgateError {
  const rank = (error: HeadgateError) => {
    const place = informative.indexOf(error.kind)
    return place === -1 ? informative.length : place
  }
  return failures.reduce((best, error) => (rank(error) < rank(best) ? error : best))
}
