/** Slows down whoever guesses keys: more than so many wrong ones in a minute from one address, and each further one is told to wait, longer every time. A right key is looked at before and never waits. */
import type { Clock } from '../core/clock.ts'
import { HeadgateError } from '../core/errors.ts'

export const WRONG_KEYS_PER_MINUTE = 20
const MINUTE_MS = 60_000
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 5 * 60_000
/** Bounds the memory: an address is forgotten before it could matter, and a guesser with so many addresses is not stopped by counting them. */
const ADDRESSES = 1_000

export type JudgeWrongKey = (error: HeadgateError, address: string) => HeadgateError

/** Turns the refusal of a wrong key into 429 where there were too many; every other error passes as it is. */
export function createWrongKeys(clock: Pick<Clock, 'monotonic'>, perMinute = WRONG_KEYS_PER_MINUTE): JudgeWrongKey {
  const seen = new Map<string, { readonly times: number[]; excess: number }>()
  return (error, address) => {
    if (error.kind !== 'unauthenticated' || (error.code !== 'invalid_api_key' && error.code !== 'invalid_code')) return error
    const nowMs = clock.monotonic()
    const known = seen.get(address) ?? { times: [], excess: 0 }
    while (known.times[0] !== undefined && nowMs - known.times[0] >= MINUTE_MS) known.times.shift()
    if (known.times.length === 0) known.excess = 0
    seen.delete(address)
    seen.set(address, known) // the newest last
    if (seen.size > ADDRESSES) seen.delete(seen.keys().next().value as string)
    if (known.times.length < perMinute) {
      known.times.push(nowMs)
      return error
    }
    known.times.shift()
    known.times.push(nowMs)
    const retryAfterMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(known.excess++, 20))
    return new HeadgateError('rate-limited-here', 'Too many wrong keys came from this address.', {
      code: 'too_many_wrong_keys',
      howToFix: 'Wait, then send the right one: it is taken at any time.',
      retryAfterMs,
    })
  }
}
