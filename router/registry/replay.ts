/** What "what if" replays: the facts of past requests, without text and headers, with where they went and what they took. Invariant: read in small pages, so that no read holds the router up. */
import type { Usage } from '../core/conversation.ts'
import type { RequestFacts } from '../core/plan.ts'
import type { Db } from './database.ts'
import { type StoredRequest, type StoredUsage, usageOf } from './request-rows.ts'

export interface ReplayRow {
  readonly id: string
  /** Wall clock, ms. */
  readonly at: number
  readonly keyId: string | null
  readonly facts: RequestFacts
  /** That answered; null = none did. */
  readonly deployment: string | null
  readonly usage: Usage | null
  readonly firstOutputMs: number | null
  /** The first try answered, so that the time to first output is the deployment's own. */
  readonly isFirstTry: boolean
}

export interface ReplayStore {
  /** Requests since a wall-clock moment, newest first, older than `before`. */
  page(range: { readonly sinceMs: number; readonly before: string | null; readonly limit: number }): readonly ReplayRow[]
}

interface Stored extends StoredUsage, Pick<StoredRequest, 'id' | 'at' | 'key_id' | 'deployment' | 'first_output_ms' | 'attempts' | 'status'> {
  facts: string
}

/** The column `facts`. */
export const storedFacts = (facts: RequestFacts): string => JSON.stringify(facts)

/** `flush` writes what waits. */
export function createReplayStore(db: Db, flush: () => void): ReplayStore {
  const page = db.prepare(
    `select id, at, key_id, facts, deployment, first_output_ms, attempts, status,
       uncached_input, cache_read, cache_write, output_text, output_reasoning, usage_source
     from request where id < ? and at >= ? and facts is not null order by id desc limit ?`,
  )
  return {
    page({ sinceMs, before, limit }) {
      if (before === null) flush()
      return (page.all(before ?? '\uffff', sinceMs, limit) as Stored[]).map(rowOf)
    },
  }
}

function rowOf(stored: Stored): ReplayRow {
  return {
    id: stored.id,
    at: stored.at,
    keyId: stored.key_id,
    facts: JSON.parse(stored.facts) as RequestFacts,
    deployment: stored.status < 400 ? stored.deployment : null,
    usage: usageOf(stored),
    firstOutputMs: stored.first_output_ms,
    isFirstTry: stored.attempts === 1,
  }
}
