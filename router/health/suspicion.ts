/** Suspects ourselves: when places on two hosts cannot be reached within 2 s, the fault is probably here. Pure. */

export interface Suspicion {
  /** Last time that a place on another machine could not be reached, by host; only those of the last 2 s are kept. */
  readonly recent: readonly { readonly host: string; readonly atMs: number }[]
  /** Detectors count nothing until then (monotonic). */
  readonly frozenUntilMs: number
  /** When the network was last suspected; null = never. */
  readonly sinceMs: number | null
  /** Nobody has looked since. */
  readonly isOpen: boolean
  /** The network is known to be gone: the wiring looked. */
  readonly isOffline: boolean
}

const TOGETHER_MS = 2_000
const FREEZE_MS = 10_000
/** One suspicion does not follow another at once: two bad providers would hold their detectors frozen for ever. */
const AGAIN_AFTER_MS = 60_000

export const noSuspicion: Suspicion = { recent: [], frozenUntilMs: Number.NEGATIVE_INFINITY, sinceMs: null, isOpen: false, isOffline: false }

/** With one more place on another machine that could not be reached. */
export function unreachable(suspicion: Suspicion, host: string, nowMs: number): Suspicion {
  const others = suspicion.recent.filter((one) => nowMs - one.atMs <= TOGETHER_MS && one.host !== host)
  const recent = [...others, { host, atMs: nowMs }]
  const isQuiet = suspicion.sinceMs === null || nowMs - suspicion.sinceMs >= AGAIN_AFTER_MS
  if (others.length === 0 || !isQuiet) return { ...suspicion, recent }
  return { ...frozen(suspicion, nowMs + FREEZE_MS), recent, sinceMs: nowMs, isOpen: true }
}

/** Detectors frozen until then; extended, never shortened. */
export function frozen(suspicion: Suspicion, untilMs: number): Suspicion {
  return { ...suspicion, frozenUntilMs: Math.max(suspicion.frozenUntilMs, untilMs) }
}

/** Should somebody look at route and OS state now? */
export function isSuspected(suspicion: Suspicion, nowMs: number): boolean {
  return suspicion.isOpen && suspicion.sinceMs !== null && nowMs - suspicion.sinceMs < FREEZE_MS
}

/** Somebody looked. */
export function resolved(suspicion: Suspicion, isOffline: boolean): Suspicion {
  return { ...suspicion, isOffline, isOpen: false, recent: [] }
}
