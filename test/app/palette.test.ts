/** The palette in Chromium over a real router: found and run by keyboard alone. What is typed and what it finds: the pure part below. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { matching } from '../../renderer/palette/match.ts'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

let browser: TestBrowser
let router: RouterForBrowser

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser({ tiny: true })
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

async function opened(options = {}): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(router.loginUrl)
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  await open(page)
  return page
}
const open = async (page: Page) => {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Commands' }).waitFor()
}
const items = (page: Page) => page.getByRole('dialog', { name: 'Commands' }).getByRole('option')
/** The option that Return would run. */
const focused = (page: Page, name: string | RegExp) => page.locator('[role="option"][data-focused]').filter({ hasText: name })
const run = async (page: Page, typed: string, name: string | RegExp) => {
  await page.keyboard.type(typed)
  await focused(page, name).waitFor()
  await page.keyboard.press('Enter')
}

describe('the palette', () => {
  test('goes to a page, sets a preset and opens a setting, and remembers nothing', async () => {
    const page = await opened()
    expect(await axeFindings(page)).toEqual([])
    await run(page, 'conn', 'Connect')
    await page.getByRole('banner').getByRole('heading', { name: 'Connect' }).waitFor()
    await open(page)
    expect(await page.getByRole('combobox', { name: 'Commands' }).inputValue()).toBe('')
    await run(page, 'balan', 'Balanced')
    await expect.poll(async () => (await admin('GET', '/admin/split')).body.preset).toBe('balanced')
    await admin('DELETE', '/admin/split')
    await open(page)
    await run(page, 'unload idle', 'Unload idle models')
    await expect.poll(() => page.url()).toContain('#/settings/idle_unload')
    await page.getByText('Unload idle models').waitFor()
  })

  test('loads and unloads the engine’s models', async () => {
    const page = await opened()
    await run(page, 'load tiny', 'Load tiny')
    await expect.poll(async () => (await admin('GET', '/admin/engine')).body.models[0]?.state, { timeout: 20_000 }).toBe('ready')
    await expect
      .poll(async () => {
        await open(page)
        await page.keyboard.type('unload tiny')
        const found = await items(page).filter({ hasText: 'Unload tiny' }).count()
        if (found === 0) await page.keyboard.press('Escape')
        if (found === 0) await page.keyboard.press('Escape')
        return found
      })
      .toBe(1)
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await admin('GET', '/admin/engine')).body.models[0]?.state).toBe('absent')
  })

  test('asks for the name of a new key on Connect, again when it is asked again, and not after a reload of what was closed', async () => {
    const page = await opened()
    const dialog = page.getByRole('dialog', { name: 'Create a key' })
    for (const typed of ['create a key', 'copy api key']) {
      await run(page, typed, 'Create a key')
      await dialog.waitFor()
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
      expect(page.url()).toMatch(/#\/connect$/)
      await open(page)
    }
    await page.reload()
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    expect(await dialog.count()).toBe(0)
  })

  test('finds requests by id, deployments, models and providers by name', async () => {
    const id = (await router.lanes.router.chat({ model: 'm' })).headers.get('x-headgate-request-id') ?? ''
    const page = await opened()
    await page.keyboard.type(id)
    await items(page).filter({ hasText: id }).waitFor()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('away')
    const groups = page.getByRole('dialog', { name: 'Commands' }).locator('.palette-group')
    await expect.poll(() => groups.allTextContents()).toEqual(expect.arrayContaining(['Deployments', 'Providers']))
    await page.keyboard.press('Control+a')
    await page.keyboard.type('no such thing')
    await page.getByText('Nothing by that name.').waitFor()
    await expect.poll(() => axeFindings(page), { timeout: 10_000 }).toEqual([])
    await page.keyboard.press('Control+a')
    await page.keyboard.type(id)
    await focused(page, id).waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain(`#/activity/${id}`)
  })

  test('lists the keys of the window', async () => {
    const page = await opened({ colorScheme: 'dark' })
    await run(page, 'keyboard', 'Keyboard shortcuts')
    await items(page).filter({ hasText: 'Pause and resume all requests' }).filter({ hasText: 'Ctrl P' }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Commands' }).waitFor({ state: 'detached' })
  })
})

describe('what is found', () => {
  const command = (label: string, group = 'Pages', more: object = {}) => ({
    id: label,
    group,
    label,
    icon: (() => null) as never,
    run: () => {},
    ...more,
  })
  const labels = (typed: string, ...commands: ReturnType<typeof command>[]) => matching(commands, typed).map(({ label }) => label)

  test('every word has to occur, in the label, the group or the further words', () => {
    const all = [command('Load qwen3', 'Local models'), command('Unload idle models', 'Settings', { words: 'engine.idle_unload' })]
    expect(labels('qwen load', ...all)).toEqual(['Load qwen3'])
    expect(labels('engine idle', ...all)).toEqual(['Unload idle models'])
    expect(labels('load nothing', ...all)).toEqual([])
  })

  test('the start of the label comes before the start of a word, and that before the middle of one', () => {
    expect(labels('load', command('Unload all'), command('Just load it'), command('Load it'))).toEqual(['Load it', 'Just load it', 'Unload all'])
  })

  test('nothing typed shows the commands of everyday only', () => {
    expect(labels('', command('Overview', 'Pages', { isListed: true }), command('req_1', 'Requests'))).toEqual(['Overview'])
  })
})
