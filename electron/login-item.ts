/** Launch at login: asked, never assumed. The system keeps it; where it cannot, this says why. */
import { app } from 'electron'
import { isSigned } from './build.ts'
import type { LoginItem } from './ipc/contract.ts'

export function loginItem(): LoginItem {
  const why = whyNot()
  if (why !== null) return { enabled: false, needsApproval: false, available: false, why }
  const { openAtLogin, status } = app.getLoginItemSettings()
  const needsApproval = status === 'requires-approval'
  return {
    enabled: openAtLogin || needsApproval,
    needsApproval,
    available: true,
    why: needsApproval ? 'macOS waits for you: System Settings → General → Login Items → allow Headgate.' : null,
  }
}

/** Answers how it is then: the system may want to ask first. */
export function setLoginItem(isOn: boolean): LoginItem {
  if (whyNot() === null) app.setLoginItemSettings({ openAtLogin: isOn })
  return loginItem()
}

export function wasOpenedAtLogin(): boolean {
  return process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin
}

function whyNot(): string | null {
  if (process.platform !== 'darwin') return 'Your desktop’s own settings start programs at login.'
  if (!app.isPackaged) return 'Headgate runs from source.'
  if (!isSigned) return 'This build is not signed, so macOS would not open it at login.'
  return app.isInApplicationsFolder() ? null : 'Move Headgate to the Applications folder first.'
}
