/** `/admin/settings`: every effective setting with its source, and the switches that can be set while Headgate runs. */
import type { SettingName as RouterName, SettingView as RouterView } from '../../router/control/setting-view.ts'
import { call } from './client.ts'

export type SettingName = RouterName
export type SettingView = RouterView

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
