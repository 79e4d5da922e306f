/** The one window: the panel, or the page that says why there is none. Invariant: closing destroys it with its renderer; the router and the tray do not notice. */
import { app, BrowserWindow, screen } from 'electron'
import type { DesktopFile } from '../desktop-file.ts'
import { startProblemUrl } from '../pages/start-problem.ts'
import { boundsToOpen, smallestSize } from './bounds.ts'

export interface MainWindow {
  /** Shows the panel, at a place (`#/activity`) or where it was last; null = the bundled page. */
  show(content: 'panel' | 'problem', place?: string | null): void
  /** What it shows is to be loaded anew, if it is open: the router came, went, or moved. */
  reload(content: 'panel' | 'problem'): void
  isFocused(): boolean
  isOpen(): boolean
  /** Keeps its bounds and destroys it. */
  close(): void
}

export interface MainWindowParts {
  readonly preload: string
  readonly file: DesktopFile
  /** Address with a new one-time code in its fragment. */
  readonly loginUrl: () => string
  readonly isOurs: (url: string) => boolean
  readonly onOpenChange: () => void
}

export function createMainWindow({ preload, file, loginUrl, isOurs, onOpenChange }: MainWindowParts): MainWindow {
  let window: BrowserWindow | null = null
  let shown: 'panel' | 'problem' | null = null
  /** Painted once, or it will not be: shown before that it would be a white sheet. */
  let isReady = false
  let loads = 0

  function open(): BrowserWindow {
    const areas = screen.getAllDisplays().map(({ workArea }) => workArea)
    const created = new BrowserWindow({
      ...boundsToOpen(file.get().bounds, areas),
      minWidth: smallestSize.width,
      minHeight: smallestSize.height,
      show: false,
      title: 'Headgate',
      ...(process.platform === 'darwin' ? { titleBarStyle: 'hiddenInset' as const } : {}),
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        devTools: !app.isPackaged,
      },
    })
    created.once('ready-to-show', () => appear(created))
    created.on('close', () => keep(created))
    created.on('closed', () => {
      window = null
      shown = null
      isReady = false
      setDock(false)
      onOpenChange()
    })
    let hasCrashed = false
    created.webContents.on('render-process-gone', () => {
      // Once: a page that crashes again right away is left alone.
      if (hasCrashed || created.isDestroyed()) return
      hasCrashed = true
      load(created, 'panel', file.get().place ?? null)
    })
    created.webContents.on('did-navigate-in-page', (_event, url) => {
      const { hash } = new URL(url)
      if (isOurs(url) && hash.startsWith('#/')) file.set({ place: hash })
    })
    setDock(true)
    onOpenChange()
    return created
  }

  function load(target: BrowserWindow, content: 'panel' | 'problem', place: string | null): void {
    shown = content
    const at = place === null ? '' : `&at=${encodeURIComponent(place.slice(1))}`
    const url = content === 'problem' ? startProblemUrl : `${loginUrl()}${at}`
    const load = ++loads
    // What cannot be loaded is never painted: the window is shown all the same, and says so. One that a newer load replaces ends here too.
    target.loadURL(url).catch(() => load === loads && !target.isDestroyed() && appear(target))
  }

  function appear(target: BrowserWindow): void {
    isReady = true
    target.show()
  }

  function keep(target: BrowserWindow): void {
    file.set({ bounds: target.getNormalBounds() })
  }

  return {
    show(content, place = null) {
      if (window === null || shown !== content) {
        window ??= open()
        load(window, content, place ?? file.get().place ?? null)
      } else if (place !== null && isReady) {
        // Another place on the same page: only the fragment changes.
        const { origin, pathname } = new URL(window.webContents.getURL())
        window.loadURL(`${origin}${pathname}${place}`).catch(() => {})
      } else if (place !== null) load(window, content, place)
      if (!isReady) return // it shows itself when it is
      if (window.isMinimized()) window.restore()
      window.show()
      window.focus()
    },
    reload(content) {
      if (window !== null) load(window, content, file.get().place ?? null)
    },
    isFocused: () => window?.isFocused() ?? false,
    isOpen: () => window !== null,
    close: () => window?.close(),
  }
}

/** A Dock icon only while there is a window. */
function setDock(isShown: boolean): void {
  if (process.platform !== 'darwin') return
  app.setActivationPolicy(isShown ? 'regular' : 'accessory')
  if (isShown) void app.dock?.show()
  else app.dock?.hide()
}
