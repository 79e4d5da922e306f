/** Model downloads that outlive a restart: what is wanted, of which files, and how far it came to be decided. How many bytes are here the partial files themselves say. */
import type { Db } from './database.ts'

/** One file of a download: a model may be spread over several. */
export interface DownloadFile {
  /** Path in the repository. */
  readonly path: string
  /** Name in the models folder. */
  readonly target: string
  readonly sizeBytes: number
  /** Lower-case hexadecimal; null = the hub publishes none. */
  readonly sha256: string | null
  /** ETag of what the partial file holds. */
  readonly etag: string | null
}

/** What a download is of. */
export interface DownloadEntry {
  readonly repository: string
  /** Commit, so that the file stays the same while it is on its way. */
  readonly revision: string
  readonly files: readonly DownloadFile[]
}

export interface DownloadRow {
  readonly id: string
  /** Wall clock, ms. */
  readonly createdAt: number
  readonly state: string
  /** Why, in words. */
  readonly detail: string | null
  readonly entry: DownloadEntry
}

export interface DownloadStore {
  /** Oldest first. */
  list(): readonly DownloadRow[]
  /** Throws where the file cannot be written. */
  put(row: DownloadRow): void
  remove(id: string): void
}

export function createDownloadStore(db: Db): DownloadStore {
  const all = db.prepare('select id, created_at as createdAt, state, detail, entry from download order by created_at, id')
  const put = db.prepare('insert or replace into download (id, created_at, state, detail, entry) values (?, ?, ?, ?, ?)')
  const remove = db.prepare('delete from download where id = ?')
  return {
    list: () =>
      (all.all() as (Omit<DownloadRow, 'entry'> & { entry: string })[]).map((row) => ({ ...row, entry: JSON.parse(row.entry) as DownloadEntry })),
    put: ({ id, createdAt, state, detail, entry }) => void put.run(id, createdAt, state, detail, JSON.stringify(entry)),
    remove: (id) => void remove.run(id),
  }
}
