/** The Overview in every theme and at every width, with rows and an open inspector: nothing for axe to find, nothing that scrolls sideways. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

let browser: TestBrowser
let router: RouterForBrowser

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser()
  for (const words of ['one', 'two', 'three']) await router.lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: words }] })
})
afterAll(async () => {
  await browser?.close()
  await router?.stop()
})

afterEach(() => browser.closePages())

async function withInspector(options: Parameters<TestBrowser['page']>[0]): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(router.loginUrl)
  await page.locator('tbody tr').first().click()
  await page.getByRole('complementary', { name: 'Request' }).getByRole('heading', { name: 'Why it went there' }).waitFor()
  return page
}

for (const colorScheme of ['light', 'dark'] as const)
  for (const contrast of ['no-preference', 'more'] as const)
    test(`axe finds nothing: ${colorScheme}, contrast ${contrast}`, async () => {
      const page = await withInspector({ colorScheme, contrast })
      expect(await axeFindings(page)).toEqual([])
    })

test('no width from a wide window to one at 400 percent scrolls sideways', async () => {
  const page = await withInspector({})
  for (const width of [1600, 1280, 900, 640, 320]) {
    await page.setViewportSize({ width, height: 500 })
    const overflow = await page.locator('#page').evaluate((element) => element.scrollWidth - element.clientWidth)
    expect({ width, overflow }).toEqual({ width, overflow: 0 })
  }
})

test('with more contrast the remote bars are hatched, so that no lane is told by colour alone', async () => {
  const page = await withInspector({ contrast: 'more' })
  const background = await page
    .locator('.flow.remote i')
    .last()
    .evaluate((bar) => getComputedStyle(bar).backgroundImage)
  expect(background).toContain('repeating-linear-gradient')
})
