/** What the panel knows of the settings: loaded once when the window opens, again when they change elsewhere. Invariant: appearance is applied as soon as it is known. */
import { create } from 'zustand'
import { Refused, SignedOut } from '../api/client.ts'
import {
  type Appearance,
  fetchSettings,
  putSettings,
  type SettingName,
  type SettingsChange,
  type SettingsView,
  type SettingView,
} from '../api/settings.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'

export interface SettingsState {
  readonly view: SettingsView | null
  /** Why they could not be loaded. */
  readonly problem: string | null
  /** Why a change was refused, by the setting's name. */
  readonly refused: Readonly<Partial<Record<SettingName, string>>>
}

const appearanceKey = 'headgate.appearance'

export const useSettings = create<SettingsState>()(() => ({ view: null, problem: null, refused: {} }))

export async function loadSettings(): Promise<void> {
  try {
    take(await fetchSettings())
  } catch (error) {
    if (error instanceof SignedOut) return
    useSettings.setState({ problem: error instanceof Refused ? error.message : strings.connection.noAnswer })
  }
}

/** Sets one switch; null takes it back to what the files or the default say. False = it was refused, and the reason stands at the row. */
export async function changeSetting(name: SettingName, value: unknown): Promise<boolean> {
  const refused = { ...useSettings.getState().refused }
  delete refused[name]
  useSettings.setState({ refused })
  try {
    take(await putSettings({ [name]: value }))
    announce(strings.settings.saved)
    return true
  } catch (error) {
    const why = error instanceof Refused ? error.message : strings.connection.noAnswer
    useSettings.setState((state) => ({ refused: { ...state.refused, [name]: why } }))
    return false
  }
}

/** A change whose failure the caller tells. */
export async function saveSettings(change: SettingsChange): Promise<void> {
  take(await putSettings(change))
}

/** What was refused is forgotten when the page is left: the fields show what is in force again. */
export const forgetRefusals = (): void => useSettings.setState({ refused: {} })

export const settingNamed = (view: SettingsView | null, name: SettingName): SettingView | null =>
  view?.settings.find((setting) => setting.name === name) ?? null

/** Before the settings are here, the appearance of the last time holds: no flash of the other theme. */
export function applyRememberedAppearance(): void {
  applyAppearance(remembered())
}

function take(view: SettingsView): void {
  useSettings.setState({ view, problem: null })
  const appearance = settingNamed(view, 'appearance')?.value as Appearance | undefined
  if (appearance === undefined) return
  applyAppearance(appearance)
  try {
    localStorage.setItem(appearanceKey, appearance)
  } catch {
    // Storage can be blocked: the theme then comes with the settings.
  }
}

function applyAppearance(appearance: Appearance | null): void {
  const { dataset } = document.documentElement
  if (appearance === 'light' || appearance === 'dark') dataset['theme'] = appearance
  else delete dataset['theme']
}

function remembered(): Appearance | null {
  try {
    return localStorage.getItem(appearanceKey) as Appearance | null
  } catch {
    return null
  }
}
