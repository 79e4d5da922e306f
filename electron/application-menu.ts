/** The menu of the app while its window is open: without it ⌘C, ⌘W and ⌘Q would do nothing. */
import { app, Menu } from 'electron'

export function setApplicationMenu(parts: { readonly onSettings: () => void }): void {
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      {
        label: app.name,
        submenu: [
          { role: 'about' },
          { type: 'separator' },
          { id: 'settings', label: 'Settings…', accelerator: 'CmdOrCtrl+,', click: parts.onSettings },
          { type: 'separator' },
          ...(process.platform === 'darwin' ? ([{ role: 'hide' }, { role: 'hideOthers' }, { role: 'unhide' }, { type: 'separator' }] as const) : []),
          { role: 'quit', label: 'Quit Headgate' },
        ],
      },
      { role: 'editMenu' },
      {
        label: 'View',
        submenu: [
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          { type: 'separator' },
          { role: 'togglefullscreen' },
          ...(app.isPackaged ? [] : ([{ role: 'toggleDevTools' }] as const)),
        ],
      },
      { label: 'Window', submenu: [{ role: 'minimize' }, { role: 'close' }] },
    ]),
  )
}
