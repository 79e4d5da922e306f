/** Decides when a deployment is out, by counting requests, never seconds. Invariant: score and run are integers ≥ 0. */

export interface Detector {
  readonly score: number
  /** Failures in a row. */
  readonly run: number
  /** Counted since the score was last 0. */
  readonly failed: number
  readonly total: number
  /** Wall clock of the first of these; null while nothing counts. */
  readonly sinceWallMs: number | null
  /** Monotonic time of the last outcome; null = none yet. */
  readonly lastMs: number | null
}

/** The score that puts a deployment out. */
export const SCORE_LIMIT = 30

// Bernoulli CUSUM of "5 % failures" against "30 %": ln(0.30/0.05) = 1.792 per failure, ln(0.70/0.95) = -0.305 per success, limit 9;
// all divided by 0.305 and rounded: +6, -1, 30.
const FAILURE = 6
const SUCCESS = 1
/** Half the limit: a deployment that has just come back is believed less. */
const SCORE_AFTER_RECOVERY = 15
const IDLE_MS = 30 * 60_000

export const freshDetector: Detector = { score: 0, run: 0, failed: 0, total: 0, sinceWallMs: null, lastMs: null }

/** The detector after one more outcome. Ask `isTripped` afterwards. */
export function counted(detector: Detector, failed: boolean, now: { readonly monotonicMs: number; readonly wallMs: number }): Detector {
  const before = detector.lastMs !== null && now.monotonicMs - detector.lastMs >= IDLE_MS ? freshDetector : detector
  const lastMs = now.monotonicMs
  if (!failed) {
    const score = Math.max(0, before.score - SUCCESS)
    if (score === 0) return { ...freshDetector, lastMs }
    return { ...before, score, run: 0, total: before.total + 1, lastMs }
  }
  return {
    score: before.score + FAILURE,
    run: before.run + 1,
    failed: before.failed + 1,
    total: before.total + 1,
    sinceWallMs: before.sinceWallMs ?? now.wallMs,
    lastMs,
  }
}

/** Out? `runLimit` failures in a row (4 unless configured), or the score at its limit. */
export function isTripped(detector: Detector, runLimit: number): boolean {
  return detector.run >= runLimit || detector.score >= SCORE_LIMIT
}

/** The detector of a deployment that has just passed its trial. */
export function detectorAfterRecovery(now: { readonly monotonicMs: number; readonly wallMs: number }): Detector {
  return { ...freshDetector, score: SCORE_AFTER_RECOVERY, sinceWallMs: now.wallMs, lastMs: now.monotonicMs }
}
