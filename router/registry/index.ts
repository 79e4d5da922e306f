/** Door of the registry: one SQLite file, one small store per concern. Invariant: nothing wakes while nothing waits to be written. */
import type { Clock, Timer } from '../core/clock.ts'
import { openDatabase } from './database.ts'
import { createDownloadStore, type DownloadStore } from './downloads.ts'
import { createEntryStore, type EntryStore } from './entries.ts'
import { createKeyStore, type KeyStore } from './keys.ts'
import { createLaneFigures, type LaneFigures } from './lane-figures.ts'
import { ledgerLimits } from './ledger-pruning.ts'
import { createProviderFigures, type ProviderFigures } from './provider-figures.ts'
import { createRecordingStore, type RecordingStore } from './recordings.ts'
import { createReplayStore, type ReplayStore } from './replay.ts'
import { createRequestStore, type RequestStore } from './requests.ts'
import { createSessionStore, type SessionStore } from './sessions.ts'
import { createSettingsStore, type SettingsStore } from './settings.ts'

export type { DownloadEntry, DownloadFile, DownloadRow, DownloadStore } from './downloads.ts'
export { type EntryStore, readStoredRows, type StoredRows } from './entries.ts'
export type { KeyRow, KeySplit, KeyStore } from './keys.ts'
export type { LaneFigures, Taken } from './lane-figures.ts'
export type { AttemptFigures, ProviderFigures } from './provider-figures.ts'
export type { Recording, RecordingStore } from './recordings.ts'
export type { ReplayRow, ReplayStore } from './replay.ts'
export type { RequestFacets, RequestFilter, RequestPage, RequestRow, RequestStore } from './requests.ts'
export { SESSION_IDLE_MS, type SessionStore } from './sessions.ts'
export { type SettingsStore, type StoredSettings, settingDefaults } from './settings.ts'

export interface Registry {
  readonly settings: SettingsStore
  readonly keys: KeyStore
  readonly sessions: SessionStore
  readonly requests: RequestStore
  readonly recordings: RecordingStore
  readonly entries: EntryStore
  readonly downloads: DownloadStore
  readonly figures: ProviderFigures
  readonly laneFigures: LaneFigures
  readonly replay: ReplayStore
  /** Is told, in a sentence, of rows that are given up: no other row suffers for them. */
  onDropped(listener: (message: string) => void): void
  /** Writes everything that waits. What cannot be written waits on. */
  flush(): void
  close(): void
}

const FLUSH_MS = 250
const DAY_MS = 24 * 3_600_000

/** Opens the registry of a data folder; `file` may be `:memory:`. `onTrouble` is told once when writing fails (a full disk), and once with null when it works again. */
export function openRegistry(file: string, clock: Clock, onTrouble: (error: Error | null) => void = () => {}): Registry {
  const db = openDatabase(file)
  const dropped: ((message: string) => void)[] = []
  let timer: Timer | null = null
  const writeSoon = () => {
    timer ??= clock.after(FLUSH_MS, () => {
      timer = null
      flush()
    })
  }
  const settings = createSettingsStore(db, clock.now, writeSoon)
  const keys = createKeyStore(db, clock, writeSoon)
  const sessions = createSessionStore(db, clock, writeSoon)
  const requests = createRequestStore(db, {
    clock,
    onUnwritten: writeSoon,
    onDropped: (message) => {
      for (const listener of dropped) listener(message)
    },
    limits: {
      ...ledgerLimits,
      get ageMs() {
        return settings.get('ledgerDays') * DAY_MS
      },
    },
  })
  const recordings = createRecordingStore(db, {
    clock,
    limits: () => ({ days: settings.get('recordingDays'), megabytes: settings.get('recordingMegabytes') }),
    onUnwritten: writeSoon,
  })
  let isInTrouble = false
  function flush(): void {
    let trouble: Error | null = null
    for (const store of [settings, requests, recordings, keys, sessions])
      try {
        store.flush()
      } catch (error) {
        trouble ??= error as Error
      }
    if (trouble) writeSoon()
    if ((trouble !== null) === isInTrouble) return
    isInTrouble = trouble !== null
    onTrouble(trouble)
  }
  return {
    settings,
    keys,
    sessions,
    requests,
    recordings,
    entries: createEntryStore(db, clock.now),
    downloads: createDownloadStore(db),
    figures: createProviderFigures(db, flush),
    laneFigures: createLaneFigures(db, flush),
    replay: createReplayStore(db, flush),
    onDropped: (listener) => void dropped.push(listener),
    flush,
    close() {
      flush()
      timer?.cancel()
      db.close()
    },
  }
}
