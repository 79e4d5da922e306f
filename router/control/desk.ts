/** What the app around the router sees and does, in process: one snapshot for its menu, the few changes that the menu makes, the facts as they come. Invariant: a change takes the way of the panel's, under a name of its own. */
import { type Clock, type Timer, tomorrowAtSix } from '../core/clock.ts'
import type { Lane } from '../core/deployment.ts'
import type { DesktopSettings } from '../core/desktop.ts'
import type { EventBus, RouterEvent } from '../core/events.ts'
import type { GuardKind } from '../core/guard.ts'
import type { SecretStore } from '../core/host.ts'
import { Secret } from '../core/secret.ts'
import { type Override, type PresetName, presetOf, presets } from '../core/split.ts'
import type { KeyStore, RequestStore, SettingsStore } from '../registry/index.ts'
import type { DeploymentView } from './deployment-view.ts'
import type { GuardView } from './guard-view.ts'
import type { Guards } from './guards.ts'
import type { ModelShares } from './model-share.ts'
import type { Problem } from './overview.ts'
import type { SplitControl } from './split-control.ts'

/** The router as a menu shows it. */
export interface RouterStatus {
  readonly url: string
  readonly isPaused: boolean
  /** Requests that are being answered. */
  readonly running: number
  /** Most severe first. */
  readonly problems: readonly Problem[]
  readonly split: {
    /** As it is set; an override is on top of it. */
    readonly preset: PresetName
    /** 0–1. */
    readonly remoteShare: number
    readonly fallback: boolean
    /** In force: the override's before the setting's own. */
    readonly lock: Lane | null
    /** Of the last sessions: how many, how many of them remote, and why those that were not drawn went where they went. */
    readonly sessions: number
    readonly remote: number
    readonly reasons: Readonly<Record<string, number>>
  }
  /** A lock with an end; null = none. */
  readonly override: Override | null
  /** What moves requests by itself now. */
  readonly guards: readonly GuardView[]
  readonly models: readonly {
    readonly name: string
    /** Its own share; null = follows the global one. */
    readonly ownRemoteShare: number | null
    readonly hasBothLanes: boolean
  }[]
  readonly deployments: readonly DeploymentView[]
  readonly downloads: readonly DownloadStatus[]
  readonly desktop: DesktopSettings
}

export interface DownloadStatus {
  readonly id: string
  readonly model: string
  readonly state: string
  readonly percent: number
  /** Bytes are coming, or are being checked. */
  readonly isActive: boolean
}

export interface Desk {
  status(): RouterStatus
  /** Called after something that the status shows has changed, at most four times a second. Returns the way to stop. */
  onChange(listener: () => void): () => void
  /** Every fact as it happens. */
  onEvent(reader: (event: RouterEvent) => void): () => void
  setPreset(preset: Exclude<PresetName, 'custom'>): void
  setPaused(isPaused: boolean): void
  /** A lock with an end; the newer replaces the older. */
  setOverride(lock: Lane, length: OverrideLength): void
  /** The one in force ends later. */
  extendOverride(minutes: number): void
  endOverride(): void
  /** Undone until tomorrow, or acting again. */
  setGuardUndone(kind: GuardKind, isUndone: boolean): void
  /** 0–1; null = follow the global share. */
  setModelShare(model: string, remoteShare: number | null): void
  /** The menu bar's own key for tools, issued when it is first asked for, and anew when it was revoked. */
  apiKey(): Promise<Secret>
  load(deployment: string): Promise<void>
  unload(deployment: string): Promise<void>
  /** Never unloaded for being idle, or as the settings say. */
  setKept(deployment: string, isKept: boolean): void
  pauseDownload(id: string): Promise<void>
  /** The machine is going to sleep, has woken up. */
  suspended(): void
  resumed(): void
  /** Into the log. */
  say(level: 'info' | 'warn', message: string): void
  /** Tells nobody any more. */
  close(): void
}

/** Minutes, until tomorrow 06:00, or until turned off. */
export type OverrideLength = number | 'tomorrow' | 'off'

