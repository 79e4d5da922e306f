/** The split's finer parts in a real browser: the forecast while a share is tried, a lock for a time, shares of models, conversations that are kept, reasons that lead to their requests. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { laneOf, providersOf } from '../journeys/with-lanes.ts'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

let browser: TestBrowser
let router: RouterForBrowser

const admin = (method: string, path: string, body?: unknown) => router.lanes.router.admin(method, path, body)
const split = async () => (await admin('GET', '/admin/split')).body
const ask = (words: string, headers = {}) => router.lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: words }] }, headers)
const slider = (page: Page) => page.getByRole('slider', { name: 'Remote share' })

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser({
    models: (here, away) => `${providersOf(here, away)}models:
  - name: m
    deployments:
      - {provider: here, model: m-here, lane: local, context: 4000}
      - {provider: away, model: m-away, lane: remote, price: {input: 1, output: 2}}
  - name: only-away
    deployments: [{provider: away, model: x, lane: remote}]
`,
  })
  await admin('PUT', '/admin/settings', { first_run: { step: 6, done: true } })
})
afterAll(async () => {
  await browser?.close()
  await router?.stop()
})
afterEach(async () => {
  await browser.closePages()
  await admin('DELETE', '/admin/override')
  await admin('DELETE', '/admin/split')
  await admin('DELETE', '/admin/models/m/split')
  expect(browser.errors.splice(0)).toEqual([])
})

async function signedIn(options = {}): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(router.loginUrl)
  await slider(page).waitFor()
  return page
}

/** Presses the leaf and moves it, without letting go. */
async function drag(page: Page, to: number): Promise<void> {
  const leaf = await page.locator('[data-leaf]').boundingBox()
  const axis = await page.locator('[data-axis]').boundingBox()
  if (!leaf || !axis) throw new Error('the gate is not drawn')
  await page.mouse.move(leaf.x + leaf.width / 2, leaf.y + leaf.height / 2)
  await page.mouse.down()
  await page.mouse.move(axis.x + (axis.width * to) / 100, leaf.y + leaf.height / 2, { steps: 4 })
}

describe('what if', () => {
  test('says that there is too little history, then what another share would change; Esc leaves everything as it was', async () => {
    const page = await signedIn()
    await drag(page, 40)
    await page.getByText(/Not enough history for a forecast: \d+ requests? in the last 24 h, 20 are needed/).waitFor()
    await page.keyboard.press('Escape')
    await page.mouse.up()

    for (let n = 0; n < 30; n++) await (await ask(`history ${n}`)).text()
    await drag(page, 40)
    const forecast = page.getByLabel(/The last 24 h, 30 requests, replayed at 40/)
    await forecast.waitFor()
    expect((await forecast.textContent())?.replaceAll(/\s/g, ' ')).toMatch(/Stays.*tokens.*Leaves.*tokens.*Spent\$0.*\$.*First output, median/)
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await forecast.waitFor({ state: 'detached' })
    await page.mouse.up()
    expect((await split()).source).toBe('default')
  })
})

describe('a lock for a time', () => {
  test('is set from the menu, counts down, is made longer, ends, and can be undone', async () => {
    const page = await signedIn()
    await page.getByRole('button', { name: 'Temporarily…' }).click()
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('menuitem', { name: 'Local Only for 1 h' }).click()
    await page.getByText(/^Local Only for 1\sh,$/).waitFor()
    await page.getByText(/^(1:00:00|59:\d\d) left$/).waitFor()
    await page.getByText('returns to 0').waitFor({ state: 'detached' })
    expect((await ask('locked')).headers.get('x-headgate-reason')).toBe('override')
    expect(await axeFindings(page)).toEqual([])

    await page.getByRole('button', { name: '1 h more' }).click()
    await page.getByText(/^Local Only for 2\sh,$/).waitFor()
    await page.getByRole('button', { name: /^Split: Local Only · 2\sh$/ }).waitFor()
    await page.getByRole('button', { name: 'End now' }).click()
    await page.getByRole('radiogroup', { name: 'Presets' }).waitFor()
    await page.getByRole('button', { name: 'Undo' }).hover()
    expect((await split()).override).toBeNull()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText(/^Local Only for 2\sh,$/).waitFor()
    expect((await split()).override).toMatchObject({ lock: 'local' })
  })

  test('set elsewhere it is shown here, and the Lock switch ends it', async () => {
    await admin('PUT', '/admin/split', { remote_share: 0.3 })
    const page = await signedIn()
    await admin('PUT', '/admin/override', { lock: 'remote', until: 'forever' })
    await page.getByText('Remote Only until you end it.').waitFor()
    await page.getByText('returns to 30').waitFor()
    expect(await page.getByRole('button', { name: '1 h more' }).count()).toBe(0)
    await page.getByRole('radiogroup', { name: 'Lock', exact: true }).getByText('None').click()
    await expect.poll(split).toMatchObject({ override: null, lock: null, remote_share: 0.3 })
    await page.getByRole('radiogroup', { name: 'Presets' }).waitFor()
  })
})

