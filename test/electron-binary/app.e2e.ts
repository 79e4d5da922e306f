/** `npm run test:app`: the built app on Electron's real binary, started by Playwright. Skipped, and said, where the binary is not there. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { _electron, type ElectronApplication } from 'playwright'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pathFile = join(root, 'node_modules/electron/path.txt')
const binary = existsSync(pathFile) ? join(root, 'node_modules/electron/dist', readFileSync(pathFile, 'utf8')) : null
const hasDisplay = process.platform === 'darwin' || (process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']) !== undefined
const skip =
  binary === null || !existsSync(binary)
    ? "Electron's binary is not there (node node_modules/electron/install.js gets it)"
    : hasDisplay
      ? false
      : 'there is no display'

describe('the app on the real Electron', { skip, timeout: 120_000 }, () => {
  const data = mkdtempSync(join(tmpdir(), 'headgate-app-'))
  let app: ElectronApplication

  before(async () => {
    app = await _electron.launch({
      args: [root],
      env: { ...(process.env as Record<string, string>), HEADGATE_DATA: data, HEADGATE_PORT: '0', HEADGATE_STARTER_MODEL: 'off' },
    })
  })
  after(async () => {
    await app?.evaluate(({ app: electron }) => electron.exit(0)).catch(() => {})
    rmSync(data, { recursive: true, force: true })
  })

  test('the router answers, with Electron around it', async () => {
    const { url } = await runtime()
    const health = (await (await fetch(`${url}/health`)).json()) as { status: string }
    assert.equal(health.status, 'ok')
  })

  test('the window shows the panel signed in; closing it leaves the router', async () => {
    const { url } = await runtime()
    const opened = app.windows().length > 0 ? Promise.resolve(app.windows()[0]) : app.waitForEvent('window')
    await app.evaluate(({ app: electron }) => electron.emit('activate', {}, false))
    const page = await opened
    assert.ok(page)
    await page.waitForURL((address) => address.origin === url)
    await page.getByRole('heading', { level: 1 }).waitFor()
    assert.equal(await page.evaluate(() => typeof (globalThis as { require?: unknown }).require), 'undefined')
    await page.close()
    assert.equal((await fetch(`${url}/health`)).status, 200)
  })

  /** What the app wrote about itself once it listened. */
  async function runtime(): Promise<{ url: string }> {
    for (let tries = 0; tries < 300; tries++) {
      const file = join(data, 'runtime.json')
      if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as { url: string }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error('the app did not start its router')
  }
})
