/** Wrong keys are counted by address and minute; the wait grows, and whoever stops is forgiven. */
import { expect, test } from 'vitest'
import { HeadgateError } from '../../../router/core/errors.ts'
import { createWrongKeys } from '../../../router/http/wrong-keys.ts'
import { manualClock } from '../../fakes/manual-clock.ts'

const wrong = () => new HeadgateError('unauthenticated', 'wrong')

test('the first 20 of a minute are refusals, then each waits twice as long as the one before', () => {
  const judge = createWrongKeys(manualClock())
  for (let count = 0; count < 20; count++) expect(judge(wrong(), 'a').code).toBe('invalid_api_key')
  const waits = [1, 2, 3, 4].map(() => judge(wrong(), 'a'))
  expect(waits.map(({ code, status, details }) => [code, status, details.retryAfterMs])).toEqual(
    [1_000, 2_000, 4_000, 8_000].map((ms) => ['too_many_wrong_keys', 429, ms]),
  )
  for (let count = 0; count < 40; count++) judge(wrong(), 'a')
  expect(judge(wrong(), 'a').details.retryAfterMs).toBe(5 * 60_000)
})

test('another address, and any other error, are not touched', () => {
  const judge = createWrongKeys(manualClock())
  for (let count = 0; count < 30; count++) judge(wrong(), 'a')
  expect(judge(wrong(), 'b').status).toBe(401)
  for (const error of [
    new HeadgateError('forbidden', 'x', { code: 'insufficient_scope' }),
    new HeadgateError('unauthenticated', 'x', { code: 'missing_api_key' }),
    new HeadgateError('internal', 'x'),
  ])
    expect(judge(error, 'a')).toBe(error)
})

test('after a minute of silence it begins anew', () => {
  const clock = manualClock()
  const judge = createWrongKeys(clock)
  for (let count = 0; count < 25; count++) judge(wrong(), 'a')
  clock.advance(59_000)
  expect(judge(wrong(), 'a').status).toBe(429)
  clock.advance(60_000)
  expect(judge(wrong(), 'a').status).toBe(401)
})

test('a thousand addresses are remembered, not more', () => {
  const judge = createWrongKeys(manualClock(), 1)
  for (let count = 0; count <= 1_000; count++) judge(wrong(), `a${count}`)
  expect(judge(wrong(), 'a0').status).toBe(401)
  expect(judge(wrong(), 'a1000').status).toBe(429)
})
