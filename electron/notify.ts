/** Shows notices: only while nobody looks at the window, only kinds that are not switched off. Asking for permission is left to the system, at the first one. */
import { Notification } from 'electron'
import type { NoticeKind } from '../router/core/desktop.ts'
import { isSigned } from './build.ts'
import type { Notice } from './notices.ts'

export interface NotifyParts {
  readonly isLooking: () => boolean
  readonly isMuted: (kind: NoticeKind) => boolean
  readonly onClick: (place: string) => void
}

/** Why there are none; null = there are. macOS shows those of signed apps only. */
export function whyNoNotices(): string | null {
  if (process.platform === 'darwin' && !isSigned) return 'This build is not signed, so macOS shows no notifications of it.'
  return Notification.isSupported() ? null : 'This desktop shows no notifications.'
}

export function createNotify({ isLooking, isMuted, onClick }: NotifyParts): (notice: Notice) => void {
  /** Held, so that a click finds its listener. */
  const open = new Set<Notification>()
  return ({ kind, title, body, place }) => {
    if (whyNoNotices() !== null || isLooking() || (kind !== null && isMuted(kind))) return
    const notification = new Notification({ title, body, silent: true })
    const forget = () => open.delete(notification)
    notification.on('click', () => {
      forget()
      onClick(place)
    })
    notification.on('close', forget)
    notification.on('failed', forget)
    open.add(notification)
    notification.show()
  }
}
