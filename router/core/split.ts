/** The split: how much of the work goes remote. Rules and words in the design page of the same name. */
import type { Lane, Source } from './deployment.ts'

export type Lock = Lane | null
export type SplitUnit = 'session' | 'request'
export type SplitSelection = 'deficit' | 'random'
export type PresetName = 'local-only' | 'prefer-local' | 'balanced' | 'prefer-remote' | 'remote-only' | 'custom'

/** What a person sets. `remoteShare` is 0–1. */
export interface SplitSetting {
  readonly remoteShare: number
  readonly fallback: boolean
  readonly lock: Lock
}

/** The split in force: the setting, how it is drawn, and where it comes from. */
export interface Split extends SplitSetting {
  readonly unit: SplitUnit
  readonly selection: SplitSelection
  readonly seed: number | null
  readonly source: Source
  /** Where the share alone comes from; left out = from `source`, like the rest. */
  readonly shareSource?: Source
  /** The lock has an end: it is an override for a time, not the setting. */
  readonly isTemporary?: boolean
  /** Shares of models that a person set above the files; null = it follows, although a file gives it one. */
  readonly modelShares?: ReadonlyMap<string, number | null>
  /** Locks of models that a person set above the files; null = none, although a file gives it one. */
  readonly modelLocks?: ReadonlyMap<string, Lock>
}

/** What the key of a caller says about where its requests go. */
export interface CallerSplit {
  readonly id: string
  readonly name: string
  /** 0–1, of its own; null = it follows the split above it. */
  readonly remoteShare: number | null
  /** `local` = never remote. */
  readonly laneLock: Lock
}

/** A global Lock with an end. */
export interface Override {
  readonly lock: Lane
  /** Wall clock, ms; null = until it is turned off. */
  readonly until: number | null
  readonly since: number
  /** `panel`, `tray` or `cli`. */
  readonly by: string
}

export const presets: Readonly<Record<Exclude<PresetName, 'custom'>, SplitSetting>> = {
  'local-only': { remoteShare: 0, fallback: false, lock: 'local' },
  'prefer-local': { remoteShare: 0, fallback: true, lock: null },
  balanced: { remoteShare: 0.5, fallback: true, lock: null },
  'prefer-remote': { remoteShare: 1, fallback: true, lock: null },
  'remote-only': { remoteShare: 1, fallback: false, lock: 'remote' },
}

export const defaultSplit: Split = { ...presets['prefer-local'], unit: 'session', selection: 'deficit', seed: null, source: 'default' }

/** The split with what a person set above it. The share stays where it comes from unless it was set too. */
export function withSetting({ shareSource, ...split }: Split, set: Partial<SplitSetting>): Split {
  const own = set.remoteShare === undefined ? { shareSource: shareSource ?? split.source } : {}
  return { ...split, ...set, source: 'override', ...own }
}

/** The preset that a setting is, or `custom`. */
export function presetOf(setting: SplitSetting): PresetName {
  for (const [name, preset] of Object.entries(presets) as [Exclude<PresetName, 'custom'>, SplitSetting][])
    if (preset.remoteShare === setting.remoteShare && preset.fallback === setting.fallback && preset.lock === setting.lock) return name
  return 'custom'
}

/** Why a request went where it went, and why a deployment was left out. One list, used in headers, logs, plans and the panel. */
export const reasons = [
  'drawn',
  'held',
  'asked',
  'route',
  'lock',
  'override',
  'only-lane',
  'context',
  'feature',
  'out',
  'busy',
  'limited',
  'credential',
  'model-unknown',
  'disabled',
  'lane',
  'memory',
  'offline',
  'battery',
  'thermal',
  'budget',
  'failed-over',
  'fallback',
  'panic',
] as const
export type Reason = (typeof reasons)[number]
