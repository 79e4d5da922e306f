/** The window: closed it is gone with its renderer and everything else goes on; opened again it is where it was; links lead to a place and do nothing by themselves. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { closeBrowser, startApp, type TestApp } from './with-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(async () => {
  await app?.end()
  await closeBrowser()
})

const activity = async () => (await app.page()).locator('[aria-current="page"]', { hasText: 'Activity' })

test('closed, its renderer is gone; the tray and the router go on', async () => {
  app.tray.choose('activity')
  await (await activity()).waitFor()
  const window = await app.window()
  const { page } = window
  window.setBounds({ x: 200, y: 120, width: 1000, height: 700 })
  window.close()
  expect(window.isDestroyed()).toBe(true)
  await vi.waitFor(() => expect(page.isClosed()).toBe(true))
  expect(app.double.app.dock?.isVisible()).toBe(false)
  expect(app.tray.rows()).toContain('Open Headgate')
  expect((await fetch(`${app.url}/health`)).status).toBe(200)
})

test('opened again it is at the same place and of the same size, signed in anew', async () => {
  app.double.app.emit('activate', {}, false)
  const window = await app.window()
  expect(window.getNormalBounds()).toEqual({ x: 200, y: 120, width: 1000, height: 700 })
  await (await activity()).waitFor()
  expect(window.page.url()).toBe(`${app.url}/#/activity`)
  expect(JSON.parse(readFileSync(join(app.data, 'desktop/state.json'), 'utf8'))).toMatchObject({ place: '#/activity', bounds: { width: 1000 } })
})

test('asked for twice while it opens, it is one window at the second place, and not shown before there is something to see', async () => {
  app.control.windows[0]?.close()
  app.tray.choose('open')
  app.tray.choose('activity')
  expect(app.control.windows.map((window) => window.isVisible())).toEqual([false])
  await (await activity()).waitFor()
  expect(app.control.windows).toHaveLength(1)
})

test('a place on a display that is gone is not used', async () => {
  app.control.windows[0]?.setBounds({ x: 5_000, y: 50, width: 1000, height: 700 })
  app.control.windows[0]?.close()
  app.tray.choose('open')
  expect((await app.window()).options).toMatchObject({ width: 1000, height: 700 })
  expect((await app.window()).options).not.toHaveProperty('x')
})

test('the page sees exactly the calls of the contract', async () => {
  const page = await app.page()
  const seen = await page.evaluate(() => {
    const { headgate } = window as unknown as { headgate: Record<string, unknown> }
    return {
      members: Object.keys(headgate),
      platform: headgate['platform'],
      version: headgate['version'],
      isFrozen: Object.isFrozen(headgate),
      others: ['require', 'process', 'module', '__electronCall', 'ipcRenderer', 'Buffer'].filter((name) => name in window),
    }
  })
  expect(seen).toEqual({
    members: ['platform', 'version', 'openAtLogin', 'revealInFinder', 'checkForUpdates', 'quit'],
    platform: 'darwin',
    version: app.double.app.getVersion(),
    isFrozen: true,
    others: [],
  })
})

type Bridge = { headgate: { revealInFinder(place: string): Promise<void>; checkForUpdates(): Promise<{ state: string; detail: string }> } }

test('a folder is shown by its name only', async () => {
  const page = await app.page()
  await page.evaluate(() => (window as unknown as Bridge).headgate.revealInFinder('models'))
  expect(app.control.opened).toEqual([join(app.data, 'models')])
  const refusal = page.evaluate(() => (window as unknown as Bridge).headgate.revealInFinder('/etc/passwd'))
  await expect(refusal).rejects.toThrow('refused: not the arguments of this call')
  expect(app.control.opened).toHaveLength(1)
})

test('updates are off in an unsigned build, and one sentence says so', async () => {
  const answer = await (await app.page()).evaluate(() => (window as unknown as Bridge).headgate.checkForUpdates())
  expect(answer).toEqual({ state: 'off', detail: 'Headgate runs from source.' })
})

describe('a headgate:// link', () => {
  test('opens a page', async () => {
    app.double.app.emit('open-url', { preventDefault() {} }, 'headgate://open?view=providers')
    await expect.poll(async () => (await app.page()).url()).toContain('#/providers')
  })

  test('to install a model fills in the question and downloads nothing', async () => {
    app.double.app.emit('second-instance', {}, ['headgate', 'headgate://install?repo=owner/some-model&quant=Q4_K_M'], '/')
    await expect.poll(async () => (await app.page()).url()).toContain('#/models?get=owner%2Fsome-model&quant=Q4_K_M')
    await (await app.page()).getByRole('searchbox').filter({ visible: true }).first().waitFor()
    expect(await (await app.page()).locator('.sources-form input').inputValue()).toBe('owner/some-model')
    const { downloads } = await app.admin('GET', '/admin/downloads')
    expect(downloads).toEqual([])
  })

  test('of any other form does nothing', async () => {
    const page = await app.page()
    const before = page.url()
    for (const link of [
      'headgate://install?repo=https://evil.test/x',
      'headgate://install?repo=a/b&path=/etc',
      'headgate://open?view=/etc/passwd',
      'headgate://quit',
      'headgate:open?view=logs',
      `headgate://open?view=${'a'.repeat(10_000)}`,
    ])
      app.double.app.emit('open-url', { preventDefault() {} }, link)
    await app.admin('GET', '/admin/overview')
    expect(page.url()).toBe(before)
  })
})

test('a renderer that crashes is replaced, once, at the same place', async () => {
  const window = await app.window()
  const { page } = window
  await page.goto('chrome://crash').catch(() => {})
  await vi.waitFor(() => expect(window.pageOrNull).not.toBe(page), 20_000)
  await vi.waitFor(() => expect(window.pageOrNull?.url()).toContain('#/models'), 20_000)
  expect(window.isDestroyed()).toBe(false)
})
