/** What the panel, the tray and the command line set: one JSON value per name, read once, written through. Invariant: what was set is in force, also where it cannot be written yet. */
import type { SplitSetting } from '../core/split.ts'
import type { Db } from './database.ts'

/** Every setting that is kept, with its type. */
export interface StoredSettings {
  /** Override of the split of the files; null = none. */
  readonly split: SplitSetting | null
  /** Counts up whenever the split changes: soft holds of an older version end. */
  readonly splitVersion: number
  /** Remote share, unit and selection that the deficits belong to: others reset them. */
  readonly splitFingerprint: string
  readonly paused: boolean
  readonly requireKey: boolean | null
}

export const settingDefaults: StoredSettings = { split: null, splitVersion: 1, splitFingerprint: '', paused: false, requireKey: null }

export interface SettingsStore {
  get<Name extends keyof StoredSettings>(name: Name): StoredSettings[Name]
  /** Never throws: what cannot be written now is written later. */
  set<Name extends keyof StoredSettings>(name: Name, value: StoredSettings[Name]): void
  /** Writes what could not be written before. Throws where the file cannot be written. */
  flush(): void
}

/** `onUnwritten` is called when something waits for a flush. */
export function createSettingsStore(db: Db, now: () => number, onUnwritten: () => void): SettingsStore {
  const rows = db.prepare('select name, value from setting').all() as { name: string; value: string }[]
  const values = new Map<string, unknown>(rows.map(({ name, value }) => [name, JSON.parse(value)]))
  const write = db.prepare(
    'insert into setting (name, value, changed_at) values (?, ?, ?) on conflict (name) do update set value = excluded.value, changed_at = excluded.changed_at',
  )
  const unwritten = new Set<string>()
  const save = (name: string) => write.run(name, JSON.stringify(values.get(name)), now())
  return {
    get: (name) => (values.has(name) ? values.get(name) : settingDefaults[name]) as never,
    set(name, value) {
      values.set(name, value)
      try {
        save(name)
        unwritten.delete(name)
      } catch {
        // A full disk must not keep Local Only from being switched on: memory decides, and the next flush tries (and tells) again.
        unwritten.add(name)
        onUnwritten()
      }
    },
    flush() {
      for (const name of unwritten) {
        save(name)
        unwritten.delete(name)
      }
    },
  }
}