export interface DeskParts {
  readonly clock: Clock
  readonly bus: EventBus
  /** Who changes something through it. */
  readonly by: string
  readonly url: () => string
  readonly running: () => number
  readonly settings: SettingsStore
  readonly requests: RequestStore
  readonly split: SplitControl
  readonly modelShares: ModelShares
  readonly guards: Pick<Guards, 'undo' | 'redo'>
  readonly guardViews: () => readonly GuardView[]
  readonly deployments: () => readonly DeploymentView[]
  readonly problems: () => readonly Problem[]
  readonly downloads: () => readonly DownloadStatus[]
  readonly load: (deployment: string) => Promise<void>
  readonly unload: (deployment: string) => Promise<void>
  readonly setKept: (deployment: string, isKept: boolean) => void
  readonly pauseDownload: (id: string) => Promise<void>
  readonly keys: KeyStore
  readonly secrets: SecretStore
  /** Connections from before lead nowhere. */
  readonly dropIdle: () => void
  readonly woke: () => void
}

const SESSIONS_SHOWN = 50
const TOLD_AT_MOST_EVERY_MS = 250
const MINUTE_MS = 60_000
const KEY_NAME = 'menu-bar-key'

export function createDesk(parts: DeskParts): Desk {
  const { clock, bus, by, settings } = parts
  const listeners = new Set<() => void>()
  let pending: Timer | null = null

  const tell = () => {
    if (pending !== null || listeners.size === 0) return
    pending = clock.after(TOLD_AT_MOST_EVERY_MS, () => {
      pending = null
      for (const listener of listeners) listener()
    })
  }
  const leave = bus.subscribe((event) => {
    if (event.type !== 'log' && event.type !== 'attempt-started' && event.type !== 'attempt-ended') tell()
  })

  function split(): RouterStatus['split'] {
    const sessions = parts.requests.lastSessions(SESSIONS_SHOWN)
    const reasons: Record<string, number> = {}
    for (const { reason } of sessions) if (reason !== null && reason !== 'drawn' && reason !== 'held') reasons[reason] = (reasons[reason] ?? 0) + 1
    const setting = parts.split.setting()
    return {
      preset: presetOf(setting),
      remoteShare: setting.remoteShare,
      fallback: setting.fallback,
      lock: parts.split.current().lock,
      sessions: sessions.length,
      remote: sessions.filter(({ lane }) => lane === 'remote').length,
      reasons,
    }
  }

  return {
    status: () => ({
      url: parts.url(),
      isPaused: settings.get('paused'),
      running: parts.running(),
      problems: parts.problems(),
      split: split(),
      override: parts.split.override(),
      guards: parts.guardViews(),
      models: parts.modelShares.list().map(({ name, own_remote_share, lanes }) => ({
        name,
        ownRemoteShare: own_remote_share,
        hasBothLanes: lanes.local > 0 && lanes.remote > 0,
      })),
      deployments: parts.deployments(),
      downloads: parts.downloads(),
      desktop: settings.get('desktop'),
    }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onEvent: (reader) => bus.subscribe(reader),
    setPreset: (preset) => parts.split.change(presets[preset], by),
    setPaused(isPaused) {
      if (isPaused === settings.get('paused')) return
      settings.set('paused', isPaused)
      bus.emit({ type: 'setting-changed', what: 'paused', by, detail: isPaused ? 'on' : 'off' })
    },
    setOverride: (lock, length) => parts.split.setOverride(lock, untilOf(length, clock.now()), by),
    extendOverride(minutes) {
      const current = parts.split.override()
      if (current?.until != null) parts.split.setOverride(current.lock, current.until + minutes * MINUTE_MS, by)
    },
    endOverride: () => parts.split.endOverride(by),
    setGuardUndone: (kind, isUndone) => (isUndone ? parts.guards.undo : parts.guards.redo)(kind, by),
    setModelShare: (model, remoteShare) => void parts.modelShares.set(model, remoteShare, by),
    async apiKey() {
      const kept = await parts.secrets.get(KEY_NAME)
      if (kept !== null && parts.keys.find(kept.reveal()) !== null) return kept
      const { key } = parts.keys.create('Menu bar')
      const secret = new Secret(key)
      await parts.secrets.set(KEY_NAME, secret)
      bus.emit({ type: 'setting-changed', what: 'key', by, detail: 'Menu bar issued' })
      return secret
    },
    load: parts.load,
    unload: parts.unload,
    setKept: parts.setKept,
    pauseDownload: parts.pauseDownload,
    suspended: parts.dropIdle,
    resumed: parts.woke,
    say: (level, message) => bus.emit({ type: 'log', level, message }),
    close() {
      leave()
      pending?.cancel()
      listeners.clear()
    },
  }
}

/** Wall clock, ms; null = no end. */
function untilOf(length: OverrideLength, now: number): number | null {
  if (length === 'off') return null
  return length === 'tomorrow' ? tomorrowAtSix(now) : now + length * MINUTE_MS
}
