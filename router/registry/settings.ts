/** What the panel, the tray and the command line set: one JSON value per name, read once, written through. Invariant: what was set is in force, also where it cannot be written yet. */
import type { Budget } from '../core/catalog.ts'
import { type DesktopSettings, desktopDefaults } from '../core/desktop.ts'
import type { GuardKind } from '../core/guard.ts'
import type { StoredRules } from '../core/rules.ts'
import type { Lock, Override, SplitSetting } from '../core/split.ts'
import type { Db } from './database.ts'

/** Every setting that is kept, with its type. */
export interface StoredSettings {
  /** What a person set above the split of the files, and nothing else; null = nothing. */
  readonly split: Partial<SplitSetting> | null
  /** A lock with an end; null = none. */
  readonly override: Override | null
  /** By model name: a share above that of the files; null = it follows. */
  readonly modelShares: Readonly<Record<string, { readonly remoteShare: number | null }>>
  /** By model name: a lock above that of the files; null = none. */
  readonly modelLocks: Readonly<Record<string, Lock>>
  /** Counts up whenever the split changes: soft holds of an older version end. */
  readonly splitVersion: number
  /** Remote share, unit and selection that the deficits belong to: others reset them. */
  readonly splitFingerprint: string
  readonly paused: boolean
  readonly requireKey: boolean | null
  /** Bodies are recorded until this moment, wall clock in ms; null = they are not. */
  readonly recordUntil: number | null
  /** Recordings are kept for so many days, and up to so many MB together. */
  readonly recordingDays: number
  readonly recordingMegabytes: number
  /** Seconds without a request until a model file is unloaded, where a person set it; 0 = never. */
  readonly idleUnloadS: Readonly<Record<string, number>>
  /** By provider name: switched off although a file sets it; a key of it is in the host's secrets; a budget above the file's. */
  readonly providerChanges: Readonly<Record<string, { readonly off?: boolean; readonly key?: boolean; readonly budget?: Budget }>>
  /** What the panel set above the files, by path: `engine.context`. */
  readonly settingOverrides: Readonly<Record<string, unknown>>
  /** Routing rules that the panel added. */
  readonly rules: StoredRules
  /** `on`, `off`, or a GGUF file to use instead; null = on. */
  readonly starterModel: string | null
  /** Rows of the ledger are kept for so many days. */
  readonly ledgerDays: number
  readonly appearance: 'system' | 'light' | 'dark'
  /** The set-up of the first start: the step it is at, and whether it is over. */
  readonly firstRun: { readonly step: number; readonly done: boolean }
  /** GGUF files outside the models folder that a person chose to use where they lie; absolute. */
  readonly chosenFiles: readonly string[]
  /** Origins of found servers that are not wanted now. */
  readonly dismissedServers: readonly string[]
  /** What a person decided about a starter model on its way. */
  readonly starterHold: 'paused' | 'removed' | null
  /** Bytes that went to other machines on the day that began then (wall clock, ms). */
  readonly sentOut: { readonly day: number; readonly bytes: number }
  /** Guards that a person undid: until and since when, wall clock in ms. */
  readonly guardsUndone: Readonly<Partial<Record<GuardKind, { readonly until: number; readonly since: number }>>>
  /** The guard of the battery was offered once. */
  readonly batteryOffered: boolean
  /** By provider name: what was spent in the period that began then (wall clock, ms). */
  readonly spent: Readonly<Record<string, { readonly period: number; readonly usd: number }>>
  /** About the menu-bar app. */
  readonly desktop: DesktopSettings
}

export const settingDefaults: StoredSettings = {
  split: null,
  override: null,
  modelShares: {},
  modelLocks: {},
  splitVersion: 1,
  splitFingerprint: '',
  paused: false,
  requireKey: null,
  recordUntil: null,
  recordingDays: 3,
  recordingMegabytes: 100,
  idleUnloadS: {},
  providerChanges: {},
  chosenFiles: [],
  dismissedServers: [],
  starterHold: null,
  sentOut: { day: 0, bytes: 0 },
  guardsUndone: {},
  batteryOffered: false,
  spent: {},
  desktop: desktopDefaults,
  settingOverrides: {},
  rules: {},
  starterModel: null,
  ledgerDays: 30,
  appearance: 'system',
  firstRun: { step: 0, done: false },
}

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
