/** Boots the real app over the double: from source or bundled, as macOS or Linux, on a data folder of its own. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { type Browser, chromium, type Page } from 'playwright'
import { expect, vi } from 'vitest'
import { builtPanel } from '../app/built-panel.ts'
import { ensureChromium } from '../ensure-chromium.ts'
import { writeTinyGguf } from '../fixtures/tiny-gguf.ts'
import { builtApp, root } from './built-app.ts'
import type { TrayDouble } from './menus.ts'
import type { WindowDouble } from './window.ts'

export type Double = typeof import('./double.ts')

export interface AppOptions {
  readonly platform?: NodeJS.Platform
  /** The bundle instead of the sources. */
  readonly bundled?: boolean
  /** An unpacked archive, and the folder beside it, instead of this checkout: its bundle as a packaged app. */
  readonly packed?: { readonly root: string; readonly resources: string }
  readonly data?: string
  readonly files?: Readonly<Record<string, string>>
  /** Puts a tiny GGUF into the models folder: the local model `tiny`. */
  readonly tiny?: boolean
  readonly environment?: Readonly<Record<string, string>>
  /** Before the app's code is loaded. */
  readonly prepare?: (control: Double['control']) => void
  readonly argv?: readonly string[]
  /** The very first start: the window opens by itself, with the set-up in it. */
  readonly isFirst?: boolean
  /** Do not wait for the router: it is expected not to start. */
  readonly mayFail?: boolean
}

export interface TestApp {
  readonly double: Double
  readonly control: Double['control']
  readonly data: string
  readonly tray: TrayDouble
  /** Of the router in the app. */
  readonly url: string
  /** Waits for the window and its page. */
  window(): Promise<WindowDouble>
  page(): Promise<Page>
  // biome-ignore lint/suspicious/noExplicitAny: a test knows the shape of what it asked for
  admin(method: string, path: string, body?: unknown): Promise<any>
  chat(body: Readonly<Record<string, unknown>>): Promise<Response>
  quit(): Promise<void>
  /** Whatever the app thinks of it. */
  end(): Promise<void>
}

let browser: Browser | null = null
const platformOfTests = process.platform
const argvOfTests = process.argv

export async function startApp(options: AppOptions = {}): Promise<TestApp> {
  await builtApp()
  await builtPanel()
  new Database(':memory:').close() // loads this machine's addon before the platform is said to be another
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'headgate-app-'))
  mkdirSync(join(data, 'config'), { recursive: true })
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(data, 'config', name), text)
  if (options.tiny && !options.data) {
    mkdirSync(join(data, 'models'), { recursive: true })
    writeTinyGguf(join(data, 'models', 'tiny.gguf'))
  }
  if (!options.isFirst) {
    mkdirSync(join(data, 'desktop'), { recursive: true })
    if (!existsSync(join(data, 'desktop', 'state.json'))) writeFileSync(join(data, 'desktop', 'state.json'), '{"wasShown":true}')
  }
  const before = { ...process.env }
  Object.assign(process.env, { HEADGATE_DATA: data, HEADGATE_PORT: '0', HEADGATE_STARTER_MODEL: 'off', SHELL: '/bin/sh', ...options.environment })
  setPlatform(options.platform ?? 'darwin')
  const place = options.packed?.root ?? root
  process.argv = [argvOfTests[0] as string, place, ...(options.argv ?? [])]
  Object.assign(process, { resourcesPath: options.packed?.resources ?? join(root, 'resources') })

  vi.resetModules()
  const double = await import('./double.ts')
  const { control } = double
  control.root = place
  control.isPackaged = options.packed !== undefined
  browser ??= await chromium.launch({ executablePath: ensureChromium(), args: ['--no-sandbox'] })
  control.browser = browser
  control.context = await browser.newContext({ reducedMotion: 'reduce' })
  options.prepare?.(control)
  const isBuilt = options.bundled || options.packed
  await double.boot(() => import(isBuilt ? pathToFileURL(join(place, 'dist/electron/main.js')).href : '../../electron/main.ts'))
  await vi.waitFor(() => expect(control.trays[0]?.menu?.getMenuItemById('state')?.label).toMatch(options.mayFail ? /./ : /running|paused/), 30_000)

  const app: TestApp = {
    double,
    control,
    data,
    get tray() {
      return control.trays[0] as TrayDouble
    },
    get url() {
      return (JSON.parse(readFileSync(join(data, 'runtime.json'), 'utf8')) as { url: string }).url
    },
    async window() {
      const window = await vi.waitFor(() => control.windows[0] ?? Promise.reject(new Error('no window was opened')), 10_000)
      await window.opening
      // A new page of a busy Chromium: as long as a test may take.
      await vi.waitFor(() => expect(window.isVisible()).toBe(true), 50_000)
      return window
    },
    page: async () => (await app.window()).page,
    async admin(method, path, body) {
      const token = readFileSync(join(data, 'admin-token'), 'utf8').trim()
      const reply = await fetch(app.url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await reply.text()
      if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`)
      return text === '' ? null : JSON.parse(text)
    },
    chat: (body) =>
      fetch(`${app.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], ...body }),
      }),
    async quit() {
      double.app.quit()
      await control.quit.promise
    },
    async end() {
      double.powerMonitor.emit('shutdown')
      await control.quit.promise
      await control.context?.close()
      for (const { child } of control.children) child.kill('SIGKILL')
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
      Object.assign(process.env, before)
      setPlatform(platformOfTests)
      process.argv = argvOfTests
      rmSync(data, { recursive: true, force: true })
    },
  }
  if (!options.isFirst && !options.mayFail) await app.admin('PUT', '/admin/settings', { first_run: { step: 0, done: true } })
  return app
}

export async function closeBrowser(): Promise<void> {
  await browser?.close()
  browser = null
}

function setPlatform(platform: NodeJS.Platform): void {
  Object.defineProperty(process, 'platform', { value: platform })
}
