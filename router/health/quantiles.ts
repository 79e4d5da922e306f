/** Quantiles of time to first output over a sliding window. Invariant: fixed number of sketches, each of bounded size; too few samples give no quantile. */
// Statically imported: 6–9 ms and about 1 MB once; a sketch of a busy deployment is 4 kB (at most 7 kB), an idle one nothing.
import { DDSketch } from '@datadog/sketches-js'

export interface Quantiles {
  /** Milliseconds; null below 59 samples. */
  readonly p95Ms: number | null
  /** Milliseconds; null below 299 samples. */
  readonly p99Ms: number | null
  /** Milliseconds; null without samples. */
  readonly p50Ms: number | null
  readonly samples: number
}

export interface QuantileWindow {
  add(valueMs: number, nowMs: number): void
  read(nowMs: number): Quantiles
}

/** The smallest sample whose largest value lies above the true p95 with 95 % confidence: 0.95^59 < 0.05. */
export const P95_SAMPLES = 59
const P99_SAMPLES = 299
const ACCURACY = 0.01
/** Bounds the bins of a sketch: 1 ms to 10 min is 670 bins at 1 %. */
const LOWEST_MS = 1
const HIGHEST_MS = 600_000

/** Quantiles over the last `windowMs`, kept in `parts` sketches that are dropped one by one. */
export function createQuantileWindow(windowMs: number, parts: number): QuantileWindow {
  const partMs = windowMs / parts
  const slots: ({ readonly span: number; readonly sketch: DDSketch } | undefined)[] = new Array(parts).fill(undefined)
  let cached: { readonly span: number; readonly result: Quantiles } | null = null
  return {
    add(valueMs, nowMs) {
      if (!Number.isFinite(valueMs)) return
      const span = Math.floor(nowMs / partMs)
      const slot = span % parts
      let entry = slots[slot]
      if (entry?.span !== span) slots[slot] = entry = { span, sketch: new DDSketch({ relativeAccuracy: ACCURACY }) }
      entry.sketch.accept(Math.min(HIGHEST_MS, Math.max(LOWEST_MS, valueMs)))
      cached = null
    },
    read(nowMs) {
      const span = Math.floor(nowMs / partMs)
      if (cached?.span === span) return cached.result
      const merged = new DDSketch({ relativeAccuracy: ACCURACY })
      for (let slot = 0; slot < parts; slot++) {
        const entry = slots[slot]
        if (entry === undefined) continue
        if (entry.span <= span - parts) slots[slot] = undefined
        else merged.merge(entry.sketch)
      }
      const at = (quantile: number, needed: number) => (merged.count >= needed ? merged.getValueAtQuantile(quantile) : null)
      const result = { p50Ms: at(0.5, 1), p95Ms: at(0.95, P95_SAMPLES), p99Ms: at(0.99, P99_SAMPLES), samples: merged.count }
      cached = { span, result }
      return result
    },
  }
}

const SHORTEST_DEADLINE_MS = 12_000
const LONGEST_DEADLINE_MS = 180_000

/** The learned start deadline of a stream: 3 × p95, within 12–180 s; null = not enough samples. */
export function startDeadlineMs(quantiles: Quantiles): number | null {
  if (quantiles.p95Ms === null) return null
  return Math.round(Math.min(LONGEST_DEADLINE_MS, Math.max(SHORTEST_DEADLINE_MS, 3 * quantiles.p95Ms)))
}
