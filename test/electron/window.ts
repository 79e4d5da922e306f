/** `BrowserWindow` of the double: each is a page of a real Chromium, with the built preload in an isolated world of it. */
import { EventEmitter } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import type { CDPSession, Page, Request as PageRequest, Route } from 'playwright'
import { bridgeMain, preloadRuntime } from './bridge.ts'
import { control, createEvent, type Rectangle, strict } from './control.ts'
import { invoke } from './ipc.ts'

const WORLD = 'Electron Isolated Context'
/** Chromium knows none of the app's own schemes: they go as hosts of a domain that does not exist, answered by the scheme's handler. */
const SCHEME_HOST = /^http:\/\/([\w-]+)--([\w.-]*)\.scheme\.test(\/.*)?$/

const toPage = (url: string): string => {
  const { protocol = '', hostname = '', pathname = '', search = '', hash = '' } = URL.parse(url) ?? {}
  const scheme = protocol.slice(0, -1)
  return control.schemes.has(scheme) ? `http://${scheme}--${hostname}.scheme.test${pathname || '/'}${search}${hash}` : url
}
const fromPage = (url: string): string => url.replace(SCHEME_HOST, (_all, scheme, host, rest = '/') => `${scheme}://${host}${rest}`)

export class ContentsDouble extends EventEmitter {
  readonly #window: WindowDouble
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })
  constructor(window: WindowDouble) {
    super()
    this.#window = window
  }
  setWindowOpenHandler = (handler: ContentsDouble['openHandler']) => void (this.openHandler = handler)
  getURL = () => (this.#window.isDestroyed() ? '' : fromPage(this.#window.pageOrNull?.url() ?? ''))
  isDestroyed = () => this.#window.isDestroyed()
}

export class WindowDouble extends EventEmitter {
  static getAllWindows = () => [...control.windows]
  readonly webContents = strict('webContents', new ContentsDouble(this))
  readonly options: Record<string, unknown>
  pageOrNull: Page | null = null
  #bounds: Rectangle
  #isVisible: boolean
  #isFocused = false
  #isMinimized = false
  #isDestroyed = false
  #cdp: CDPSession | null = null
  #world = Promise.withResolvers<number>()
  /** Rejects with why there is no page. */
  opening: Promise<Page>
  /** The next navigation is the app's own: no `will-navigate`. */
  #isLoading = false
  #isDenied = false
  #preload: string | undefined

  constructor(options: Record<string, unknown> = {}) {
    super()
    const preferences = (options['webPreferences'] ?? {}) as Record<string, unknown>
    const insecure = [
      preferences['nodeIntegration'] === true,
      preferences['nodeIntegrationInWorker'] === true,
      preferences['nodeIntegrationInSubFrames'] === true,
      preferences['contextIsolation'] === false,
      preferences['sandbox'] === false,
      preferences['webSecurity'] === false,
      preferences['allowRunningInsecureContent'] === true,
      preferences['experimentalFeatures'] === true,
      preferences['enableBlinkFeatures'] !== undefined,
      preferences['webviewTag'] === true,
    ]
    if (insecure.includes(true)) throw new Error('electron double: only sandboxed, isolated windows are allowed')
    this.options = options
    const number = (name: string, usual: number) => (typeof options[name] === 'number' ? (options[name] as number) : usual)
    this.#bounds = { x: number('x', 80), y: number('y', 80), width: number('width', 800), height: number('height', 600) }
    this.#isVisible = options['show'] !== false
    this.#preload = preferences['preload'] as string | undefined
    control.windows.push(this)
    control.app?.emit('web-contents-created', createEvent(), this.webContents)
    this.opening = this.#open()
    this.opening.catch(() => {})
  }

  /** The page, for a test to look at. */
  get page(): Page {
    if (!this.pageOrNull) throw new Error('the window has not loaded anything yet')
    return this.pageOrNull
  }

