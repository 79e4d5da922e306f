import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RouterEvent } from '../../../router/core/events.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { type ManualClock, manualClock } from '../../fakes/manual-clock.ts'

let clock: ManualClock
let registry: Registry
let number = 0
beforeEach(() => {
  clock = manualClock()
  registry = openRegistry(':memory:', clock)
})
afterEach(() => registry.close())

type Ended = Extract<RouterEvent, { type: 'request-ended' }>

/** A request that ended now. Ids sort by time, as the router's own do. */
function ends(more: Partial<Ended> = {}, request: Partial<Ended['request']> = {}): void {
  clock.advance(1_000)
  registry.requests.note(
    {
      type: 'request-ended',
      request: {
        id: `req_${String(++number).padStart(6, '0')}`,
        at: clock.now(),
        keyId: null,
        tool: 'zed',
        dialect: 'openai-chat',
        model: 'm',
        stream: true,
        ...request,
      },
      plan: null,
      session: null,
      facts: null,
      status: 200,
      deployment: 'm/away',
      lane: 'remote',
      reason: 'drawn',
      attempts: 1,
      firstOutputMs: 12,
      durationMs: 90,
      usage: null,
      costUsd: 0.5,
      errorKind: null,
      errorCode: null,
      errorMessage: null,
      ...more,
    },
    null,
  )
}

test('sums asked for again are those of a first look: what was written in between is in them, for each moment of its own', () => {
  const day = clock.now()
  ends()
  ends({ deployment: 'm/here', costUsd: null })
  const noon = clock.now() + 1
  expect(registry.figures.sums(day)).toEqual([
    { deployment: 'm/away', requests: 1, costUsd: 0.5 },
    { deployment: 'm/here', requests: 1, costUsd: null },
  ])
  expect(registry.figures.sums(noon)).toEqual([])
  ends()
  ends({ deployment: 'm/here', costUsd: 0.25 })
  ends({ deployment: null, lane: null })
  expect(registry.figures.sums(day)).toEqual([
    { deployment: 'm/away', requests: 2, costUsd: 1 },
    { deployment: 'm/here', requests: 2, costUsd: 0.25 },
  ])
  expect(registry.figures.sums(noon)).toEqual([
    { deployment: 'm/away', requests: 1, costUsd: 0.5 },
    { deployment: 'm/here', requests: 1, costUsd: 0.25 },
  ])
})

test('the last request of each key and tool is the newest, also one that was written in between', () => {
  const day = clock.now()
  ends({ status: 502 })
  ends({}, { keyId: 'key_1', tool: 'n8n' })
  expect(registry.figures.lastOfTools(day)).toMatchObject([{ tool: 'zed', status: 502 }])
  ends({ status: 200 })
  ends({}, { tool: 'curl' })
  ends({ status: 503 }, { keyId: 'key_1', tool: 'n8n' })
  expect(registry.figures.lastOfTools(day)).toMatchObject([{ tool: 'curl' }, { tool: 'zed', status: 200 }])
  expect(registry.figures.lastOfKeys(day)).toMatchObject([{ keyId: 'key_1', status: 503, at: clock.now() }])
  expect(registry.figures.keyUse(day)).toEqual([{ keyId: 'key_1', requests: 2 }])
})

test('a ledger that was cleared is counted anew, also where its rows got the places of the old ones', () => {
  const day = clock.now()
  for (let count = 0; count < 3; count++) ends()
  expect(registry.figures.sums(day)).toMatchObject([{ requests: 3 }])
  registry.requests.clear(null)
  for (let count = 0; count < 2; count++) ends()
  expect(registry.figures.sums(day)).toMatchObject([{ requests: 2 }])
  expect(registry.figures.lastOfTools(day)).toMatchObject([{ tool: 'zed', at: clock.now() }])
})
