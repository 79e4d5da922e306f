/** The small parts of the double: what Electron takes from the operating system. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { control, needsReady, strict } from './control.ts'

export class ImageDouble {
  readonly #bytes: Buffer
  readonly file: string
  isTemplate = false
  constructor(bytes: Buffer, file = '') {
    this.#bytes = bytes
    this.file = file
  }
  isEmpty = () => this.#bytes.length === 0
  getSize = () => (this.#bytes.length < 24 ? { width: 0, height: 0 } : { width: this.#bytes.readUInt32BE(16), height: this.#bytes.readUInt32BE(20) })
  setTemplateImage = (isTemplate: boolean) => void (this.isTemplate = isTemplate)
  isTemplateImage = () => this.isTemplate
}

export const nativeImage = strict('nativeImage', {
  /** A file that is not there is an empty image, as in Electron. */
  createFromPath: (path: string) => new ImageDouble(existsSync(path) ? readFileSync(path) : Buffer.alloc(0), basename(path)),
})

export const clipboard = strict('clipboard', {
  writeText: async (text: string) => void (control.clipboard = text),
  readText: async () => control.clipboard,
})

export const shell = strict('shell', {
  openExternal: async (url: string) => void control.opened.push(url),
  openPath: async (path: string) => {
    control.opened.push(path)
    return existsSync(path) ? '' : 'The file does not exist.'
  },
})

/** The Keychain's key outlives the app: also a second start in one test. */
const keychain = globalThis as { electronDoubleKey?: Buffer }
const key = (keychain.electronDoubleKey ??= randomBytes(32))
const seal = async (text: string) => {
  needsReady('safeStorage')
  if (!control.encryption) throw new Error('Error while encrypting the text provided to safeStorage. Encryption is not available.')
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return Buffer.concat([Buffer.from('v10'), nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}
const unseal = async (sealed: Buffer) => {
  needsReady('safeStorage')
  if (!control.encryption || sealed.subarray(0, 3).toString() !== 'v10')
    throw new Error('Error while decrypting the ciphertext provided to safeStorage.')
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(3, 15)).setAuthTag(sealed.subarray(-16))
  return { result: Buffer.concat([decipher.update(sealed.subarray(15, -16)), decipher.final()]).toString('utf8'), shouldReEncrypt: false }
}
export const safeStorage = strict('safeStorage', {
  isAsyncEncryptionAvailable: async () => {
    needsReady('safeStorage')
    return control.encryption
  },
  encryptStringAsync: seal,
  decryptStringAsync: unseal,
  getSelectedStorageBackend: () => 'gnome_libsecret',
})

export const powerMonitor = strict(
  'powerMonitor',
  Object.assign(new EventEmitter(), {
    isOnBatteryPower: () => {
      needsReady('powerMonitor')
      return control.onBattery
    },
    getCurrentThermalState: () => {
      needsReady('powerMonitor')
      return control.heat
    },
  }),
)

let lastBlocker = 0
export const powerSaveBlocker = strict('powerSaveBlocker', {
  start(type: string) {
    if (!['prevent-app-suspension', 'prevent-display-sleep'].includes(type)) throw new TypeError(`no such blocker: ${type}`)
    control.blockers.add(++lastBlocker)
    return lastBlocker
  },
  stop: (id: number) => control.blockers.delete(id),
  isStarted: (id: number) => control.blockers.has(id),
})

const ask = (kind: string, usual: unknown) => async (options: unknown) => {
  needsReady('dialog')
  const shown = { kind, options }
  control.dialogs.push(shown)
  const reply = control.replies.length > 0 ? control.replies.shift() : usual
  control.onDialog(shown)
  return await reply
}
export const dialog = strict('dialog', { showMessageBox: ask('message', { response: 0, checkboxChecked: false }) })

export class NotificationDouble extends EventEmitter {
  static isSupported = () => true
  readonly options: Record<string, unknown>
  constructor(options: Record<string, unknown>) {
    super()
    needsReady('Notification')
    this.options = options
  }
  show = (): void => {
    control.notifications.push(this)
    this.emit('show')
  }
}

export const screen = strict('screen', {
  getAllDisplays: () => {
    needsReady('screen')
    return control.displays
  },
})

export const net = strict('net', { isOnline: () => control.online })

export const systemPreferences = strict('systemPreferences', {
  getAnimationSettings: () => ({
    shouldRenderRichAnimation: true,
    scrollAnimationsEnabledBySystem: true,
    prefersReducedMotion: control.reducedMotion,
  }),
})

type Privileges = Record<string, unknown>
export const protocol = strict('protocol', {
  registerSchemesAsPrivileged(schemes: readonly { scheme: string; privileges: Privileges }[]) {
    if (control.isReady) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
    for (const { scheme, privileges } of schemes) control.schemes.set(scheme, { privileges, handler: null })
  },
  handle(scheme: string, handler: (request: Request) => Response | Promise<Response>) {
    needsReady('protocol.handle')
    control.schemes.set(scheme, { privileges: control.schemes.get(scheme)?.privileges ?? {}, handler })
  },
})

const defaultSession = strict('session.defaultSession', {
  setPermissionRequestHandler: (handler: typeof control.permissions.request) => void (control.permissions.request = handler),
  setPermissionCheckHandler: (handler: typeof control.permissions.check) => void (control.permissions.check = handler),
  setDevicePermissionHandler: (handler: typeof control.permissions.device) => void (control.permissions.device = handler),
})
export const session = strict('session', {
  get defaultSession() {
    needsReady('session')
    return defaultSession
  },
})
