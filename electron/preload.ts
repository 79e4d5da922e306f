/** The bridge to the panel: exactly the calls of ipc/contract.ts, no channel by name, no event, no Node. */
import { contextBridge, ipcRenderer } from 'electron'
import type { Answers, Arguments, Channel, Desktop } from './ipc/contract.ts'

declare const __HEADGATE_VERSION__: string

const call = <Name extends Channel>(channel: Name, ...values: Arguments<Name>): Promise<Answers[Name]> => ipcRenderer.invoke(channel, ...values)

const desktop: Desktop = {
  platform: process.platform,
  version: __HEADGATE_VERSION__,
  openAtLogin: {
    get: () => call('open-at-login:get'),
    set: (isOn) => call('open-at-login:set', isOn),
  },
  revealInFinder: (place) => call('reveal', place),
  checkForUpdates: () => call('check-for-updates'),
  quit: () => call('quit'),
}
contextBridge.exposeInMainWorld('headgate', desktop)
