import { describe, expect, test } from 'vitest'
import { createBatchPlanner, createPrefillPace, createStreamGate } from '../../../router/engine/batching.ts'

const item = (tokens: number) => ({ tokens: Array.from({ length: tokens }, (_, index) => index) })
const amounts = (planned: readonly { processAmount: number }[]) => planned.map(({ processAmount }) => processAmount)

describe('the batch planner', () => {
  test('waits for streams that have not queued their token, at most 12 rounds', () => {
    const planner = createBatchPlanner({ streams: () => 4, prefillBudget: () => 64 })
    const items = [item(1), item(1), item(1)]
    for (let round = 0; round < 12; round++) expect(planner.plan({ items, size: 512 })).toEqual([])
    expect(planner.plan({ items, size: 512 })).toHaveLength(3)
    expect(planner.plan({ items, size: 512 }), 'the count starts anew').toEqual([])
  })

  test('plans at once when every stream has queued', () => {
    const planner = createBatchPlanner({ streams: () => 2, prefillBudget: () => 64 })
    expect(amounts(planner.plan({ items: [item(1), item(1)], size: 512 }))).toEqual([1, 1])
  })

  test('puts running streams first and gives prefills the budget, oldest first', () => {
    const planner = createBatchPlanner({ streams: () => 0, prefillBudget: () => 100 })
    const items = [item(80), item(1), item(700), item(1)]
    const planned = planner.plan({ items, size: 512 })
    expect(planned.map((entry) => items.indexOf(entry.item))).toEqual([1, 3, 0, 2])
    expect(amounts(planned)).toEqual([1, 1, 80, 20])
  })

  test('gives prefills the whole batch when nothing generates', () => {
    const planner = createBatchPlanner({ streams: () => 0, prefillBudget: () => 32 })
    expect(amounts(planner.plan({ items: [item(300), item(700)], size: 512 }))).toEqual([300, 212])
  })
})

describe('the prefill pace', () => {
  test('keeps the budget at a quarter second of measured work, between 32 and 512 tokens', () => {
    const pace = createPrefillPace()
    expect(pace.tokensPerSecond).toBeNull()
    pace.record(400, 1000)
    expect(pace.tokensPerSecond).toBe(400)
    expect(pace.budget).toBe(100)
    for (let i = 0; i < 30; i++) pace.record(100, 10_000)
    expect(pace.budget).toBe(32)
    for (let i = 0; i < 30; i++) pace.record(10_000, 100)
    expect(pace.budget).toBe(512)
  })

  test('learns nothing from a few tokens', () => {
    const pace = createPrefillPace()
    pace.record(3, 500)
    expect(pace.tokensPerSecond).toBeNull()
  })
})

test('the gate holds streams while work needs the lock, and lets them pass when the last work is done', async () => {
  const gate = createStreamGate()
  expect(gate.passage()).toBeNull()
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  const works = [gate.closedWhile(() => first.promise), gate.closedWhile(() => second.promise)]
  let passed = false
  const stream = gate.passage()!.then(() => {
    passed = true
  })
  first.resolve()
  await works[0]
  expect(passed).toBe(false)
  expect(gate.passage()).not.toBeNull()
  second.resolve()
  await works[1]
  await stream
  expect(gate.passage()).toBeNull()
})
