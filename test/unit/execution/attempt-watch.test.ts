import { describe, expect, test } from 'vitest'
import type { Backend, BackendEvent } from '../../../router/core/backend.ts'
import type { CancelSignal } from '../../../router/core/cancel.ts'
import type { Deployment } from '../../../router/core/deployment.ts'
import { HeadgateError } from '../../../router/core/errors.ts'
import { parseBody } from '../../../router/core/json-text.ts'
import type { Plan } from '../../../router/core/plan.ts'
import { dialects } from '../../../router/dialects/index.ts'
import { createSlots, execute, executionLimits } from '../../../router/execution/index.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { buildDeployment, buildFacts } from '../policy/build.ts'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
const frame = (output: boolean, isSlow = false): BackendEvent => ({ type: 'frame', bytes: Buffer.from('x'), output, isSlow })
const opened: BackendEvent = { type: 'opened' }
const noise: BackendEvent = { type: 'noise' }
const end: BackendEvent = { type: 'end', usage: null, finish: 'stop' }

/** One request with one place to go: a place that reports exactly what the test says, when it says it. */
function begin({ stream = true, startMs = 60_000, deployment = buildDeployment('m/away') as Deployment } = {}) {
  const clock = manualClock()
  const caller = new AbortController()
  const queue: BackendEvent[] = []
  let wake = () => {}
  let signal: CancelSignal | null = null
  const backend: Backend = {
    async *send(_, given) {
      signal = given
      for (;;) {
        const event = queue.shift()
        if (event) yield event
        if (event?.type === 'end') return
        if (!event) {
          await new Promise<void>((resolve, reject) => {
            wake = resolve
            if (given.aborted) reject(given.reason)
            given.addEventListener('abort', () => reject(given.reason))
          })
        }
      }
    },
    probe: () => Promise.reject(new Error('not asked')),
    tryOneToken: () => Promise.reject(new Error('not asked')),
  }
  const facts = buildFacts({ stream })
  const plan: Plan = {
    model: 'm',
    route: { kind: 'exact', rule: 'm', source: 'test' },
    draw: null,
    steps: [{ deployment, reason: 'only-lane', detail: null, score: null }],
    excluded: [],
    booking: null,
    keepsSession: false,
    mayFallBack: true,
    localOnly: false,
    retry: null,
    refusal: null,
  }
  const execution = execute(
    {
      id: 'req_1',
      keyId: null,
      plan,
      dialect: dialects[0]!,
      facts,
      body: parseBody(Buffer.from('{"model":"m","messages":[]}')),
      headers: {},
      localOnly: false,
      startedMs: clock.monotonic(),
      signal: caller.signal,
    },
    {
      clock,
      limits: executionLimits,
      slots: createSlots(clock, executionLimits),
      backendOf: () => backend,
      offloadAfterMs: () => 8_000,
      learnedStartMs: () => null,
      defaultStartMs: () => startMs,
      emit() {},
    },
  )
  let outcome: string | null = null
  let isPaused = false
  let go = () => {}
  const running = execution
    .run({
      serving() {},
      frame: () => (isPaused ? new Promise<void>((resolve) => (go = resolve)) : null),
      body() {},
    })
    .then(
      () => (outcome = 'answered'),
      (error: HeadgateError) => (outcome = error.kind),
    )
  return {
    clock,
    caller,
    running,
    outcome: () => outcome,
    signal: () => signal,
    async report(...reported: BackendEvent[]) {
      queue.push(...reported)
      wake()
      await settled()
    },
    async pass(ms: number) {
      await settled() // it has its slot
      clock.advance(ms)
      await settled()
    },
    pauseReader: () => void (isPaused = true),
    async resumeReader() {
      isPaused = false
      go()
      await settled()
    },
  }
}

describe('the start deadline', () => {
  test('runs to the first output, not to the headers, a role or a comment', async () => {
    const { report, pass, outcome } = begin({ startMs: 1_000 })
    await report(opened, frame(false))
    for (let i = 0; i < 9; i++) {
      await pass(100)
      await report(noise)
    }
    expect(outcome()).toBeNull()
    await pass(100)
    expect(outcome()).toBe('too-slow-to-start')
  })

  test('is moved on by a place that has a clock of its own for the queue and the loading', async () => {
    const { report, pass, outcome } = begin({ startMs: 1_000 })
    await report({ type: 'waiting', phase: 'load', extendMs: 300_000 })
    await pass(299_000)
    expect(outcome()).toBeNull()
    await report(frame(true), end)
    expect(outcome()).toBe('answered')
  })

  test('is not shortened by it', async () => {
    const { report, pass, outcome } = begin({ startMs: 10_000 })
    await report({ type: 'waiting', phase: 'queue', extendMs: 10 })
    await pass(9_000)
    expect(outcome()).toBeNull()
    await pass(1_000)
    expect(outcome()).toBe('too-slow-to-start')
  })
})

