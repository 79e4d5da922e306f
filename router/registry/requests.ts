/** The ledger: one row per request, one per attempt, each with a nullable key id. Written in batches behind the answers; read by the panel; pruned by age and number. Invariant: a row that cannot be stored costs itself alone. */
import type { Clock } from '../core/clock.ts'
import type { Usage } from '../core/conversation.ts'
import type { Lane } from '../core/deployment.ts'
import type { AttemptEnd, RouterEvent } from '../core/events.ts'
import type { Db } from './database.ts'
import { createPruning, type LedgerLimits, ledgerLimits } from './ledger-pruning.ts'

export interface RequestRow {
  readonly id: string
  readonly at: number
  readonly keyId: string | null
  readonly tool: string
  readonly dialect: string
  readonly model: string | null
  readonly deployment: string | null
  readonly lane: Lane | null
  readonly reason: string | null
  readonly status: number
  readonly attempts: number
  readonly firstOutputMs: number | null
  readonly durationMs: number
  readonly usage: Usage | null
  readonly costUsd: number | null
  readonly stream: boolean
  readonly errorKind: string | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
}

export interface RequestFilter {
  readonly limit: number
  /** Cursor: the id of the last row seen; ids sort by time. */
  readonly before: string | null
  readonly tool: string | null
  readonly deployment: string | null
  readonly model: string | null
  readonly errorsOnly: boolean
}

export interface RequestStore {
  /** Keeps what a request's events say; written with the next flush. `plan`: the explained plan as JSON, or what makes it when the row is written. */
  note(event: RouterEvent, plan: (() => string) | null): void
  list(filter: RequestFilter): readonly RequestRow[]
  get(id: string): { readonly row: RequestRow; readonly plan: unknown; readonly attempts: readonly AttemptEnd[] } | null
  /** Sums since a wall-clock moment, per lane. */
  sums(sinceMs: number): readonly { lane: Lane; requests: number; input: number; output: number; costUsd: number | null }[]
  /** Requests per minute of the last hour, oldest first, per lane. */
  perMinute(nowMs: number): { readonly local: number[]; readonly remote: number[] }
  /** Lane and reason of the last `count` sessions (requests where none is kept), newest first. */
  lastSessions(count: number): readonly { lane: Lane; reason: string | null; input: number; output: number }[]
  /** Throws where the file cannot be written; the rows wait. */
  flush(): void
}

export interface RequestStoreParts {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  /** Something waits for a flush. */
  readonly onUnwritten: () => void
  /** A row was given up; why, in a sentence. */
  readonly onDropped: (message: string) => void
  readonly limits?: LedgerLimits
}

type EndedEvent = Extract<RouterEvent, { type: 'request-ended' }>
type AttemptEvent = Extract<RouterEvent, { type: 'attempt-ended' }>
interface WaitingRequest {
  readonly event: EndedEvent
  readonly plan: (() => string) | null
}

