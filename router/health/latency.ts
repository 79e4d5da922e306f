/** Time to first output as balancing sees it: a peak-sensitive moving average, plus a penalty for failures. Slow is weighed, never out. */

export interface Latency {
  /** Jumps up to a peak at once, comes down with `TAU_MS`. */
  readonly peakMs: number
  /** What is usual: one eighth of each sample. The peak fades towards it, not towards 0: an idle slow deployment does not turn fast by waiting. */
  readonly usualMs: number
  /** Monotonic time of the last sample; null = no history. */
  readonly atMs: number | null
  /** Monotonic time of the last failure or rate limit; null = none. */
  readonly penaltyAtMs: number | null
}

const TAU_MS = 30_000
const USUAL_WEIGHT = 1 / 8
/** After so long a silence it is unknown again and gets the group's median, so that it is looked at. */
const HISTORY_MS = 5 * 60_000
const PENALTY_MS = 5_000
/** The penalty falls to 0 in a straight line over this span. */
const PENALTY_SPAN_MS = 10_000

export const noLatency: Latency = { peakMs: 0, usualMs: 0, atMs: null, penaltyAtMs: null }

/** With one more answer, `firstOutputMs` from sent to first output. */
export function sampled(latency: Latency, firstOutputMs: number, nowMs: number): Latency {
  if (latency.atMs === null || nowMs - latency.atMs >= HISTORY_MS) return { ...latency, peakMs: firstOutputMs, usualMs: firstOutputMs, atMs: nowMs }
  const keep = Math.exp(-(nowMs - latency.atMs) / TAU_MS)
  const peakMs = firstOutputMs >= latency.peakMs ? firstOutputMs : latency.peakMs * keep + firstOutputMs * (1 - keep)
  return { ...latency, peakMs, usualMs: latency.usualMs + (firstOutputMs - latency.usualMs) * USUAL_WEIGHT, atMs: nowMs }
}

/** With one more failure or rate limit: both may be fast, and a fast refusal must not attract traffic. */
export function penalised(latency: Latency, nowMs: number): Latency {
  return { ...latency, penaltyAtMs: nowMs }
}

/** Milliseconds that balancing should expect; null = no history. */
export function expectedMs(latency: Latency, nowMs: number): number | null {
  const sincePenalty = latency.penaltyAtMs === null ? PENALTY_SPAN_MS : nowMs - latency.penaltyAtMs
  const penaltyMs = PENALTY_MS * Math.max(0, 1 - sincePenalty / PENALTY_SPAN_MS)
  if (latency.atMs === null || nowMs - latency.atMs >= HISTORY_MS) return penaltyMs > 0 ? PENALTY_MS : null // nothing to fall towards: the whole penalty for its whole span
  const fadedMs = latency.usualMs + (latency.peakMs - latency.usualMs) * Math.exp(-(nowMs - latency.atMs) / TAU_MS)
  return fadedMs + penaltyMs
}
