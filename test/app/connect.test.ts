/** The page Connect in a real browser: what to write where, said for the split in force; a key that is shown once; the test that turns green with the tool's first request. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

let browser: TestBrowser
let router: RouterForBrowser

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser()
})
afterAll(async () => {
  await browser?.close()
  await router?.stop()
})
afterEach(async () => {
  await browser.closePages()
  await admin('DELETE', '/admin/split')
  await admin('PUT', '/admin/settings', { require_key: null })
  for (const { id, revoked_at } of (await admin('GET', '/admin/keys')).body.keys) if (revoked_at === null) await admin('DELETE', `/admin/keys/${id}`)
  expect(browser.errors.splice(0)).toEqual([])
})

const admin = (method: string, path: string, body?: unknown) => router.lanes.router.admin(method, path, body)
const ask = async (headers: Readonly<Record<string, string>>) => {
  const reply = await router.lanes.router.chat({ model: 'm' }, headers)
  await reply.text()
  return reply
}
async function open(tool: string, options = {}): Promise<Page> {
  const page = await browser.page({ permissions: ['clipboard-read', 'clipboard-write'], ...options })
  await page.goto(router.loginUrl)
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Connect' }).click()
  await page.getByRole('listbox', { name: 'Tools' }).getByRole('option', { name: tool }).click()
  await guide(page, tool).waitFor()
  return page
}
const guide = (page: Page, tool: string) => page.getByRole('region', { name: tool, exact: true })
const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText())
const keys = (page: Page) => page.getByRole('region', { name: 'Keys' })

describe('a tool', () => {
  test('is shown what to write with the address that works, copies it, and follows the model', async () => {
    const page = await open('Continue')
    await page.getByRole('button', { name: 'Copy: Add to config.yaml' }).click()
    expect(await copied(page)).toContain(`apiBase: "${router.url}/v1"`)
    expect(await copied(page)).toContain('model: "auto"')
    await guide(page, 'Continue').getByRole('button', { name: /Model/ }).click()
    await page.getByRole('option', { name: 'm', exact: true }).click()
    await page.getByText('model: "m"').waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  test('e71: where prompts go now is said before what to write, and follows the split', async () => {
    const page = await open('Zed')
    const order = await guide(page, 'Zed').evaluate(
      (element) => (element.textContent ?? '').indexOf('Now prompts stay on this Mac') < (element.textContent ?? '').indexOf('language_models'),
    )
    expect(order).toBe(true)
    await guide(page, 'Zed').getByText('Now prompts stay on this Mac, and go to away only when it cannot answer.').waitFor()
    await admin('PUT', '/admin/split', { remote_share: 0.3 })
    await guide(page, 'Zed')
      .getByText(/Now 30\s% of new conversations go to away, the others stay on this Mac/)
      .waitFor()
    await admin('PUT', '/admin/split', { preset: 'local-only' })
    await guide(page, 'Zed').getByText('Now every prompt stays on this Mac. What cannot run here is refused.').waitFor()
    await admin('PUT', '/admin/split', { preset: 'remote-only' })
    await guide(page, 'Zed').getByText('Now every prompt goes to away. Nothing runs here.').waitFor()
  })

  test('without a key turns the test green with its first request, and says where it was answered', async () => {
    const page = await open('Zed')
    await page.getByText('Listening for Zed…').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await ask({ 'user-agent': 'curl/8.5' })
    await page.getByText('curl called meanwhile. If that was it, all is well.').waitFor()
    await ask({ 'user-agent': 'Zed/0.212' })
    await guide(page, 'Zed').getByText('Zed is connected.').waitFor()
    await guide(page, 'Zed')
      .getByText(/m\/here, local, \d/)
      .waitFor()
    expect(await axeFindings(page)).toEqual([])
    await guide(page, 'Zed').getByRole('link', { name: 'See it in Activity' }).click()
    await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor()
  })

  test('that is refused is told why, and the next request may still be the one', async () => {
    await admin('PUT', '/admin/settings', { require_key: true })
    const page = await open('Zed')
    await page.getByText('Every request needs a key.').first().waitFor()
    await ask({ 'user-agent': 'Zed/0.212', authorization: 'Bearer hg-wrong' })
    await guide(page, 'Zed').getByText('Zed called, and was refused.').waitFor()
    await guide(page, 'Zed').getByText('This Headgate key is unknown or revoked.').waitFor()
    const { key } = (await admin('POST', '/admin/keys', { name: 'Zed' })).body
    await ask({ authorization: `Bearer ${key}` })
    await guide(page, 'Zed').getByText('Zed is connected.').waitFor()
  })

  test('that has no dialect here yet is named with the reason', async () => {
    const page = await open('Zed')
    await page.getByText('It speaks Messages, which comes later.').waitFor()
    await page.getByRole('searchbox', { name: 'Search tools' }).fill('codex')
    await page.getByText('It speaks Responses, which comes later.').waitFor()
    expect(await page.getByRole('option').count()).toBe(0)
  })
})

describe('a key', () => {
  test('made for a tool is shown once, stands masked in the snippet, is copied whole, and turns the test green by itself', async () => {
    const page = await open('Aider')
    await page.getByRole('button', { name: 'Create a key for Aider' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByLabel('Name').inputValue()).toBe('Aider')
    await dialog.getByText('Never remote').click()
    await dialog.getByText(/Nothing that comes with this key leaves this Mac/).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Create', exact: true }).click()
    await page.getByRole('dialog', { name: 'The key of Aider' }).getByRole('button', { name: 'Copy the key' }).click()
    const key = await copied(page)
    expect(key).toMatch(/^hg-[\w-]{32}$/)
    expect(await page.content()).not.toContain(key)
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Done' }).click()

    await page.getByText(/openai-api-key: "hg-.{4}•{8}"/).waitFor()
    expect(await page.content()).not.toContain(key)
    await page.getByRole('button', { name: 'Copy: Add to .aider.conf.yml' }).click()
    expect(await copied(page)).toContain(`openai-api-key: "${key}"`)
    await page.getByRole('button', { name: 'Show the key' }).click()
    await page.getByText(`openai-api-key: "${key}"`).waitFor()
    await guide(page, 'Aider').getByText('With the key of Aider every prompt stays on this Mac.').waitFor()

    expect((await ask({ authorization: `Bearer ${key}` })).headers.get('x-headgate-lane')).toBe('local')
    await guide(page, 'Aider').getByText('Aider is connected.').waitFor()
    await keys(page).getByRole('row', { name: /Aider/ }).getByText('never remote').waitFor()
  })

  test('is changed in the table, and revoked with two presses: its next request is refused', async () => {
    const { key } = (await admin('POST', '/admin/keys', { name: 'Old tool' })).body
    await ask({ authorization: `Bearer ${key}` })
    const page = await open('curl')
    const row = keys(page).getByRole('row', { name: /Old tool/ })
    await row.getByText('m/here').waitFor()
    await row.getByRole('button', { name: 'Key of Old tool', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Key of Old tool' })
    await dialog.getByText('Its own split').click()
    await dialog.getByLabel('Percent remote').fill('80')
    await page.keyboard.press('Tab')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row.getByText(/80\s% remote/).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await row.getByRole('button', { name: 'Revoke the key of Old tool' }).click()
    await row.getByRole('button', { name: 'Click again' }).click()
    await row.waitFor({ state: 'detached' })
    expect((await ask({ authorization: `Bearer ${key}` })).status).toBe(401)
    await keys(page)
      .getByRole('button', { name: /Show \d+ revoked/ })
      .click()
    await keys(page)
      .getByRole('row', { name: /Old tool.*revoked/ })
      .waitFor()
    expect(await axeFindings(page)).toEqual([])
  })
})

test('the page fits a narrow window and both themes without a finding', async () => {
  await admin('POST', '/admin/keys', { name: 'A tool with a rather long name that has to be cut', remote_share: 0.4 })
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await open('OpenAI SDK, Python', { viewport: { width: 900, height: 600 }, colorScheme })
    expect(await page.locator('#page').evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
    expect(await axeFindings(page)).toEqual([])
  }
})
