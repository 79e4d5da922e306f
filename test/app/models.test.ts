/** The page Models in a real browser against a real router: what is found, added, copied and removed there happens, and axe finds nothing. */
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { writeTinyGguf } from '../fixtures/tiny-gguf.ts'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

let browser: TestBrowser
let router: RouterForBrowser

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser({ tiny: true })
  writeTinyGguf(join(router.lanes.router.data, 'models', 'leaves.gguf'), { seed: 3, endBias: -10 })
  await vi.waitFor(async () => expect(await rowOf('leaves')).toBeDefined(), 20_000)
  await admin('POST', '/admin/models', {
    name: 'only-away',
    deployments: [{ provider: 'away', model: 'x', lane: 'remote', price: { input: 3, output: 15 } }],
  })
})
afterAll(async () => {
  await browser?.close()
  await router?.stop()
})
afterEach(async () => {
  await browser.closePages()
  router.lanes.here.fault = null
  router.lanes.away.fault = null
  await admin('DELETE', '/admin/split')
  expect(browser.errors.splice(0)).toEqual([])
})

const admin = (method: string, path: string, body?: unknown) => router.lanes.router.admin(method, path, body)
const rowOf = async (name: string) => (await admin('GET', '/admin/models')).body.models.find((model: { name: string }) => model.name === name)
const row = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })

/** Signed in, at a place. */
async function at(hash: string, options: Parameters<TestBrowser['page']>[0] = {}): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(`${router.loginUrl}&at=${encodeURIComponent(hash.slice(1))}`)
  await page.getByRole('navigation').waitFor()
  return page
}

