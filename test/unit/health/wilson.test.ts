import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededChance } from '../../../router/core/clock.ts'
import { wilsonInterval, Z_95, Z_99 } from '../../../router/health/wilson.ts'

describe('Wilson interval', () => {
  it('gives no interval without data', () => {
    expect(wilsonInterval(0, 0, Z_95)).toBeNull()
  })

  it('agrees with published values', () => {
    // 10 of 100 at 95 %: 5.52–17.44 % (R: prop.test(10, 100, correct = FALSE)).
    const interval = wilsonInterval(10, 100, Z_95)!
    expect(interval.low).toBeCloseTo(0.0552, 4)
    expect(interval.high).toBeCloseTo(0.1744, 4)
  })

  it('says 25 to 87 % of 6 in 10 at 99 %, as in the design', () => {
    const interval = wilsonInterval(6, 10, Z_99)!
    expect([Math.round(interval.low * 100), Math.round(interval.high * 100)]).toEqual([25, 87])
  })

  it('covers the truth in 92 to 98 of 100 draws, for 5 to 200 requests (H14)', () => {
    const chance = seededChance(17)
    const draws = 100_000
    let covered = 0
    for (let i = 0; i < draws; i++) {
      const share = chance()
      const total = 5 + Math.floor(chance() * 196)
      let failed = 0
      for (let j = 0; j < total; j++) if (chance() < share) failed++
      const interval = wilsonInterval(failed, total, Z_95)!
      if (interval.low <= share && share <= interval.high) covered++
    }
    expect(covered / draws).toBeGreaterThanOrEqual(0.92)
    expect(covered / draws).toBeLessThanOrEqual(0.98)
  })

  it('always lies within 0 and 1, around the share, and wider at 99 %', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (total, part) => {
        const failed = Math.round(total * part)
        const narrow = wilsonInterval(failed, total, Z_95)!
        const wide = wilsonInterval(failed, total, Z_99)!
        expect(wide.low).toBeLessThanOrEqual(narrow.low + 1e-12) // rounding
        expect(wide.high).toBeGreaterThanOrEqual(narrow.high - 1e-12)
        expect(narrow.low).toBeGreaterThanOrEqual(0)
        expect(narrow.high).toBeLessThanOrEqual(1)
        expect(narrow.low - 1e-12).toBeLessThanOrEqual(failed / total)
        expect(narrow.high + 1e-12).toBeGreaterThanOrEqual(failed / total)
      }),
    )
  })
})
