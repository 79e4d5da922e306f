/** The settings in force: what the panel set above the files and the defaults. Invariant: a change is checked whole before any part of it is kept. */
import {
  ConfigurationError,
  checkOverride,
  type EngineSettings,
  engineSettings,
  type GuardSettings,
  guardSettings,
  type OverridablePath,
  overridablePaths,
  type ServerSettings,
  serverSettings,
} from '../config/index.ts'
import type { Catalog, EffectiveSetting } from '../core/catalog.ts'
import { type DesktopSettings, desktopDefaults } from '../core/desktop.ts'
import { HeadgateError } from '../core/errors.ts'
import { type SettingsStore, type StoredSettings, settingDefaults } from '../registry/index.ts'
import { overriddenBy, type SettingName, type SettingView, settingViews } from './setting-view.ts'

/** Values by name; null takes the change back. The schemas of the routes say which values there are. */
export type SettingChange = Partial<Readonly<Record<SettingName, unknown>>>

export interface SettingControl {
  /** Every setting with its source, and what else the panel needs to know once. */
  view(): Record<string, unknown>
  list(): readonly SettingView[]
  server(): ServerSettings
  engine(): EngineSettings
  guards(): GuardSettings
  /** Keeps a change; `tell` is called for each part that is another now. Throws `invalid-request` with a sentence. */
  change(change: SettingChange, tell: (name: SettingName, value: unknown) => void): Promise<void>
  /** The step of the set-up, kept so that it goes on where it was left. */
  setFirstRun(step: StoredSettings['firstRun']): void
}

export interface SettingControlParts {
  readonly settings: SettingsStore
  /** The files as they were read last. */
  readonly catalog: () => Catalog
  /** Wall clock, ms. */
  readonly now: () => number
  /** What the router was started with (port, host, folders): it stands until the next start. */
  readonly started: readonly EffectiveSetting[]
  /** `HEADGATE_STARTER_MODEL`; null = not set. */
  readonly starterOfEnvironment: string | null
  /** Only programs of this machine can reach it; else a key is always needed. */
  readonly isLoopbackOnly: boolean
  /** Throws where the file is no model. */
  readonly inspectModel: (file: string) => Promise<unknown>
  /** Loads the catalog anew: its deployments take the usual context from it. */
  readonly reload: () => Promise<void>
  readonly hasRequests: () => boolean
}

/** How one setting is kept. */
interface Keeping {
  read(): unknown
  write(value: unknown): void
  /** What null leads to. */
  readonly reset: unknown
  /** What is kept for a value. Throws a sentence. */
  check?(value: unknown): unknown
}

const LONGEST_RECORDING_MS = 24 * 3_600_000

