/** What strategies weigh by: latency and success of each deployment's last requests, read anew every ten of them, and the p95 of its first outputs, every hour or when it moved far. Invariant: fixed size per deployment. */
import type { Clock } from '../core/clock.ts'
import { errorTable } from '../core/errors.ts'
import type { RouterEvent } from '../core/events.ts'
import type { DeploymentUsage } from '../core/plan.ts'

export interface UsageMetrics {
  /** Null = fewer than ten requests, or none for an hour: one unlucky sample decides nothing, and an old one no more (seed 003: "re-evaluate every hour"). */
  of(deployment: string): DeploymentUsage | null
  /** Failed attempts of the last `windowMs`, as far as they are kept. */
  failuresWithin(deployment: string, windowMs: number): number
  read(event: RouterEvent): void
}

const KEPT = 100
/** Seed 003: "Update metrics every 10 requests". */
const REFRESH_REQUESTS = 10
/** Seed 003: "Re-evaluate every hour". */
const REFRESH_P95_MS = 3_600_000
const FAR = 0.5
/** Fewer have no p95 worth the name. */
const P95_SAMPLES = 20
const WHOLE_SAMPLES = 5

interface Record {
  readonly attempts: { readonly answered: boolean; readonly isStream: boolean; readonly ms: number; readonly atMs: number }[]
  readonly firstOutputsMs: number[]
  sinceRefresh: number
  p95At: number
  usage: DeploymentUsage | null
}

export function createUsageMetrics(clock: Pick<Clock, 'monotonic'>): UsageMetrics {
  const records = new Map<string, Record>()
  const keep = <Item>(list: Item[], item: Item) => {
    list.push(item)
    if (list.length > KEPT) list.shift()
  }
  return {
    of(name) {
      const record = records.get(name)
      // Whoever was slow once and is not asked since would never get another look.
      const isOld = record !== undefined && clock.monotonic() - (record.attempts.at(-1)?.atMs ?? 0) >= REFRESH_P95_MS
      return record === undefined || isOld ? null : record.usage
    },
    failuresWithin(name, windowMs) {
      const since = clock.monotonic() - windowMs
      return records.get(name)?.attempts.filter(({ answered, atMs }) => !answered && atMs >= since).length ?? 0
    },
    read(event) {
      if (event.type !== 'attempt-ended' || event.attempt.outcome === 'aborted' || event.attempt.afterModelLoad) return
      const { deployment, outcome, errorKind, firstOutputMs, startedMs, ms, isStream } = event.attempt
      if (errorKind !== null && errorTable[errorKind].fault === 'caller') return // what a caller asked wrongly says nothing of the place
      let record = records.get(deployment)
      if (!record) records.set(deployment, (record = { attempts: [], firstOutputsMs: [], sinceRefresh: 0, p95At: 0, usage: null }))
      // Whole answers count to their end: the first byte of one is no first output.
      const firstMs = !isStream || firstOutputMs === null ? null : firstOutputMs - startedMs
      keep(record.attempts, { answered: outcome === 'answered', isStream, ms: firstMs ?? ms, atMs: clock.monotonic() })
      if (firstMs !== null) keep(record.firstOutputsMs, firstMs)
      record.sinceRefresh++
      if (record.sinceRefresh >= REFRESH_REQUESTS) refresh(record, clock.monotonic())
    },
  }
}

function refresh(record: Record, nowMs: number): void {
  record.sinceRefresh = 0
  const answered = record.attempts.filter((attempt) => attempt.answered)
  const whole = answered.filter(({ isStream }) => !isStream)
  const before = record.usage?.p95FirstOutputMs ?? null
  const now = p95Of(record.firstOutputsMs)
  const isDue = before === null || now === null || nowMs - record.p95At >= REFRESH_P95_MS || Math.abs(now - before) > FAR * before
  if (isDue) record.p95At = nowMs
  record.usage = {
    latencyMs: meanMs(answered),
    successRate: answered.length / record.attempts.length,
    p95FirstOutputMs: isDue ? now : before,
    wholeAnswerMs: whole.length < WHOLE_SAMPLES ? null : meanMs(whole),
  }
}

function meanMs(attempts: readonly { readonly ms: number }[]): number | null {
  return attempts.length === 0 ? null : attempts.reduce((sum, { ms }) => sum + ms, 0) / attempts.length
}

function p95Of(samples: readonly number[]): number | null {
  if (samples.length < P95_SAMPLES) return null
  return samples.toSorted((a, b) => a - b)[Math.ceil(samples.length * 0.95) - 1] ?? null
}
