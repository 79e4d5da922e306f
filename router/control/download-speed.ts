/** How fast bytes come: over the last seconds, so that it neither jumps nor lags. */
import type { Clock } from '../core/clock.ts'

export interface Speed {
  note(totalBytes: number): void
  /** Null = not known yet. */
  bytesPerSecond(): number | null
  reset(): void
}

const WINDOW_MS = 8_000
const LEAST_MS = 500

export function createSpeed(clock: Pick<Clock, 'monotonic'>): Speed {
  let samples: { readonly at: number; readonly bytes: number }[] = []
  return {
    note(bytes) {
      const at = clock.monotonic()
      const last = samples.at(-1)
      if (last !== undefined && at - last.at < 100) return // a sample per packet would be many
      samples = [...samples.filter((sample) => at - sample.at < WINDOW_MS), { at, bytes }]
    },
    bytesPerSecond() {
      const first = samples[0]
      const last = samples.at(-1)
      if (!first || !last) return null
      const ms = clock.monotonic() - first.at
      return ms < LEAST_MS ? null : Math.round(((last.bytes - first.bytes) / ms) * 1000)
    },
    reset() {
      samples = []
    },
  }
}