describe('the list', () => {
  test('has a row per name with both cells, the gate between them, and the way to add a side that is missing', async () => {
    const page = await at('#/models')
    await expect.poll(() => row(page, 'm').textContent()).toMatch(/set by models\.yaml.*m-here.*global.*m-away/)
    expect(await row(page, 'only-away').textContent()).toMatch(/No local deployment.*Add the other side.*only remote.*3\.00 \/ 15\.00/)
    expect(await row(page, 'tiny').textContent()).toMatch(/F32, engine.*not loaded.*only local/)
    expect(await row(page, 'auto').textContent()).toContain('the default of each lane')
    expect(await axeFindings(page)).toEqual([])
  })

  test('search and filter leave what matches, and say when nothing does', async () => {
    const page = await at('#/models')
    await row(page, 'm').waitFor()
    await page.keyboard.press('ControlOrMeta+f')
    await page.keyboard.type('leav')
    await expect.poll(() => page.locator('.models-table tbody tr').count()).toBe(1)
    await page.getByRole('searchbox').fill('no such model')
    await page.getByRole('heading', { name: 'No model matches “no such model”.' }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByText('Remote only').click()
    await expect.poll(() => page.locator('.models-table tbody tr').count()).toBe(1)
    expect(page.url()).toContain('show=remote')
  })

  test('follows the engine without being asked: a load from elsewhere is a new state of the row', async () => {
    const page = await at('#/models')
    await row(page, 'tiny').getByText('not loaded').waitFor()
    await admin('POST', '/admin/engine/load', { deployment: 'tiny/engine' })
    await row(page, 'tiny')
      .getByText(/^loaded, \d/)
      .waitFor()
    await row(page, 'tiny').getByRole('button', { name: 'More about tiny' }).click()
    await page.getByRole('menuitem', { name: 'Unload' }).click()
    await row(page, 'tiny')
      .getByText(/not loaded, .* to load/)
      .waitFor()
  })

  test('opens a model by its name’s link, and Back leads to that link again', async () => {
    const page = await at('#/models')
    await page.getByRole('link', { name: 'leaves', exact: true }).press('Enter')
    await page.getByRole('heading', { name: 'leaves' }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('model-title')
    await page.getByRole('link', { name: 'Models' }).last().click()
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('model-leaves')
  })
})

describe('adding', () => {
  test('a model with both sides is made by keyboard and pointer, and answers', async () => {
    const page = await at('#/models')
    await page.getByRole('button', { name: 'Add model' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add a model' })
    await dialog.getByRole('button', { name: 'Add model' }).click()
    await dialog.getByText('A model needs a name.').waitFor()
    await dialog.getByText('Choose at least one side.').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await dialog.getByRole('textbox', { name: 'Name' }).fill('mixed')
    await dialog.getByRole('button', { name: /Served by/ }).click()
    await page.getByRole('option', { name: 'here' }).click()
    await dialog.getByRole('combobox', { name: 'Model id' }).fill('my-local')
    await page.keyboard.press('Tab')
    await dialog.getByRole('button', { name: /Provider/ }).click()
    await page.getByRole('option', { name: 'away' }).click()
    await dialog.getByRole('combobox', { name: 'Model id' }).last().fill('my-remote')
    await dialog.getByRole('textbox', { name: 'Context' }).last().fill('128k')
    await dialog.getByRole('textbox', { name: 'Price in, $ per million tokens' }).last().fill('0.5')
    await dialog.getByRole('button', { name: 'Add model' }).click()
    await dialog.getByText('Both prices, or none.').waitFor()
    await dialog.getByRole('textbox', { name: 'Price out, $ per million tokens' }).last().fill('2')
    await dialog.getByRole('button', { name: 'Add model' }).click()
    await page.getByRole('heading', { name: 'mixed' }).waitFor()
    expect((await rowOf('mixed')).entry).toEqual({
      deployments: [
        { provider: 'here', model: 'my-local', lane: 'local' },
        { provider: 'away', model: 'my-remote', lane: 'remote', context: 131072, price: { input: 0.5, output: 2 } },
      ],
    })
    expect((await router.lanes.router.chat({ model: 'mixed' })).status).toBe(200)
    expect(await axeFindings(page)).toEqual([])
  })

  test('the other side of a found file joins it; what the router refuses is said in the dialog', async () => {
    const page = await at('#/models')
    await row(page, 'tiny').getByRole('button', { name: 'Add the other side, a remote deployment of tiny' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add a remote deployment to tiny' })
    await dialog.getByRole('button', { name: /Provider/ }).click()
    await page.getByRole('option', { name: 'away' }).click()
    await dialog.getByRole('combobox', { name: 'Model id' }).fill('big')
    await dialog.getByText('Weight, priority, limits').click()
    await dialog.getByRole('textbox', { name: 'Weight' }).fill('2000000')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await dialog.getByRole('alert').waitFor()
    expect(await dialog.getByRole('alert').textContent()).toMatch(/weight/)
    await dialog.getByRole('textbox', { name: 'Weight' }).fill('2')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await row(page, 'tiny').getByText('big').waitFor()
    expect((await rowOf('tiny')).deployments.map(({ name }: { name: string }) => name)).toEqual(['tiny/away', 'tiny/engine'])
    await admin('DELETE', '/admin/models/tiny')
  })

  test('a file’s model is copied to be edited; the copy has its own name and can be changed and removed', async () => {
    const page = await at('#/models/m')
    await page.getByText(/Set by models\.yaml:\d+\. It is read-only here/).waitFor()
    expect(await page.getByRole('button', { name: 'Edit', exact: true }).count()).toBe(0)
    await page.getByRole('button', { name: 'Copy to edit…' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('m-mine')
    await page.getByRole('button', { name: 'Make the copy' }).click()
    await page.getByRole('heading', { name: 'm-mine' }).waitFor()
    await page.getByRole('article', { name: 'm-mine/away' }).getByRole('button', { name: 'Edit', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit m-mine/away' })
    await dialog.getByRole('textbox', { name: 'Context' }).fill('64k')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('article', { name: 'm-mine/away' }).getByText('65 536 tokens').waitFor()
    await page.getByRole('button', { name: 'Remove model' }).click()
    await page.getByRole('button', { name: 'Click again' }).click()
    await row(page, 'm').waitFor()
    expect(await rowOf('m-mine')).toBeUndefined()
  })
})

test('without any model the page has the ways on, and a router that goes keeps what is shown', async () => {
  const empty = await startRouterForBrowser({ models: () => 'models: []\n' })
  try {
    const page = await browser.page()
    await page.goto(`${empty.loginUrl}&at=/models`)
    await page.getByRole('heading', { name: 'No models yet' }).waitFor()
    await page.getByRole('button', { name: 'Get a local model' }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await empty.stop()
    await page.getByRole('button', { name: 'Try now' }).waitFor()
    await page.getByRole('heading', { name: 'No models yet' }).waitFor()
  } finally {
    await empty.stop().catch(() => {})
  }
})
