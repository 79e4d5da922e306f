/** The five presets as settings, and the words of a setting's preset; the router's own table has the same values. */
import type { Lane, PresetName, SplitSetting } from '../api/types.ts'

export type NamedPreset = Exclude<PresetName, 'custom'>

export const presets: Readonly<Record<NamedPreset, SplitSetting>> = {
  'local-only': { remote_share: 0, fallback: false, lock: 'local' },
  'prefer-local': { remote_share: 0, fallback: true, lock: null },
  balanced: { remote_share: 0.5, fallback: true, lock: null },
  'prefer-remote': { remote_share: 1, fallback: true, lock: null },
  'remote-only': { remote_share: 1, fallback: false, lock: 'remote' },
}

export const presetNames = Object.keys(presets) as NamedPreset[]

export function presetOf(setting: SplitSetting): PresetName {
  return presetNames.find((name) => isSameSetting(presets[name], setting)) ?? 'custom'
}

export const isSameSetting = (one: SplitSetting, other: SplitSetting): boolean =>
  Math.abs(one.remote_share - other.remote_share) < 1e-9 && one.fallback === other.fallback && one.lock === other.lock

export const settingOf = ({ remote_share, fallback, lock }: SplitSetting): SplitSetting => ({ remote_share, fallback, lock })

export const percentOf = (remoteShare: number): number => Math.round(remoteShare * 100)

/** A lock at its own end is the whole preset; elsewhere the share is kept, so that unlocking returns to it. */
export function withLock(setting: SplitSetting, lock: Lane | null): SplitSetting {
  const end = lock === 'local' ? 0 : 1
  if (lock !== null && setting.remote_share === end) return presets[lock === 'local' ? 'local-only' : 'remote-only']
  if (lock === null && presetOf(setting) === 'local-only') return presets['prefer-local']
  if (lock === null && presetOf(setting) === 'remote-only') return presets['prefer-remote']
  return { ...setting, lock }
}

/** The only lane that can serve now, and why; null = both are there. */
export function onlyLane(
  setting: SplitSetting,
  lanes: Readonly<Record<Lane, { readonly deployments: number }>>,
): { lane: Lane; because: 'lock' | 'missing' } | null {
  if (setting.lock !== null) return { lane: setting.lock, because: 'lock' }
  if (lanes.local.deployments === 0 && lanes.remote.deployments > 0) return { lane: 'remote', because: 'missing' }
  if (lanes.remote.deployments === 0 && lanes.local.deployments > 0) return { lane: 'local', because: 'missing' }
  return null
}