describe('the progress clock', () => {
  test('ends a stream without output for 30 s, pings or not', async () => {
    const { report, pass, outcome } = begin()
    await report(opened, frame(true))
    for (let i = 0; i < 29; i++) {
      await pass(1_000)
      await report(noise)
    }
    expect(outcome()).toBeNull()
    await pass(1_000)
    expect(outcome()).toBe('stalled')
  })

  test('is set back by every output, for as long as the answer takes', async () => {
    const { report, pass, outcome } = begin()
    for (let i = 0; i < 100; i++) {
      await report(frame(true))
      await pass(29_000)
    }
    expect(outcome()).toBeNull()
    await report(end)
    expect(outcome()).toBe('answered')
  })

  test('is 90 s after reasoning or a part of a tool call, and 30 s again after words', async () => {
    const slow = begin()
    await slow.report(frame(true, true))
    await slow.pass(89_000)
    expect(slow.outcome()).toBeNull()
    await slow.pass(1_000)
    expect(slow.outcome()).toBe('stalled')
    const spoken = begin()
    await spoken.report(frame(true, true))
    await spoken.pass(1_000)
    await spoken.report(frame(true))
    await spoken.pass(29_000)
    expect(spoken.outcome()).toBeNull()
    await spoken.pass(1_000)
    expect(spoken.outcome()).toBe('stalled')
  })

  test('is longer in the local lane', async () => {
    const { report, pass, outcome } = begin({ deployment: buildDeployment('m/here') })
    await report(frame(true))
    await pass(179_000)
    expect(outcome()).toBeNull()
    await pass(1_000)
    expect(outcome()).toBe('stalled')
  })

  test("stands still while the reader has the last event: a slow caller is nobody else's stall", async () => {
    const { report, pass, outcome, pauseReader, resumeReader } = begin()
    pauseReader()
    await report(frame(true))
    for (let i = 0; i < 10; i++) await pass(60_000)
    expect(outcome()).toBeNull()
    await resumeReader()
    await pass(20_000)
    expect(outcome()).toBeNull()
    await pass(31_000)
    expect(outcome()).toBe('stalled')
  })
})

describe('the total', () => {
  test('of a stream is an hour, whatever comes', async () => {
    const { report, pass, outcome } = begin()
    for (let i = 0; i < 3_600 / 20 && outcome() === null; i++) {
      await report(frame(true))
      await pass(20_000)
    }
    await pass(30_000)
    expect(outcome()).toBe('too-slow-to-start')
  })

  test('of a whole answer is ten minutes, and no other clock runs', async () => {
    const { pass, outcome } = begin({ stream: false, startMs: 1_000 })
    await pass(599_000)
    expect(outcome()).toBeNull()
    await pass(1_000)
    expect(outcome()).toBe('too-slow-to-start')
  })
})

describe('whatever ends it', () => {
  test('a caller that leaves reaches the place in the same tick', async () => {
    const { caller, report, outcome, signal, running } = begin()
    await report(frame(true))
    caller.abort(new HeadgateError('aborted-by-caller', 'gone'))
    expect(signal()?.aborted).toBe(true)
    await running
    expect(outcome()).toBe('aborted-by-caller')
  })

  test('the place is told when a clock runs out', async () => {
    const { pass, signal } = begin({ startMs: 1_000 })
    await pass(1_000)
    expect(signal()?.aborted).toBe(true)
  })

  test('no timer is left', async () => {
    const answered = begin()
    await answered.report(frame(true), end)
    const stalled = begin({ startMs: 10 })
    await stalled.pass(10)
    const left = begin({ stream: false })
    await settled()
    left.caller.abort(new HeadgateError('aborted-by-caller', 'gone'))
    await left.running
    expect([answered, stalled, left].map(({ clock }) => clock.waiting())).toEqual([0, 0, 0])
  })
})
