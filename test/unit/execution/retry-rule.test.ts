import { describe, expect, test } from 'vitest'
import { type ErrorKind, errorKinds, errorTable, HeadgateError } from '../../../router/core/errors.ts'
import { executionLimits } from '../../../router/execution/index.ts'
import { type AfterFailure, mostInformative, nextMove } from '../../../router/execution/retry-rule.ts'

const base = {
  failures: [],
  attempts: 1,
  attemptsHere: 1,
  isOutputSent: false,
  elapsedMs: 100,
  placesLeft: 1,
  mayFallBack: true,
  chance: 0.5,
}
const after = (error: HeadgateError, more: Partial<AfterFailure> = {}) =>
  nextMove({ ...base, error, failures: [{ error, place: 0, elapsedMs: more.elapsedMs ?? 100 }], ...more }, executionLimits)
const status = (upstreamStatus: number, retryAfterMs?: number) =>
  new HeadgateError('failed-upstream', 'x', { upstreamStatus, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })

describe('the rule after a failure', () => {
  test.each([500, 502, 503, 504, 529])('%i is asked once more at the same place, then goes on', (code) => {
    expect(after(status(code))).toEqual({ move: 'same', afterMs: 125 })
    expect(after(status(code), { attempts: 2, attemptsHere: 2 })).toEqual({ move: 'next', afterMs: 0 })
  })

  test('is not asked again where that would take the attempt of a place that nobody has asked', () => {
    expect(after(status(500), { placesLeft: 2 })).toEqual({ move: 'next', afterMs: 0 })
    expect(after(status(500), { placesLeft: 2, mayFallBack: false }).move).toBe('same')
    expect(
      nextMove({ ...base, error: status(500), placesLeft: 0, attempts: 3, attemptsHere: 3 }, { ...executionLimits, attempts: 4, repeatsHere: 3 })
        .move,
    ).toBe('same')
  })

  test('a Retry-After beside a 5xx, another status and a lost connection are never asked again at the same place', () => {
    expect(after(status(503, 2_000))).toEqual({ move: 'next', afterMs: 0 })
    expect(after(status(408))).toEqual({ move: 'next', afterMs: 0 })
    expect(after(new HeadgateError('failed-upstream', 'reset'))).toEqual({ move: 'next', afterMs: 0 })
    expect(after(new HeadgateError('failed-upstream', 'reset'), { placesLeft: 0 })).toEqual({ move: 'stop' })
  })

  test('the backoff lies between 50 ms and the base, by chance', () => {
    expect(after(status(500), { chance: 0 })).toEqual({ move: 'same', afterMs: 50 })
    expect(after(status(500), { chance: 0.999 })).toEqual({ move: 'same', afterMs: expect.closeTo(249.75) })
  })

  test.each(errorKinds)('%s goes on exactly where the table of errors says so', (kind: ErrorKind) => {
    const may = errorTable[kind].mayGoNext !== false
    expect(after(new HeadgateError(kind, 'x')).move).toBe(may ? 'next' : 'stop')
    expect(after(new HeadgateError(kind, 'x'), { mayFallBack: false }).move).toBe('stop')
    expect(after(new HeadgateError(kind, 'x'), { placesLeft: 0 }).move).toBe('stop')
  })

  test('nothing follows output, a caller that left, the third attempt, or 45 s (but for the first retry)', () => {
    expect(after(status(500), { isOutputSent: true }).move).toBe('stop')
    expect(after(new HeadgateError('aborted-by-caller', 'x')).move).toBe('stop')
    expect(after(status(500), { attempts: 3 }).move).toBe('stop')
    expect(after(status(500), { attempts: 2, attemptsHere: 2, elapsedMs: 45_000 }).move).toBe('stop')
    expect(after(status(500), { attempts: 1, elapsedMs: 300_000 }).move).toBe('same')
  })

  test('a 429 goes on at once; the last one waits where it need not wait long', () => {
    const limited = (retryAfterMs?: number) => new HeadgateError('rate-limited-upstream', 'x', retryAfterMs === undefined ? {} : { retryAfterMs })
    expect(after(limited(1_000))).toEqual({ move: 'next', afterMs: 0 })
    expect(after(limited(10_000), { placesLeft: 0 })).toEqual({ move: 'wait', afterMs: 10_000, place: 0 })
    expect(after(limited(0), { placesLeft: 0 })).toEqual({ move: 'wait', afterMs: 50, place: 0 })
    expect(after(limited(10_001), { placesLeft: 0 })).toEqual({ move: 'stop' })
    expect(after(limited(), { placesLeft: 0 })).toEqual({ move: 'stop' })
    expect(after(limited(1_000), { mayFallBack: false })).toEqual({ move: 'wait', afterMs: 1_000, place: 0 })
  })
})