export function createRequestStore(db: Db, { clock, onUnwritten, onDropped, limits = ledgerLimits }: RequestStoreParts): RequestStore {
  const requests: WaitingRequest[] = []
  const attempts: AttemptEvent[] = []
  const prune = createPruning(db, clock, limits)
  const insertRequest = db.prepare(
    'insert or replace into request (id, at, key_id, tool, dialect, model, deployment, lane, reason, status, attempts, first_output_ms, duration_ms, uncached_input, cache_read, cache_write, output_text, output_reasoning, usage_source, cost_usd, stream, session, error_kind, error_code, error_message, plan) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const insertAttempt = db.prepare(
    'insert or replace into attempt (request_id, key_id, number, deployment, provider, lane, outcome, kind, code, message, status, started_ms, first_output_ms, duration_ms, uncached_input, cache_read, cache_write, output_text, output_reasoning, usage_source) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const usageColumns = (usage: Usage | null) =>
    usage
      ? [usage.uncachedInput, usage.cacheRead, usage.cacheWrite, usage.outputText, usage.outputReasoning, usage.source]
      : [null, null, null, null, null, null]

  function writeRequest({ event, plan }: WaitingRequest): void {
    const { request } = event
    insertRequest.run(
      request.id,
      request.at,
      request.keyId,
      request.tool,
      request.dialect,
      request.model,
      event.deployment,
      event.lane,
      event.reason,
      event.status,
      event.attempts,
      event.firstOutputMs,
      event.durationMs,
      ...usageColumns(event.usage),
      event.costUsd,
      request.stream ? 1 : 0,
      event.session,
      event.errorKind,
      event.errorCode,
      event.errorMessage,
      plan ? plan() : null,
    )
  }

  function writeAttempt({ requestId, keyId, attempt }: AttemptEvent): void {
    insertAttempt.run(
      requestId,
      keyId,
      attempt.index,
      attempt.deployment,
      attempt.provider,
      attempt.lane,
      attempt.outcome,
      attempt.kind,
      attempt.code,
      attempt.message,
      attempt.status,
      attempt.startedMs,
      attempt.firstOutputMs,
      attempt.ms,
      ...usageColumns(attempt.usage),
    )
  }

  /** Writes one row; one that can never be stored is told and left out. */
  function tryRow<Row>(write: (row: Row) => void, row: Row, id: string): void {
    try {
      write(row)
    } catch (error) {
      if (!isBadRow(error)) throw error
      onDropped(`A row of the ledger was left out (${id}): ${(error as Error).message}`)
    }
  }

  const writeAll = db.transaction(() => {
    for (const row of requests) writeRequest(row)
    for (const row of attempts) writeAttempt(row)
  })
  const writeEach = db.transaction(() => {
    for (const row of requests) tryRow(writeRequest, row, row.event.request.id)
    for (const row of attempts) tryRow(writeAttempt, row, row.requestId)
  })
  const flushPending = () => {
    if (requests.length + attempts.length === 0) return
    try {
      writeAll()
    } catch (error) {
      if (!isBadRow(error)) throw error
      writeEach()
    }
    requests.length = 0
    attempts.length = 0
  }
  const flushBeforeReading = () => {
    try {
      flushPending()
    } catch {
      // what is written can be read all the same; the next flush tells
    }
  }

  return {
    note(event, plan) {
      if (event.type === 'attempt-ended') attempts.push(event)
      else if (event.type === 'request-ended') requests.push({ event, plan })
      for (const waiting of [requests, attempts]) if (waiting.length > limits.waitingRows) waiting.shift()
      onUnwritten()
    },
    list(filter) {
      flushBeforeReading()
      const where: string[] = []
      const values: (string | number)[] = []
      const add = (sql: string, value: string | number) => {
        where.push(sql)
        values.push(value)
      }
      if (filter.before !== null) add('id < ?', filter.before)
      if (filter.tool !== null) add('tool = ?', filter.tool)
      if (filter.deployment !== null) add('deployment = ?', filter.deployment)
      if (filter.model !== null) add('model = ?', filter.model)
      if (filter.errorsOnly) where.push('error_kind is not null')
      const rows = db
        .prepare(`select * from request ${where.length > 0 ? `where ${where.join(' and ')}` : ''} order by id desc limit ?`)
        .all(...values, filter.limit) as StoredRequest[]
      return rows.map(rowOf)
    },
    get(id) {
      flushBeforeReading()
      const stored = db.prepare('select * from request where id = ?').get(id) as StoredRequest | undefined
      if (!stored) return null
      const tried = db.prepare('select * from attempt where request_id = ? order by number').all(id) as StoredAttempt[]
      return { row: rowOf(stored), plan: stored.plan === null ? null : JSON.parse(stored.plan), attempts: tried.map(attemptOf) }
    },
    sums(sinceMs) {
      flushBeforeReading()
      return db
        .prepare(
          `select lane, count(*) as requests, coalesce(sum(coalesce(uncached_input, 0) + coalesce(cache_read, 0) + coalesce(cache_write, 0)), 0) as input,
             coalesce(sum(coalesce(output_text, 0) + coalesce(output_reasoning, 0)), 0) as output, sum(cost_usd) as costUsd
           from request where at >= ? and lane is not null group by lane`,
        )
        .all(sinceMs) as { lane: Lane; requests: number; input: number; output: number; costUsd: number | null }[]
    },
    perMinute(nowMs) {
      flushBeforeReading()
      const first = Math.floor(nowMs / 60_000) - 59
      const result = { local: new Array<number>(60).fill(0), remote: new Array<number>(60).fill(0) }
      const rows = db
        .prepare('select at / 60000 as minute, lane, count(*) as count from request where at >= ? and lane is not null group by 1, 2')
        .all(first * 60_000) as {
        minute: number
        lane: Lane
        count: number
      }[]
      for (const { minute, lane, count } of rows) if (minute >= first && minute - first < 60) result[lane][minute - first] = count
      return result
    },
    lastSessions(count) {
      flushBeforeReading()
      return db
        .prepare(
          // A session begins with the request that was decided; what is held afterwards belongs to it. One that is drawn anew is a session more.
          `select lane, reason, min(id) as first,
             sum(coalesce(uncached_input, 0) + coalesce(cache_read, 0) + coalesce(cache_write, 0)) as input,
             sum(coalesce(output_text, 0) + coalesce(output_reasoning, 0)) as output
           from (
             select *, sum(case when reason = 'held' or (reason = 'failed-over' and attempts = 1) then 0 else 1 end)
               over (partition by coalesce(session, id) order by id) as episode
             from (select * from request where lane is not null order by id desc limit 2000))
           group by coalesce(session, id), episode order by first desc limit ?`,
        )
        .all(count) as { lane: Lane; reason: string | null; input: number; output: number }[]
    },
    flush() {
      flushPending()
      if (prune() === 'more') onUnwritten()
    },
  }
}

/** The row's own fault, not the file's: a value of the wrong type, a missing one, or a plan that is no JSON. */
function isBadRow(error: unknown): boolean {
  const { code } = error as { code?: string }
  return error instanceof TypeError || error instanceof RangeError || code === 'SQLITE_CONSTRAINT_DATATYPE' || code === 'SQLITE_CONSTRAINT_NOTNULL'
}

interface StoredUsage {
  uncached_input: number | null
  cache_read: number | null
  cache_write: number | null
  output_text: number | null
  output_reasoning: number | null
  usage_source: 'reported' | 'estimated' | null
}

interface StoredRequest extends StoredUsage {
  id: string
  at: number
  key_id: string | null
  tool: string
  dialect: string
  model: string | null
  deployment: string | null
  lane: Lane | null
  reason: string | null
  status: number
  attempts: number
  first_output_ms: number | null
  duration_ms: number
  cost_usd: number | null
  stream: number
  error_kind: string | null
  error_code: string | null
  error_message: string | null
  plan: string | null
}

interface StoredAttempt extends StoredUsage {
  number: number
  deployment: string
  provider: string
  lane: string
  outcome: AttemptEnd['outcome']
  kind: string
  code: string
  message: string | null
  status: number | null
  started_ms: number
  first_output_ms: number | null
  duration_ms: number
}

function usageOf(stored: StoredUsage): Usage | null {
  if (stored.usage_source === null) return null
  return {
    uncachedInput: stored.uncached_input,
    cacheRead: stored.cache_read,
    cacheWrite: stored.cache_write,
    outputText: stored.output_text,
    outputReasoning: stored.output_reasoning,
    source: stored.usage_source,
  }
}

function rowOf(stored: StoredRequest): RequestRow {
  return {
    id: stored.id,
    at: stored.at,
    keyId: stored.key_id,
    tool: stored.tool,
    dialect: stored.dialect,
    model: stored.model,
    deployment: stored.deployment,
    lane: stored.lane,
    reason: stored.reason,
    status: stored.status,
    attempts: stored.attempts,
    firstOutputMs: stored.first_output_ms,
    durationMs: stored.duration_ms,
    usage: usageOf(stored),
    costUsd: stored.cost_usd,
    stream: stored.stream === 1,
    errorKind: stored.error_kind,
    errorCode: stored.error_code,
    errorMessage: stored.error_message,
  }
}

function attemptOf(stored: StoredAttempt): AttemptEnd {
  return {
    index: stored.number,
    deployment: stored.deployment,
    provider: stored.provider,
    lane: stored.lane,
    outcome: stored.outcome,
    kind: stored.kind,
    code: stored.code,
    errorKind: stored.outcome === 'failed' ? (stored.kind as AttemptEnd['errorKind']) : null,
    message: stored.message,
    status: stored.status,
    safeToRepeat: true,
    retryAfterMs: null,
    startedMs: stored.started_ms,
    firstOutputMs: stored.first_output_ms,
    ms: stored.duration_ms,
    usage: usageOf(stored),
    finish: null,
    isStream: stored.first_output_ms !== null,
    afterModelLoad: false,
  }
}
