import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRegistry, type Recording, type Registry } from '../../../router/registry/index.ts'
import { type ManualClock, manualClock } from '../../fakes/manual-clock.ts'

let clock: ManualClock
let registry: Registry
beforeEach(() => {
  clock = manualClock()
  registry = openRegistry(':memory:', clock)
})
afterEach(() => registry.close())

const day = 86_400_000
const note = (requestId: string, bytes = 10) => registry.recordings.note(bytes, () => recording(requestId, bytes))
const recording = (requestId: string, bytes: number): Recording => ({
  requestId,
  at: clock.now(),
  headers: { accept: '*/*' },
  body: Buffer.alloc(bytes, 'b'),
  reply: Buffer.from('reply'),
  isComplete: true,
  isBodyCut: false,
  isReplyCut: true,
})
const isKept = (id: string) => registry.recordings.get(id) !== null

test('a recording is made and written behind its answer, and read back as it was', () => {
  let made = 0
  registry.recordings.note(10, () => {
    made++
    return recording('req_1', 10)
  })
  expect(made).toBe(0)
  clock.advance(250)
  expect(made).toBe(1)
  expect(registry.recordings.get('req_1')).toEqual(recording('req_1', 10))
  expect(registry.recordings.get('req_2')).toBeNull()
})

test('what is older than its days is gone with the next write', () => {
  note('req_1')
  clock.advance(250)
  clock.advance(3 * day + 1)
  note('req_2')
  clock.advance(250)
  expect([isKept('req_1'), isKept('req_2')]).toEqual([false, true])
})

test('what is old is gone although nothing else is recorded', () => {
  note('req_1')
  clock.advance(250)
  clock.advance(3 * day + 1)
  expect(registry.recordings.sums()).toEqual({ count: 0, bytes: 0 })
})

test('the oldest make room when it is more than its megabytes', () => {
  registry.settings.set('recordingMegabytes', 1)
  for (let number = 0; number < 60; number++) {
    clock.advance(1)
    note(`req_${String(number).padStart(2, '0')}`, 30_000)
  }
  clock.advance(250)
  const { count, bytes } = registry.recordings.sums()
  expect(bytes).toBeLessThanOrEqual(1_000_000)
  expect(count).toBeGreaterThan(10)
  expect([isKept('req_00'), isKept('req_59')]).toEqual([false, true])
})

test('clearing the ledger forgets recordings too; clearing recordings leaves the ledger', () => {
  note('req_1')
  registry.flush()
  expect(registry.recordings.clear()).toBe(1)
  note('req_2')
  registry.flush()
  registry.requests.clear(null)
  expect(isKept('req_2')).toBe(false)
})
