/** The split in force: the files' base, what a person set above it, a lock for a time on top, one version number. Invariant: a change is in force for the next request and kept over a restart. */
import type { Clock } from '../core/clock.ts'
import { seededChance, stratifiedChance } from '../core/clock.ts'
import type { Lane } from '../core/deployment.ts'
import type { RouterEvent } from '../core/events.ts'
import { type Lock, type Override, type PresetName, presetOf, type Split, type SplitSetting, withSetting } from '../core/split.ts'
import type { SessionStore, SettingsStore } from '../registry/index.ts'
import { createOverrideControl } from './override.ts'

export interface SplitControl {
  /** The split in force. */
  current(): Split
  /** Without the lock for a time: what its end returns to. */
  setting(): Split
  /** What the files (or the default) say: what the override is an override of. */
  base(): Split
  /** Counts up with every change; soft holds of an older version end. */
  version(): number
  preset(): PresetName
  /**
   * Sets what is named; the rest stays as it is set. A lock that is named also ends the one for a time.
   * `keepsSessions`: conversations that run stay where they are, also those that an earlier change would have moved.
   */
  change(setting: Partial<SplitSetting>, by: string, options?: { readonly keepsSessions?: boolean }): void
  /** Back to what the files say. */
  reset(by: string): void
  /** The lock for a time; null = none. */
  override(): Override | null
  /** Locks until then (wall clock, ms), null = until it is ended. */
  setOverride(lock: Lane, until: number | null, by: string): void
  endOverride(by: string): void
  /** Shares that were set above the files, by model name; null = it follows. */
  modelShares(): ReadonlyMap<string, number | null>
  /** Sets a model's share above the files; undefined takes that back. */
  setModelShare(model: string, remoteShare: number | null | undefined): void
  /** Sets a model's lock above the files; undefined takes that back. */
  setModelLock(model: string, lock: Lock | undefined): void
  /** The conversations that are matched draw anew with their next request. */
  endSoftHolds(isMeant: (session: string) => boolean): void
  /** Conversations that run: they may move when the split changes. */
  sessionsThatMayMove(): number
  /** The files changed. */
  setBase(base: Split): void
  /** The next number of a random draw: seeded where the split has a seed. */
  chance(): number
  stop(): void
}

/** No version of a split has this number. */
const DRAWN_ANEW = -1

