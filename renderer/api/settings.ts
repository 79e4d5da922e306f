/** `/admin/settings`: every effective setting with its source, and the switches that can be set while Headgate runs. */
import { call } from './client.ts'

/** The names that `PUT /admin/settings` takes. */
export type SettingName =
  | 'paused'
  | 'require_key'
  | 'host_names'
  | 'cors_origins'
  | 'memory_budget'
  | 'context'
  | 'idle_unload'
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
  /** `engine.memory_budget` */
  readonly path: string
  readonly value: unknown
  /** `panel`, `default`, `routing.yaml:4`, `HEADGATE_PORT`. */
  readonly source: string
  /** What a reset leads to. */
  readonly base: { readonly value: unknown; readonly source: string }
  readonly default: unknown
  /** The field of `PUT /admin/settings` that sets it; null = it cannot be set here. */
  readonly name: SettingName | null
  readonly editable: boolean
  /** A change is in force after a restart only. */
  readonly needs_restart: boolean
  /** Changed since the start, and not in force yet. */
  readonly is_pending: boolean
}

export interface FirstRunState {
  readonly step: number
  readonly done: boolean
}

export type Appearance = 'system' | 'light' | 'dark'

export interface SettingsView {
  readonly settings: readonly SettingView[]
  readonly paused: boolean
  readonly require_key: boolean | null
  readonly first_run: FirstRunState
  readonly has_requests: boolean
}

export type SettingsChange = { readonly [Name in SettingName]?: unknown } & { readonly first_run?: FirstRunState }

export const fetchSettings = (): Promise<SettingsView> => call('GET', '/admin/settings')
/** Null takes an override away. Answers everything as it is then. */
export const putSettings = (change: SettingsChange): Promise<SettingsView> => call('PUT', '/admin/settings', change)
