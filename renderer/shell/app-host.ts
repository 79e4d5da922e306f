/** What the menu-bar app lends to this page, through its preload; null in a browser. */

export interface LoginItem {
  readonly enabled: boolean
  /** The system waits for the user's consent. */
  readonly needsApproval: boolean
  readonly available: boolean
  /** Why it is not available, in words. */
  readonly why: string | null
}

export interface UpdateCheck {
  readonly state: 'off' | 'none' | 'available' | 'ready' | 'failed'
  readonly detail: string | null
}

export interface AppHost {
  readonly platform: string
  readonly version: string
  readonly openAtLogin: { get(): Promise<LoginItem>; set(on: boolean): Promise<LoginItem> }
  revealInFinder(what: 'data' | 'models' | 'config' | 'logs'): Promise<void>
  checkForUpdates(): Promise<UpdateCheck>
  quit(): Promise<void>
}

declare global {
  interface Window {
    readonly headgate?: AppHost
  }
}

export const appHost: AppHost | null = window.headgate ?? null

/** Room for the window's own buttons, and a title bar to drag it by. */
export function markHost(): void {
  if (appHost) document.documentElement.dataset['host'] = 'app'
}
