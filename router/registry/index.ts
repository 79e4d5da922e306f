/** Door of the registry: one SQLite file, one small store per concern. */
import type { Clock } from '../core/clock.ts'
import { openDatabase } from './database.ts'
import { createEntryStore, type EntryStore } from './entries.ts'
import { createKeyStore, type KeyStore } from './keys.ts'
import { createRequestStore, type RequestStore } from './requests.ts'
import { createSessionStore, type SessionStore } from './sessions.ts'
import { createSettingsStore, type SettingsStore } from './settings.ts'

export type { EntryStore } from './entries.ts'
export type { KeyRow, KeyStore } from './keys.ts'
export type { RequestFilter, RequestRow, RequestStore } from './requests.ts'
export type { SessionStore } from './sessions.ts'
export type { SettingsStore } from './settings.ts'

export interface Registry {
  readonly settings: SettingsStore
  readonly keys: KeyStore
  readonly sessions: SessionStore
  readonly requests: RequestStore
  readonly entries: EntryStore
  /** Writes everything that waits. What cannot be written waits on. */
  flush(): void
  close(): void
}

const FLUSH_MS = 250

/** Opens the registry of a data folder; `file` may be `:memory:`. `onTrouble` is told once when writing fails (a full disk), and once with null when it works again. */
export function openRegistry(file: string, clock: Clock, onTrouble: (error: Error | null) => void = () => {}): Registry {
  const db = openDatabase(file)
  const keys = createKeyStore(db, clock)
  const sessions = createSessionStore(db, clock.now)
  const requests = createRequestStore(db)
  let isInTrouble = false
  const flush = () => {
    let trouble: Error | null = null
    for (const store of [requests, keys, sessions])
      try {
        store.flush()
      } catch (error) {
        trouble ??= error as Error
      }
    if ((trouble !== null) === isInTrouble) return
    isInTrouble = trouble !== null
    onTrouble(trouble)
  }
  let timer = clock.after(FLUSH_MS, tick)
  function tick(): void {
    flush()
    timer = clock.after(FLUSH_MS, tick)
  }
  return {
    settings: createSettingsStore(db, clock.now),
    keys,
    sessions,
    requests,
    entries: createEntryStore(db, clock.now),
    flush,
    close() {
      timer.cancel()
      flush()
      db.close()
    },
  }
}
