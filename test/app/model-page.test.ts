/** One model's own page in a real browser against a real router: what is shared, tested, loaded, named and deleted there happens, and axe finds nothing. */
import { existsSync } from 'node:fs'
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

describe('the model’s own page', () => {
  test('sets the share of a file’s model by keys, and lets it follow again', async () => {
    const page = await at('#/models/m')
    const slider = page.getByRole('slider')
    await slider.focus()
    await page.keyboard.type('40')
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await rowOf('m')).own_remote_share).toBe(0.4)
    await expect.poll(() => page.getByRole('radio', { name: 'Own share' }).isChecked()).toBe(true)
    await page.getByText('Follow global (0').click()
    await expect.poll(async () => (await rowOf('m')).own_remote_share).toBe(null)
    await expect.poll(() => slider.getAttribute('aria-valuenow')).toBe('0')
  })

  test('one side missing: the slider is locked there, with the reason and the way out', async () => {
    const page = await at('#/models/only-away')
    await page.getByText('Only remote: no local deployment to share with.').waitFor()
    expect(await page.getByRole('slider').getAttribute('aria-disabled')).toBe('true')
    expect(await page.getByRole('slider').getAttribute('aria-valuenow')).toBe('100')
    await page.getByText('Nothing on this Mac serves this name').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Add the other side' }).click()
    await page.getByRole('dialog', { name: 'Add a local deployment to only-away' }).waitFor()
  })

  test('tests both sides at once: one answers with its figures, the other says why it did not', async () => {
    const page = await at('#/models/m')
    router.lanes.away.fault = '500'
    await page.getByRole('button', { name: 'Test both sides' }).click()
    await page.getByText('Hello from far away.').waitFor()
    await page.getByText('Failed: provider failed.', { exact: true }).waitFor()
    expect(await page.locator('.test-column.local').textContent()).toMatch(/First output\d.*Tokens\d+ in, \d+ out/)
    expect(await axeFindings(page)).toEqual([])
    const requests = (await admin('GET', '/admin/requests?tool=Headgate%20panel')).body.requests
    expect(requests.map(({ deployment }: { deployment: string }) => deployment).toSorted()).toEqual(['m/away', 'm/here'])
    await admin('PUT', '/admin/split', { preset: 'local-only' })
    await page.getByRole('button', { name: 'Test m/away' }).click()
    await page.getByText(/Remove the lock \(Local Only\)/).waitFor()
  })

  test('loads a file, keeps it loaded, shows what contexts take, and uses another', async () => {
    const page = await at('#/models/leaves')
    await page.getByRole('button', { name: 'Load', exact: true }).click()
    await page.getByRole('button', { name: 'Unload', exact: true }).waitFor()
    await page.getByText('2k tokens').waitFor()
    await page.getByRole('button', { name: 'Test', exact: true }).click()
    await page.getByRole('link', { name: 'Open in Activity' }).waitFor()
    const card = page.getByRole('article', { name: 'leaves/engine' })
    await expect.poll(() => card.textContent()).toMatch(/Speed[\d\u2009]+\u00a0tok\/s.*Load time[\d.]+\u00a0m?s.*Memory/)
    await page.getByRole('button', { name: /Unload when idle/ }).click()
    await page.getByRole('option', { name: 'Never, keep loaded' }).click()
    await expect.poll(async () => (await rowOf('leaves')).deployments[0].local.idle_unload_s).toBe(0)
    await page.getByRole('button', { name: 'Use a context of 2k tokens' }).click()
    await expect.poll(async () => (await rowOf('leaves')).deployments[0].context).toBe(2048)
    expect(await axeFindings(page)).toEqual([])
  })

  test('names: an alias is added and removed, one that is taken is refused in words; fallbacks have an order', async () => {
    await admin('PATCH', '/admin/models/only-away', { aliases: [], fallbacks: [] })
    const page = await at('#/models/only-away')
    const field = page.getByRole('textbox', { name: 'Add an alias' })
    await field.fill('m')
    await page.keyboard.press('Enter')
    await page.getByText(/already that of a model or alias/).waitFor()
    await field.fill('far')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Remove far' }).waitFor()
    expect((await router.lanes.router.chat({ model: 'far' })).headers.get('x-headgate-deployment')).toBe('only-away/away')
    await page.getByRole('button', { name: 'Remove far' }).click()
    await expect.poll(async () => (await rowOf('only-away')).aliases).toEqual([])
    for (const name of ['m', 'tiny']) {
      await page.getByRole('button', { name: /Add a fallback/ }).click()
      await page.getByRole('option', { name, exact: true }).click()
      await page.getByRole('button', { name: `Remove ${name}`, exact: true }).waitFor()
    }
    await page.getByRole('button', { name: 'Move tiny up' }).click()
    await expect.poll(async () => (await rowOf('only-away')).fallbacks).toEqual(['tiny', 'm'])
  })

  test('deleting arms itself with the size, and takes the file that is ours', async () => {
    writeTinyGguf(join(router.lanes.router.data, 'models', 'gone.gguf'), { seed: 11 })
    await expect.poll(async () => await rowOf('gone')).toBeDefined()
    const page = await at('#/models/gone')
    await page.getByText(/Deletes .*gone\.gguf from the models folder\./).waitFor()
    await page.getByRole('button', { name: /^Delete · 496/ }).click()
    expect(existsSync(join(router.lanes.router.data, 'models', 'gone.gguf'))).toBe(true)
    await page.getByRole('button', { name: 'Click again' }).click()
    await row(page, 'm').waitFor()
    expect(existsSync(join(router.lanes.router.data, 'models', 'gone.gguf'))).toBe(false)
  })

  test('a name that is not there says so, and leads back', async () => {
    const page = await at('#/models/nobody')
    await page.getByRole('alert').getByText('There is no model nobody.').waitFor()
    expect(await axeFindings(page)).toEqual([])
  })
})

describe('looks', () => {
  for (const colorScheme of ['light', 'dark'] as const)
    test(`axe finds nothing in ${colorScheme} with more contrast, on both pages`, async () => {
      const page = await at('#/models', { colorScheme, contrast: 'more' })
      await row(page, 'm').waitFor()
      expect(await axeFindings(page)).toEqual([])
      await page.getByRole('link', { name: 'm', exact: true }).click()
      await page.getByRole('heading', { name: 'm', exact: true }).waitFor()
      expect(await axeFindings(page)).toEqual([])
    })

  test('no width from a wide window to one at 400 percent scrolls sideways', async () => {
    const page = await at('#/models')
    for (const place of ['#/models', '#/models/m', '#/models/leaves']) {
      await page.evaluate((next) => {
        location.hash = next
      }, place)
      await page.locator(place === '#/models' ? '.models-table' : '.model-page').waitFor()
      for (const width of [1600, 1280, 900, 640, 320]) {
        await page.setViewportSize({ width, height: 500 })
        const overflow = await page.locator('#page').evaluate((element) => element.scrollWidth - element.clientWidth)
        expect({ place, width, overflow }).toEqual({ place, width, overflow: 0 })
      }
    }
  })
})
