/** What the ledger says of providers and of keys: latency, failures, money, last use. Read when a person looks, never on the way of a request. */
import type { Lane } from '../core/deployment.ts'
import { type ErrorKind, errorTable } from '../core/errors.ts'
import { createCarriedSums } from './carried-sums.ts'
import type { Db } from './database.ts'

/** So many attempts are looked at, the newest first: bounds the time of a look at a busy ledger. */
const ATTEMPTS_LOOKED_AT = 5_000
const TOOLS_AT_MOST = 50

export interface AttemptFigures {
  readonly attempts: number
  readonly answered: number
  /** Those that count against health: a refused key or a rate limit does not. */
  readonly failed: number
  /** Milliseconds, sorted; of streams, from sent to first output. */
  readonly firstOutputMs: readonly number[]
  /** Milliseconds, sorted; of answered attempts. */
  readonly totalMs: readonly number[]
  readonly lastFailure: {
    readonly requestId: string
    /** Wall clock, ms; null while its request runs. */
    readonly at: number | null
    readonly kind: string
    readonly code: string
    readonly message: string | null
    readonly status: number | null
  } | null
}

export interface DeploymentSums {
  readonly deployment: string
  readonly requests: number
  /** Null where no price is known. */
  readonly costUsd: number | null
}

export interface KeyUse {
  readonly keyId: string
  readonly requests: number
}

export interface Caller {
  readonly tool: string
  readonly keyId: string | null
  /** Wall clock, ms. */
  readonly at: number
  readonly deployment: string | null
  readonly lane: Lane | null
  readonly status: number
}

export interface ProviderFigures {
  /** By provider, of the attempts since a wall-clock moment. All others are cheap when they are asked again for the same moment. */
  attempts(sinceMs: number): ReadonlyMap<string, AttemptFigures>
  /** Requests and money since a wall-clock moment, by the deployment that served. */
  sums(sinceMs: number): readonly DeploymentSums[]
  /** Requests of each key since a wall-clock moment. */
  keyUse(sinceMs: number): readonly KeyUse[]
  /** The last request of each key, and of each tool that came without one, since a wall-clock moment. */
  lastOfKeys(sinceMs: number): readonly Caller[]
  lastOfTools(sinceMs: number): readonly Caller[]
}

interface AttemptRow {
  request_id: string
  provider: string
  outcome: string
  kind: string
  code: string
  message: string | null
  status: number | null
  started_ms: number
  first_output_ms: number | null
  duration_ms: number
}

/** `flush` writes what waits, so that a look sees the request that has just ended. */
export function createProviderFigures(db: Db, flush: () => void): ProviderFigures {
  const firstSince = db.prepare('select id from request where at >= ? order by at limit 1').pluck()
  const attemptsSince = db.prepare(
    `select request_id, provider, outcome, kind, code, message, status, started_ms, first_output_ms, duration_ms
     from attempt where request_id >= ? order by request_id desc, number desc limit ${ATTEMPTS_LOOKED_AT}`,
  )
  const timeOf = db.prepare('select at from request where id = ?').pluck()
  const sums = createCarriedSums<DeploymentSums>(db, {
    columns: 'deployment, count(*) as requests, sum(cost_usd) as costUsd',
    groupBy: 'deployment',
    where: 'deployment is not null',
    by: 'id',
    keyOf: ({ deployment }) => deployment,
    joined: (before, added) => ({
      deployment: added.deployment,
      requests: before.requests + added.requests,
      costUsd: before.costUsd === null && added.costUsd === null ? null : (before.costUsd ?? 0) + (added.costUsd ?? 0),
    }),
  })
  const keyUse = createCarriedSums<KeyUse>(db, {
    columns: 'key_id as keyId, count(*) as requests',
    groupBy: 'key_id',
    where: 'key_id is not null',
    by: 'id',
    keyOf: ({ keyId }) => keyId,
    joined: (before, added) => ({ keyId: added.keyId, requests: before.requests + added.requests }),
  })
  // SQLite takes the other columns from the row that has the maximum.
  const caller = 'tool, key_id as keyId, max(at) as at, deployment, lane, status'
  const newer = (before: Caller, added: Caller) => (added.at < before.at ? before : added)
  const lastOfKeys = createCarriedSums<Caller>(db, {
    columns: caller,
    groupBy: 'key_id',
    where: 'key_id is not null',
    by: 'id',
    keyOf: ({ keyId }) => String(keyId),
    joined: newer,
  })
  const lastOfTools = createCarriedSums<Caller>(db, {
    columns: caller,
    groupBy: 'tool',
    where: 'key_id is null',
    by: 'id',
    keyOf: ({ tool }) => tool,
    joined: newer,
  })

  const flushed =
    <Result>(look: (sinceMs: number) => Result) =>
    (sinceMs: number) => {
      flush()
      return look(sinceMs)
    }

  return {
    attempts: flushed((sinceMs) => {
      const first = firstSince.get(sinceMs) as string | undefined
      if (first === undefined) return new Map()
      const found = new Map<string, Collected>()
      for (const row of attemptsSince.iterate(first) as IterableIterator<AttemptRow>) {
        let figures = found.get(row.provider)
        if (!figures) found.set(row.provider, (figures = { attempts: 0, answered: 0, failed: 0, firstOutputMs: [], totalMs: [], lastFailure: null }))
        collect(figures, row)
      }
      return new Map([...found].map(([provider, figures]) => [provider, finished(figures, (id) => (timeOf.get(id) as number | undefined) ?? null)]))
    }),
    sums: flushed(sums),
    keyUse: flushed(keyUse),
    lastOfKeys: flushed(lastOfKeys),
    lastOfTools: flushed((sinceMs) =>
      lastOfTools(sinceMs)
        .toSorted((one, other) => other.at - one.at)
        .slice(0, TOOLS_AT_MOST),
    ),
  }
}

interface Collected {
  attempts: number
  answered: number
  failed: number
  readonly firstOutputMs: number[]
  readonly totalMs: number[]
  lastFailure: AttemptRow | null
}

function collect(figures: Collected, row: AttemptRow): void {
  if (row.outcome === 'aborted') return
  figures.attempts++
  if (row.outcome === 'answered') {
    figures.answered++
    figures.totalMs.push(row.duration_ms)
    if (row.first_output_ms !== null) figures.firstOutputMs.push(row.first_output_ms - row.started_ms)
    return
  }
  if (errorTable[row.kind as ErrorKind]?.countsAgainstHealth) figures.failed++
  figures.lastFailure ??= row
}

function finished({ lastFailure, ...figures }: Collected, timeOf: (requestId: string) => number | null): AttemptFigures {
  const rising = (values: readonly number[]) => values.toSorted((one, other) => one - other)
  return {
    ...figures,
    firstOutputMs: rising(figures.firstOutputMs),
    totalMs: rising(figures.totalMs),
    lastFailure: lastFailure && {
      requestId: lastFailure.request_id,
      at: timeOf(lastFailure.request_id),
      kind: lastFailure.kind,
      code: lastFailure.code,
      message: lastFailure.message,
      status: lastFailure.status,
    },
  }
}
