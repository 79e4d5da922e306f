/** What the ledger says of the two lanes: how fast they are, what the local one saved, what was refused. Read when a person looks, never on the way of a request. */
import type { Usage } from '../core/conversation.ts'
import type { Lane } from '../core/deployment.ts'
import { createCarriedSums } from './carried-sums.ts'
import type { Db } from './database.ts'

export interface LaneFigures {
  /** Output tokens per second of generation of the streams that ended since; null = there was none. */
  tokensPerSecond(sinceMs: number): Readonly<Record<Lane, number | null>>
  /** What the lanes took since. Asked again for the same moment it costs what was written in between, not the day. */
  taken(sinceMs: number): readonly Taken[]
  /** Requests that no deployment was allowed or able to take since, by what stood in the way. */
  refused(sinceMs: number): readonly { readonly code: string; readonly count: number }[]
}

/** What one lane took of one model. */
export interface Taken {
  readonly lane: Lane
  /** Null where a caller named none. */
  readonly model: string | null
  readonly requests: number
  /** Requests of which the usage is known; the sums are theirs. */
  readonly counted: number
  readonly input: number
  readonly output: number
  readonly usage: Usage
  /** Null where no price is known. */
  readonly costUsd: number | null
}

/** `flush` writes what waits. */
export function createLaneFigures(db: Db, flush: () => void): LaneFigures {
  const speeds = db.prepare(
    `select lane, sum(coalesce(output_text, 0) + coalesce(output_reasoning, 0)) as tokens, sum(duration_ms - first_output_ms) as ms
     from request where at >= ? and lane is not null and stream = 1 and status < 400 and first_output_ms is not null group by lane`,
  )
  const tally = createTally(db)
  const refused = db.prepare(
    `select error_code as code, count(*) as count from request
     where at >= ? and error_kind in ('no-eligible-deployment', 'context-too-long') and attempts = 0 group by error_code order by count desc`,
  )
  return {
    tokensPerSecond(sinceMs) {
      flush()
      const rows = speeds.all(sinceMs) as { lane: Lane; tokens: number; ms: number }[]
      const of = (lane: Lane) => {
        const row = rows.find((each) => each.lane === lane)
        return row && row.ms > 0 && row.tokens > 0 ? (row.tokens / row.ms) * 1000 : null
      }
      return { local: of('local'), remote: of('remote') }
    },
    taken(sinceMs) {
      flush()
      return tally(sinceMs)
    },
    refused: (sinceMs) => refused.all(sinceMs) as { code: string; count: number }[],
  }
}

interface TakenRow extends Omit<Taken, 'input' | 'output' | 'usage'>, Omit<Usage, 'source'> {}

function createTally(db: Db): (sinceMs: number) => readonly Taken[] {
  const sums = createCarriedSums<TakenRow>(db, {
    columns: `lane, model, count(*) as requests, count(usage_source) as counted, sum(uncached_input) as uncachedInput, sum(cache_read) as cacheRead,
      sum(cache_write) as cacheWrite, sum(output_text) as outputText, sum(output_reasoning) as outputReasoning, sum(cost_usd) as costUsd`,
    groupBy: 'lane, model',
    where: 'lane is not null',
    by: 'at',
    keyOf: ({ lane, model }) => JSON.stringify([lane, model]),
    joined,
  })
  return (sinceMs) => sums(sinceMs).map(takenOf)
}

/** Null and a number is the number; null is what nobody told. */
const plus = (one: number | null, other: number | null): number | null => (one === null ? other : other === null ? one : one + other)

function joined(before: TakenRow, row: TakenRow): TakenRow {
  return {
    ...row,
    requests: before.requests + row.requests,
    counted: before.counted + row.counted,
    uncachedInput: plus(before.uncachedInput, row.uncachedInput),
    cacheRead: plus(before.cacheRead, row.cacheRead),
    cacheWrite: plus(before.cacheWrite, row.cacheWrite),
    outputText: plus(before.outputText, row.outputText),
    outputReasoning: plus(before.outputReasoning, row.outputReasoning),
    costUsd: plus(before.costUsd, row.costUsd),
  }
}

const takenOf = ({ lane, model, requests, counted, costUsd, ...usage }: TakenRow): Taken => ({
  lane,
  model,
  requests,
  counted,
  input: (usage.uncachedInput ?? 0) + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0),
  output: (usage.outputText ?? 0) + (usage.outputReasoning ?? 0),
  usage: { ...usage, source: 'reported' },
  costUsd,
})
