/** The system's clock: ids that sort, timers that can be taken back, sleep that a signal ends; and the repeatable chance. */
import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { seededChance, stratifiedChance, systemClock } from '../../../router/core/clock.ts'

describe('ids', () => {
  test('are unique, unguessable in half of their characters, and sort by the time they were made', async () => {
    const first = systemClock.id('req')
    const before = systemClock.now()
    await expect.poll(() => systemClock.now()).toBeGreaterThan(before)
    const second = systemClock.id('req')
    expect(first < second).toBe(true)
    const many = Array.from({ length: 5_000 }, () => systemClock.id('req'))
    expect(new Set(many).size).toBe(many.length)
    expect(many.every((id) => /^req_[0-9a-hjkmnp-tv-z]{20}$/.test(id))).toBe(true)
    expect(new Set(many.map((id) => id.slice(-10))).size).toBe(many.length)
  })
})

describe('a timer', () => {
  test('runs once, and not after it was taken back', async () => {
    const ran: string[] = []
    const taken = systemClock.after(1, () => ran.push('taken back'))
    taken.cancel()
    taken.cancel()
    await new Promise<void>((done) => {
      systemClock.after(5, () => {
        ran.push('ran')
        done()
      })
      void systemClock.sleep(60_000, AbortSignal.timeout(55_000)).catch(() => {}) // holds the process: the timer itself does not
    })
    expect(ran).toEqual(['ran'])
  })
})

describe('sleep', () => {
  test('ends with the reason of its signal, at once when that has aborted already', async () => {
    const aborter = new AbortController()
    const asleep = systemClock.sleep(60_000, aborter.signal)
    const reason = new Error('the caller went away')
    aborter.abort(reason)
    await expect(asleep).rejects.toBe(reason)
    await expect(systemClock.sleep(60_000, aborter.signal)).rejects.toBe(reason)
  })

  test('leaves no listener on a signal that outlives it', async () => {
    const { signal } = new AbortController()
    await systemClock.sleep(1, signal)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

describe('monotonic time', () => {
  test('never goes back', () => {
    const readings = Array.from({ length: 1_000 }, () => systemClock.monotonic())
    expect(readings.toSorted((a, b) => a - b)).toEqual(readings)
  })
})

describe('seeded chance', () => {
  const draw = (seed: number, count: number) => {
    const chance = seededChance(seed)
    return Array.from({ length: count }, chance)
  }

  test('repeats itself for the same seed and differs for another', () => {
    expect(draw(7, 50)).toEqual(draw(7, 50))
    expect(draw(7, 50)).not.toEqual(draw(8, 50))
  })

  test('lies in [0, 1) and is even: each tenth gets its share of 100 000 draws', () => {
    const draws = draw(7, 100_000)
    expect(draws.every((value) => value >= 0 && value < 1)).toBe(true)
    const tenths = new Array<number>(10).fill(0)
    for (const value of draws) tenths[Math.floor(value * 10)] = (tenths[Math.floor(value * 10)] as number) + 1
    // Five standard deviations of a binomial of 100 000 at 0.1 are 474; the seed is fixed, so this never flickers.
    expect(tenths.filter((count) => Math.abs(count - 10_000) > 474)).toEqual([])
  })
})

describe('stratified draws', () => {
  test('keep every share over a block, are uniform one by one, and repeat with their seed', () => {
    for (const seed of [0, 1, 5, 7, 42, 2026]) {
      const draw = stratifiedChance(seededChance(seed))
      const numbers = Array.from({ length: 10_000 }, draw)
      expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
      for (const share of [0.004, 0.3, 0.4, 0.97])
        for (let from = 0; from + 1_000 <= numbers.length; from += 500) {
          const below = numbers.slice(from, from + 1_000).filter((number) => number < share).length
          expect(Math.abs(below - share * 1_000)).toBeLessThanOrEqual(10)
        }
      const again = stratifiedChance(seededChance(seed))
      expect(numbers.slice(0, 200)).toEqual(Array.from({ length: 200 }, again))
    }
    // The first of a block tells nothing: over many seeds it is uniform too.
    const firsts = Array.from({ length: 4_000 }, (_, seed) => stratifiedChance(seededChance(seed))())
    const counts = [0.1, 0.25, 0.5, 0.9].map((limit) => firsts.filter((number) => number < limit).length / firsts.length - limit)
    for (const difference of counts) expect(Math.abs(difference)).toBeLessThan(0.03)
  })
})
