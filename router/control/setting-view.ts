/** Every setting as people see it: value, source, what a reset leads to, and whether it can be set here and at once. */
import { defaultOf } from '../config/index.ts'
import type { Catalog, EffectiveSetting } from '../core/catalog.ts'
import { desktopDefaults } from '../core/desktop.ts'
import { type SettingsStore, settingDefaults } from '../registry/index.ts'

/** The settings that can be set while the router runs. */
export type SettingName =
  | 'paused'
  | 'require_key'
  | 'host_names'
  | 'cors_origins'
  | 'memory_budget'
  | 'context'
  | 'idle_unload'
  | 'guard_offline'
  | 'guard_battery'
  | 'guard_thermal'
  | 'queue_wait'
  | 'starter_model'
  | 'record_bodies_until'
  | 'recording_days'
  | 'recording_mb'
  | 'ledger_days'
  | 'appearance'
  | 'tray_text'
  | 'muted_notices'
  | 'auto_update'

export interface SettingView {
  readonly path: string
  readonly value: unknown
  /** `panel`, `default`, `routing.yaml:4`, `HEADGATE_PORT`. */
  readonly source: string
  /** What it is without the panel's change. */
  readonly base: { readonly value: unknown; readonly source: string }
  /** Null where there is none. */
  readonly default: unknown
  /** Its name in a change; null = it cannot be set here. */
  readonly name: SettingName | null
  readonly editable: boolean
  readonly needs_restart: boolean
  /** It is another than at the start, and not in force yet. */
  readonly is_pending: boolean
}

/** Settings of the files that the panel may stand above, by their name in a change. */
export const overriddenBy = {
  require_key: 'require_key',
  host_names: 'host_names',
  cors_origins: 'cors_origins',
  memory_budget: 'engine.memory_budget',
  context: 'engine.context',
  idle_unload: 'engine.idle_unload',
  guard_offline: 'guards.offline',
  guard_battery: 'guards.battery',
  guard_thermal: 'guards.thermal',
  queue_wait: 'guards.queue_wait',
} as const satisfies Partial<Record<SettingName, string>>

const namesByPath = new Map<string, SettingName>(Object.entries(overriddenBy).map(([name, path]) => [path, name as SettingName]))

/** The engine takes these when it starts. */
const atStartOnly: ReadonlySet<string> = new Set(['engine.isolation', 'engine.slots', 'engine.threads'])

export interface SettingSituation {
  readonly inForce: readonly EffectiveSetting[]
  /** The files as they are, without the panel. */
  readonly catalog: Catalog
  readonly started: readonly EffectiveSetting[]
  readonly stored: SettingsStore
  readonly isLoopbackOnly: boolean
  readonly starter: { readonly ofEnvironment: string | null; readonly isPending: boolean }
  readonly now: number
}

export function settingViews(situation: SettingSituation): readonly SettingView[] {
  return [...situation.started.map(fixed), ...ofPanel(situation), ...situation.inForce.map((setting) => ofFiles(setting, situation))]
}

const fixed = ({ path, value, source }: EffectiveSetting): SettingView => ({
  path,
  value,
  source,
  base: { value, source },
  default: null,
  name: null,
  editable: false,
  needs_restart: true,
  is_pending: false,
})

function ofFiles(setting: EffectiveSetting, { catalog, stored, isLoopbackOnly }: SettingSituation): SettingView {
  const { path } = setting
  const { value, source } = catalog.settings.find((each) => each.path === path) ?? setting
  const name = namesByPath.get(path) ?? null
  const isForced = path === overriddenBy.require_key && !isLoopbackOnly
  const split = splitOverride(path, stored)
  return {
    path,
    value: isForced ? true : (split?.value ?? setting.value),
    source: isForced ? 'listening to other machines' : split ? 'panel' : setting.source,
    base: { value, source },
    default: defaultOf(path) ?? null,
    name,
    editable: name !== null && !isForced,
    needs_restart: atStartOnly.has(path),
    is_pending: catalog.warnings.some(({ message }) => message === `${path}: in force after a restart`),
  }
}

/** The split has an override of its own, which `/admin/split` sets and takes back. */
function splitOverride(path: string, stored: SettingsStore): { readonly value: unknown } | null {
  const split = stored.get('split')
  if (split === null) return null
  const { remoteShare, fallback, lock } = split
  if (path === 'split.remote_share') return remoteShare === undefined ? null : { value: remoteShare }
  if (path === 'split.fallback') return fallback === undefined ? null : { value: fallback }
  return path !== 'split.lock' || lock === undefined ? null : { value: lock ?? 'none' }
}

/** Settings that no file has. */
function ofPanel({ stored, starter, now }: SettingSituation): SettingView[] {
  const desktop = stored.get('desktop')
  const until = stored.get('recordUntil')
  const own = (name: SettingName, path: string, value: unknown, usual: unknown): SettingView => ({
    path,
    value,
    source: JSON.stringify(value) === JSON.stringify(usual) ? 'default' : 'panel',
    base: { value: usual, source: 'default' },
    default: usual,
    name,
    editable: true,
    needs_restart: false,
    is_pending: false,
  })
  const starterModel = own('starter_model', 'starter_model', starter.ofEnvironment ?? stored.get('starterModel') ?? 'on', 'on')
  return [
    own('paused', 'paused', stored.get('paused'), settingDefaults.paused),
    {
      ...starterModel,
      needs_restart: true,
      is_pending: starter.isPending,
      ...(starter.ofEnvironment === null ? {} : { source: 'HEADGATE_STARTER_MODEL', editable: false }),
    },
    own('record_bodies_until', 'recording.until', until === null || until <= now ? null : new Date(until).toISOString(), null),
    own('recording_days', 'recording.days', stored.get('recordingDays'), settingDefaults.recordingDays),
    own('recording_mb', 'recording.mb', stored.get('recordingMegabytes'), settingDefaults.recordingMegabytes),
    own('ledger_days', 'ledger.days', stored.get('ledgerDays'), settingDefaults.ledgerDays),
    own('appearance', 'panel.appearance', stored.get('appearance'), settingDefaults.appearance),
    own('tray_text', 'desktop.tray_text', desktop.trayText, desktopDefaults.trayText),
    own('muted_notices', 'desktop.muted_notices', desktop.muted, desktopDefaults.muted),
    own('auto_update', 'desktop.auto_update', desktop.autoUpdate, desktopDefaults.autoUpdate),
  ]
}
