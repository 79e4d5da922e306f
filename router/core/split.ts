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
}

export const presets: Readonly<Record<Exclude<PresetName, 'custom'>, SplitSetting>> = {
  'local-only': { remoteShare: 0, fallback: false, lock: 'local' },
  'prefer-local': { remoteShare: 0, fallback: true, lock: null },
  balanced: { remoteShare: 0.5, fallback: true, lock: null },
  'prefer-remote': { remoteShare: 1, fallback: true, lock: null },
  'remote-only': { remoteShare: 1, fallback: false, lock: 'remote' },
}

export const defaultSplit: Split = { ...presets['prefer-local'], unit: 'session', selection: 'deficit', seed: null, source: 'default' }

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