describe('conversations that run', () => {
  test('may be kept where they are after a change', async () => {
    const session = { 'x-headgate-session': 'kept' }
    expect(laneOf(await ask('one', session))).toBe('local')
    const page = await signedIn()
    await slider(page).focus()
    await page.keyboard.press('End')
    await page.getByRole('button', { name: 'Keep them where they are' }).click()
    await page.getByRole('button', { name: 'Keep them where they are' }).waitFor({ state: 'detached' })
    expect(laneOf(await ask('two', session))).toBe('local')
    expect(laneOf(await ask('a new one goes remote'))).toBe('remote')
  })
})

describe('the two lanes', () => {
  test('a reason for the gap leads to its requests', async () => {
    await admin('PUT', '/admin/split', { remote_share: 0 })
    const long = await ask('word '.repeat(9000))
    expect([laneOf(long), long.headers.get('x-headgate-reason')].join()).toMatch(/^remote,/)
    const page = await signedIn()
    const lane = page.getByRole('region', { name: 'Remote lane' })
    const reason = lane.getByRole('link').first()
    await reason.waitFor()
    await reason.click()
    expect(page.url()).toMatch(/#\/activity\?reason=.*&lane=remote/)
    await page.getByRole('main', { name: 'Activity' }).waitFor()
  })

  test('how the saved money is counted is one Tab away, and the charts say their numbers', async () => {
    const page = await signedIn()
    const saved = page.getByRole('button', { name: /saved today$/ })
    await saved.focus()
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Tab')
    await page.getByRole('tooltip').getByText('What today’s local tokens would have cost').waitFor()
    expect(await saved.textContent()).toMatch(/^(< )?\$0/)
    await page.getByRole('img', { name: /^Local requests per minute over the last hour: \d+ requests/ }).waitFor()
    expect(await page.locator('canvas').count()).toBe(2)
    await page.keyboard.press('Escape') // an open tooltip lies beside the landmarks
    await page.getByRole('tooltip').waitFor({ state: 'detached' })
    expect(await axeFindings(page)).toEqual([])
  })
})

describe('shares of models', () => {
  test('are set and taken back in place; a model of one lane says so', async () => {
    const page = await signedIn()
    const rows = page.getByRole('list', { name: 'Shares of models' }).getByRole('listitem')
    await rows.filter({ hasText: 'only-away' }).getByText('only remote').waitFor()
    await page.getByRole('button', { name: /^Share of m: follows, 0 % remote/ }).click()
    await page.getByRole('menuitemradio', { name: '100 % remote' }).click()
    await page.getByRole('button', { name: /^Share of m: own, 100 % remote/ }).waitFor()
    await page.getByRole('button', { name: 'Undo' }).hover()
    expect(laneOf(await ask('own share'))).toBe('remote')
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: /^Share of m: follows/ }).waitFor()
    expect(laneOf(await ask('follows again'))).toBe('local')
  })
})

for (const colorScheme of ['light', 'dark'] as const)
  test(`the lock for a time and the forecast have nothing for axe under increased contrast, ${colorScheme}, at 900 px`, async () => {
    await admin('PUT', '/admin/override', { lock: 'local', until: '30m' })
    const page = await signedIn({ colorScheme, contrast: 'more', viewport: { width: 900, height: 600 } })
    await page.getByRole('button', { name: 'End now' }).waitFor()
    expect(await axeFindings(page)).toEqual([])
  })
