/** Keys that we issue to tools. Only the SHA-256 of a key is kept; a key is shown once. */
import { createHash, randomBytes } from 'node:crypto'
import type { Lane } from '../core/deployment.ts'
import type { Db } from './database.ts'

/** What a key says about where its requests go. */
export interface KeySplit {
  /** 0–1, of its own; null = it follows the split above it. */
  readonly remoteShare: number | null
  /** `local` = never remote; null = no lock of its own. */
  readonly laneLock: Lane | null
}

export interface KeyRow extends KeySplit {
  readonly id: string
  readonly name: string
  /** First characters, to recognise it by. */
  readonly prefix: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
  readonly revokedAt: number | null
}

export interface KeyStore {
  list(): readonly KeyRow[]
  /** Issues a key; the text is returned once and never again. */
  create(name: string, split?: Partial<KeySplit>): { readonly row: KeyRow; readonly key: string }
  /** The row as it is then; null when there is no such key, or it was revoked. */
  change(id: string, change: Partial<KeySplit & Pick<KeyRow, 'name'>>): KeyRow | null
  /** False when there is no key with this id, or it was revoked before. */
  revoke(id: string): boolean
  /** The key row of a presented token; null = unknown or revoked. Looked up by hash: the time does not depend on how much of a guess is right. */
  find(token: string): KeyRow | null
  hasActive(): boolean
  /** Writes the times of last use that were noted since. */
  flush(): void
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

/** `onUnwritten` is called when something waits for a flush. */
export function createKeyStore(
  db: Db,
  parts: { readonly now: () => number; readonly id: (prefix: string) => string },
  onUnwritten: () => void,
): KeyStore {
  const columns =
    'id, name, prefix, hash, created_at as createdAt, last_used_at as lastUsedAt, revoked_at as revokedAt, remote_share as remoteShare, lane_lock as laneLock'
  const byHash = new Map<string, KeyRow & { hash: string }>()
  const load = () => {
    byHash.clear()
    for (const row of db.prepare(`select ${columns} from key order by created_at`).all() as (KeyRow & { hash: string })[]) byHash.set(row.hash, row)
  }
  load()
  let version = db.pragma('data_version', { simple: true }) as number
  const used = new Map<string, number>()
  const insert = db.prepare('insert into key (id, name, prefix, hash, created_at, remote_share, lane_lock) values (?, ?, ?, ?, ?, ?, ?)')
  const update = db.prepare('update key set name = ?, remote_share = ?, lane_lock = ? where id = ?')
  const revoke = db.prepare('update key set revoked_at = ? where id = ?')
  const touch = db.prepare('update key set last_used_at = ? where id = ?')
  const dataVersion = db.prepare('pragma data_version').pluck()

  /** `headgate token` writes to the same file from another process. */
  function refresh(): void {
    const current = dataVersion.get() as number
    if (current === version) return
    version = current
    load()
  }
  const publicRow = ({ hash: _, ...row }: KeyRow & { hash: string }): KeyRow => ({ ...row, lastUsedAt: used.get(row.id) ?? row.lastUsedAt })

  return {
    list() {
      refresh()
      return [...byHash.values()].map(publicRow)
    },
    create(name, { remoteShare = null, laneLock = null } = {}) {
      const key = `hg-${randomBytes(24).toString('base64url')}`
      const row = {
        id: parts.id('key'),
        name,
        prefix: key.slice(0, 7),
        createdAt: parts.now(),
        lastUsedAt: null,
        revokedAt: null,
        remoteShare,
        laneLock,
        hash: hashOf(key),
      }
      insert.run(row.id, row.name, row.prefix, row.hash, row.createdAt, remoteShare, laneLock)
      byHash.set(row.hash, row)
      return { row: publicRow(row), key }
    },
    change(id, change) {
      refresh()
      const row = [...byHash.values()].find((candidate) => candidate.id === id)
      if (!row || row.revokedAt !== null) return null
      const next = { ...row, ...change }
      update.run(next.name, next.remoteShare, next.laneLock, id)
      byHash.set(row.hash, next)
      return publicRow(next)
    },
    revoke(id) {
      refresh()
      const row = [...byHash.values()].find((candidate) => candidate.id === id)
      if (!row || row.revokedAt !== null) return false
      const at = parts.now()
      revoke.run(at, row.id)
      byHash.set(row.hash, { ...row, revokedAt: at })
      return true
    },
    find(token) {
      refresh()
      const row = byHash.get(hashOf(token))
      if (!row || row.revokedAt !== null) return null
      used.set(row.id, parts.now())
      onUnwritten()
      return row
    },
    hasActive() {
      refresh()
      return [...byHash.values()].some(({ revokedAt }) => revokedAt === null)
    },
    flush() {
      if (used.size === 0) return
      db.transaction(() => {
        for (const [id, at] of used) touch.run(at, id)
      })()
      used.clear()
      load()
    },
  }
}
