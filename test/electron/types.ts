/** Fails to compile where a member of the double stops matching electron.d.ts. */
import type * as Electron from 'electron'
import type * as Double from './double.ts'

/** The members that both have, and of these the ones that do not fit. */
type Misfits<Ours, Theirs> = { [Name in keyof Ours & keyof Theirs as Ours[Name] extends Theirs[Name] ? never : Name]: [Ours[Name], Theirs[Name]] }
type None<Found> = [keyof Found] extends [never] ? true : Found

export const fits: readonly [
  None<Misfits<typeof Double.shell, Electron.Shell>>,
  None<Misfits<typeof Double.clipboard, Electron.Clipboard>>,
  None<Misfits<typeof Double.safeStorage, Electron.SafeStorage>>,
  None<Misfits<Omit<typeof Double.powerSaveBlocker, 'start'>, Electron.PowerSaveBlocker>>,
  None<Misfits<typeof Double.net, Electron.Net>>,
  None<Misfits<typeof Double.systemPreferences, Electron.SystemPreferences>>,
] = [true, true, true, true, true, true]

/** Electron still has every name that the app imports. */
export type Names = Pick<typeof Electron, Exclude<keyof typeof Double, 'control' | 'boot' | 'invoke'>>
