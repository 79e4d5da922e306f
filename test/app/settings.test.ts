/** The page Settings in Chromium over a real router: changes, refusals in words, resets, the search, and the effective configuration. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

let browser: TestBrowser
let router: RouterForBrowser

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser({ routing: 'engine:\n  context: 1024\n  slots: 2\n' })
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await router?.stop()
})
afterEach(async () => {
  await browser.closePages()
  expect(browser.errors.splice(0)).toEqual([])
})

const admin = (method: string, path: string, body?: unknown) => router.lanes.router.admin(method, path, body)
const settingAt = async (path: string) => {
  const { settings } = (await admin('GET', '/admin/settings')).body as { settings: { path: string; value: unknown; source: string }[] }
  return settings.find((setting) => setting.path === path)
}

async function opened(options = {}): Promise<Page> {
  const page = await browser.page({ permissions: ['clipboard-read', 'clipboard-write'], ...options })
  await page.goto(router.loginUrl)
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('heading', { name: 'General' }).waitFor()
  return page
}
const context = (page: Page) => page.getByRole('textbox', { name: 'Usual context' })

describe('a row', () => {
  test('keeps a number on Return, says what it stands above, and resets to the file', async () => {
    const page = await opened()
    expect(await context(page).inputValue()).toBe('1024')
    await context(page).fill('2048')
    await page.keyboard.press('Enter')
    await expect.poll(() => settingAt('engine.context')).toMatchObject({ value: 2048, source: 'panel' })
    await page.getByText('Stands above routing.yaml:2.').waitFor()
    await page
      .getByRole('button', { name: 'Usual context: reset to 1 024 tokens' })
      .or(page.getByRole('button', { name: /Usual context: reset to/ }))
      .first()
      .click()
    await expect.poll(() => settingAt('engine.context')).toMatchObject({ value: 1024, source: 'routing.yaml:2' })
    await expect.poll(() => context(page).inputValue()).toBe('1024')
  })

  test('shows the router’s refusal as a sentence in place, and a word that is no number before it is sent', async () => {
    const page = await opened()
    await context(page).fill('3')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('engine.context').waitFor()
    expect(await context(page).getAttribute('aria-invalid')).toBe('true')
    expect(await axeFindings(page)).toEqual([])
    await context(page).fill('a lot')
    await page.getByRole('alert').getByText('A number').waitFor()
    expect(await settingAt('engine.context')).toMatchObject({ value: 1024 })
  })

  test('switches, lists and choices are kept at once', async () => {
    const page = await opened()
    await page.getByRole('switch', { name: 'Require a key' }).focus()
    await page.keyboard.press('Space')
    await expect.poll(() => settingAt('require_key')).toMatchObject({ value: true, source: 'panel' })
    await page.getByRole('button', { name: /Require a key: reset to/ }).click()
    await expect.poll(() => settingAt('require_key')).toMatchObject({ value: false, source: 'default' })

    await page.getByRole('textbox', { name: 'Host names' }).fill('studio.local, mac.lan')
    await page.keyboard.press('Tab')
    await expect.poll(() => settingAt('host_names')).toMatchObject({ value: ['studio.local', 'mac.lan'] })

    await page.getByRole('button', { name: /Unload idle models/ }).click()
    await page.getByRole('option', { name: '1 hour' }).click()
    await expect.poll(() => settingAt('engine.idle_unload')).toMatchObject({ value: 3600 })

    await page.getByRole('button', { name: 'Record the next 10 minutes' }).click()
    await page.getByText(/Recording until \d\d:\d\d/).waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await expect.poll(() => settingAt('recording.until')).toMatchObject({ value: null })
  })

  test('what the environment sets is disabled and says by what; what belongs to the app is one sentence', async () => {
    const page = await opened()
    const row = page.locator('.form-row', { hasText: 'Starter model' })
    await row.getByText('set by HEADGATE_STARTER_MODEL').waitFor()
    expect(await row.getByRole('button').isDisabled()).toBe(true)
    await page.getByText('Opening at login, the Dock icon').waitFor()
    expect(await page.getByText('Open at login').count()).toBe(0)
  })

  test('the appearance is applied at once and before the settings are loaded the next time', async () => {
    const page = await opened({ colorScheme: 'light' })
    await page.getByRole('radiogroup', { name: 'Appearance' }).getByText('Dark').click()
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark')
    await page.route('**/admin/settings', (route) => route.abort())
    await page.reload()
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark')
    await page.getByRole('heading', { name: 'The settings could not be loaded' }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.unroute('**/admin/settings')
    await page.getByRole('button', { name: 'Retry' }).click()
    await page.getByRole('radiogroup', { name: 'Appearance' }).getByText('System').click()
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'] ?? null)).toBeNull()
  })
})

describe('the page', () => {
  test.each([
    { colorScheme: 'light' as const, viewport: { width: 1280, height: 800 } },
    { colorScheme: 'dark' as const, viewport: { width: 900, height: 600 } },
    { colorScheme: 'light' as const, viewport: { width: 320, height: 500 } },
  ])('has nothing that axe finds, and nothing wider than the window: $colorScheme, $viewport.width px', async (options) => {
    const page = await browser.page(options)
    await page.goto(`${router.loginUrl}`)
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('heading', { name: 'General' }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    expect(await page.locator('#page').evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
  })

  test('a search leaves the rows and values that match, and says when there is none', async () => {
    const page = await opened()
    await page.keyboard.press('Control+f')
    await page.keyboard.type('idle')
    await page.getByText('Unload idle models').waitFor()
    expect(await page.getByText('Require a key', { exact: true }).count()).toBe(0)
    expect(await page.getByRole('row').allTextContents()).toEqual([expect.any(String), expect.stringContaining('engine.idle_unload')])
    await page.keyboard.type(' zebra')
    await page.getByRole('button', { name: 'Clear the search' }).click()
    await page.getByText('Require a key', { exact: true }).waitFor()
  })

  test('the effective configuration names every source, copies as JSON, and resets what the panel set', async () => {
    await admin('PUT', '/admin/settings', { ledger_days: 7 })
    await admin('PUT', '/admin/split', { remote_share: 0.2 })
    const page = await opened()
    const row = (path: string) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: path, exact: true }) })
    expect(await row('engine.slots').textContent()).toContain('routing.yaml:3')
    expect(await row('ledger.days').textContent()).toContain('this panel')
    await page.getByRole('button', { name: 'Copy as JSON' }).click()
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Record<string, unknown>
    expect(copied['engine.slots']).toEqual({ value: 2, source: 'routing.yaml:3' })
    await page.getByRole('button', { name: 'Reset ledger.days' }).click()
    await expect.poll(() => settingAt('ledger.days')).toMatchObject({ value: 30, source: 'default' })
    await page.getByRole('button', { name: 'Reset split.remote_share' }).click()
    await expect.poll(() => settingAt('split.remote_share')).toMatchObject({ value: 0, source: 'default' })
  })
})
