/** What a person sets about the menu-bar app. Kept by the router, so that its panel can show it; only the app reads it. */

/** Everything that the app may notify about: never a request, never a fallback. */
export const noticeKinds = ['key-rejected', 'other-lane', 'budget', 'download', 'memory', 'engine-crashed', 'offline', 'update'] as const
export type NoticeKind = (typeof noticeKinds)[number]

export const trayTexts = ['none', 'speed', 'share'] as const

export interface DesktopSettings {
  /** Text beside the menu-bar icon: nothing, tokens per second, or the remote share. */
  readonly trayText: (typeof trayTexts)[number]
  /** Notifications that are switched off. */
  readonly muted: readonly NoticeKind[]
  /** Updates are downloaded without asking; installing is always asked. */
  readonly autoUpdate: boolean
}

export const desktopDefaults: DesktopSettings = { trayText: 'none', muted: [], autoUpdate: true }
