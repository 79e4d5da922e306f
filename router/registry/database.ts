/** Opens the one SQLite file: pragmas, lock, migrations. SQL lives in this folder only. */
import Database from 'better-sqlite3'
import { migrations } from './migrations/index.ts'

export type Db = Database.Database

/** Opens or creates the database and brings it to the newest schema. Throws with a sentence when a newer Headgate wrote it. */
export function openDatabase(file: string): Db {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.pragma('busy_timeout = 5000')
  db.pragma('foreign_keys = ON')
  migrate(db)
  return db
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
