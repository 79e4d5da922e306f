/** The set-up of the first start in Chromium over a real router: from the empty machine to the first answered request. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { stepAt, stepsFor } from '../../renderer/first-run/steps.ts'
import { presets } from '../../renderer/state/presets.ts'
import { type FakeHub, startFakeHub } from '../fakes/fake-hub.ts'
import { encodeGguf, tinyGgufParts } from '../fixtures/tiny-gguf.ts'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

let browser: TestBrowser
let router: RouterForBrowser
let hub: FakeHub

beforeAll(async () => {
  browser = await startBrowser()
}, 120_000)
afterAll(async () => {
  await browser?.close()
})
/** `memoryBudget`: GB that models may take. */
async function start(memoryBudget: number): Promise<void> {
  router = await startRouterForBrowser({
    isFirstRun: true,
    environment: { HEADGATE_HUB_URL: hub.url, HEADGATE_LOCAL_SERVERS: 'off' },
    routing: `engine: {memory_budget: ${memoryBudget}}\n`,
    models: (here) => `providers:
  - {name: here, base_url: "${here.url}"}
models:
  - {name: m, deployments: [{provider: here, model: m, lane: local}]}
default: {model: m}
`,
  })
}
beforeEach(async () => {
  hub = await startFakeHub()
  await start(5)
}, 120_000)
afterEach(async () => {
  await browser.closePages()
  await router.stop()
  await hub.close()
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

describe('suggested models', () => {
  const tiny = Buffer.from(encodeGguf(tinyGgufParts({ seed: 5 })))
  const card = (page: Page, name: string) => page.getByRole('listitem', { name })
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  const tabTo = async (page: Page, label: string) => {
    for (let presses = 0; presses < 30 && (await focused(page)) !== label; presses++) await page.keyboard.press('Tab')
    expect(await focused(page)).toBe(label)
  }
  const atLocalStep = async (options = {}): Promise<Page> => {
    await admin('PUT', '/admin/settings', { first_run: { step: 2, done: false } })
    const page = await browser.page(options)
    await page.goto(router.loginUrl)
    await title(page, 'A model on this Mac').waitFor()
    return page
  }

  test('say what they take, and are got by keyboard in the background; leaving and a reload keep the progress', async () => {
    hub.repositories['Qwen/Qwen3-4B-GGUF'] = { files: { 'Qwen3-4B-Q4_K_M.gguf': { bytes: tiny, fault: { stallAfter: 1000 } } } }
    const page = await atLocalStep()
    await card(page, 'Qwen3 0.6B').getByText('about 639 MB').waitFor()
    const best = card(page, 'Qwen3 4B')
    for (const words of ['Best for this Mac', 'Fits this Mac', 'about 2.5 GB', 'Apache-2.0', 'of 5.4 GB for models'])
      await best.getByText(words).waitFor()
    expect(await best.getByRole('meter').evaluateAll((bars) => bars.map((bar) => bar.getAttribute('aria-label')))).toEqual(['Disk', 'Memory'])
    expect(await axeFindings(page)).toEqual([])
    expect(hub.requests).toEqual([])

    await tabTo(page, 'Get Qwen3 4B')
    await page.keyboard.press('Enter')
    await hub.stalled()
    await best.getByRole('progressbar').waitFor()
    expect(await focused(page)).toBe('Pause Qwen3 4B')
    expect(await axeFindings(page)).toEqual([])

    await next(page)
    await title(page, 'A provider, for what this Mac cannot').waitFor()
    await page.getByRole('button', { name: 'Back' }).click()
    await best.getByRole('progressbar').waitFor()
    await page.reload()
    await best.getByRole('progressbar').waitFor()

    await tabTo(page, 'Pause Qwen3 4B')
    await page.keyboard.press('Enter')
    await best.getByText('Paused').waitFor()
    expect(await focused(page)).toBe('Resume Qwen3 4B')
    hub.repositories['Qwen/Qwen3-4B-GGUF'].files['Qwen3-4B-Q4_K_M.gguf']!.fault = null
    await page.keyboard.press('Enter')
    await best.getByText('Here already, as qwen3-4b-q4_k_m').waitFor()
    expect(await focused(page)).toBe('Show model Qwen3 4B')
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Enter')
    await page.getByText('The set-up waits at step 3 of 5.').waitFor()
    expect(page.url()).toContain('#/models/qwen3-4b-q4_k_m')
  })

  test('what cannot be had is told on its card, can be tried again, and cancelled', async () => {
    const file = { bytes: tiny, sha256: '0'.repeat(64) as string | null }
    const page = await atLocalStep({ viewport: { width: 900, height: 600 }, colorScheme: 'dark' })
    const quick = card(page, 'Qwen3 0.6B')
    await quick.getByRole('button', { name: 'Get Qwen3 0.6B' }).click()
    await quick.getByRole('alert').getByText('Qwen/Qwen3-0.6B-GGUF is not on').waitFor()
    expect(await axeFindings(page)).toEqual([])

    hub.repositories['Qwen/Qwen3-0.6B-GGUF'] = { files: { 'Qwen3-0.6B-Q8_0.gguf': file } }
    await quick.getByRole('button', { name: 'Get Qwen3 0.6B' }).click()
    await quick.getByText(/came with the wrong checksum/).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await quick.getByRole('button', { name: /^Cancel Qwen3 0.6B/ }).click()
    await expect.poll(() => focused(page)).toBe('Get Qwen3 0.6B')

    await page.keyboard.press('Enter')
    await quick.getByText(/came with the wrong checksum/).waitFor()
    file.sha256 = null
    await quick.getByRole('button', { name: 'Try again' }).click()
    await quick.getByText('Here already, as qwen3-0.6b-q8_0').waitFor()
  })

  test('nothing larger that fits is said in words, and so is a list that could not be loaded', async () => {
    await router.stop()
    await start(2)
    const page = await atLocalStep()
    await page.getByText('Nothing larger than Qwen3 0.6B fits: models may take 2.1 GB of this Mac’s memory.').waitFor()
    expect(await page.getByRole('button', { name: /^Get / }).count()).toBe(1)
    expect(await axeFindings(page)).toEqual([])

    await page.route('**/admin/hub/suggestions', (route) => route.fulfill({ status: 500, json: { error: { message: 'The disk does not answer.' } } }))
    await page.reload()
    await page.getByText('The suggestions could not be loaded.').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.unroute('**/admin/hub/suggestions')
    await page.getByRole('button', { name: 'Retry' }).click()
    await card(page, 'Qwen3 0.6B').waitFor()
  })
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
