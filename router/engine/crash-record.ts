/** When a model that crashed may be tried again. Pure: times come in. */

export interface CrashVerdict {
  /** Crashed too often: stays off until a person loads it. */
  readonly off: boolean
  readonly waitMs: number
  readonly crashes: number
}

export interface CrashRecord {
  crashed(nowMs: number): CrashVerdict
  forget(): void
}

const WINDOW_MS = 600_000
const CRASHES_ALLOWED = 2
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 60_000

/** Waits 0.5 s · 2^k ≤ 60 s, k from the crashes of the last 10 minutes; the third of them switches off. */
export function createCrashRecord(): CrashRecord {
  let times: number[] = []
  return {
    crashed(nowMs) {
      times = [...times.filter((time) => nowMs - time < WINDOW_MS), nowMs]
      return {
        off: times.length > CRASHES_ALLOWED,
        waitMs: Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (times.length - 1)),
        crashes: times.length,
      }
    },
    forget() {
      times = []
    },
  }
}
