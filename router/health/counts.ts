/** Exact counts of the last minute, 5 minutes and hour, for people to look at. Invariant: fixed size, whatever the rate. */

export interface Count {
  readonly failed: number
  readonly total: number
}

/** Ten buckets; the window slides by a tenth. */
export interface WindowCount {
  add(failed: boolean, nowMs: number): void
  read(nowMs: number): Count
}

const BUCKETS = 10

export const WINDOWS_MS = { minute: 60_000, fiveMinutes: 300_000, hour: 3_600_000 } as const

/** Counts over the last `windowMs` (between 90 % and 100 % of it: the running bucket is not full yet). */
export function createWindowCount(windowMs: number): WindowCount {
  const bucketMs = windowMs / BUCKETS
  const failed = new Array<number>(BUCKETS).fill(0)
  const total = new Array<number>(BUCKETS).fill(0)
  /** Number of the bucket-long span that each slot holds; -1 = empty. */
  const span = new Array<number>(BUCKETS).fill(-1)
  return {
    add(isFailure, nowMs) {
      const current = Math.floor(nowMs / bucketMs)
      const slot = current % BUCKETS
      if (span[slot] !== current) {
        span[slot] = current
        failed[slot] = 0
        total[slot] = 0
      }
      total[slot]! += 1
      if (isFailure) failed[slot]! += 1
    },
    read(nowMs) {
      const oldest = Math.floor(nowMs / bucketMs) - BUCKETS + 1
      let failures = 0
      let all = 0
      for (let slot = 0; slot < BUCKETS; slot++)
        if (span[slot]! >= oldest) {
          failures += failed[slot]!
          all += total[slot]!
        }
      return { failed: failures, total: all }
    },
  }
}
