/** Entry of the app: what happens at start and at the end, in order. Never awaits `ready` at the top: Electron waits for this module first. */
import { app } from 'electron'
import { createDesktop } from './desktop.ts'
import { linkIn, parseLink } from './links.ts'
import { registerPageScheme } from './pages/serve-start-problem.ts'
import { placesOf } from './places.ts'
import { hardenEveryPage } from './window/hardening.ts'

// Before anything uses libuv's pool: file access and several models must not wait for each other.
process.env['UV_THREADPOOL_SIZE'] = '8'

const places = placesOf({
  root: app.getAppPath(),
  isPackaged: app.isPackaged,
  resourcesPath: process.resourcesPath,
  platform: process.platform,
  environment: process.env,
})
// Before the lock, which is one per folder: an app with other data is another app.
app.setPath('userData', places.desktopFolder)
app.enableSandbox()
registerPageScheme()

if (app.requestSingleInstanceLock()) run()
else app.quit()

function run(): void {
  const desktop = createDesktop(places, process.env)
  const open = (link: string | null) => {
    const place = link === null ? null : parseLink(link)
    // A link that is none of ours does nothing; a second start without one wants to see the app.
    if (link === null || place !== null) void app.whenReady().then(() => desktop.show(place))
  }
  // No Dock icon until there is a window.
  if (process.platform === 'darwin') {
    app.setActivationPolicy('accessory')
    app.dock?.hide()
  }
  hardenEveryPage(desktop)
  app.on('open-url', (event, url) => {
    event.preventDefault()
    open(url)
  })
  app.on('second-instance', (_event, argv) => open(linkIn(argv)))
  app.on('activate', () => open(null))
  app.on('window-all-closed', () => {}) // the app goes on without one
  void app.whenReady().then(async () => {
    if (app.isPackaged) app.setAsDefaultProtocolClient('headgate')
    await desktop.start()
    const link = linkIn(process.argv)
    if (link !== null) open(link)
  })
}
