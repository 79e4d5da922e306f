/** The page Providers in a real browser against a real router: adding with a key and a test, what is wrong said in its row, switching off, removing, by keyboard too. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { answer, type FakeProvider, json, models, startFakeProvider } from '../fakes/fake-provider.ts'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

const key = 'sk-live-0123456789abcdefWXYZ'
let browser: TestBrowser
let router: RouterForBrowser
let provider: FakeProvider

beforeAll(async () => {
  browser = await startBrowser()
  provider = await startFakeProvider()
  router = await startRouterForBrowser({
    models: (here) => `providers:
  - {name: filed, base_url: "${here.url}", api_key: "\${FILED_KEY}", default_model: of-file}
`,
  })
})
afterAll(async () => {
  await browser?.close()
  await router?.stop()
  await provider?.close()
})
afterEach(async () => {
  await browser.closePages()
  Object.assign(provider, { list: models('one', 'two'), chat: answer })
  provider.seen.length = 0
  await admin('DELETE', '/admin/providers/mine')
  await admin('DELETE', '/admin/split')
  await admin('PATCH', '/admin/providers/filed', { disabled: false, api_key: null })
  expect(browser.errors.splice(0)).toEqual([])
})

const admin = (method: string, path: string, body?: unknown) => router.lanes.router.admin(method, path, body)
const list = async () => (await admin('GET', '/admin/providers')).body.providers
const view = async (name: string) => (await list()).find((each: { name: string }) => each.name === name)
const addMine = () => admin('POST', '/admin/providers', { name: 'mine', base_url: provider.url, api_key: key, default_model: 'one' })

/** Signed in and on the page; `place` is what follows `#/providers`. */
async function open(place = '', options = {}): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(router.loginUrl)
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Providers' }).click()
  await page.getByRole('button', { name: 'Add a provider' }).first().waitFor()
  if (place !== '') await page.evaluate((hash) => void (location.hash = hash), `#/providers${place}`)
  return page
}
const row = (page: Page, name: string) =>
  page
    .getByRole('region', { name: 'Providers' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name: `${name}, details` }) })
