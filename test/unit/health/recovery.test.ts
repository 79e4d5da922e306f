import { describe, expect, it } from 'vitest'
import { seededChance } from '../../../router/core/clock.ts'
import {
  advanced,
  answered,
  freeProbed,
  neverOut,
  onTrial,
  outsNow,
  putAside,
  putOut,
  type Recovery,
  ramping,
  rampShare,
  waitMs,
} from '../../../router/health/recovery.ts'

const MINUTE = 60_000
const wait = (nowMs: number, chance = 0.5) => ({ nowMs, chance, longestWaitMs: MINUTE })

function repeat(recovery: Recovery, failed: boolean, times: number): Recovery {
  let state = recovery
  for (let i = 0; i < times; i++) state = answered(state, failed, wait(0))
  return state
}

describe('recovery', () => {
  it('waits 5, 10, 20, 40, 60, 60 s, give or take a tenth, and never under 5 s', () => {
    expect([1, 2, 3, 4, 5, 6, 500].map((outs) => waitMs(outs, wait(0)))).toEqual([5, 10, 20, 40, 60, 60, 60].map((seconds) => seconds * 1000))
    expect(waitMs(3, wait(0, 0))).toBeCloseTo(18_000)
    expect(waitMs(3, wait(0, 0.999_999))).toBeCloseTo(22_000, -1)
    expect(waitMs(1, wait(0, 0))).toBe(5_000)
  })

  it('goes on trial when the wait ends, however late anybody looks', () => {
    const out = putOut(neverOut, wait(1_000))
    expect(advanced(out, 5_999)).toBe(out)
    expect(advanced(out, 6_000)).toMatchObject({ at: 'on-trial', sinceMs: 6_000, outs: 1 })
    expect(advanced(out, 900_000)).toEqual(advanced(out, 6_000))
  })

  it('comes back after 14 clean answers, and not after 13', () => {
    expect(repeat(onTrial(1, 0), false, 13).at).toBe('on-trial')
    expect(repeat(onTrial(1, 0), false, 14).at).toBe('ramping')
  })

  it('needs 7 more answers for one failure', () => {
    const bruised = repeat(onTrial(1, 0), true, 1)
    expect(repeat(bruised, false, 20).at).toBe('on-trial')
    expect(repeat(bruised, false, 21).at).toBe('ramping')
  })

  it('is out again after two failures, with the next longer wait', () => {
    expect(repeat(onTrial(1, 0), true, 2)).toMatchObject({ at: 'out', outs: 2, untilMs: 10_000 })
  })

  it.each([
    [0.01, 0.99, 1],
    [0.3, 0, 0.015],
    [0.5, 0, 0.0005],
  ])('accepts a deployment that fails with probability %d in %d to %d of trials (H8)', (share, atLeast, atMost) => {
    const chance = seededChance(23)
    const trials = 40_000
    let accepted = 0
    for (let i = 0; i < trials; i++) {
      let recovery: Recovery = onTrial(1, 0)
      while (recovery.at === 'on-trial') recovery = answered(recovery, chance() < share, wait(0))
      if (recovery.at === 'ramping') accepted++
    }
    expect(accepted / trials).toBeGreaterThanOrEqual(atLeast)
    expect(accepted / trials).toBeLessThanOrEqual(atMost)
  })

  it('gives a quarter of the weight, half after 14 clean answers, all after 29', () => {
    const start = ramping(1, 0)
    expect(rampShare(start)).toBe(0.25)
    expect(rampShare(repeat(start, false, 13))).toBe(0.25)
    expect(rampShare(repeat(start, false, 14))).toBe(0.5)
    expect(repeat(start, false, 28).at).toBe('ramping')
    expect(repeat(start, false, 29).at).toBe('healthy')
    expect(rampShare(repeat(start, false, 29))).toBe(1)
  })

  it('counts the ramp anew after a failure, and ends it after 10 minutes without one', () => {
    const bruised = answered(repeat(ramping(1, 0), false, 20), true, wait(4 * MINUTE))
    expect(bruised).toMatchObject({ at: 'ramping', clean: 0 })
    expect(advanced(bruised, 14 * MINUTE - 1).at).toBe('ramping')
    expect(advanced(bruised, 14 * MINUTE).at).toBe('healthy')
  })

  it('forgives one time out per 2 minutes healthy', () => {
    const healthy: Recovery = { at: 'healthy', outs: 4, sinceMs: 0 }
    expect([0, 2, 4, 5, 60].map((minutes) => outsNow(healthy, minutes * MINUTE))).toEqual([4, 3, 2, 2, 0])
    expect(putOut(healthy, wait(4 * MINUTE))).toMatchObject({ outs: 3 })
  })

  describe('a free probe of a deployment that is out', () => {
    const out = putOut(putOut(putOut(neverOut, wait(0)), wait(0)), wait(0)) // waits 20 s

    it('does nothing by passing: it passed all the time', () => {
      expect(freeProbed(out, true, 8_000)).toBe(out)
    })

    it('ends the wait by passing after it failed', () => {
      expect(freeProbed(freeProbed(out, false, 6_000), true, 8_000)).toMatchObject({ at: 'on-trial', sinceMs: 8_000 })
    })

    it('ends no wait before 5 s', () => {
      const early = freeProbed(freeProbed(out, false, 1_000), true, 2_000)
      expect(advanced(early, 4_999).at).toBe('out')
      expect(advanced(early, 5_000).at).toBe('on-trial')
    })

    it('never ends a wait that something else ends', () => {
      const aside = putAside(neverOut, 0, Number.POSITIVE_INFINITY)
      expect(freeProbed(freeProbed(aside, false, 1), true, 90_000).at).toBe('out')
    })

    it('never restores traffic', () => {
      for (const state of [onTrial(1, 0), ramping(1, 0), neverOut])
        for (const passed of [true, false]) expect(freeProbed(state, passed, 1)).toBe(state)
    })
  })
})
