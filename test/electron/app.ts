/** `app` of the double: the life of the process, in Electron's order. */
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { control, createEvent } from './control.ts'

export class AppDouble extends EventEmitter {
  readonly #ready = Promise.withResolvers<void>()
  readonly #paths = new Map<string, string>()
  readonly name = 'Headgate'
  isQuitting = false
  activationPolicy = 'regular'
  moved = false
  isSandboxed = false

  get isPackaged() {
    return control.isPackaged
  }
  whenReady = () => this.#ready.promise
  isReady = () => control.isReady
  enableSandbox = (): void => {
    if (control.isReady) throw new Error('app.enableSandbox() can only be called before app is ready')
    this.isSandboxed = true
  }
  requestSingleInstanceLock = () => !control.isSecond
  getAppPath = () => control.root
  /** Only what the app set itself: no test may write into a person's own folders. */
  getPath = (name: string) => {
    const path = this.#paths.get(name)
    if (path === undefined) throw new Error(`electron double: nobody set the path ${name}`)
    return path
  }
  setPath = (name: string, path: string) => void this.#paths.set(name, path)
  getVersion = () => (JSON.parse(readFileSync(join(control.root, 'package.json'), 'utf8')) as { version: string }).version
  setAsDefaultProtocolClient = (scheme: string) => {
    control.protocolClients.push(scheme)
    return true
  }
  getLoginItemSettings = () => ({ executableWillLaunchAtLogin: control.login.openAtLogin, launchItems: [], ...control.login })
  setLoginItemSettings = ({ openAtLogin }: { openAtLogin: boolean }) => {
    const isWaiting = control.login.status === 'requires-approval'
    control.login = {
      ...control.login,
      openAtLogin: openAtLogin && !isWaiting,
      status: isWaiting ? 'requires-approval' : openAtLogin ? 'enabled' : 'not-registered',
    }
  }

  // Only on macOS: undefined elsewhere, so that an unguarded call fails as it would there.
  get dock() {
    return process.platform === 'darwin' ? this.#dock : undefined
  }
  get setActivationPolicy() {
    return process.platform === 'darwin' ? (policy: string) => void (this.activationPolicy = policy) : undefined
  }
  get isInApplicationsFolder() {
    return process.platform === 'darwin' ? () => control.inApplicationsFolder : undefined
  }
  get moveToApplicationsFolder() {
    return process.platform === 'darwin' ? () => (this.moved = true) : undefined
  }
  readonly #dock = {
    isHidden: false,
    hide: () => void (this.#dock.isHidden = true),
    show: async () => void (this.#dock.isHidden = false),
    isVisible: () => !this.#dock.isHidden,
  }

  becomeReady(): void {
    control.isReady = true
    this.emit('will-finish-launching')
    this.#ready.resolve()
    this.emit('ready', createEvent())
  }

  /** before-quit, then every window's close, then will-quit, then quit; each of the first three may prevent it. */
  quit = (): void => {
    if (this.isQuitting) return
    const before = createEvent()
    this.emit('before-quit', before)
    if (before.defaultPrevented) return
    this.isQuitting = true
    for (const window of [...control.windows])
      if (!window.close()) {
        this.isQuitting = false
        return
      }
    const will = createEvent()
    this.emit('will-quit', will)
    if (will.defaultPrevented) this.isQuitting = false
    else this.exit(0)
  }

  exit = (code = 0): void => {
    this.emit('quit', createEvent(), code)
    control.quit.resolve(code)
  }
}
