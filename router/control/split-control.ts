/** The split in force: the files' base, the override on top, one version number. Invariant: a change is in force for the next request and kept over a restart. */
import type { Clock } from '../core/clock.ts'
import { seededChance, stratifiedChance } from '../core/clock.ts'
import type { RouterEvent } from '../core/events.ts'
import { type PresetName, presetOf, type Split, type SplitSetting } from '../core/split.ts'
import type { SessionStore, SettingsStore } from '../registry/index.ts'

export interface SplitControl {
  /** The split in force. */
  current(): Split
  /** What the files (or the default) say: what the override is an override of. */
  base(): Split
  /** Counts up with every change; soft holds of an older version end. */
  version(): number
  preset(): PresetName
  /** Sets an override; what is not named stays as it is in force. */
  change(setting: Partial<SplitSetting>, by: string): void
  /** Removes the override. */
  reset(by: string): void
  /** The files changed. */
  setBase(base: Split): void
  /** The next number of a random draw: seeded where the split has a seed. */
  chance(): number
}

export function createSplitControl(parts: {
  readonly settings: SettingsStore
  readonly sessions: SessionStore
  readonly base: Split
  readonly clock: Clock
  readonly emit: (event: RouterEvent) => void
}): SplitControl {
  const { settings, sessions, clock } = parts
  let base = parts.base
  let version = settings.get('splitVersion')
  let current = effective()
  let draws = drawsOf(current, clock)

  function effective(): Split {
    const override = settings.get('split')
    return override ? { ...base, ...override, source: 'override' } : base
  }

  function apply(by: string): void {
    const before = current
    current = effective()
    if (current.seed !== before.seed) draws = drawsOf(current, clock)
    const fingerprint = JSON.stringify([current.remoteShare, current.fallback, current.lock, current.unit, current.selection])
    if (fingerprint === settings.get('splitFingerprint')) return
    const isShareChanged = shareOf(fingerprint) !== shareOf(settings.get('splitFingerprint'))
    settings.set('splitFingerprint', fingerprint)
    settings.set('splitVersion', ++version)
    if (isShareChanged) sessions.resetDeficits()
    parts.emit({
      type: 'split-changed',
      by,
      remoteShare: current.remoteShare,
      fallback: current.fallback,
      lock: current.lock,
      sessionsThatMay: sessions.countHeld(),
    })
  }

  apply('start')
  return {
    current: () => current,
    base: () => base,
    version: () => version,
    preset: () => presetOf(current),
    change(setting, by) {
      const { remoteShare, fallback, lock } = { ...current, ...setting }
      settings.set('split', { remoteShare, fallback, lock })
      apply(by)
    },
    reset(by) {
      settings.set('split', null)
      apply(by)
    },
    setBase(next) {
      base = next
      apply(next.source)
    },
    chance: () => draws(),
  }
}

/** Random draws, seeded where the split has a seed; evened out, so that a share is kept over dozens of requests and not only over thousands. */
const drawsOf = (split: Split, clock: Clock) => stratifiedChance(split.seed === null ? clock.chance : seededChance(split.seed))

/** Deficits belong to the share and how it is drawn; Fallback and Lock do not touch them. */
function shareOf(fingerprint: string): string {
  if (fingerprint === '') return ''
  const [remoteShare, , , unit, selection] = JSON.parse(fingerprint) as unknown[]
  return JSON.stringify([remoteShare, unit, selection])
}
