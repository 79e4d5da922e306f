/** What the system and the app have to do with each other: secrets, sleep, power, notifications, the login item, a port that is taken, children that crash. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type AppLanes, startLanes } from './lanes.ts'
import { closeBrowser, startApp, type TestApp } from './with-app.ts'

let lanes: AppLanes
let app: TestApp | null = null
beforeAll(async () => {
  lanes = await startLanes()
})
beforeEach(() => {
  lanes.away.fault = lanes.here.fault = null
})
afterEach(async () => {
  lanes.here.release()
  lanes.away.release()
  await app?.end()
  app = null
})
afterAll(async () => {
  await lanes.close()
  await closeBrowser()
})

const becomes = (check: () => void) => vi.waitFor(check, 20_000)

describe('secrets', () => {
  const key = 'sk-a-key-that-is-nowhere-in-clear-0123'
  const filesWith = (text: string, folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
      .map(({ name }) => name)
  const keep = (to: TestApp) =>
    to.admin('POST', '/admin/providers', { kind: 'openai-compatible', name: 'lab', base_url: lanes.away.url, api_key: key, default_model: 'any' })

  test('are sealed by the system, come back after a restart, and are in no file in clear', async () => {
    app = await startApp()
    await keep(app)
    const { data } = app
    expect(statSync(join(data, 'secrets.sealed.json')).mode & 0o777).toBe(0o600)
    expect(filesWith(key, data)).toEqual([])
    await app.quit()
    app = await startApp({ data })
    await app.admin('POST', '/admin/models', { name: 'lab-model', deployments: [{ provider: 'lab', model: 'any' }] })
    expect((await app.chat({ model: 'lab-model' })).status).toBe(200)
    expect(lanes.away.requests.at(-1)?.headers['authorization']).toBe(`Bearer ${key}`)
    expect(filesWith(key, data)).toEqual([])
  })

  test('without the system’s help lie in a file for their owner alone, and move when help comes', async () => {
    app = await startApp({ prepare: (control) => void (control.encryption = false) })
    await keep(app)
    const { data } = app
    const plain = join(data, 'secrets.json')
    expect(statSync(plain).mode & 0o777).toBe(0o600)
    expect(readFileSync(plain, 'utf8')).toContain(key)
    await becomes(() => expect(readFileSync(join(data, 'logs/headgate.log'), 'utf8')).toContain('keeps no secrets'))
    await app.quit()
    app = await startApp({ data })
    await becomes(() => expect(readFileSync(plain, 'utf8')).not.toContain(key))
    expect(readFileSync(join(data, 'secrets.sealed.json'), 'utf8')).not.toContain(key)
  })
})

test('sleep drops pooled sockets; waking asks every deployment that was out again', async () => {
  app = await startApp({ files: lanes.files })
  await app.chat({ model: 'm' })
  await becomes(() => expect(lanes.here.openSockets()).toBeGreaterThan(0))
  app.double.powerMonitor.emit('suspend')
  await becomes(() => expect(lanes.here.openSockets()).toBe(0))
  app.double.powerMonitor.emit('resume')
  expect((await app.chat({ model: 'm' })).status).toBe(200)
})

test('the machine is kept awake while a request runs, and only then', async () => {
  app = await startApp({ files: lanes.files })
  expect(app.control.blockers.size).toBe(0)
  lanes.here.fault = 'held'
  const answer = app.chat({ model: 'm' })
  await becomes(() => expect(app?.control.blockers.size).toBe(1))
  lanes.here.release()
  await answer
  await becomes(() => expect(app?.control.blockers.size).toBe(0))
})

describe('a notification', () => {
  const reject = async () => {
    lanes.away.fault = '401'
    await app?.admin('PUT', '/admin/split', { preset: 'remote-only' })
    await app?.chat({ model: 'm' })
  }

  test('tells of a rejected key once, without a window, and leads to its page', async () => {
    app = await startApp({ files: lanes.files, platform: 'linux' })
    app.control.windows[0]?.close()
    await reject()
    await reject()
    await becomes(() => expect(app?.control.notifications.map(({ options }) => options['title'])).toEqual(['away rejected its key']))
    app.control.notifications[0]?.emit('click')
    await expect.poll(async () => (await app?.page())?.url()).toContain('#/providers')
  })

  test('is not shown to somebody who looks at the window', async () => {
    app = await startApp({ files: lanes.files, platform: 'linux' })
    expect((await app.window()).isFocused()).toBe(true)
    await reject()
    await becomes(() => expect(app?.tray.menu?.getMenuItemById('problem')).not.toBeNull())
    expect(app.control.notifications).toEqual([])
  })

  test('can be switched off, and is not shown by an unsigned build on macOS', async () => {
    app = await startApp({ files: lanes.files, platform: 'linux' })
    app.control.windows[0]?.close()
    await app.admin('PUT', '/admin/settings', { muted_notices: ['key-rejected'] })
    await reject()
    await becomes(() => expect(app?.tray.menu?.getMenuItemById('problem')).not.toBeNull())
    expect(app.control.notifications).toEqual([])
    await app.quit()
    app = await startApp({ files: lanes.files })
    await reject()
    await becomes(() => expect(app?.tray.menu?.getMenuItemById('problem')).not.toBeNull())
    expect(app.control.notifications).toEqual([])
  })
})

test('a crash of the engine’s child fails its answer only; the next request gets a new one', async () => {
  app = await startApp({ tiny: true })
  expect((await app.chat({ model: 'tiny', max_tokens: 2 })).status).toBe(200)
  const [child] = app.control.children
  const crashed = app.chat({ model: 'tiny', max_tokens: 4_000, stream: true })
  const reply = await crashed
  child?.child.kill('SIGSEGV')
  await reply.text().catch(() => '')
  expect(app.tray.isDestroyed()).toBe(false)
  const again = await app.chat({ model: 'tiny', max_tokens: 2 })
  expect(again.status).toBe(200)
  expect(app.control.children[0]).not.toBe(child)
})

describe('launch at login', () => {
  type Bridge = { headgate: { openAtLogin: { get(): Promise<unknown>; set(on: boolean): Promise<unknown> } } }

  test('is never asked of the system unasked, and an unsigned build says why it cannot', async () => {
    app = await startApp()
    app.tray.choose('open')
    const page = await app.page()
    const answer = await page.evaluate(() => (window as unknown as Bridge).headgate.openAtLogin.set(true))
    expect(answer).toEqual({ enabled: false, needsApproval: false, available: false, why: 'Headgate runs from source.' })
    expect(app.control.login.openAtLogin).toBe(false)
  })
})

describe('a port in use', () => {
  let holder: Server
  let port: number
  beforeEach(async () => {
    holder = createServer((_request, response) => response.end('another program'))
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    port = (holder.address() as AddressInfo).port
  })
  afterEach(() => void holder.close())

  test('is said with its holder; another one is tried before it is taken, and is kept', async () => {
    app = await startApp({
      mayFail: true,
      environment: { HEADGATE_PORT: '' },
      prepare: () => {},
      isFirst: false,
      data: dataWith({ port }),
      platform: 'linux',
    })
    const page = await app.page()
    await page.getByRole('heading', { name: `Port ${port} is in use` }).waitFor()
    expect(app.tray.rows()[0]).toMatch(`Port ${port} is in use`)
    expect(app.tray.image.file).toBe('trayAttentionTemplate.png')

    // one that is taken too is refused in words
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const taken = (other.address() as AddressInfo).port
    await page.getByLabel('Port').fill(String(taken))
    await page.getByRole('button', { name: 'Use another port' }).click()
    await page
      .getByRole('alert')
      .filter({ hasText: `Port ${taken} is in use` })
      .waitFor()
    other.close()

    const free = await page.getByLabel('Port').inputValue()
    await page.getByRole('button', { name: 'Use another port' }).click()
    await becomes(() => expect(app?.tray.rows()[0]).toContain(`http://127.0.0.1:${free}/v1`))
    await expect.poll(() => page.url()).toContain(`http://127.0.0.1:${free}/`)
    expect(JSON.parse(readFileSync(join(app.data, 'desktop/state.json'), 'utf8'))).toMatchObject({ port: Number(free) })
  })

  test('that becomes free is taken on Retry, from the tray too', async () => {
    app = await startApp({ mayFail: true, environment: { HEADGATE_PORT: '' }, data: dataWith({ port }) })
    await (await app.page()).getByRole('heading', { name: `Port ${port} is in use` }).waitFor()
    await new Promise((resolve) => holder.close(resolve))
    app.tray.choose('retry')
    await becomes(() => expect(app?.tray.rows()[0]).toBe('Headgate is running'))
    await expect.poll(async () => (await app?.page())?.url()).toContain(`http://127.0.0.1:${port}/`)
  })

  function dataWith(state: object): string {
    const data = mkdtempSync(join(tmpdir(), 'headgate-app-'))
    mkdirSync(join(data, 'desktop'))
    writeFileSync(join(data, 'desktop/state.json'), JSON.stringify({ wasShown: true, ...state }))
    return data
  }
})
