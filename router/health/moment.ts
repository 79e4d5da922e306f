/** One moment as a value: the only way in which time and chance enter this folder. */
export interface Moment {
  /** Never jumps back; for spans, waits and cooldowns. */
  readonly monotonicMs: number
  /** Milliseconds since 1970; for texts, and for what has to survive a sleep. */
  readonly wallMs: number
  /** A number in [0, 1): jitter of waits, backoff and probes. */
  readonly chance: number
}

/** An end that survives a sleep: the monotonic clock may stand still while the machine sleeps, the wall clock does not. */
export interface Deadline {
  readonly monotonicMs: number
  readonly wallMs: number
}

/** The deadline `spanMs` from now. */
export function deadlineIn(spanMs: number, now: Moment): Deadline {
  return { monotonicMs: now.monotonicMs + spanMs, wallMs: now.wallMs + spanMs }
}

/** Milliseconds left; 0 = passed, or never set. */
export function leftMs(deadline: Deadline | null, now: Moment): number {
  return deadline === null ? 0 : Math.max(0, deadline.monotonicMs - now.monotonicMs)
}
