/** Cooldowns after a rate limit. Invariant: a cooldown is extended, never shortened. */
import { type Deadline, deadlineIn, type Moment } from './moment.ts'

export interface Cooldown {
  readonly until: Deadline | null
  /** Rate limits in a row that named no time. */
  readonly streak: number
}

export const noCooldown: Cooldown = { until: null, streak: 0 }

/** A rejected key or an empty account: out so long, or until somebody edits it. */
export const CREDENTIAL_OUT_MS = 30 * 60_000
/** A model that the provider says it does not have. */
export const MODEL_UNKNOWN_MS = 30 * 60_000
/** … on this machine, where a person may be fetching it right now. */
export const MODEL_UNKNOWN_HERE_MS = 60_000

const LONGEST_RETRY_AFTER_MS = 300_000
const LONGEST_BACKOFF_MS = 60_000
const FIRST_BACKOFF_MS = 1_000

export interface RateLimit {
  /** As the provider said; null = it said nothing. */
  readonly retryAfterMs: number | null
  /** Used where it said nothing; null = random backoff, 0…min(60 s, 1 s · 2^k). */
  readonly fallbackMs: number | null
}

/** The cooldown after one more rate limit. */
export function rateLimited(cooldown: Cooldown, limit: RateLimit, now: Moment): Cooldown {
  const isSaid = limit.retryAfterMs !== null
  const spanMs = isSaid ? clamp(limit.retryAfterMs as number) : (limit.fallbackMs ?? backoffMs(cooldown.streak, now.chance))
  return { until: later(cooldown.until, deadlineIn(spanMs, now)), streak: isSaid ? cooldown.streak : cooldown.streak + 1 }
}

/** Of two deadlines the later one. */
export function later(one: Deadline | null, other: Deadline): Deadline {
  return one !== null && one.monotonicMs >= other.monotonicMs ? one : other
}

function backoffMs(streak: number, chance: number): number {
  return chance * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(streak, 20))
}

function clamp(retryAfterMs: number): number {
  return Number.isFinite(retryAfterMs) ? Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, retryAfterMs)) : 0
}
