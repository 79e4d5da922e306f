/** The way back: healthy → out → on trial → ramping → healthy. Invariant: only counted answers restore traffic; a timer says when to look again. */

export type Recovery =
  | { readonly at: 'healthy'; readonly outs: number; readonly sinceMs: number }
  | {
      readonly at: 'out'
      /** How often in a row: k of the wait. */
      readonly outs: number
      readonly sinceMs: number
      /** When the trial begins; Infinity = something else says when. */
      readonly untilMs: number
      /** A free probe failed since: the next one that passes ends the wait. */
      readonly probeFailed: boolean
    }
  | {
      readonly at: 'on-trial'
      readonly outs: number
      readonly sinceMs: number
      readonly count: number
      readonly answers: number
      readonly failures: number
    }
  | { readonly at: 'ramping'; readonly outs: number; readonly sinceMs: number; readonly clean: number; readonly quietSinceMs: number }

// Wald's sequential test of 30 % bad against 3 % (alpha 1 %, beta 5 %), in integers.
const TRIAL_ANSWER = 1
const TRIAL_FAILURE = -7
export const TRIAL_PASSED = 14
const TRIAL_LOST = -10

const FIRST_WAIT_MS = 5_000
export const LONGEST_WAIT_MS = 60_000
export const SHORTEST_OUT_MS = 5_000
const FORGIVEN_EVERY_MS = 2 * 60_000
export const HALF_RAMP = 14
export const FULL_RAMP = 29
export const QUIET_RAMP_MS = 10 * 60_000

export const neverOut: Recovery = { at: 'healthy', outs: 0, sinceMs: 0 }

export interface Wait {
  readonly nowMs: number
  /** In [0, 1). */
  readonly chance: number
  readonly longestWaitMs: number
}

/** min(60 s, 5 s · 2^(k−1)) · U(0.9, 1.1), never under 5 s. */
export function waitMs(outs: number, wait: Pick<Wait, 'chance' | 'longestWaitMs'>): number {
  const base = Math.min(wait.longestWaitMs, FIRST_WAIT_MS * 2 ** Math.min(outs - 1, 20))
  return Math.max(SHORTEST_OUT_MS, base * (0.9 + 0.2 * wait.chance))
}

/** How often in a row it was out; one is forgiven per 2 minutes healthy. */
export function outsNow(recovery: Recovery, nowMs: number): number {
  if (recovery.at !== 'healthy') return recovery.outs
  return Math.max(0, recovery.outs - Math.floor((nowMs - recovery.sinceMs) / FORGIVEN_EVERY_MS))
}

/** Out, with the next longer wait. */
export function putOut(recovery: Recovery, wait: Wait): Recovery {
  const outs = outsNow(recovery, wait.nowMs) + 1
  return { at: 'out', outs, sinceMs: wait.nowMs, untilMs: wait.nowMs + waitMs(outs, wait), probeFailed: false }
}

/** Out until something else (the engine, the endpoint, a cooldown) says so; the wait does not grow. */
export function putAside(recovery: Recovery, nowMs: number, untilMs: number): Recovery {
  return { at: 'out', outs: outsNow(recovery, nowMs), sinceMs: nowMs, untilMs, probeFailed: false }
}

/** What the passing of time alone does. The result does not depend on how often it is asked. */
export function advanced(recovery: Recovery, nowMs: number): Recovery {
  if (recovery.at === 'out' && nowMs >= recovery.untilMs) return onTrial(recovery.outs, recovery.untilMs)
  if (recovery.at === 'ramping' && nowMs - recovery.quietSinceMs >= QUIET_RAMP_MS)
    return { at: 'healthy', outs: recovery.outs, sinceMs: recovery.quietSinceMs + QUIET_RAMP_MS }
  return recovery
}

/** A free probe looked at a deployment that is out: a pass after a failure ends the wait (after 5 s at the earliest), and that is all it can do. */
export function freeProbed(recovery: Recovery, passed: boolean, nowMs: number): Recovery {
  if (recovery.at !== 'out') return recovery
  if (!passed) return recovery.probeFailed ? recovery : { ...recovery, probeFailed: true }
  if (!recovery.probeFailed || recovery.untilMs === Infinity) return recovery
  const untilMs = Math.min(recovery.untilMs, Math.max(nowMs, recovery.sinceMs + SHORTEST_OUT_MS))
  return advanced({ ...recovery, untilMs }, nowMs)
}

/** One more answer (or failure) of a deployment on trial or ramping; others stay as they are. */
export function answered(recovery: Recovery, failed: boolean, wait: Wait): Recovery {
  if (recovery.at === 'on-trial') {
    const count = recovery.count + (failed ? TRIAL_FAILURE : TRIAL_ANSWER)
    if (count >= TRIAL_PASSED) return ramping(recovery.outs, wait.nowMs)
    if (count <= TRIAL_LOST) return putOut(recovery, wait)
    return { ...recovery, count, answers: recovery.answers + (failed ? 0 : 1), failures: recovery.failures + (failed ? 1 : 0) }
  }
  if (recovery.at === 'ramping') {
    if (failed) return { ...recovery, clean: 0, quietSinceMs: wait.nowMs }
    const clean = recovery.clean + 1
    return clean >= FULL_RAMP ? { at: 'healthy', outs: recovery.outs, sinceMs: wait.nowMs } : { ...recovery, clean }
  }
  return recovery
}

/** Share of its weight that it gets now, 0–1. */
export function rampShare(recovery: Recovery): number {
  if (recovery.at === 'ramping') return recovery.clean >= HALF_RAMP ? 0.5 : 0.25
  return recovery.at === 'healthy' ? 1 : 0
}

export function onTrial(outs: number, nowMs: number): Recovery {
  return { at: 'on-trial', outs, sinceMs: nowMs, count: 0, answers: 0, failures: 0 }
}

export function ramping(outs: number, nowMs: number): Recovery {
  return { at: 'ramping', outs, sinceMs: nowMs, clean: 0, quietSinceMs: nowMs }
}
