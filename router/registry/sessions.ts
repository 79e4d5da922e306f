/** Sessions and deficits: which conversation lives where, and what each split owes. In memory, written through, so that a restart moves nobody and favours no lane. */
import type { Lane } from '../core/deployment.ts'
import type { Deficit, Hold } from '../core/plan.ts'
import type { Db } from './database.ts'

export const SESSION_IDLE_MS = 10 * 60_000
export const SESSION_LIMIT = 10_000

const noDeficit: Deficit = { local: 0, remote: 0 }

export interface SessionStore {
  hold(session: string): Hold | null
  deficit(key: string): Deficit
  /** Books a draw and where its session lives, in one transaction. */
  book(entry: {
    readonly session: string | null
    readonly hold: Hold | null
    readonly deficit: { readonly key: string; readonly deficit: Deficit } | null
  }): void
  /** The split changed: all draws start from nothing. */
  resetDeficits(): void
  /** Sessions that are held by an older split version than this and may move with their next request. */
  countHeld(): number
  /** Writes times of last use. */
  flush(): void
}

interface SessionRow {
  key: string
  deployment: string
  lane: Lane
  failed_over: number
  split_version: number
  used_at: number
}

export function createSessionStore(db: Db, now: () => number): SessionStore {
  // Insertion order is the order of last use: the first entry is the least recently used.
  const sessions = new Map<string, { hold: Hold; usedAt: number }>()
  const deficits = new Map<string, Deficit>()
  const touched = new Set<string>()
  db.prepare('delete from session where used_at < ?').run(now() - SESSION_IDLE_MS)
  for (const row of db.prepare('select * from session order by used_at').all() as SessionRow[])
    sessions.set(row.key, {
      hold: { deployment: row.deployment, lane: row.lane, failedOver: row.failed_over === 1, splitVersion: row.split_version },
      usedAt: row.used_at,
    })
  for (const row of db.prepare('select key, local, remote from deficit').all() as (Deficit & { key: string })[])
    deficits.set(row.key, { local: row.local, remote: row.remote })

  const writeSession = db.prepare(
    'insert or replace into session (key, deployment, lane, failed_over, split_version, used_at) values (?, ?, ?, ?, ?, ?)',
  )
  const writeDeficit = db.prepare('insert or replace into deficit (key, local, remote) values (?, ?, ?)')
  const removeSession = db.prepare('delete from session where key = ?')
  const writeRow = (key: string, { hold, usedAt }: { hold: Hold; usedAt: number }) =>
    writeSession.run(key, hold.deployment, hold.lane, hold.failedOver ? 1 : 0, hold.splitVersion, usedAt)

  function place(key: string, hold: Hold): { hold: Hold; usedAt: number } {
    const entry = { hold, usedAt: now() }
    sessions.delete(key)
    sessions.set(key, entry)
    if (sessions.size > SESSION_LIMIT) {
      const oldest = sessions.keys().next().value as string
      sessions.delete(oldest)
      removeSession.run(oldest)
    }
    return entry
  }

  const removeIdle = db.prepare('delete from session where used_at < ?')
  const writeTouched = db.transaction(() => {
    for (const key of touched) {
      const entry = sessions.get(key)
      if (entry) writeRow(key, entry)
    }
    removeIdle.run(now() - SESSION_IDLE_MS)
  })
  const write = db.transaction((session: string | null, hold: Hold | null, deficit: { readonly key: string; readonly deficit: Deficit } | null) => {
    if (deficit) {
      deficits.set(deficit.key, deficit.deficit)
      writeDeficit.run(deficit.key, deficit.deficit.local, deficit.deficit.remote)
    }
    if (session !== null && hold !== null) writeRow(session, place(session, hold))
  })

  return {
    hold(session) {
      const entry = sessions.get(session)
      if (!entry) return null
      if (now() - entry.usedAt > SESSION_IDLE_MS) {
        sessions.delete(session)
        return null
      }
      return entry.hold
    },
    deficit: (key) => deficits.get(key) ?? noDeficit,
    book({ session, hold, deficit }) {
      const known = session === null ? undefined : sessions.get(session)
      // The usual turn of a known conversation changes nothing but the time of last use: no transaction for it.
      if (deficit === null && (session === null || hold === null || isSameHold(known?.hold, hold))) {
        if (session === null || hold === null) return
        place(session, hold)
        touched.add(session)
      } else write(session, hold, deficit)
    },
    resetDeficits() {
      deficits.clear()
      db.prepare('delete from deficit').run()
    },
    countHeld: () => sessions.size,
    flush() {
      if (touched.size === 0) return
      writeTouched()
      touched.clear()
    },
  }
}

const isSameHold = (before: Hold | undefined, after: Hold) =>
  before !== undefined &&
  before.deployment === after.deployment &&
  before.failedOver === after.failedOver &&
  before.splitVersion === after.splitVersion
