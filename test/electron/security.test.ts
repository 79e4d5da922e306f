/** Electron's security checklist (docs/tutorial/security), rule by rule, on the running app; fuses are read from the packed app in test/packaging. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { filesBelow } from '../architecture/source-tree.ts'
import { root } from './built-app.ts'
import type { WindowDouble } from './window.ts'
import { closeBrowser, startApp, type TestApp } from './with-app.ts'

let app: TestApp
let window: WindowDouble
let page: Page
let elsewhere: Server
let elsewhereUrl: string
const visits: string[] = []
beforeAll(async () => {
  app = await startApp()
  app.tray.choose('open')
  window = await app.window()
  page = window.page
  await page.getByRole('heading', { name: 'Where requests go' }).waitFor()
  elsewhere = createServer((request, response) => {
    visits.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>elsewhere</title>')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  elsewhereUrl = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
})
afterAll(async () => {
  elsewhere?.close()
  await app?.end()
  await closeBrowser()
})

const preferences = () => window.options['webPreferences'] as Record<string, unknown>
const sources = () => filesBelow('electron').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

test('1. only our own router is loaded, on a loopback address', () => {
  expect(new URL(page.url()).origin).toBe(app.url)
  expect(app.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})

test('2. no Node in the page', async () => {
  expect(preferences()).toMatchObject({ nodeIntegration: false })
  expect(await page.evaluate(() => ['require', 'process', 'global', 'Buffer'].filter((name) => name in globalThis))).toEqual([])
})

test('3. the preload’s world is not the page’s', async () => {
  expect(preferences()).toMatchObject({ contextIsolation: true })
  const changed = await page.evaluate(() => {
    const { headgate } = globalThis as unknown as { headgate: { quit: unknown } }
    try {
      headgate.quit = () => 'mine'
    } catch {}
    return String(headgate.quit).includes('mine')
  })
  expect(changed).toBe(false)
})

test('4. the renderer is sandboxed', () => {
  expect(preferences()).toMatchObject({ sandbox: true })
  expect(app.double.app.isSandboxed).toBe(true)
  expect(sources().filter(({ text }) => /no-sandbox|disableSandbox/.test(text))).toEqual([])
})

test('5. every permission is denied, asked or looked up, but for the copy buttons of the panel', async () => {
  const { request, check, device } = app.control.permissions
  const ask = (permission: string, url: string, isMainFrame = true) => {
    const decide = vi.fn()
    request?.(window.webContents, permission, decide, { requestingUrl: url, isMainFrame })
    return [...decide.mock.calls.flat(), check?.(window.webContents, permission, new URL(url).origin, { isMainFrame })]
  }
  for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'midi', 'openExternal', 'fullscreen', 'unknown'])
    expect(ask(permission, `${app.url}/`), permission).toEqual([false, false])
  expect(ask('clipboard-sanitized-write', `${app.url}/`)).toEqual([true, true])
  expect(ask('clipboard-sanitized-write', `${app.url}/`, false)).toEqual([false, false])
  expect(ask('clipboard-sanitized-write', `${elsewhereUrl}/`)).toEqual([false, false])
  expect(device?.({ deviceType: 'usb' })).toBe(false)
  expect(await page.evaluate(async () => (await navigator.permissions.query({ name: 'geolocation' })).state)).not.toBe('granted')
})

test('6. web security stays on', () => {
  expect(preferences()).toMatchObject({ webSecurity: true })
})

test('7. the panel and the bundled page have a content policy without foreign scripts', async () => {
  const { headers } = await fetch(app.url)
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/)
  const { pagePolicy } = await import('../../electron/pages/start-problem.ts')
  expect(pagePolicy).toMatch(/^default-src 'none'/)
  expect(pagePolicy).not.toContain('script-src')
})

test('8.–10. no insecure content, no experimental features, no Blink features', () => {
  expect(preferences()).not.toHaveProperty('allowRunningInsecureContent')
  expect(preferences()).not.toHaveProperty('experimentalFeatures')
  expect(preferences()).not.toHaveProperty('enableBlinkFeatures')
})

test('11. and 12. there are no guest pages, and none can be attached', () => {
  expect(preferences()).toMatchObject({ webviewTag: false })
  const event = { preventDefault: vi.fn() }
  window.webContents.emit('will-attach-webview', event, {}, { src: elsewhereUrl })
  expect(event.preventDefault).toHaveBeenCalled()
})

describe('13. navigation', () => {
  test.each([
    ['a script', (url: string) => `location.href = ${JSON.stringify(url)}`],
    [
      'a link',
      (url: string) =>
        `document.body.append(Object.assign(document.createElement('a'), { href: ${JSON.stringify(url)}, id: 'out' })); document.querySelector('#out').click()`,
    ],
  ])('to another origin by %s does not happen', async (_, script) => {
    await page.evaluate(script(`${elsewhereUrl}/navigated`))
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)))
    await app.admin('GET', '/admin/overview')
    expect(new URL(page.url()).origin).toBe(app.url)
    expect(visits).toEqual([])
  })

  test('within the panel is free', async () => {
    await page.evaluate(() => {
      location.hash = '#/models'
    })
    await page.locator('[aria-current="page"]', { hasText: 'Models' }).waitFor()
  })
})

describe('14. and 15. new windows', () => {
  test('are never made; https to a listed host opens in the person’s own browser, asked from main', async () => {
    await page.evaluate(() => void open('https://huggingface.co/owner/model'))
    await vi.waitFor(() => expect(app.control.opened).toEqual(['https://huggingface.co/owner/model']))
    expect(app.control.windows).toHaveLength(1)
  })

  test('for anything else nothing opens at all', async () => {
    app.control.opened.length = 0
    for (const url of [
      `${elsewhereUrl}/opened`,
      'https://evil.test/',
      'https://huggingface.co.evil.test/',
      'https://user@github.com/',
      'https://github.com:8443/',
      'http://github.com/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'smb://share/x',
    ])
      expect(window.webContents.openHandler({ url })).toEqual({ action: 'deny' })
    expect(app.control.opened).toEqual([])
    const users = sources().filter(({ text }) => /openExternal\(/.test(text))
    expect(users.map(({ path }) => path)).toEqual(['electron/window/outside.ts'])
  })
})

test('16. Electron is not older than the known fixes', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }
  const [major = 0, minor = 0, patch = 0] = (devDependencies['electron'] ?? '').split('.').map(Number)
  expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(45_004_001)
})

describe('17. calls', () => {
  const ours = () => ({ url: `${app.url}/#/models`, parent: null })
  const call = (channel: string, values: readonly unknown[], frame: { url: string; parent: unknown } | null) =>
    app.double.invoke(channel, values, frame).then(
      (value) => ({ value }),
      (error: Error) => ({ error: error.message }),
    )

  test('from the panel’s main frame are answered', async () => {
    expect(await call('open-at-login:get', [], ours())).toHaveProperty('value')
  })

  test.each([
    ['another origin', () => ({ url: elsewhereUrl, parent: null })],
    ['the same host on another port', () => ({ url: 'http://127.0.0.1:1/', parent: null })],
    ['another name of this machine', () => ({ url: app.url.replace('127.0.0.1', 'localhost'), parent: null })],
    ['a name that begins alike', () => ({ url: `${app.url}.evil.test/`, parent: null })],
    ['a file', () => ({ url: 'file:///index.html', parent: null })],
    ['the bundled page', () => ({ url: 'headgate-page://start/', parent: null })],
    ['a frame inside the panel', () => ({ ...ours(), parent: ours() })],
    ['a frame that is gone', () => null],
  ])('from %s are refused', async (_, frame) => {
    for (const [channel, values] of [
      ['open-at-login:set', [true]],
      ['reveal', ['data']],
      ['quit', []],
    ] as const)
      expect(await call(channel, values, frame())).toEqual({ error: expect.stringContaining('refused: this page is not the control panel') })
    expect(app.control.opened).toEqual([])
  })

  test('with other arguments than the contract’s are refused', async () => {
    for (const [channel, values] of [
      ['open-at-login:set', []],
      ['open-at-login:set', ['true']],
      ['open-at-login:set', [true, true]],
      ['reveal', ['../../etc']],
      ['reveal', [{ toString: 'data' }]],
      ['quit', ['now']],
    ] as const)
      expect(await call(channel, values, ours())).toEqual({ error: expect.stringContaining('refused: not the arguments of this call') })
  })

  test('of other channels have nobody to take them', async () => {
    expect(await call('shell:open', ['/bin/sh'], ours())).toEqual({ error: expect.stringContaining("No handler registered for 'shell:open'") })
    const { argumentsOf } = await import('../../electron/ipc/contract.ts')
    expect([...app.double.ipcMain.handlers.keys()].toSorted()).toEqual(Object.keys(argumentsOf).toSorted())
  })
})

test('18. the bundled page has a scheme of its own, not file:', () => {
  expect(app.control.schemes.get('headgate-page')?.privileges).toEqual({ standard: true, secure: true })
  expect(sources().filter(({ text }) => /file:\/\/|loadFile\(/.test(text))).toEqual([])
})

test('20. the page gets functions of the contract, never ipcRenderer or a channel', () => {
  const preload = readFileSync(join(root, 'electron/preload.ts'), 'utf8')
  expect(preload.match(/exposeInMainWorld/g)).toHaveLength(1)
  expect(preload).not.toMatch(/ipcRenderer\.(on|send|sendSync|once)|expose.*ipcRenderer/)
})
