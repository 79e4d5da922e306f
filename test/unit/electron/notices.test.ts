/** What is worth a notification: the list of the design, each once, never a request or one fallback. */
import { beforeEach, describe, expect, test } from 'vitest'
import { createNotices, type Notice } from '../../../electron/notices.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { noMemory } from '../../../router/engine/memory-budget.ts'

let shown: Notice[]
let now: number
let lock: 'local' | 'remote' | null
let isOnline: boolean
let read: (event: RouterEvent) => void
beforeEach(() => {
  shown = []
  now = 0
  lock = null
  isOnline = true
  read = createNotices({ now: () => now, lock: () => lock, isOnline: () => isOnline, show: (notice) => shown.push(notice) })
})

const attempt = (change: Record<string, unknown>) => read({ type: 'attempt-ended', attempt: { provider: 'openai', ...change } } as never)
const ended = (change: Record<string, unknown>) => read({ type: 'request-ended', status: 200, lane: 'remote', reason: 'drawn', ...change } as never)
const download = (state: string, detail: string | null = null) => read({ type: 'download-progress', model: 'gemma', state, detail } as never)
const engine = (state: string, detail: string | null = null) => read({ type: 'engine-state', model: 'gemma', state, detail } as never)
const kinds = () => shown.map(({ kind }) => kind)

test('a rejected key is told once, and again after it had worked', () => {
  for (let turn = 0; turn < 5; turn++) attempt({ outcome: 'failed', errorKind: 'bad-credentials' })
  expect(kinds()).toEqual(['key-rejected'])
  attempt({ outcome: 'answered', errorKind: null })
  attempt({ outcome: 'failed', errorKind: 'bad-credentials' })
  expect(kinds()).toHaveLength(2)
})

describe('the other lane', () => {
  test('is told after five minutes, once, and again after the drawn one was back', () => {
    ended({ lane: 'local', reason: 'out' })
    now = 5 * 60_000
    ended({ lane: 'local', reason: 'out' })
    expect(kinds()).toEqual([])
    now += 1
    for (let turn = 0; turn < 3; turn++) ended({ lane: 'local', reason: 'failed-over' })
    expect(shown.map(({ kind, title }) => [kind, title])).toEqual([['other-lane', 'Your Mac answers for the providers']])
    ended({ lane: 'remote', reason: 'drawn' })
    ended({ lane: 'local', reason: 'out' })
    now += 6 * 60_000
    ended({ lane: 'local', reason: 'out' })
    expect(kinds()).toHaveLength(2)
  })

  test('a single fallback, a held session and one that was asked for say nothing', () => {
    for (const reason of ['failed-over', 'held', 'asked', 'context', 'busy']) ended({ reason })
    expect(kinds()).toEqual([])
  })
})

test('a download is told when it ends, not when it was there already', () => {
  download('ready')
  download('downloading')
  download('downloading')
  download('verifying')
  download('ready')
  download('downloading')
  download('failed', 'The disk is full.')
  expect(shown.map(({ title }) => title)).toEqual(['gemma is ready', 'gemma could not be downloaded'])
  expect(shown[1]?.body).toBe('The disk is full.')
})

test('a load that the memory guard refuses is told in its words, once until it was loaded', () => {
  const { message } = noMemory([{ context: 512, bytes: 9e9 }], 1e9)
  for (let turn = 0; turn < 3; turn++) engine('failed', message)
  expect(kinds()).toEqual(['memory'])
  engine('ready')
  engine('failed', message)
  expect(kinds()).toEqual(['memory', 'memory'])
})

test('a crash is not told; the third, which switches the model off, is', () => {
  engine('failed', 'The local engine stopped working (signal SIGSEGV).')
  engine('failed', 'The local engine stopped working (signal SIGSEGV). It crashed 3 times in 10 minutes and stays off until it is loaded by hand.')
  expect(kinds()).toEqual(['engine-crashed'])
})

test('offline is told under Remote Only, and only when the machine is offline', () => {
  const refused = () => ended({ status: 503, lane: null, reason: null })
  refused()
  lock = 'remote'
  refused()
  isOnline = false
  refused()
  refused()
  expect(kinds()).toEqual(['offline'])
})

test('a budget is told when it is nearly used and when it is used up, and a guard that only moves requests never', () => {
  const guard = (kind: string, detail: string) => read({ type: 'guard-changed', guard: kind, detail } as never)
  guard('budget', 'the budget of openai is used to 80 %: 8.00 of 10.00 USD this month')
  guard('budget', 'the budget of openai is used up: 10.02 of 10.00 USD this month')
  guard('battery', 'acts')
  expect(shown.map(({ kind, title }) => [kind, title])).toEqual([
    ['budget', 'A budget is nearly used up'],
    ['budget', 'A budget is used up'],
  ])
  expect(shown[1]?.body).toBe('The budget of openai is used up: 10.02 of 10.00 USD this month.')
})
