/** Keeps the ledger bounded: what is too old or too much is removed, a part at a time, so that no answer waits long. */
import type { Clock } from '../core/clock.ts'
import type { Db } from './database.ts'

export interface LedgerLimits {
  readonly ageMs: number
  readonly rows: number
  readonly pruneEveryMs: number
  /** Rows that are removed at once. */
  readonly pruneRows: number
  /** Rows that wait in memory for a full disk; beyond it the oldest are given up. */
  readonly waitingRows: number
}

export const ledgerLimits: LedgerLimits = {
  ageMs: 30 * 24 * 3_600_000,
  rows: 1_000_000,
  pruneEveryMs: 3_600_000,
  pruneRows: 2_000,
  waitingRows: 10_000,
}

/** Removes what is too old or too much, a part at a time; `more` = part of it is left. Looks once an hour, and never while nothing is written. */
export function createPruning(db: Db, clock: Pick<Clock, 'now' | 'monotonic'>, limits: LedgerLimits): () => 'more' | 'done' {
  const surplus = db.prepare('select at from request order by at desc limit 1 offset ?').pluck()
  const removeRequests = db.prepare('delete from request where rowid in (select rowid from request where at <= ? order by at limit ?)')
  // Ids sort by time: the attempts of what is gone, and those whose request never came.
  const removeAttempts = db.prepare('delete from attempt where request_id < (select min(id) from request)')
  let dueMs = clock.monotonic()
  let newestToGo = 0
  const remove = db.transaction(() => {
    const removed = removeRequests.run(newestToGo, limits.pruneRows).changes
    if (removed > 0) removeAttempts.run()
    return removed
  })
  return () => {
    if (clock.monotonic() < dueMs) return 'done'
    if (newestToGo === 0) newestToGo = Math.max(clock.now() - limits.ageMs, (surplus.get(limits.rows) as number | undefined) ?? 0)
    if (remove() === limits.pruneRows) return 'more'
    newestToGo = 0
    dueMs = clock.monotonic() + limits.pruneEveryMs
    return 'done'
  }
}

/** Removes the requests up to a wall-clock moment, null = all, with their attempts and recordings. Answers how many there were. */
export function clearLedger(db: Db, untilMs: number | null): number {
  return db.transaction(() => {
    if (untilMs === null) {
      for (const table of ['attempt', 'recording']) db.prepare(`delete from ${table}`).run()
      return db.prepare('delete from request').run().changes
    }
    for (const table of ['attempt', 'recording'])
      db.prepare(`delete from ${table} where request_id in (select id from request where at <= ?)`).run(untilMs)
    return db.prepare('delete from request where at <= ?').run(untilMs).changes
  })()
}
