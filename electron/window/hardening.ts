/** Rules for every page that the app ever shows, whichever window it is in (Electron's security checklist): no permissions, no other origin, no new window, no guest page. */
import { app, session, type WebContents } from 'electron'
import { openOutside } from './outside.ts'

export interface HardeningParts {
  /** The panel's origin, or that of the bundled page; asked at every navigation. */
  readonly isOurs: (url: string) => boolean
  /** A page of ours wants to go to another of its addresses: the bundled page's buttons. True = taken care of. */
  readonly onAction: (url: string) => boolean
}

/** Call once, before the first window. */
export function hardenEveryPage(parts: HardeningParts): void {
  app.on('web-contents-created', (_event, contents) => harden(contents, parts))
}

/** What the copy buttons of the panel need: plain text, on a click. */
const ALLOWED = 'clipboard-sanitized-write'

/** Call once, after `ready`. Nothing else that a system asks about is a control panel's business. */
export function denyPermissions(isPanel: (url: string) => boolean): void {
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((_contents, permission, decide, { requestingUrl, isMainFrame }) =>
    decide(permission === ALLOWED && isMainFrame && isPanel(requestingUrl)),
  )
  defaultSession.setPermissionCheckHandler(
    (_contents, permission, origin, { isMainFrame }) => permission === ALLOWED && isMainFrame && isPanel(origin),
  )
  defaultSession.setDevicePermissionHandler(() => false)
}

function harden(contents: WebContents, { isOurs, onAction }: HardeningParts): void {
  const judge = (event: { preventDefault(): void; readonly url: string }) => {
    if (onAction(event.url) || !isOurs(event.url)) event.preventDefault()
  }
  contents.on('will-navigate', judge)
  contents.on('will-redirect', judge)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    openOutside(url)
    return { action: 'deny' }
  })
}