export function createSplitControl(parts: {
  readonly settings: SettingsStore
  readonly sessions: SessionStore
  readonly base: Split
  readonly clock: Clock
  readonly emit: (event: RouterEvent) => void
}): SplitControl {
  const { settings, sessions, clock } = parts
  let base = parts.base
  let modelShares = sharesOf(settings)
  let modelLocks = new Map(Object.entries(settings.get('modelLocks')))
  let version = settings.get('splitVersion')
  let setting = effective()
  let draws = drawsOf(setting, clock)
  const override = createOverrideControl({ settings, clock, onEnd: () => tell('clock') })
  /** The setting under the lock for a time, made once for each of the two. */
  let locked: { readonly setting: Split; readonly lock: Lane; readonly split: Split } | null = null

  function effective(): Split {
    const set = settings.get('split')
    return {
      ...(set ? withSetting(base, set) : base),
      ...(modelShares.size > 0 ? { modelShares } : {}),
      ...(modelLocks.size > 0 ? { modelLocks } : {}),
    }
  }

  function current(): Split {
    const lock = override.current()?.lock
    if (lock === undefined) return setting
    if (locked?.setting !== setting || locked.lock !== lock) locked = { setting, lock, split: { ...setting, lock, isTemporary: true } }
    return locked.split
  }

  function tell(by: string): void {
    const { remoteShare, fallback, lock } = current()
    parts.emit({ type: 'split-changed', by, remoteShare, fallback, lock, sessionsThatMay: sessions.countHeld() })
  }

  function apply(by: string, { keepsSessions = false, isTold = false } = {}): void {
    const before = setting
    setting = effective()
    if (setting.seed !== before.seed) draws = drawsOf(setting, clock)
    const fingerprint = JSON.stringify([setting.remoteShare, setting.fallback, setting.lock, setting.unit, setting.selection])
    if (fingerprint === settings.get('splitFingerprint')) {
      if (keepsSessions) keepSessions()
      if (isTold || keepsSessions) tell(by)
      return
    }
    const isShareChanged = shareOf(fingerprint) !== shareOf(settings.get('splitFingerprint'))
    settings.set('splitFingerprint', fingerprint)
    settings.set('splitVersion', ++version)
    if (isShareChanged) sessions.resetDeficits()
    if (keepsSessions) keepSessions()
    tell(by)
  }

  function keepSessions(): void {
    sessions.restamp((_, stamp) => (stamp === DRAWN_ANEW ? stamp : version))
  }

  apply('start')
  return {
    current,
    setting: () => setting,
    base: () => base,
    version: () => version,
    preset: () => presetOf(current()),
    change(change, by, { keepsSessions = false } = {}) {
      const isTold = change.lock !== undefined && override.end()
      settings.set('split', setAbove(base, { ...settings.get('split'), ...change }))
      apply(by, { keepsSessions, isTold })
    },
    reset(by) {
      settings.set('split', null)
      apply(by)
    },
    override: override.current,
    setOverride(lock, until, by) {
      const before = override.current()
      override.set({ lock, until, since: before?.lock === lock ? before.since : clock.now(), by })
      tell(by)
    },
    endOverride(by) {
      if (override.end()) tell(by)
    },
    modelShares: () => modelShares,
    setModelShare(model, remoteShare) {
      const { [model]: _, ...others } = settings.get('modelShares')
      settings.set('modelShares', remoteShare === undefined ? others : { ...others, [model]: { remoteShare } })
      modelShares = sharesOf(settings)
      setting = effective()
    },
    setModelLock(model, lock) {
      const { [model]: _, ...others } = settings.get('modelLocks')
      settings.set('modelLocks', lock === undefined ? others : { ...others, [model]: lock })
      modelLocks = new Map(Object.entries(settings.get('modelLocks')))
      setting = effective()
    },
    endSoftHolds: (isMeant) => sessions.restamp((session, stamp) => (isMeant(session) ? DRAWN_ANEW : stamp)),
    sessionsThatMayMove: sessions.countHeld,
    setBase(next) {
      base = next
      apply(next.source)
    },
    chance: () => draws(),
    stop: override.stop,
  }
}

/** What is kept of what was set. Without a share, a lock or a fallback that is as below is nothing set: an unlocked lane is as if it had never been locked. */
function setAbove(base: Split, set: Partial<SplitSetting>): Partial<SplitSetting> | null {
  if (set.remoteShare !== undefined) return set
  const kept = {
    ...(set.fallback === undefined || set.fallback === base.fallback ? {} : { fallback: set.fallback }),
    ...(set.lock === undefined || set.lock === base.lock ? {} : { lock: set.lock }),
  }
  return Object.keys(kept).length === 0 ? null : kept
}

const sharesOf = (settings: SettingsStore): ReadonlyMap<string, number | null> =>
  new Map(Object.entries(settings.get('modelShares')).map(([model, { remoteShare }]) => [model, remoteShare]))

/** Random draws, seeded where the split has a seed; evened out, so that a share is kept over dozens of requests and not only over thousands. */
const drawsOf = (split: Split, clock: Clock) => stratifiedChance(split.seed === null ? clock.chance : seededChance(split.seed))

/** Deficits belong to the share and how it is drawn; Fallback and Lock do not touch them. */
function shareOf(fingerprint: string): string {
  if (fingerprint === '') return ''
  const [remoteShare, , , unit, selection] = JSON.parse(fingerprint) as unknown[]
  return JSON.stringify([remoteShare, unit, selection])
}
