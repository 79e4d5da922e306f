/** What tests look at and steer of the double. Everything a real Electron would ask the system for comes from here. */
import type { EventEmitter } from 'node:events'
import type { Browser, BrowserContext } from 'playwright'
import type { AppDouble } from './app.ts'
import type { MenuDouble, TrayDouble } from './menus.ts'
import type { UtilityDouble } from './utility-process.ts'
import type { WindowDouble } from './window.ts'

export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

export interface ShownDialog {
  readonly kind: string
  // biome-ignore lint/suspicious/noExplicitAny: a test knows which dialog it waits for
  readonly options: any
}

type Permission = (...values: unknown[]) => unknown

export const control = {
  /** Folder of package.json. */
  root: process.cwd(),
  isPackaged: false,
  isReady: false,
  /** Another instance has the lock. */
  isSecond: false,
  browser: null as Browser | null,
  context: null as BrowserContext | null,
  app: null as AppDouble | null,
  windows: [] as WindowDouble[],
  trays: [] as TrayDouble[],
  children: [] as UtilityDouble[],
  applicationMenu: null as MenuDouble | null,
  /** Addresses given to the system, and files shown. */
  opened: [] as string[],
  dialogs: [] as ShownDialog[],
  /** Answers of the next dialogs; a promise keeps one open. */
  replies: [] as unknown[],
  /** Called with every dialog, when it opens. */
  onDialog: (_dialog: ShownDialog): void => {},
  notifications: [] as (EventEmitter & { readonly options: Record<string, unknown> })[],
  /** Ids of blockers that are on. */
  blockers: new Set<number>(),
  /** Whether the system keeps a key for us. */
  encryption: true,
  online: true,
  onBattery: false,
  heat: 'nominal' as 'nominal' | 'fair' | 'serious' | 'critical' | 'unknown',
  reducedMotion: false,
  inApplicationsFolder: true,
  login: { openAtLogin: false, status: 'not-registered', wasOpenedAtLogin: false },
  displays: [{ id: 1, scaleFactor: 2, bounds: { x: 0, y: 0, width: 1440, height: 900 }, workArea: { x: 0, y: 25, width: 1440, height: 875 } }],
  trayBounds: { x: 1000, y: 0, width: 24, height: 22 } as Rectangle,
  /** What a page may do; without handlers Electron allows everything. */
  permissions: { request: null as Permission | null, check: null as Permission | null, device: null as Permission | null },
  schemes: new Map<string, { readonly privileges: Record<string, unknown>; handler: ((request: Request) => Response | Promise<Response>) | null }>(),
  protocolClients: [] as string[],
  /** Resolves when the app has quit. */
  quit: Promise.withResolvers<number>(),
  clipboard: '',
}

/** A member that the double lacks throws, instead of being undefined. */
export function strict<Type extends object>(name: string, target: Type): Type {
  return new Proxy(target, {
    get(object, member) {
      if (!(member in object) && typeof member === 'string' && member !== 'then' && member !== 'toJSON')
        throw new Error(`electron double: ${name}.${member} is not implemented`)
      return Reflect.get(object, member) // on the object itself: its private fields are not the proxy's
    },
  })
}

export function needsReady(what: string): void {
  if (!control.isReady) throw new Error(`${what} cannot be used before the app is ready`)
}

export function createEvent<Extra extends object>(extra: Extra = {} as Extra) {
  return {
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true
    },
    ...extra,
  }
}
