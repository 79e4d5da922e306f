/** Reads how long a provider asks to wait, from all the headers in which providers say it. */

const CAP_MS = 300_000

export interface LimitedReply {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Milliseconds; null where nothing (or nonsense) is said. A moment in the past is 0; capped at 300 s. `nowMs`: wall clock.
 * `x-ratelimit-reset-*` stands on every reply of OpenAI and says when a counter starts anew: it is a wait with a 429 only.
 */
export function readRetryAfterMs({ status, headers }: LimitedReply, nowMs: number): number | null {
  const milliseconds = number(headers['retry-after-ms'])
  if (milliseconds !== null) return clamp(milliseconds)
  const after = headers['retry-after']
  if (after !== undefined) {
    const seconds = number(after)
    if (seconds !== null) return clamp(seconds * 1000)
    const date = httpDate.test(after) ? Date.parse(after) : Number.NaN // Date.parse finds a date in "in 5 minutes" as well
    if (!Number.isNaN(date)) return clamp(date - nowMs)
  }
  return status === 429 ? untilReset(headers) : null
}

/** When the counter that is used up starts anew; where none is said to be, the later of the two. */
function untilReset(headers: Readonly<Record<string, string>>): number | null {
  const counters = ['requests', 'tokens'].flatMap((what) => {
    const ms = duration(headers[`x-ratelimit-reset-${what}`])
    return ms === null ? [] : [{ ms, isUsedUp: number(headers[`x-ratelimit-remaining-${what}`]) === 0 }]
  })
  const usedUp = counters.filter(({ isUsedUp }) => isUsedUp)
  const waits = (usedUp.length > 0 ? usedUp : counters).map(({ ms }) => ms)
  return waits.length === 0 ? null : clamp(Math.max(...waits))
}

const httpDate = /^(\w{3,9},? .*\d{2}:\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T)/

const clamp = (ms: number) => Math.min(CAP_MS, Math.max(0, Math.round(ms)))

const number = (text: string | undefined) => (text !== undefined && /^-?\d{1,10}(\.\d{1,6})?$/.test(text.trim()) ? Number(text) : null)

/** `1s`, `6m0s`, `120ms`, as OpenAI writes them. */
function duration(text: string | undefined): number | null {
  if (text === undefined || !/^(\d{1,6}(\.\d{1,6})?(ms|s|m|h))+$/.test(text)) return null
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
  let sum = 0
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) sum += Number(value) * units[unit as keyof typeof units]
  return sum
}
