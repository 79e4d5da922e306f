/** Opens the one SQLite file, for its owner alone: pragmas, lock, migrations. SQL lives in this folder only. */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import { migrations } from './migrations/index.ts'

export type Db = Database.Database

/** Opens or creates the database and brings it to the newest schema. Throws with a sentence when a newer Headgate wrote it. */
export function openDatabase(file: string): Db {
  if (file !== ':memory:') makePrivate(file)
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.pragma('busy_timeout = 5000')
  db.pragma('foreign_keys = ON')
  migrate(db)
  return db
}

/** Opens an existing database without changing anything in it. */
export const readOnlyDatabase = (file: string): Db => new Database(file, { readonly: true, fileMustExist: true })

/** Mode 0600, also where an earlier version made the file. SQLite gives its two companions the mode of the file. */
function makePrivate(file: string): void {
  // An existing file is never opened and closed here: that would end the locks which this process has on it.
  if (!existsSync(file)) closeSync(openSync(file, 'wx', 0o600))
  for (const name of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(name)) chmodSync(name, 0o600)
}

function migrate(db: Db): void {
  const done = db.pragma('user_version', { simple: true }) as number
  if (done > migrations.length)
    throw new Error(
      `${db.name} was written by a newer Headgate (schema ${done}, this one knows ${migrations.length}). Update Headgate, or use another data folder.`,
    )
  for (let number = done; number < migrations.length; number++)
    db.transaction(() => {
      db.exec(migrations[number] as string)
      db.pragma(`user_version = ${number + 1}`)
    })()
}
