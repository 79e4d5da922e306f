/** Bytes sent today: of this day alone, over a restart, and not with a write per request. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSentToday } from '../../../router/control/sent-today.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { type ManualClock, manualClock } from '../../fakes/manual-clock.ts'

const dayMs = 24 * 3_600_000
const ended = { type: 'attempt-ended' } as RouterEvent

let clock: ManualClock
let registry: Registry
let counter = 0
beforeEach(() => {
  clock = manualClock()
  registry = openRegistry(':memory:', clock)
  counter = 0
})
afterEach(() => registry.close())

const start = () => createSentToday({ clock, settings: registry.settings, sentOut: () => counter })

test('a restart keeps the sum of the day, a new day begins at nought', () => {
  const before = start()
  counter = 1_000
  expect(before.bytes()).toBe(1_000)
  counter = 1_500
  before.stop()
  counter = 0
  const after = start()
  expect(after.bytes()).toBe(1_500)
  counter = 20
  expect(after.bytes()).toBe(1_520)
  clock.oversleep(dayMs)
  expect(after.bytes()).toBe(0)
  counter = 27
  expect(after.bytes()).toBe(7)
})

test('a crash loses no more than the last second, and many requests are one write', () => {
  const sent = start()
  for (let number = 0; number < 50; number++) {
    counter += 10
    sent.note(ended)
  }
  expect([registry.settings.get('sentOut').bytes, clock.waiting()]).toEqual([0, 1])
  clock.advance(1_000)
  expect(registry.settings.get('sentOut').bytes).toBe(500)
  sent.note(ended)
  expect(clock.waiting()).toBe(0)
  sent.note(ended)
  expect(start().bytes()).toBe(500)
})
