import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRetryAfterMs } from '../../../router/backends/retry-after.ts'

const now = Date.parse('2026-11-24T10:00:00Z')
const read = (headers: Record<string, string>, status = 429) => readRetryAfterMs({ status, headers }, now)

describe('how long a provider asks to wait', () => {
  test.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': ' 3 ' }, 3_000],
    [{ 'retry-after': 'Tue, 24 Nov 2026 10:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Tue, 24 Nov 2026 09:00:00 GMT' }, 0],
    [{ 'retry-after': '-5' }, 0],
    [{ 'retry-after': '999999' }, 300_000],
    [{ 'retry-after': '2026-11-24T10:00:05Z' }, 5_000],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': 'in 5 minutes' }, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'retry-after-ms': 'x', 'retry-after': '1' }, 1_000],
    [{ 'x-ratelimit-reset-requests': '120ms' }, 120],
    [{ 'x-ratelimit-reset-requests': '1m30s' }, 90_000],
    [{ 'x-ratelimit-reset-tokens': '6m0s' }, 300_000],
    [{ 'x-ratelimit-reset-requests': 'x', 'x-ratelimit-reset-tokens': '1.5s' }, 1_500],
    [{}, null],
  ])('%j is %s ms', (headers, ms) => {
    expect(read(headers as Record<string, string>)).toBe(ms)
  })

  test.each([
    [{ requests: ['0', '2s'], tokens: ['900', '6m0s'] }, 2_000],
    [{ requests: ['59', '20s'], tokens: ['0', '1s'] }, 1_000],
    [{ requests: ['0', '2s'], tokens: ['0', '7s'] }, 7_000],
    [{ requests: ['3', '2s'], tokens: ['80', '7s'] }, 7_000],
  ])('of %j the counter that is used up says it, else the later one', (counters, ms) => {
    const headers = Object.entries(counters).flatMap(([what, [remaining = '', reset = '']]) => [
      [`x-ratelimit-remaining-${what}`, remaining],
      [`x-ratelimit-reset-${what}`, reset],
    ])
    expect(read(Object.fromEntries(headers))).toBe(ms)
  })

  test('counters of a rate limit ask for nothing with another status than 429; Retry-After does', () => {
    expect(read({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2s' }, 503)).toBeNull()
    expect(read({ 'retry-after': '2', 'x-ratelimit-reset-requests': '9s' }, 503)).toBe(2_000)
  })

  test('is never negative, never above 300 s and never NaN, whatever is sent', () => {
    fc.assert(
      fc.property(fc.constantFrom('retry-after', 'retry-after-ms', 'x-ratelimit-reset-requests'), fc.string({ maxLength: 40 }), (name, value) => {
        const ms = read({ [name]: value })
        if (ms !== null) expect(ms >= 0 && ms <= 300_000).toBe(true)
      }),
    )
  })
})
