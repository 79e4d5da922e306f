/** Sessions and deficits: which conversation lives where, and what each split owes. In memory, written through, so that a restart moves nobody and favours no lane. */
import type { Clock } from '../core/clock.ts'
import type { Lane } from '../core/deployment.ts'
import type { Deficit, Hold } from '../core/plan.ts'
import type { Db } from './database.ts'

export const SESSION_IDLE_MS = 10 * 60_000
export const SESSION_LIMIT = 10_000
const REMOVE_IDLE_EVERY_MS = 60_000

const noDeficit: Deficit = { local: 0, remote: 0 }

export interface SessionStore {
  hold(session: string): Hold | null
  deficit(key: string): Deficit
  /** Books a draw and where its session lives, in one transaction. Never throws: what cannot be written now is written later. */
  book(entry: {
    readonly session: string | null
    readonly hold: Hold | null
    readonly deficit: { readonly key: string; readonly deficit: Deficit } | null
  }): void
  /** The split changed: all draws start from nothing. Never throws. */
  resetDeficits(): void
  /** Gives holds another version of the split: one of the version in force stays, any other is drawn anew. Hard holds do not look at it. Never throws. */
  restamp(stamp: (session: string, splitVersion: number) => number): void
  /** Sessions that are held: they may move with their next request when the split has changed. */
  countHeld(): number
  /** Writes what waits: times of last use, and what could not be written before. Throws where the file cannot be written. */
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

/** `onUnwritten` is called when something waits for a flush. */
export function createSessionStore(db: Db, { now, monotonic }: Pick<Clock, 'now' | 'monotonic'>, onUnwritten: () => void): SessionStore {
  // Insertion order is the order of last use: the first entry is the least recently used.
  const sessions = new Map<string, { hold: Hold; usedAt: number }>()
  const deficits = new Map<string, Deficit>()
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
  const removeIdle = db.prepare('delete from session where used_at < ?')
  const removeDeficits = db.prepare('delete from deficit')
  let idleRemovedAtMs = monotonic()

  /** What the file does not know yet: sessions that were used, placed or put out, deficits whose write failed, and a reset that failed. */
  const unwritten = { sessions: new Set<string>(), deficits: new Set<string>(), reset: false }

  function wait(session: string | null, deficit: string | null): void {
    if (session !== null) unwritten.sessions.add(session)
    if (deficit !== null) unwritten.deficits.add(deficit)
    if (session !== null || deficit !== null) onUnwritten()
  }

  function saveSession(key: string): void {
    const entry = sessions.get(key)
    if (!entry) return void removeSession.run(key)
    const { hold, usedAt } = entry
    writeSession.run(key, hold.deployment, hold.lane, hold.failedOver ? 1 : 0, hold.splitVersion, usedAt)
  }

  function saveDeficit(key: string): void {
    const { local, remote } = deficits.get(key) ?? noDeficit
    writeDeficit.run(key, local, remote)
  }

  const saveBoth = db.transaction((session: string | null, deficit: string | null) => {
    if (deficit !== null) saveDeficit(deficit)
    if (session !== null) saveSession(session)
  })

  function place(key: string, hold: Hold): void {
    sessions.delete(key)
    sessions.set(key, { hold, usedAt: now() })
    if (sessions.size <= SESSION_LIMIT) return
    const oldest = sessions.keys().next().value as string
    sessions.delete(oldest)
    wait(oldest, null)
  }

  const flush = db.transaction(() => {
    if (unwritten.reset) removeDeficits.run()
    for (const key of unwritten.sessions) saveSession(key)
    // After a reset that failed, draws may have been written that it would have spared.
    for (const key of unwritten.reset ? deficits.keys() : unwritten.deficits) saveDeficit(key)
    if (isRemovalDue()) removeIdle.run(now() - SESSION_IDLE_MS)
  })
  const isRemovalDue = () => monotonic() - idleRemovedAtMs >= REMOVE_IDLE_EVERY_MS

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
      const isKnown = session === null || hold === null || isSameHold(sessions.get(session)?.hold, hold)
      if (session !== null && hold !== null) place(session, hold)
      if (deficit) deficits.set(deficit.key, deficit.deficit)
      // The usual turn of a known conversation changes nothing but the time of last use: no transaction for it.
      if (deficit === null && isKnown) {
        wait(hold === null ? null : session, null)
        return
      }
      try {
        saveBoth(hold === null ? null : session, deficit?.key ?? null)
      } catch {
        // A full disk must not end a request: memory decides, and the next flush tries (and tells) again.
        wait(hold === null ? null : session, deficit?.key ?? null)
      }
    },
    resetDeficits() {
      deficits.clear()
      unwritten.deficits.clear()
      try {
        removeDeficits.run()
        unwritten.reset = false
      } catch {
        unwritten.reset = true
        onUnwritten()
      }
    },
    restamp(stamp) {
      for (const [key, entry] of sessions) {
        const splitVersion = stamp(key, entry.hold.splitVersion)
        if (splitVersion === entry.hold.splitVersion) continue
        entry.hold = { ...entry.hold, splitVersion }
        wait(key, null)
      }
    },
    countHeld() {
      const idleSince = now() - SESSION_IDLE_MS
      for (const [key, { usedAt }] of sessions) {
        if (usedAt >= idleSince) break
        sessions.delete(key)
      }
      return sessions.size
    },
    flush() {
      if (unwritten.sessions.size + unwritten.deficits.size === 0 && !unwritten.reset && !isRemovalDue()) return
      flush()
      unwritten.sessions.clear()
      unwritten.deficits.clear()
      unwritten.reset = false
      if (isRemovalDue()) idleRemovedAtMs = monotonic()
    },
  }
}

const isSameHold = (before: Hold | undefined, after: Hold) =>
  before !== undefined &&
  before.deployment === after.deployment &&
  before.failedOver === after.failedOver &&
  before.splitVersion === after.splitVersion