  async #open(): Promise<Page> {
    if (!control.context) throw new Error('BrowserWindow before the app is ready')
    const page = await control.context.newPage()
    this.pageOrNull = page
    page.setDefaultTimeout(40_000) // on a machine that is busy with the other tests
    await page.setViewportSize({ width: this.#bounds.width, height: this.#bounds.height })
    page.on('close', () => this.pageOrNull === page && this.#gone())
    page.on('load', () => {
      if (this.#isDestroyed) return
      this.webContents.emit('did-finish-load', createEvent())
      this.emit('ready-to-show', createEvent())
    })
    page.on('popup', (popup) => void (this.#isDenied && popup.close().catch(() => {})))
    page.on('crash', () => void this.#replace(page))
    await page.route('**/*', (route, request) => this.#route(page, route, request))
    // Without handlers Electron lets every page do everything.
    if (control.permissions.request === null) await control.context.grantPermissions(['geolocation', 'notifications', 'clipboard-read'])
    const cdp = await control.context.newCDPSession(page)
    // Asked before the new page begins to load; answered too late to stop it, so that it is closed.
    cdp.on('Page.windowOpen', ({ url }) => void (this.#isDenied = this.webContents.openHandler({ url }).action === 'deny'))
    await cdp.send('Page.enable')
    const { frameTree } = await cdp.send('Page.getFrameTree')
    cdp.on('Page.navigatedWithinDocument', ({ url, frameId }) =>
      this.webContents.emit('did-navigate-in-page', createEvent(), fromPage(url), frameId === frameTree.frame.id, 0, 0),
    )
    if (this.#preload !== undefined) await this.#addPreload(cdp, this.#preload)
    return page
  }

  async #addPreload(cdp: CDPSession, preload: string): Promise<void> {
    if (!existsSync(preload)) throw new Error(`preload script not found: ${preload}`)
    this.#cdp = cdp
    cdp.on('Runtime.executionContextCreated', ({ context }) => {
      if (context.name === WORLD) this.#world.resolve(context.id)
    })
    cdp.on('Runtime.executionContextsCleared', () => {
      this.#world.resolve(-1)
      this.#world = Promise.withResolvers<number>()
    })
    cdp.on('Runtime.bindingCalled', ({ payload }) => void this.#called(JSON.parse(payload)))
    await cdp.send('Runtime.enable')
    await cdp.send('Runtime.addBinding', { name: '__electronCall', executionContextName: WORLD })
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${bridgeMain})()` })
    const runtime = `(${preloadRuntime})(${JSON.stringify(process.platform)},function(require,module,exports,process){${readFileSync(preload, 'utf8')}\n})`
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', { worldName: WORLD, source: runtime })
  }

  /** Handlers of schemes, and `will-navigate` for what a page itself starts. */
  async #route(page: Page, route: Route, request: PageRequest): Promise<void> {
    const url = fromPage(request.url())
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) {
      if (!this.#isLoading) {
        const event = createEvent({ url, isMainFrame: true, isSameDocument: false })
        this.webContents.emit('will-navigate', event, url)
        if (event.defaultPrevented) return await route.abort('aborted').catch(() => {})
      }
      this.#isLoading = false
    }
    const handler = control.schemes.get(URL.parse(url)?.protocol.slice(0, -1) ?? '')?.handler
    if (!handler) return await route.continue().catch(() => {})
    const response = await handler(new Request(request.url()))
    await route
      .fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body: Buffer.from(await response.arrayBuffer()) })
      .catch(() => {})
  }

  async #called({ id, channel, args }: { id?: number; channel: string; args: unknown[] }): Promise<void> {
    if (id === undefined) return
    const answer = await invoke(channel, args, { url: this.webContents.getURL(), parent: null }, this.webContents).then(
      (value) => ({ value }),
      (error: Error) => ({ error: error.message }),
    )
    await this.#dispatch({ id, ...answer })
  }

  async #dispatch(message: object): Promise<void> {
    if (this.#isDestroyed || !this.#cdp) return
    const contextId = await this.#world.promise
    await this.#cdp.send('Runtime.evaluate', { contextId, expression: `__electronDispatch(${JSON.stringify(message)})` }).catch(() => {})
  }

  /** A page that crashed is of no use to the browser's driver: the window gets a new one, as a new renderer. */
  async #replace(crashed: Page): Promise<void> {
    this.pageOrNull = null
    this.opening = this.#open()
    await this.opening
    await crashed.close().catch(() => {})
    this.webContents.emit('render-process-gone', createEvent(), { reason: 'crashed', exitCode: 5 })
  }

  #alive(): void {
    if (this.#isDestroyed) throw new TypeError('Object has been destroyed')
  }
  loadURL = async (url: string): Promise<void> => {
    this.#alive()
    const page = await this.opening
    const [before, after] = [page.url().split('#')[0], toPage(url).split('#')[0]]
    this.#isLoading = before !== after
    await page.goto(toPage(url))
  }
  show = (): void => {
    this.#alive()
    this.#isVisible = true
    this.emit('show', createEvent())
    this.focus()
  }
  focus = (): void => {
    this.#alive()
    this.#isFocused = true
    this.emit('focus', createEvent())
  }
  /** Tests: another app comes to the front. */
  blur = (): void => {
    this.#isFocused = false
    this.emit('blur', createEvent())
  }
  minimize = (): void => {
    this.#isMinimized = true
    this.blur()
  }
  restore = (): void => {
    this.#alive()
    this.#isMinimized = false
  }
  isVisible = () => this.#isVisible
  isFocused = () => this.#isFocused
  isMinimized = () => this.#isMinimized
  isDestroyed = () => this.#isDestroyed
  getNormalBounds = (): Rectangle => {
    this.#alive()
    return { ...this.#bounds }
  }
  setBounds = (bounds: Partial<Rectangle>): void => {
    this.#alive()
    this.#bounds = { ...this.#bounds, ...bounds }
  }
  /** False when a `close` listener prevented it. */
  close = (): boolean => {
    if (this.#isDestroyed) return true
    const event = createEvent()
    this.emit('close', event)
    if (!event.defaultPrevented) this.destroy()
    return !event.defaultPrevented
  }
  destroy = (): void => {
    const page = this.pageOrNull
    this.#gone()
    void page?.close().catch(() => {})
  }
  #gone(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    this.#isFocused = false
    control.windows = control.windows.filter((window) => window !== this)
    this.webContents.emit('destroyed')
    this.emit('closed')
    const { app } = control
    if (control.windows.length === 0 && app && !app.isQuitting && !app.emit('window-all-closed')) app.quit()
  }
}
