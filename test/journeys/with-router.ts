/** Starts a real router for a test: own data folder, free port, configuration as YAML text, the plain host. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Host } from '../../router/core/host.ts'
import { createHeadlessHost } from '../../router/host/headless-host.ts'
import { createRouter, defaultPanelFolder, type Router, type RouterSettings } from '../../router/index.ts'
import { writeTinyGguf } from '../fixtures/tiny-gguf.ts'

export interface TestRouter {
  readonly url: string
  readonly data: string
  readonly config: string
  readonly router: Router
  readonly adminToken: string
  /** Writes files of the configuration folder; the watcher sees them. */
  write(files: Readonly<Record<string, string>>): void
  // biome-ignore lint/suspicious/noExplicitAny: a test knows the shape of what it asked for, and fails where it is another
  admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>
  chat(body: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Stops it and starts it again on the same folder. */
  restart(): Promise<TestRouter>
  stop(): Promise<void>
}

export interface TestRouterOptions {
  readonly files?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  /** Puts a tiny GGUF into the models folder, which then is the local model `tiny`. */
  readonly tiny?: boolean
  readonly data?: string
  readonly host?: string | null
  /** What the machine around it says (power, heat), instead of the plain host. */
  readonly around?: Partial<Host>
  readonly limits?: RouterSettings['limits']
  /** Without it any number: most tests send more wrong keys than a person would. */
  readonly wrongKeysPerMinute?: number
}

export async function startRouter(options: TestRouterOptions = {}): Promise<TestRouter> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'headgate-'))
  const config = join(data, 'config')
  mkdirSync(config, { recursive: true })
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(config, name), text)
  }
  if (options.files && !options.data) write(options.files)
  if (options.tiny && !options.data) {
    mkdirSync(join(data, 'models'), { recursive: true })
    writeTinyGguf(join(data, 'models', 'tiny.gguf'))
  }
  const router = await createRouter(
    {
      dataFolder: data,
      configFolder: config,
      port: 0,
      host: options.host ?? null,
      panelFolder: defaultPanelFolder,
      resourcesFolder: null,
      environment: {
        HEADGATE_STARTER_MODEL: 'off',
        // No test asks the world outside, or whatever happens to listen on this machine.
        HEADGATE_HUB_URL: 'http://127.0.0.1:1',
        HEADGATE_LOCAL_SERVERS: 'off',
        ...options.environment,
      },
      wrongKeysPerMinute: options.wrongKeysPerMinute ?? Number.POSITIVE_INFINITY,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    },
    (folder) => ({ ...createHeadlessHost(folder), ...options.around }),
  )
  const { readFileSync } = await import('node:fs')
  const adminToken = readFileSync(join(data, 'admin-token'), 'utf8').trim()
  const test: TestRouter = {
    url: router.url,
    data,
    config,
    router,
    adminToken,
    write,
    async admin(method, path, body) {
      const reply = await fetch(router.url + path, {
        method,
        headers: { authorization: `Bearer ${adminToken}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await reply.text()
      return { status: reply.status, body: text === '' ? null : JSON.parse(text) }
    },
    chat: (body, headers = {}) =>
      fetch(`${router.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], ...body }),
      }),
    async restart() {
      await router.stop(0)
      return startRouter({ ...options, data })
    },
    async stop() {
      await router.stop(0)
      rmSync(data, { recursive: true, force: true })
    },
  }
  return test
}