const menu = async (page: Page, name: string, item: string) => {
  await page.getByRole('button', { name: `More for ${name}` }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

describe('adding', () => {
  test('pick a kind, paste a key, test, choose a model, add: the next request is answered there, and the key is not in the page', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Add a provider' }).click()
    const dialog = page.getByRole('dialog')
    expect(await axeFindings(page)).toEqual([])
    await dialog.getByRole('searchbox').fill('compat')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await dialog.getByLabel('Address').fill(provider.url)
    await dialog.getByLabel('API key').fill(key)
    await dialog.getByLabel('Name').fill('mine')
    expect(await axeFindings(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Test', exact: true }).click()
    await dialog.getByText('The key is accepted: 2 models.').waitFor()
    const model = dialog.getByRole('combobox', { name: 'Default model' })
    await model.fill('tw')
    await page.getByRole('listbox').waitFor()
    expect(await axeFindings(page), 'with the list open').toEqual([])
    await page.getByRole('option', { name: 'two' }).click()
    expect(await model.inputValue()).toBe('two')
    expect(await axeFindings(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Add mine' }).click()
    await dialog.waitFor({ state: 'detached' })
    await row(page, 'mine').getByText('…WXYZ').waitFor()
    expect(await page.content()).not.toContain(key)
    expect(await view('mine')).toMatchObject({ default_model: 'two', has_key: true })
    expect((await router.lanes.router.chat({ model: 'two' })).headers.get('x-headgate-deployment')).toBe('two/mine')
    await row(page, 'mine').getByText('accepted').waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  test('a rejected key is said in the provider’s own words, and nothing is kept', async () => {
    provider.list = json(401, { error: { message: 'Incorrect API key <b>provided</b>' } })
    const page = await open('?add=openai-compatible')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill(provider.url)
    await dialog.getByLabel('API key').fill('sk-wrong')
    await dialog.getByLabel('Name').fill('mine')
    await dialog.getByRole('button', { name: 'Test', exact: true }).click()
    await dialog.getByText('mine rejected the key.').waitFor()
    await dialog.getByText('“Incorrect API key <b>provided</b>”').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await view('mine')).toBeUndefined()
  })

  test('without a model list the name of the default model is typed', async () => {
    provider.list = json(404, { error: { message: 'Not Found' } })
    const page = await open('?add=openai-compatible')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill(provider.url)
    await dialog.getByLabel('Name').fill('mine')
    await page.keyboard.press('Enter')
    await dialog.getByText(/has no model list/).waitFor()
    await dialog.getByRole('combobox', { name: 'Default model' }).fill('typed-by-hand')
    await dialog.getByRole('button', { name: 'Add mine' }).click()
    await row(page, 'mine').getByText('typed-by-hand').waitFor()
  })
})

describe('a provider', () => {
  test('that rejects the key says since when and in what words; a new key brings it back', async () => {
    await addMine()
    provider.chat = json(401, { error: { message: 'This key was disabled by its owner' } })
    await router.lanes.router.chat({ model: 'one' })
    const page = await open()
    await row(page, 'mine')
      .getByText(/mine rejects the key since .*This key was disabled by its owner/)
      .waitFor()
    provider.chat = answer
    await row(page, 'mine').getByRole('button', { name: 'Replace key…' }).click()
    const detail = page.getByRole('complementary', { name: 'mine' })
    const field = detail.getByLabel('New key')
    await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true)
    await field.fill('sk-second-0123456789efgh')
    await detail.getByRole('button', { name: 'Test', exact: true }).last().click()
    await detail.getByText('The key is accepted: 2 models.').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await detail.getByRole('button', { name: 'Save the key' }).click()
    await row(page, 'mine').getByText('…efgh').waitFor()
    expect(await field.inputValue()).toBe('')
    await page.keyboard.press('Escape')
    await detail.waitFor({ state: 'detached' })
  })

  test('is tested from its row; a test under Local Only says why it is not', async () => {
    await admin('POST', '/admin/providers', { name: 'mine', base_url: 'https://api.example.com/v1', default_model: 'one' })
    await admin('PUT', '/admin/split', { preset: 'local-only' })
    const page = await open()
    await menu(page, 'mine', 'Test')
    await row(page, 'mine').getByText('Local Only is on: nothing is sent to mine, no test either.').waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  test('is switched off and on in its menu, and the row says so', async () => {
    await addMine()
    const page = await open()
    await menu(page, 'mine', 'Switch off')
    await row(page, 'mine').getByText('Switched off in the panel.').waitFor()
    expect((await view('mine')).is_off).toBe(true)
    await row(page, 'mine').getByRole('button', { name: 'Switch on' }).click()
    await row(page, 'mine').getByText('Switched off in the panel.').waitFor({ state: 'detached' })
    expect((await view('mine')).is_off).toBe(false)
  })

  test('is changed beside the list; another host loses the key, and that is said before and after', async () => {
    await addMine()
    const page = await open('/mine')
    const detail = page.getByRole('complementary', { name: 'mine' })
    await detail.getByLabel('Address').fill(router.lanes.here.url)
    await detail.getByText(/the key is removed/).waitFor()
    await detail.getByText('Second', { exact: true }).click()
    await detail.getByRole('button', { name: 'Save', exact: true }).click()
    await row(page, 'mine')
      .getByText(/The key was removed: it was saved for another address/)
      .waitFor()
    expect(await view('mine')).toMatchObject({ has_key: false, priority: 1, base_url: router.lanes.here.url })
  })

  test('lists its models with context and price, narrowed by typing', async () => {
    await addMine()
    provider.list = json(200, {
      data: Array.from({ length: 200 }, (_, index) => ({
        id: `model-${index}`,
        context_length: 131072,
        pricing: { prompt: '0.000001', completion: '0.000002' },
      })),
    })
    const page = await open('/mine')
    const detail = page.getByRole('complementary', { name: 'mine' })
    await detail.getByRole('button', { name: 'Show the list' }).click()
    await detail.getByText('200 models').waitFor()
    await detail.getByRole('searchbox', { name: 'Search its models' }).fill('model-77')
    await detail.getByText('model-77', { exact: true }).waitFor()
    expect(await detail.getByText('128k tokens, $1 / $2 per M').count()).toBe(1)
    expect(await axeFindings(page)).toEqual([])
  })

  test('is removed with two presses', async () => {
    await addMine()
    const page = await open('/mine')
    await page.getByRole('button', { name: 'Remove mine and its key' }).click()
    await page.getByRole('button', { name: 'Click again' }).click()
    await row(page, 'mine').waitFor({ state: 'detached' })
    expect(await view('mine')).toBeUndefined()
    expect(await page.getByRole('complementary').filter({ hasText: 'mine' }).count()).toBe(0)
  })

  test('of a file is read-only, and takes the key whose variable is not set', async () => {
    const page = await open()
    await row(page, 'filed').getByText('FILED_KEY is not set.').waitFor()
    await row(page, 'filed').getByRole('button', { name: 'Paste a key…' }).click()
    const detail = page.getByRole('complementary', { name: 'filed' })
    await detail.getByText(/Set by models.yaml:2/).waitFor()
    expect(await detail.getByRole('button', { name: /Remove/ }).count()).toBe(0)
    await detail.getByLabel('API key').fill(key)
    await detail.getByRole('button', { name: 'Save the key' }).click()
    await row(page, 'filed').getByText('FILED_KEY is not set.').waitFor({ state: 'detached' })
    expect(await view('filed')).toMatchObject({ has_key: true, key_source: 'panel' })
  })
})

describe('the page', () => {
  test('fits a narrow window and both themes without a finding', async () => {
    await addMine()
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open('', { viewport: { width: 900, height: 600 }, colorScheme })
      expect(await page.locator('#page').evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
      expect(await axeFindings(page)).toEqual([])
    }
  })

  test('without a provider offers the one next step; without a router keeps what it knows', async () => {
    const empty = await startRouterForBrowser({ models: () => 'models: []\n' })
    try {
      const page = await browser.page()
      await page.goto(`${empty.loginUrl}`)
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Providers' }).click()
      await page.getByRole('heading', { name: 'No provider yet' }).waitFor()
      expect(await axeFindings(page)).toEqual([])
      await empty.lanes.router.router.stop(0)
      await page.getByText(/Headgate does not answer at/).waitFor()
      expect(await page.getByRole('heading', { name: 'No provider yet' }).isVisible()).toBe(true)
    } finally {
      await empty.stop()
    }
  })
})
