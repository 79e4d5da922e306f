import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededChance } from '../../../router/core/clock.ts'
import { counted, type Detector, detectorAfterRecovery, freshDetector, isTripped } from '../../../router/health/detector.ts'

const RUN_LIMIT = 4
const at = (monotonicMs: number) => ({ monotonicMs, wallMs: monotonicMs })

/** Requests until the first trip after a step to `share` failures, following 200 requests at 1 %; null = none in `limit`. */
function delayAfterStep(share: number, chance: () => number, limit: number): number | null {
  let detector: Detector = freshDetector
  for (let i = 0; i < 200; i++) {
    detector = counted(detector, chance() < 0.01, at(i))
    if (isTripped(detector, RUN_LIMIT)) detector = freshDetector
  }
  for (let i = 1; i <= limit; i++) {
    detector = counted(detector, chance() < share, at(200 + i))
    if (isTripped(detector, RUN_LIMIT)) return i
  }
  return null
}

function falseTrips(share: number, spacingMs: number, requests: number): number {
  const chance = seededChance(11)
  let detector: Detector = freshDetector
  let trips = 0
  for (let i = 0; i < requests; i++) {
    detector = counted(detector, chance() < share, at(i * spacingMs))
    if (!isTripped(detector, RUN_LIMIT)) continue
    trips++
    detector = freshDetector
  }
  return trips
}

describe('detector', () => {
  it('trips hardly ever at 1, 2 and 5 % errors, and equally at 0.05, 1 and 20 requests a second (H1)', () => {
    const requests = 400_000
    for (const [share, allowedPerMillion] of [
      [0.01, 1],
      [0.02, 1],
      [0.05, 30],
    ] as const) {
      const trips = [20_000, 1_000, 50].map((spacingMs) => falseTrips(share, spacingMs, requests))
      expect(new Set(trips).size, `${share}: ${trips}`).toBe(1)
      expect(trips[0]! / (requests / 1e6), `${share}`).toBeLessThanOrEqual(allowedPerMillion + 2.5) // one trip in 0.4 million is 2.5
    }
  })

  it('trips within 4 requests of a total failure (H2)', () => {
    const chance = seededChance(3)
    for (let run = 0; run < 500; run++) expect(delayAfterStep(1, chance, 4)).not.toBeNull()
  })

  it.each([
    [0.5, 25],
    [0.3, 65],
    [0.2, 165],
  ])('sees a step to %d failures within %d requests in 95 of 100 runs (H3)', (share, within) => {
    const chance = seededChance(5)
    const runs = 2_000
    let seen = 0
    for (let run = 0; run < runs; run++) if (delayAfterStep(share, chance, within) !== null) seen++
    expect(seen / runs).toBeGreaterThanOrEqual(0.95)
  })

  it('trips at the same request whether the outcomes fall within 1 ms or over 1 hour (H5)', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }), (outcomes) => {
        const tripAt = (spanMs: number) => {
          let detector: Detector = freshDetector
          return outcomes.findIndex((failed, i) => {
            detector = counted(detector, failed, at((i * spanMs) / outcomes.length))
            return isTripped(detector, RUN_LIMIT)
          })
        }
        // A gap of 30 minutes is idleness, not slowness: it would start over.
        fc.pre(3_600_000 / outcomes.length < 30 * 60_000)
        expect(tripAt(3_600_000)).toBe(tripAt(1))
      }),
    )
  })

  it('trips at score 30 without four failures in a row', () => {
    let detector = freshDetector
    for (const failed of [true, true, true, false, true, true]) detector = counted(detector, failed, at(0))
    expect(detector).toMatchObject({ score: 29, run: 2, failed: 5, total: 6 })
    expect(isTripped(detector, RUN_LIMIT)).toBe(false)
    expect(isTripped(counted(detector, true, at(0)), RUN_LIMIT)).toBe(true)
  })

  it('forgets everything after 30 idle minutes', () => {
    let detector = freshDetector
    for (let i = 0; i < 3; i++) detector = counted(detector, true, at(0))
    expect(counted(detector, true, at(30 * 60_000 - 1)).run).toBe(4)
    expect(counted(detector, true, at(30 * 60_000))).toMatchObject({ run: 1, score: 6, failed: 1, total: 1 })
  })

  it('begins its counts anew when the score comes back to 0', () => {
    let detector = counted(freshDetector, true, at(5))
    for (let i = 0; i < 6; i++) detector = counted(detector, false, at(6))
    expect(detector).toMatchObject({ score: 0, failed: 0, total: 0, sinceWallMs: null })
    expect(counted(detector, true, at(9))).toMatchObject({ failed: 1, total: 1, sinceWallMs: 9 })
  })

  it('believes a deployment that has just come back half as much', () => {
    let detector = detectorAfterRecovery(at(0))
    for (const failed of [true, false, true]) detector = counted(detector, failed, at(0))
    expect(isTripped(detector, RUN_LIMIT)).toBe(false)
    expect(isTripped(counted(detector, true, at(0)), RUN_LIMIT)).toBe(true)
  })

  it('keeps score and run integers from 0 up, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 4_000_000 })), { maxLength: 300 }), (steps) => {
        let detector: Detector = freshDetector
        let nowMs = 0
        for (const [failed, gapMs] of steps) {
          nowMs += gapMs
          detector = counted(detector, failed, at(nowMs))
          for (const value of [detector.score, detector.run, detector.failed, detector.total])
            expect(Number.isSafeInteger(value) && value >= 0).toBe(true)
          expect(detector.failed).toBeLessThanOrEqual(detector.total)
          expect(detector.run).toBeLessThanOrEqual(detector.failed)
          if (isTripped(detector, RUN_LIMIT)) {
            expect(detector.score).toBeLessThanOrEqual(35)
            detector = freshDetector
          }
        }
      }),
    )
  })
})