describe('when nothing is left', () => {
  const limited = (retryAfterMs?: number) => new HeadgateError('rate-limited-upstream', 'x', retryAfterMs === undefined ? {} : { retryAfterMs })
  const failed = (place: number, error: HeadgateError, elapsedMs = 100) => ({ place, error, elapsedMs })
  const last = (...failures: ReturnType<typeof failed>[]) =>
    after(failures.at(-1)!.error, { failures, attempts: failures.length, placesLeft: 0, elapsedMs: failures.at(-1)!.elapsedMs })

  test('the place that is back first is waited for, whichever was tried last', () => {
    expect(last(failed(0, limited(1_000)), failed(1, limited(60_000)))).toEqual({ move: 'wait', afterMs: 1_000, place: 0 })
    expect(last(failed(0, limited(60_000)), failed(1, limited(1_000)))).toEqual({ move: 'wait', afterMs: 1_000, place: 1 })
    expect(last(failed(0, limited(11_000)), failed(1, limited(60_000)))).toEqual({ move: 'stop' })
  })

  test('what the other places took is part of the wait', () => {
    expect(last(failed(0, limited(5_000), 100), failed(1, limited(), 3_100))).toEqual({ move: 'wait', afterMs: 2_000, place: 0 })
    expect(last(failed(0, limited(1_000), 100), failed(1, limited(60_000), 9_000))).toEqual({ move: 'wait', afterMs: 50, place: 0 })
  })

  test('a place that failed in another way after the limited one does not end the walk, a fault of the caller does', () => {
    const walk = (kind: ErrorKind) => last(failed(0, limited(1_000)), failed(1, new HeadgateError(kind, 'x'))).move
    expect([walk('unreachable'), walk('bad-credentials'), walk('invalid-request'), walk('context-too-long')]).toEqual([
      'wait',
      'wait',
      'stop',
      'stop',
    ])
  })

  test('only the last word of a place counts', () => {
    expect(last(failed(0, limited(1_000)), failed(0, new HeadgateError('unreachable', 'x'))).move).toBe('stop')
  })
})

test('no kind of failure is lost: each that is not silence is told before silence', () => {
  const silence: ErrorKind[] = ['stalled', 'too-slow-to-start', 'overloaded-here', 'no-eligible-deployment', 'unreachable']
  for (const kind of errorKinds.filter((each) => !silence.includes(each)))
    expect(mostInformative(['unreachable' as const, kind, 'too-slow-to-start' as const].map((each) => new HeadgateError(each, 'x'))).kind).toBe(kind)
})

test('the caller is told what they can mend before what the provider said, and that before silence', () => {
  const of = (...kinds: ErrorKind[]) => mostInformative(kinds.map((kind) => new HeadgateError(kind, 'x'))).kind
  expect(of('unreachable', 'failed-upstream', 'context-too-long')).toBe('context-too-long')
  expect(of('unreachable', 'bad-credentials', 'too-slow-to-start')).toBe('bad-credentials')
  expect(of('too-slow-to-start', 'failed-upstream')).toBe('failed-upstream')
  expect(of('failed-upstream', 'rate-limited-upstream')).toBe('rate-limited-upstream')
  expect(of('unreachable')).toBe('unreachable')
  expect(of('failed-upstream', 'shutting-down')).toBe('shutting-down')
  expect(of('failed-upstream', 'internal')).toBe('internal')
  expect(of('unreachable', 'no-eligible-deployment')).toBe('no-eligible-deployment')
})
