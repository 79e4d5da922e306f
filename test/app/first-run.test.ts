/** The set-up of the first start in Chromium over a real router: from the empty machine to the first answered request. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { stepAt, stepsFor } from '../../renderer/first-run/steps.ts'
import { presets } from '../../renderer/state/presets.ts'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

let browser: TestBrowser
let router: RouterForBrowser

beforeAll(async () => {
  browser = await startBrowser()
}, 120_000)
afterAll(async () => {
  await browser?.close()
})
beforeEach(async () => {
  router = await startRouterForBrowser({
    isFirstRun: true,
    models: (here) => `providers:
  - {name: here, base_url: "${here.url}"}
models:
  - {name: m, deployments: [{provider: here, model: m, lane: local}]}
default: {model: m}
`,
  })
}, 120_000)
afterEach(async () => {
  await browser.closePages()
  await router.stop()
  expect(browser.errors.splice(0)).toEqual([])
})

const admin = (method: string, path: string, body?: unknown) => router.lanes.router.admin(method, path, body)
const firstRun = async () => (await admin('GET', '/admin/settings')).body.first_run as { step: number; done: boolean }
const title = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })
/** Goes on, and looks that what the step shows stands below one another. */
const next = async (page: Page) => {
  const tops = await page.locator('.first-run-step > *').evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().top))
  expect(tops).toEqual(tops.toSorted((one, other) => one - other))
  expect(new Set(tops).size).toBe(tops.length)
  await page.getByRole('button', { name: /^(Continue|Open Headgate)$/ }).click()
}

async function opened(options = {}): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(router.loginUrl)
  await title(page, 'It already runs').waitFor()
  return page
}

test('five steps lead from the address to the first answered request', async () => {
  const page = await opened({ colorScheme: 'dark' })
  await page.getByText(`${router.url}/v1`).waitFor()
  expect(await axeFindings(page)).toEqual([])

  await next(page)
  await title(page, 'Where may your prompts go?').waitFor()
  await page.getByText('Cloud first, this Mac as backup').click()
  await expect.poll(async () => (await admin('GET', '/admin/split')).body.preset).toBe('prefer-remote')
  await page.getByRole('contentinfo').getByText('Prefer Remote').waitFor()
  expect(await axeFindings(page)).toEqual([])

  await next(page)
  await title(page, 'A model on this Mac').waitFor()
  await page.getByRole('listitem').filter({ hasText: 'm' }).first().waitFor()
  expect(await axeFindings(page)).toEqual([])

  await next(page)
  await title(page, 'A provider, for what this Mac cannot').waitFor()
  await page.getByRole('button', { name: /Provider/ }).click()
  await page.getByRole('option', { name: 'OpenAI-compatible server' }).click()
  await page.getByLabel('Address').fill(router.lanes.away.url)
  await page.getByLabel('API key').fill('key-of-away')
  await page.getByRole('button', { name: 'Test' }).click()
  await page.getByRole('button', { name: /^Add / }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: /^Add / }).click()
  await page.getByText('is added.').waitFor()
  expect(await page.getByLabel('API key').inputValue()).toBe('')
  const { providers } = (await admin('GET', '/admin/providers')).body as { providers: { name: string }[] }
  expect(providers.map(({ name }) => name)).toContain('127.0.0.1')
  expect(JSON.stringify(providers)).not.toContain('key-of-away')

  await next(page)
  await title(page, 'Connect your first tool').waitFor()
  await page.getByText('Listening for the first request…').waitFor()
  expect(await axeFindings(page)).toEqual([])
  const answer = await router.lanes.router.chat({ model: 'm@local' }, { 'user-agent': 'Zed/1.0' })
  expect(answer.status).toBe(200)
  await page.getByText(/was answered by m on this Mac in/).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await next(page)
  await page.getByRole('slider', { name: 'Remote share' }).waitFor()
  expect(await firstRun()).toEqual({ step: 0, done: true })
})

test('it goes on where it was left, in another window too, and skipping ends it for good', async () => {
  const page = await opened()
  await next(page)
  await title(page, 'Where may your prompts go?').waitFor()
  await next(page)
  await title(page, 'A model on this Mac').waitFor()
  await page.reload()
  await title(page, 'A model on this Mac').waitFor()
  const other = await browser.page()
  await other.goto(router.loginUrl)
  await title(other, 'A model on this Mac').waitFor()
  await other.getByRole('button', { name: 'Back' }).click()
  await title(other, 'Where may your prompts go?').waitFor()

  await page.getByRole('button', { name: 'Skip set-up' }).click()
  await page.getByRole('slider', { name: 'Remote share' }).waitFor()
  await page.reload()
  await page.getByRole('slider', { name: 'Remote share' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('set-up again')
  await page.getByRole('option', { name: 'Show the set-up again' }).waitFor()
  await page.keyboard.press('Enter')
  await title(page, 'It already runs').waitFor()
})

test('only this Mac asks for no provider; choosing a model leaves for Models, and a bar leads back', async () => {
  const page = await opened()
  await next(page)
  await page.getByText('Only this Mac').click()
  await expect.poll(async () => (await admin('GET', '/admin/split')).body.lock).toBe('local')
  await next(page)
  await title(page, 'A model on this Mac').waitFor()
  await page.getByRole('button', { name: 'Choose a model…' }).first().click()
  await page.getByText('The set-up waits at step 3 of 4.').waitFor()
  expect(page.url()).toContain('#/models')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Go on' }).click()
  await title(page, 'A model on this Mac').waitFor()
  await next(page)
  await title(page, 'Connect your first tool').waitFor()
})

test('a failed request is told in words, and the panel’s own test request counts', async () => {
  await admin('PUT', '/admin/settings', { first_run: { step: 4, done: false } })
  router.lanes.here.fault = '500'
  const page = await browser.page({ viewport: { width: 900, height: 600 } })
  await page.goto(router.loginUrl)
  await title(page, 'Connect your first tool').waitFor()
  await page.getByRole('button', { name: 'Send a test request' }).click()
  await page.getByText(/was refused:/).waitFor()
  router.lanes.here.fault = null
  expect(await axeFindings(page)).toEqual([])
})

test('who has sent requests is not asked, unless the set-up was begun', async () => {
  expect((await router.lanes.router.chat({ model: 'm' })).status).toBe(200)
  const page = await browser.page()
  await page.goto(router.loginUrl)
  await page.getByRole('slider', { name: 'Remote share' }).waitFor()
})

describe('the steps', () => {
  test('follow the choice and the host, and a kept step that is gone becomes the next one', () => {
    expect(stepsFor(presets['prefer-local'], false)).toEqual(['running', 'split', 'local', 'provider', 'tool'])
    expect(stepsFor(presets['local-only'], true)).toEqual(['running', 'split', 'local', 'tool', 'handy'])
    expect(stepsFor(presets['remote-only'], false)).toEqual(['running', 'split', 'provider', 'tool'])
    expect(stepAt(3, stepsFor(presets['local-only'], false))).toBe('tool')
    expect(stepAt(5, stepsFor(presets['prefer-local'], false))).toBe('tool')
    expect(stepAt(0, stepsFor(presets['prefer-local'], false))).toBe('running')
  })
})
