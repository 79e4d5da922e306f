/** Updates through electron-updater: quiet, signed builds only, never under Homebrew. Invariant: without a signature nothing is asked of any server. */
import { existsSync } from 'node:fs'
import { app } from 'electron'
import { isSigned } from './build.ts'
import type { UpdateState } from './ipc/contract.ts'

/** The part of electron-updater that is used. */
export interface Updater {
  autoDownload: boolean
  autoInstallOnAppQuit: boolean
  allowDowngrade: boolean
  on(event: 'update-available' | 'update-downloaded', listener: (info: { readonly version: string }) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  checkForUpdates(): Promise<unknown>
  quitAndInstall(): void
}

export interface Updates {
  check(): Promise<UpdateState>
  state(): UpdateState
  /** Version that a restart installs; null = none. */
  ready(): string | null
  /** The app has stopped its work; this ends it and starts the new version. */
  install(): void
}

export interface UpdateParts {
  readonly isAutomatic: () => boolean
  readonly onReady: (version: string) => void
  readonly load?: () => Promise<Updater>
  /** Why there are none; null = there are. */
  readonly whyOff?: string | null
}

export function createUpdates({ isAutomatic, onReady, load = loadUpdater, whyOff = whyNoUpdates() }: UpdateParts): Updates {
  let updater: Promise<Updater> | null = null
  let ready: string | null = null
  let current: UpdateState = whyOff === null ? { state: 'none', detail: 'Not asked yet.' } : { state: 'off', detail: whyOff }

  async function prepared(): Promise<Updater> {
    const found = await load()
    found.allowDowngrade = false
    found.autoInstallOnAppQuit = true
    found.on('update-available', ({ version }) => {
      current = found.autoDownload
        ? { state: 'available', detail: `Version ${version} is being downloaded.` }
        : { state: 'available', detail: `Version ${version} is there.` }
    })
    found.on('update-downloaded', ({ version }) => {
      ready = version
      current = { state: 'ready', detail: `Version ${version} is installed at the next start.` }
      onReady(version)
    })
    found.on('error', (error) => {
      current = { state: 'failed', detail: `The update could not be had: ${error.message.split('\n')[0]}` }
    })
    return found
  }

  return {
    state: () => current,
    ready: () => ready,
    async check() {
      if (whyOff !== null || ready !== null) return current
      try {
        updater ??= prepared()
        const found = await updater
        found.autoDownload = isAutomatic()
        current = { state: 'none', detail: 'This is the newest version.' }
        await found.checkForUpdates()
      } catch (error) {
        current = { state: 'failed', detail: `The update server did not answer: ${(error as Error).message.split('\n')[0]}` }
      }
      return current
    },
    install: () => void updater?.then((found) => found.quitAndInstall()),
  }
}

async function loadUpdater(): Promise<Updater> {
  const { default: library } = await import('electron-updater')
  return library.autoUpdater
}

function whyNoUpdates(): string | null {
  if (!app.isPackaged) return 'Headgate runs from source.'
  if (!isSigned) return 'This build is not signed, so it does not update itself.'
  const casks = ['/opt/homebrew/Caskroom/headgate', '/usr/local/Caskroom/headgate']
  return casks.some((folder) => existsSync(folder)) ? 'Homebrew keeps it up to date: `brew upgrade headgate`.' : null
}
