import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSlots, executionLimits } from '../../../router/execution/index.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { buildDeployment } from '../policy/build.ts'

const open = (maxInFlight = 2, limits: Partial<Record<keyof typeof executionLimits, number>> = {}) => {
  const clock = manualClock()
  const slots = createSlots(clock, { ...executionLimits, ...limits })
  const deployment = buildDeployment('m/here', { maxInFlight })
  return { clock, slots, deployment, take: (signal = new AbortController().signal) => slots.take(deployment, signal) }
}
/** Lets promises that are settled run their readers. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('slots', () => {
  test('are given at once while there are any, then in the order of asking', async () => {
    const { slots, take } = open(1)
    const first = await take()
    const order: number[] = []
    const others = [1, 2, 3].map(async (number) => {
      const release = await take()
      order.push(number)
      release()
    })
    expect([slots.inFlight('m/here'), slots.queued('m/here'), slots.total()]).toEqual([1, 3, 1])
    first()
    await Promise.all(others)
    expect(order).toEqual([1, 2, 3])
    expect([slots.inFlight('m/here'), slots.queued('m/here'), slots.total()]).toEqual([0, 0, 0])
  })

  test('the wait is predicted from how long slots were held, and is not known before', async () => {
    const { clock, slots, deployment, take } = open(2)
    expect(slots.predictedWaitMs(deployment)).toBe(0)
    const first = [await take(), await take()]
    expect(slots.predictedWaitMs(deployment)).toBeNull()
    clock.advance(6_000)
    for (const release of first) release()
    expect(slots.predictedWaitMs(deployment)).toBe(0)
    const held = [await take(), await take()]
    expect(slots.predictedWaitMs(deployment)).toBe(3_000)
    const third = take()
    expect(slots.predictedWaitMs(deployment)).toBe(6_000)
    for (const release of held) release()
    ;(await third)()
  })

  test('fewer may be allowed for a while', async () => {
    let most = 1
    const clock = manualClock()
    const slots = createSlots(clock, executionLimits, () => most)
    const deployment = buildDeployment('m/here', { maxInFlight: 4 })
    const release = await slots.take(deployment, new AbortController().signal)
    expect(slots.isFull(deployment)).toBe(true)
    most = 4
    expect(slots.isFull(deployment)).toBe(false)
    release()
  })

  test('given back twice count once', async () => {
    const { slots, take } = open(2)
    const [one, two] = [await take(), await take()]
    one()
    one()
    expect(slots.inFlight('m/here')).toBe(1)
    two()
    expect(slots.inFlight('m/here')).toBe(0)
  })

  test('a full line refuses, with a time to come back', async () => {
    const { take } = open(1, { queuePerDeployment: 1 })
    await take()
    void take()
    await expect(take()).rejects.toMatchObject({ kind: 'overloaded-here', code: 'queue_full', details: { retryAfterMs: 2_000, reason: 'busy' } })
  })

  test('the lines of all deployments together are bounded too', async () => {
    const { slots, deployment } = open(1, { queueInAll: 1 })
    const other = buildDeployment('n/here', { maxInFlight: 1 })
    const signal = new AbortController().signal
    for (const each of [deployment, other]) await slots.take(each, signal)
    void slots.take(deployment, signal)
    await expect(slots.take(other, signal)).rejects.toMatchObject({ code: 'queue_full' })
  })

  test('bodies that wait are bounded in bytes over all lines, and those that left no longer count', async () => {
    const { slots, deployment } = open(1, { queueBytesInAll: 100 })
    const signal = new AbortController().signal
    const leaving = new AbortController()
    await slots.take(deployment, signal, 1_000) // in flight, not waiting
    const left = slots.take(deployment, leaving.signal, 60)
    await expect(slots.take(deployment, signal, 41)).rejects.toMatchObject({ kind: 'overloaded-here', code: 'queue_full' })
    leaving.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    void slots.take(deployment, signal, 41)
    expect(slots.queued('m/here')).toBe(1)
  })

  test('a raised limit lets the line in before newcomers', async () => {
    const { slots, deployment, take } = open(1)
    await take()
    const order: string[] = []
    const enter = (who: string, maxInFlight: number) =>
      slots.take({ ...deployment, maxInFlight }, new AbortController().signal).then(() => order.push(who))
    void enter('first in line', 1)
    void enter('second in line', 1)
    expect(slots.isFull({ ...deployment, maxInFlight: 3 })).toBe(true)
    void enter('newcomer', 3)
    await settled()
    expect(order).toEqual(['first in line', 'second in line'])
    expect([slots.inFlight('m/here'), slots.queued('m/here')]).toEqual([3, 1])
  })

  test('a lowered limit lets nobody in until it is kept', async () => {
    const { slots, deployment, take } = open(2)
    const [one, two] = [await take(), await take()]
    void slots.take({ ...deployment, maxInFlight: 1 }, new AbortController().signal)
    one()
    expect([slots.inFlight('m/here'), slots.queued('m/here')]).toEqual([1, 1])
    two()
    expect([slots.inFlight('m/here'), slots.queued('m/here')]).toEqual([1, 0])
  })

  test('names that callers make up leave nothing behind', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const heapBytes = () => {
      collect()
      return process.memoryUsage().heapUsed
    }
    const { slots, deployment } = open(1)
    const signal = new AbortController().signal
    const before = heapBytes()
    for (let i = 0; i < 10_000; i++) {
      const name = `${i}${'x'.repeat(4_000)}@away`
      const release = await slots.take({ ...deployment, name }, signal)
      if (i % 2 === 0) void slots.take({ ...deployment, name }, AbortSignal.abort(new Error('left'))).catch(() => {})
      release()
    }
    expect(heapBytes() - before).toBeLessThan(10_000_000)
    expect(slots.total()).toBe(0)
  })

  test('a wait that is too long ends, and leaves no timer behind', async () => {
    const { clock, slots, take } = open(1)
    const release = await take()
    const waiting = take()
    clock.advance(120_000)
    await expect(waiting).rejects.toMatchObject({ kind: 'overloaded-here', code: 'queue_timeout' })
    expect([slots.queued('m/here'), clock.waiting()]).toEqual([0, 0])
    release()
    expect(slots.inFlight('m/here')).toBe(0)
  })

  test('a caller that left before it asked gets none', async () => {
    const { slots, take } = open(1)
    const gone = new Error('gone')
    await expect(take(AbortSignal.abort(gone))).rejects.toBe(gone)
    expect(slots.total()).toBe(0)
  })

  test('whatever happens in whatever order, every slot comes back and none is given twice', async () => {
    const step = fc.oneof(
      fc.constant({ do: 'take' } as const),
      fc.record({ do: fc.constant('release' as const), which: fc.nat(20) }),
      fc.record({ do: fc.constant('abort' as const), which: fc.nat(20) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 130_000 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 40 }), async (maxInFlight, steps) => {
        const { clock, slots, take } = open(maxInFlight, { queuePerDeployment: 4 })
        const asked: { controller: AbortController; release: (() => void) | null; isRefused: boolean }[] = []
        for (const each of steps) {
          if (each.do === 'take') {
            const entry: (typeof asked)[number] = { controller: new AbortController(), release: null, isRefused: false }
            asked.push(entry)
            take(entry.controller.signal).then(
              (release) => (entry.release = release),
              () => (entry.isRefused = true),
            )
          } else if (each.do === 'release') asked[each.which % Math.max(1, asked.length)]?.release?.()
          else if (each.do === 'abort') asked[each.which % Math.max(1, asked.length)]?.controller.abort(new Error('left'))
          else clock.advance(each.ms)
          await settled()
          expect(slots.inFlight('m/here')).toBeLessThanOrEqual(maxInFlight)
          expect(slots.inFlight('m/here')).toBe(slots.total())
        }
        for (let round = 0; round <= asked.length; round++) {
          for (const { release } of asked) release?.()
          await settled()
        }
        expect([slots.inFlight('m/here'), slots.queued('m/here'), slots.total(), clock.waiting()]).toEqual([0, 0, 0, 0])
        for (const { release, isRefused } of asked) expect((release !== null) !== isRefused).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
