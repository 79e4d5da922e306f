/** The ledger: one row per request, one per attempt, each with a nullable key id. Written in batches behind the answers; read by the panel; pruned by age and number. Invariant: a row that cannot be stored costs itself alone. */
import type { Clock } from '../core/clock.ts'
import type { Usage } from '../core/conversation.ts'
import type { Lane } from '../core/deployment.ts'
import type { AttemptEnd, RouterEvent } from '../core/events.ts'
import type { Db } from './database.ts'
import { clearLedger, createPruning, type LedgerLimits, ledgerLimits } from './ledger-pruning.ts'
import { storedFacts } from './replay.ts'
import { createRequestQueries, type RequestFacets, type RequestFilter, type RequestPage } from './request-query.ts'
import { attemptOf, type RequestRow, rowOf, type StoredAttempt, type StoredRequest } from './request-rows.ts'

export type { RequestFacets, RequestFilter, RequestPage } from './request-query.ts'
export type { RequestRow } from './request-rows.ts'

export interface RequestStore {
  /** Keeps what a request's events say; written with the next flush. `plan`: the explained plan as JSON, or what makes it when the row is written. */
  note(event: RouterEvent, plan: (() => string) | null): void
  list(page: RequestPage): readonly RequestRow[]
  count(filter: RequestFilter): number
  facets(filter: RequestFilter): RequestFacets
  /** Forgets the requests up to a wall-clock moment, null = all, with their attempts and recordings. Answers how many there were. */
  clear(untilMs: number | null): number
  get(id: string): {
    readonly row: RequestRow
    /** Key of the conversation that it belongs to; null = none is kept. */
    readonly session: string | null
    readonly plan: unknown
    readonly attempts: readonly AttemptEnd[]
  } | null
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

/** In the order in which `writeRequest` and `writeAttempt` name the values. */
const usageNames = 'uncached_input, cache_read, cache_write, output_text, output_reasoning, usage_source'
const requestColumns = `id, at, key_id, tool, dialect, model, deployment, lane, reason, status, attempts, first_output_ms, duration_ms, ${usageNames}, cost_usd, stream, session, error_kind, error_code, error_message, plan, facts`
const attemptColumns = `request_id, key_id, number, deployment, provider, lane, outcome, kind, code, message, status, started_ms, first_output_ms, duration_ms, ${usageNames}, phases`

export function createRequestStore(db: Db, { clock, onUnwritten, onDropped, limits = ledgerLimits }: RequestStoreParts): RequestStore {
  const requests: WaitingRequest[] = []
  const attempts: AttemptEvent[] = []
  const prune = createPruning(db, clock, limits)
  const queries = createRequestQueries(db)
  const insertRequest = insertInto(db, 'request', requestColumns)
  const insertAttempt = insertInto(db, 'attempt', attemptColumns)
  const usageColumns = (usage: Usage | null) =>
    usage
      ? [usage.uncachedInput, usage.cacheRead, usage.cacheWrite, usage.outputText, usage.outputReasoning, usage.source]
      : [null, null, null, null, null, null]

  function writeRequest({ event, plan }: WaitingRequest): void {
    const { request } = event
    insertRequest.run([
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
      event.facts ? storedFacts(event.facts) : null,
    ])
  }

  function writeAttempt({ requestId, keyId, attempt }: AttemptEvent): void {
    insertAttempt.run([
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
      attempt.phases ? JSON.stringify(attempt.phases) : null,
    ])
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
    list(page) {
      flushBeforeReading()
      return queries.list(page)
    },
    count(filter) {
      flushBeforeReading()
      return queries.count(filter)
    },
    facets(filter) {
      flushBeforeReading()
      return queries.facets(filter)
    },
    clear(untilMs) {
      flushBeforeReading()
      return clearLedger(db, untilMs)
    },
    get(id) {
      flushBeforeReading()
      const stored = db.prepare('select * from request where id = ?').get(id) as
        | (StoredRequest & { plan: string | null; session: string | null })
        | undefined
      if (!stored) return null
      const tried = db.prepare('select * from attempt where request_id = ? order by number').all(id) as StoredAttempt[]
      return {
        row: rowOf(stored),
        session: stored.session,
        plan: stored.plan === null ? null : JSON.parse(stored.plan),
        attempts: tried.map(attemptOf),
      }
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

/** Without `or replace`: looking for the row that it would replace, in every index, is a tenth of writing one. */
const insertInto = (db: Db, table: string, columns: string) =>
  db.prepare(`insert into ${table} (${columns}) values (${columns.replaceAll(/\w+/g, '?')})`)

/** The row's own fault, not the file's: a value of the wrong type, a missing one, an id that is there already, or a plan that is no JSON. */
function isBadRow(error: unknown): boolean {
  const { code } = error as { code?: string }
  return error instanceof TypeError || error instanceof RangeError || (code !== undefined && badRowCodes.has(code))
}

const badRowCodes: ReadonlySet<string> = new Set(['DATATYPE', 'NOTNULL', 'PRIMARYKEY'].map((constraint) => `SQLITE_CONSTRAINT_${constraint}`))
