/** A double of the `electron` module: the main process runs in this one, its windows are pages of a real Chromium. What it lacks throws; its sharp edges are Electron's. */
import { AppDouble } from './app.ts'
import { control, strict } from './control.ts'

const appDouble = new AppDouble()
control.app = appDouble
export const app = strict('app', appDouble)
export { control } from './control.ts'
export { invoke, ipcMain } from './ipc.ts'
export { MenuDouble as Menu, MenuItemDouble as MenuItem, TrayDouble as Tray } from './menus.ts'
export {
  clipboard,
  dialog,
  NotificationDouble as Notification,
  nativeImage,
  net,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  systemPreferences,
} from './system.ts'
export { utilityProcess } from './utility-process.ts'
export { WindowDouble as BrowserWindow } from './window.ts'

const STUCK_MS = 45_000

/** Loads the app's code. As in Electron, `ready` waits until the entry module has finished: one that awaits it at the top never gets there. */
export async function boot(load: () => Promise<unknown>): Promise<void> {
  const stuck = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => stuck.reject(new Error('main never finished loading: a top-level await on app.whenReady() deadlocks in Electron')),
    STUCK_MS,
  )
  await Promise.race([load(), stuck.promise]).finally(() => clearTimeout(timer))
  appDouble.becomeReady()
}
