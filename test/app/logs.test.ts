/** Logs in a real browser: lines as they come, by level and source, and a support bundle that is read before it is saved. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

let browser: TestBrowser
let router: RouterForBrowser

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser({ tiny: true })
})
afterAll(async () => {
  await browser?.close()
  await router?.stop()
})
afterEach(async () => {
  await browser.closePages()
  expect(browser.errors.splice(0)).toEqual([])
})

const ask = async (model: string, more = {}) => (await router.lanes.router.chat({ model, ...more }, { 'user-agent': 'zed/1' })).text()
const lines = (page: Page) => page.getByRole('region', { name: 'Log lines' })

async function openAt(hash: string): Promise<Page> {
  const page = await browser.page({ permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto(router.loginUrl)
  await page.getByRole('navigation').waitFor({ timeout: 60_000 })
  await page.evaluate((to) => {
    location.hash = to
  }, hash)
  await lines(page).waitFor()
  return page
}

test('lines come as they happen, and lead to their request', async () => {
  const page = await openAt('#/logs')
  await ask('m')
  await lines(page)
    .getByText(/^Zed → m\/here: 200 in /)
    .last()
    .waitFor()
  await ask('no-such-model')
  await lines(page)
    .getByText(/Zed → no-such-model: 404/)
    .waitFor()
  expect(await axeFindings(page)).toEqual([])
  await lines(page)
    .getByRole('link', { name: /Zed → no-such-model/ })
    .click()
  await page.getByRole('complementary', { name: 'Request' }).getByText('What the caller was told').waitFor()
})

test('are filtered by level, source and words, in the address', async () => {
  await ask('tiny', { max_tokens: 2 })
  await ask('no-such-model')
  const page = await openAt('#/logs?level=warn')
  await lines(page)
    .getByText(/no-such-model/)
    .first()
    .waitFor()
  expect(
    await lines(page)
      .getByText(/200 in/)
      .count(),
  ).toBe(0)
  await page.getByText('Engine', { exact: true }).click()
  await page.getByRole('heading', { name: 'No line matches.' }).waitFor()
  await page.getByRole('button', { name: 'Show all lines' }).click()
  await expect.poll(() => page.evaluate(() => location.hash)).toBe('#/logs?level=debug')
  await page.getByText('Engine', { exact: true }).click()
  await lines(page).getByText(/llama/).first().waitFor()
  await page.keyboard.press('Control+f')
  await page.keyboard.type('is ready')
  await lines(page).getByText('tiny.gguf is ready').first().waitFor()
  await page.getByRole('button', { name: 'Copy lines' }).click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain(' info engine ')
})

test('scrolled up nothing moves; the end is one press away', async () => {
  for (let turn = 0; turn < 60; turn++) await ask('no-such-model')
  const page = await openAt('#/logs')
  await expect.poll(() => lines(page).evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight)).toBeLessThan(40)
  await lines(page).evaluate((element) => {
    element.scrollTop = 200
  })
  await page.getByRole('button', { name: 'Show the newest lines' }).waitFor()
  await ask('m')
  await page.getByRole('button', { name: /Show \d+ new lines?/ }).waitFor()
  expect(await lines(page).evaluate((element) => element.scrollTop)).toBe(200)
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: /Show \d+ new lines?/ }).click()
  await lines(page)
    .getByText(/^Zed → m\/here: 200 in /)
    .last()
    .waitFor()
})

test('the support bundle is read before it is saved', async () => {
  const page = await openAt('#/logs')
  await page.getByRole('button', { name: 'Support bundle…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Support bundle' })
  await dialog.getByText('"llama_cpp"').waitFor()
  expect(await axeFindings(page)).toEqual([])
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: /^Save · / }).click()])
  expect(download.suggestedFilename()).toMatch(/^headgate-support-\d{4}-\d\d-\d\d\.json$/)
  const chunks: Buffer[] = []
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  expect(JSON.parse(text).versions.headgate).toEqual(expect.any(String))
  expect(text).not.toContain(router.adminToken)
  expect(text).not.toContain('key-of-here')
})
