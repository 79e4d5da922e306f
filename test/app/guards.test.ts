/** Guards, budgets and the lock of a model in a real browser: strips say what moved by itself and are undone, the battery is offered once, money and locks are set in place. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { PowerSource, ThermalState } from '../../router/core/host.ts'
import { laneOf, providersOf } from '../journeys/with-lanes.ts'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

const machine = { power: 'ac' as PowerSource, heat: 'nominal' as ThermalState, tell: () => {} }
let browser: TestBrowser
let router: RouterForBrowser

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser({
    around: {
      power: () => machine.power,
      thermal: () => machine.heat,
      onConditions(listener) {
        machine.tell = listener
        return () => {}
      },
    },
    models: (here, away) => `${providersOf(here, away)}  - {name: cloud, base_url: "http://cloud.example/v1"}
models:
  - {name: m, deployments: [{provider: here, lane: local}, {provider: away, lane: remote, price: {input: 1, output: 2}}]}
  - {name: far, deployments: [{provider: cloud, model: x}]}
`,
  })
})
afterAll(async () => {
  await browser?.close()
  await router?.stop()
})
afterEach(async () => {
  await browser.closePages()
  expect(browser.errors.splice(0)).toEqual([])
})

const admin = (method: string, path: string, body?: unknown) => router.lanes.router.admin(method, path, body)
let number = 0
const ask = () => router.lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: `hello ${number++}` }] })

async function at(hash: string, options: Parameters<TestBrowser['page']>[0] = {}): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(`${router.loginUrl}&at=${encodeURIComponent(hash.slice(1))}`)
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  return page
}
const strip = (page: Page, words: string) => page.getByRole('status').filter({ hasText: words })

describe('a guard', () => {
  test('is offered once on battery, moves new conversations, is undone and acts again', async () => {
    const page = await at('#/overview')
    machine.power = 'battery'
    machine.tell()
    await strip(page, 'Send new conversations to the providers').waitFor()
    expect(laneOf(await ask())).toBe('local')
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Yes, on battery' }).click()
    await strip(page, 'On battery, new conversations go remote').waitFor()
    expect(await page.getByRole('button', { name: 'Yes, on battery' }).count()).toBe(0)
    expect(laneOf(await ask())).toBe('remote')
    await page.getByRole('button', { name: 'Undo until tomorrow' }).press('Enter')
    await strip(page, 'undone until tomorrow, 06:00').waitFor()
    expect(laneOf(await ask())).toBe('local')
    await page.getByRole('button', { name: 'Let it act' }).press('Enter')
    await strip(page, 'On battery, new conversations go remote').waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  test('says that a lock overrules it', async () => {
    machine.heat = 'critical'
    machine.tell()
    await admin('PUT', '/admin/split', { preset: 'local-only' })
    const page = await at('#/overview')
    await strip(page, 'This machine is hot').filter({ hasText: 'It has no effect while locked to this Mac.' }).waitFor()
    await admin('PUT', '/admin/split', { preset: 'prefer-local' })
    await strip(page, 'Hot, new conversations go remote').waitFor()
    machine.heat = 'nominal'
  })

  test('is switched in the settings, and the wait for this machine is set there', async () => {
    const page = await at('#/settings/routing')
    const battery = page.getByRole('switch', { name: 'On battery, go remote first' })
    await battery.focus()
    await battery.press('Space')
    await expect
      .poll(async () => (await admin('GET', '/admin/overview')).body.guards.map(({ kind }: { kind: string }) => kind))
      .not.toContain('battery')
    const wait = page.getByRole('textbox', { name: 'Wait for this machine' })
    await wait.fill('20')
    await wait.press('Enter')
    await expect
      .poll(async () => (await admin('GET', '/admin/settings')).body.settings.find(({ name }: { name: string }) => name === 'queue_wait').value)
      .toBe(20)
    expect(await axeFindings(page)).toEqual([])
  })
})

describe('a budget', () => {
  test('is set beside the provider, and used up it stands on the Overview and in its row', async () => {
    const page = await at('#/providers/cloud')
    await page.getByRole('textbox', { name: 'Budget in US dollars' }).fill('0')
    await page.getByText('a day', { exact: true }).click()
    await page.getByRole('button', { name: 'Save the budget' }).click()
    await page.getByText('$0 of $0 today: used up').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Overview' }).click()
    await strip(page, 'Budget used up, using local').filter({ hasText: 'The budget of cloud is used up' }).waitFor()
    await strip(page, 'Budget used up').getByRole('link', { name: 'Providers' }).click()
    await page.getByText('used up today').waitFor()
    await admin('PATCH', '/admin/providers/cloud', { budget: null })
    await expect
      .poll(async () => (await admin('GET', '/admin/overview')).body.guards.map(({ kind }: { kind: string }) => kind))
      .not.toContain('budget')
  })
})

describe('the lock of a model', () => {
  test('is set on its page, holds for the next request, and shows on the Overview', async () => {
    await admin('PUT', '/admin/split', { preset: 'prefer-remote' })
    const page = await at('#/models/m')
    await page.getByText('This Mac only', { exact: true }).click()
    await page.getByText('This model is locked to this Mac.').first().waitFor()
    expect(laneOf(await ask())).toBe('local')
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Overview' }).click()
    await page.getByRole('list', { name: 'Shares of models' }).getByText('locked to this Mac').waitFor()
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Models' }).click()
    await page.getByRole('link', { name: 'm', exact: true }).click()
    await page.getByText('Both lanes', { exact: true }).click()
    await expect.poll(async () => laneOf(await ask())).toBe('remote')
    await admin('DELETE', '/admin/split')
  })
})
