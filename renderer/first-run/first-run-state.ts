/** Whether the set-up is shown, and its step. Invariant: the router keeps the step, so that it goes on where it was left, in any window. */
import { create } from 'zustand'
import type { SettingsView } from '../api/settings.ts'
import { saveSettings } from '../settings/settings-state.ts'

export interface FirstRunMode {
  /** Asked for by hand, although it is over. */
  readonly isAskedFor: boolean
  /** Left for a page; a bar leads back. */
  readonly isAside: boolean
}

export const useFirstRun = create<FirstRunMode>()(() => ({ isAskedFor: false, isAside: false }))

/** Waits to be gone through: until it is done or skipped, unless tools use this Headgate already; and whenever it is asked for. */
export const isFirstRunDue = (view: SettingsView, isAskedFor: boolean): boolean =>
  isAskedFor || (!view.first_run.done && (view.first_run.step > 0 || !view.has_requests))

export const askForFirstRun = (): void => useFirstRun.setState({ isAskedFor: true, isAside: false })
export const leaveFirstRun = (): void => useFirstRun.setState({ isAside: true })
export const returnToFirstRun = (): void => useFirstRun.setState({ isAside: false })

/** What the router cannot keep now is asked again at the next start. */
export const keepStep = (step: number): Promise<void> => saveSettings({ first_run: { step, done: false } }).catch(() => undefined)

export async function endFirstRun(): Promise<void> {
  await saveSettings({ first_run: { step: 0, done: true } }).catch(() => undefined)
  useFirstRun.setState({ isAskedFor: false, isAside: false })
}
