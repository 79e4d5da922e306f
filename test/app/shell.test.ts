/** The frame around every page, in Chromium over a real router: places, titles, focus, keys, and the pages that stand alone. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

let browser: TestBrowser
let router: RouterForBrowser

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser()
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

async function signedIn(options = {}): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(router.loginUrl)
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  return page
}

const heading = (page: Page, name: string) => page.getByRole('banner').getByRole('heading', { level: 1, name })
const names = ['Overview', 'Models', 'Providers', 'Routing', 'Activity', 'Connect', 'Logs', 'Settings']

describe('pages', () => {
  test('open by link and by key, with their title, the focus on the page, and Back', async () => {
    const page = await signedIn()
    await expect.poll(() => page.title()).toBe('Overview – Headgate')
    await page.getByRole('link', { name: 'Settings' }).click()
    await heading(page, 'Settings').waitFor()
    expect(await page.title()).toBe('Settings – Headgate')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('page')
    for (const [index, name] of names.entries()) {
      await page.keyboard.press(`Control+${index + 1}`)
      await heading(page, name).waitFor()
    }
    await page.keyboard.press('Control+1')
    await page.keyboard.press('Control+,')
    await heading(page, 'Settings').waitFor()
    await page.goBack()
    await heading(page, 'Overview').waitFor()
    expect(await page.getByRole('link', { name: 'Overview' }).getAttribute('aria-current')).toBe('page')
  })

  test('keep their scroll position, and the window itself never scrolls', async () => {
    const page = await signedIn({ viewport: { width: 1280, height: 500 } })
    await page.keyboard.press('Control+8')
    await page.getByRole('heading', { name: 'Effective configuration' }).scrollIntoViewIfNeeded()
    const scrolled = () => page.locator('#page').evaluate((element) => element.scrollTop)
    const before = await scrolled()
    expect(before).toBeGreaterThan(0)
    await page.keyboard.press('Control+1')
    await heading(page, 'Overview').waitFor()
    expect(await scrolled()).toBe(0)
    await page.keyboard.press('Control+8')
    await expect.poll(scrolled).toBe(before)
    expect(await page.evaluate(() => [scrollY, document.documentElement.scrollHeight - innerHeight])).toEqual([0, 0])
  })

  test.each([
    { colorScheme: 'light' as const, viewport: { width: 1280, height: 800 } },
    { colorScheme: 'dark' as const, viewport: { width: 900, height: 600 } },
  ])('have a frame in which axe finds nothing: $colorScheme, $viewport.width px', async (options) => {
    const page = await signedIn(options)
    for (const name of ['Overview', 'Settings']) {
      await page.getByRole('link', { name }).click()
      await heading(page, name).waitFor()
      if (name === 'Settings') await page.getByRole('heading', { name: 'General' }).waitFor()
      expect(await axeFindings(page)).toEqual([])
    }
  })

  test('are a rail of icons in a narrow window, named for screen readers and beside the pointer', async () => {
    const page = await signedIn({ viewport: { width: 900, height: 600 } })
    const link = page.getByRole('link', { name: 'Providers' })
    const label = link.locator('span')
    expect(await label.evaluate((element) => getComputedStyle(element).opacity)).toBe('0')
    await link.hover()
    await expect.poll(() => label.evaluate((element) => getComputedStyle(element).opacity)).toBe('1')
    expect((await page.locator('.sidebar').boundingBox())?.width).toBe(56)
  })

  test('the first Tab offers to skip to the page', async () => {
    const page = await signedIn()
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: 'Skip to the page' }).waitFor()
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('page')
  })
})

describe('keys', () => {
  test('Local Only goes on and off, and pausing refuses tools until it is resumed', async () => {
    const page = await signedIn()
    const split = async () => (await admin('GET', '/admin/split')).body.preset as string
    const before = await split()
    await page.keyboard.press('Control+Alt+l')
    await expect.poll(split).toBe('local-only')
    await page.getByText('0 B sent to providers today').first().waitFor()
    await page.keyboard.press('Control+Alt+l')
    await expect.poll(split).toBe('prefer-local')
    await admin('DELETE', '/admin/split')
    expect(await split()).toBe(before)

    await page.keyboard.press('Control+p')
    await page.locator('.foot').getByText('Paused').waitFor()
    expect((await router.lanes.router.chat({ model: 'm' })).status).toBe(503)
    await page.keyboard.press('Control+p')
    await page.locator('.foot').getByText('Running').waitFor()
    expect((await router.lanes.router.chat({ model: 'm' })).status).toBe(200)
  })

  test('search focuses the field of the page, where it has one', async () => {
    const page = await signedIn()
    await page.keyboard.press('Control+8')
    await page.getByRole('searchbox', { name: 'Search settings' }).waitFor()
    await page.keyboard.press('Control+f')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('page-search')
  })
})

describe('in the app', () => {
  test('the window has room for its buttons and can be dragged by its toolbar', async () => {
    const page = await browser.page()
    await page.addInitScript(() => {
      const item = { enabled: false, needsApproval: false, available: false, why: 'This build is not signed.' }
      Object.assign(window, {
        headgate: {
          platform: 'darwin',
          version: '1.0.0',
          openAtLogin: { get: async () => item, set: async () => item },
          revealInFinder: async () => {},
          checkForUpdates: async () => ({ state: 'off', detail: null }),
          quit: async () => {},
        },
      })
    })
    await page.goto(router.loginUrl)
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    const style = (selector: string, name: string) =>
      page.locator(selector).evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), name)
    expect(await style('.brand', 'padding-left')).toBe('88px')
    expect([await style('.toolbar', '-webkit-app-region'), await style('.pill', '-webkit-app-region')]).toEqual(['drag', 'no-drag'])
    await page.keyboard.press('Control+8')
    await page.getByText('This build is not signed.').waitFor()
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.getByText('Updates are switched off.').waitFor()
    expect(await page.getByRole('button', { name: 'Show in Finder' }).count()).toBe(3)
    await page.getByRole('switch', { name: 'An update is ready' }).focus()
    await page.keyboard.press('Space')
    const muted = async () =>
      ((await admin('GET', '/admin/settings')).body.settings as { name: string; value: unknown }[]).find(({ name }) => name === 'muted_notices')
        ?.value
    await expect.poll(muted).toEqual(['update'])
    expect(await axeFindings(page)).toEqual([])
  })
})

test('the sidebar counts the models, and marks the page of a deployment that is out', async () => {
  const page = await signedIn()
  const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Providers' })
  expect(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Models' }).textContent()).toBe('Models1')
  expect(await link.getByRole('img').count()).toBe(0)
  router.lanes.away.fault = '500'
  for (let number = 0; number < 6; number++) await router.lanes.router.chat({ model: 'm@remote', messages: [{ role: 'user', content: `${number}` }] })
  await link.getByRole('img', { name: 'one is out' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  router.lanes.away.fault = null
})

describe('alone on the page', () => {
  test.each(['light', 'dark'] as const)('sign-in, no router and loading are whole in %s', async (colorScheme) => {
    const page = await browser.page({ colorScheme })
    await page.goto(router.url)
    await page.getByRole('heading', { name: 'Sign in to Headgate' }).waitFor()
    expect(await axeFindings(page)).toEqual([])

    await page.route('**/admin/overview', (route) => route.abort())
    await page.getByLabel('Admin token').fill(router.adminToken)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: /does not answer at/ }).waitFor()
    expect(await axeFindings(page)).toEqual([])

    await page.unroute('**/admin/overview')
    const held = Promise.withResolvers<void>()
    await page.route('**/admin/settings', async (route) => {
      await held.promise
      await route.continue()
    })
    await page.getByRole('button', { name: 'Retry' }).click()
    await page.getByRole('heading', { name: 'Loading' }).waitFor({ state: 'attached' })
    expect(await axeFindings(page)).toEqual([])
    held.resolve()
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  })
})
