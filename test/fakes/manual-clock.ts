/** A clock that a test moves by hand: timers fire in order when the time passes them. */
import type { Clock, Timer } from '../../router/core/clock.ts'

export interface ManualClock extends Clock {
  /** Moves both clocks on and fires what is due. */
  advance(ms: number): void
  /** Moves the wall clock on alone, as when a machine sleeps whose monotonic clock stands still meanwhile. */
  oversleep(ms: number): void
  /** Timers that wait. */
  waiting(): number
}

/** 10:00:00 UTC of some day. */
export const startOfTest = 1_700_042_400_000

export function manualClock(chance: () => number = () => 0.5): ManualClock {
  let monotonicMs = 0
  let asleepMs = 0
  let ids = 0
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>()
  const after = (ms: number, run: () => void): Timer => {
    const timer = { atMs: monotonicMs + ms, run }
    timers.add(timer)
    return { cancel: () => void timers.delete(timer) }
  }
  return {
    now: () => startOfTest + monotonicMs + asleepMs,
    monotonic: () => monotonicMs,
    chance,
    id: (prefix) => `${prefix}_${String(++ids).padStart(20, '0')}`,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const timer = after(ms, resolve)
        signal?.addEventListener('abort', () => {
          timer.cancel()
          reject(signal.reason)
        })
      }),
    advance(ms) {
      const untilMs = monotonicMs + ms
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)
        if (!next) break
        timers.delete(next)
        monotonicMs = Math.max(monotonicMs, next.atMs)
        next.run()
      }
      monotonicMs = untilMs
    },
    oversleep(ms) {
      asleepMs += ms
    },
    waiting: () => timers.size,
  }
}