export function createSettingControl(parts: SettingControlParts): SettingControl {
  const { settings } = parts
  const starterNow = () => starterModelOf(settings, parts.starterOfEnvironment)
  const starterAtStart = starterNow()

  function overrideOf(path: string): unknown {
    if (path === overriddenBy.require_key) return settings.get('requireKey') ?? undefined
    const stored = settings.get('settingOverrides')
    return (overridablePaths as readonly string[]).includes(path) && Object.hasOwn(stored, path) ? stored[path] : undefined
  }

  function inForce(): Catalog {
    const catalog = parts.catalog()
    return {
      ...catalog,
      settings: catalog.settings.map((setting) => {
        const value = overrideOf(setting.path)
        return value === undefined ? setting : { ...setting, value, source: 'panel' }
      }),
    }
  }

  // Asked for every request: derived anew only when something it comes from is another.
  let known: { catalog: Catalog; overrides: unknown; requireKey: unknown; server: ServerSettings; guards: GuardSettings } | null = null
  function derived(): { readonly server: ServerSettings; readonly guards: GuardSettings } {
    const from = { catalog: parts.catalog(), overrides: settings.get('settingOverrides'), requireKey: settings.get('requireKey') }
    if (known?.catalog !== from.catalog || known.overrides !== from.overrides || known.requireKey !== from.requireKey) {
      const catalog = inForce()
      known = { ...from, server: serverSettings(catalog), guards: guardSettings(catalog) }
    }
    return known
  }

  const list = () =>
    settingViews({
      inForce: inForce().settings,
      catalog: parts.catalog(),
      started: parts.started,
      stored: settings,
      isLoopbackOnly: parts.isLoopbackOnly,
      starter: { ofEnvironment: parts.starterOfEnvironment, isPending: starterNow() !== starterAtStart },
      now: parts.now(),
    })

  const stored = <Name extends keyof StoredSettings>(name: Name, check?: Keeping['check']): Keeping => ({
    read: () => settings.get(name),
    write: (value) => settings.set(name, value as StoredSettings[Name]),
    reset: settingDefaults[name],
    ...(check ? { check } : {}),
  })
  const override = (path: OverridablePath): Keeping => ({
    read: () => overrideOf(path),
    write(value) {
      const { [path]: _before, ...rest } = settings.get('settingOverrides')
      settings.set('settingOverrides', value === undefined ? rest : { ...rest, [path]: value })
    },
    reset: undefined,
    check: (value) => checkOverride(path, value),
  })
  const desktop = (field: keyof DesktopSettings): Keeping => ({
    read: () => settings.get('desktop')[field],
    write: (value) => settings.set('desktop', { ...settings.get('desktop'), [field]: value }),
    reset: desktopDefaults[field],
  })

  const keepings: Readonly<Record<SettingName, Keeping>> = {
    paused: stored('paused'),
    require_key: stored('requireKey'),
    host_names: override(overriddenBy.host_names),
    cors_origins: override(overriddenBy.cors_origins),
    memory_budget: override(overriddenBy.memory_budget),
    context: override(overriddenBy.context),
    idle_unload: override(overriddenBy.idle_unload),
    guard_offline: override(overriddenBy.guard_offline),
    guard_battery: override(overriddenBy.guard_battery),
    guard_thermal: override(overriddenBy.guard_thermal),
    queue_wait: override(overriddenBy.queue_wait),
    starter_model: stored('starterModel', checkStarter),
    record_bodies_until: stored('recordUntil', checkMoment),
    recording_days: stored('recordingDays'),
    recording_mb: stored('recordingMegabytes'),
    ledger_days: stored('ledgerDays'),
    appearance: stored('appearance'),
    tray_text: desktop('trayText'),
    muted_notices: desktop('muted'),
    auto_update: desktop('autoUpdate'),
  }

  async function checkStarter(value: unknown): Promise<unknown> {
    if (parts.starterOfEnvironment !== null) throw new ConfigurationError('panel', null, 'HEADGATE_STARTER_MODEL sets the starter model')
    if (value !== 'on' && value !== 'off') await parts.inspectModel(String(value))
    return value
  }

  function checkMoment(value: unknown): unknown {
    const until = Date.parse(String(value))
    if (until > parts.now() + LONGEST_RECORDING_MS) throw new ConfigurationError('panel', null, 'Bodies are recorded for 24 hours at most')
    return until
  }

  return {
    list,
    view: () => ({
      settings: list(),
      paused: settings.get('paused'),
      require_key: settings.get('requireKey'),
      first_run: settings.get('firstRun'),
      has_requests: parts.hasRequests(),
    }),
    server: () => derived().server,
    guards: () => derived().guards,
    engine: () => engineSettings(inForce()),
    async change(change, tell) {
      const steps: { readonly name: SettingName; readonly value: unknown; readonly kept: unknown }[] = []
      for (const [name, value] of Object.entries(change) as [SettingName, unknown][])
        if (value !== undefined) steps.push({ name, value, kept: await checked(keepings[name], value) })
      for (const { name, value, kept } of steps) {
        if (JSON.stringify(keepings[name].read()) === JSON.stringify(kept)) continue
        keepings[name].write(kept)
        tell(name, value)
      }
      // Files that are broken now are told by the catalog; the context then counts when they are mended.
      if (change.context !== undefined) await parts.reload().catch(() => {})
    },
    setFirstRun: (step) => settings.set('firstRun', step),
  }
}

/** `off`, a GGUF file, or null for the usual starter model. The environment decides before the panel. */
export function starterModelOf(settings: SettingsStore, ofEnvironment: string | null): string | null {
  const setting = ofEnvironment ?? settings.get('starterModel')
  return setting === 'on' ? null : setting
}

async function checked({ check, reset }: Keeping, value: unknown): Promise<unknown> {
  if (value === null) return reset
  try {
    return check ? await check(value) : value
  } catch (error) {
    throw new HeadgateError('invalid-request', `Not set: ${(error as Error).message}.`.replace(/\.+$/, '.'), { cause: error })
  }
}
