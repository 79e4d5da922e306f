/** What the ledger says of the two lanes: how fast they are, what the local one saved, what was refused. Read when a person looks, never on the way of a request. */
import type { Usage } from '../core/conversation.ts'
import type { Lane } from '../core/deployment.ts'
import type { Db } from './database.ts'

export interface LaneFigures {
  /** Output tokens per second of generation of the streams that ended since; null = there was none. */
  tokensPerSecond(sinceMs: number): Readonly<Record<Lane, number | null>>
  /** Tokens that the local lane took since, by model. */
  localUsage(sinceMs: number): readonly { readonly model: string; readonly usage: Usage }[]
  /** Requests that no deployment was allowed or able to take since, by what stood in the way. */
  refused(sinceMs: number): readonly { readonly code: string; readonly count: number }[]
}

/** `flush` writes what waits. */
export function createLaneFigures(db: Db, flush: () => void): LaneFigures {
  const speeds = db.prepare(
    `select lane, sum(coalesce(output_text, 0) + coalesce(output_reasoning, 0)) as tokens, sum(duration_ms - first_output_ms) as ms
     from request where at >= ? and lane is not null and stream = 1 and status < 400 and first_output_ms is not null group by lane`,
  )
  const localUsage = db.prepare(
    `select model, sum(uncached_input) as uncachedInput, sum(cache_read) as cacheRead, sum(cache_write) as cacheWrite,
       sum(output_text) as outputText, sum(output_reasoning) as outputReasoning
     from request where at >= ? and lane = 'local' and model is not null and usage_source is not null group by model`,
  )
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
    localUsage(sinceMs) {
      const rows = localUsage.all(sinceMs) as (Omit<Usage, 'source'> & { model: string })[]
      return rows.map(({ model, ...usage }) => ({ model, usage: { ...usage, source: 'reported' as const } }))
    },
    refused: (sinceMs) => refused.all(sinceMs) as { code: string; count: number }[],
  }
}
