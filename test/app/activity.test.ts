/** Activity in a real browser against a real router: rows as they come, filters in the address, a ledger of 100 000 rows, a burst, hostile names. */
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Locator, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { fillLedger } from '../journeys/panel/many-rows.ts'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

vi.setConfig({ testTimeout: 180_000 })

let browser: TestBrowser
let router: RouterForBrowser
/** Rows that the ledger has before anybody asks. */
const rowsBefore = 100_000

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser()
  const first = router.lanes.router
  await first.router.stop(0)
  fillLedger(join(first.data, 'headgate.db'), rowsBefore)
  router.lanes.router = await first.restart()
})
afterAll(async () => {
  await browser?.close()
  await router?.stop()
})
afterEach(async () => {
  await browser.closePages()
  router.lanes.here.fault = null
  expect(browser.errors.splice(0)).toEqual([])
})

const admin = (method: string, path: string, body?: unknown) => router.lanes.router.admin(method, path, body)
const ask = async (content: string, headers: Record<string, string> = {}) =>
  (await router.lanes.router.chat({ model: 'm', messages: [{ role: 'user', content }] }, headers)).text()
const grid = (page: Page) => page.getByRole('grid', { name: 'Requests' })
const rows = (page: Page) => grid(page).locator('tbody tr')
const plain = (text: string | null) => (text ?? '').replace(/[\u2009\u00a0]/g, ' ')
const fact = async (page: Page) => plain(await page.locator('.page-fact').textContent())
const top = (page: Page): Locator => page.locator('.request-scroll')

async function openAt(hash: string, options = {}): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(router.loginUrl)
  await page.getByRole('navigation').waitFor({ timeout: 60_000 })
  await page.evaluate((to) => {
    location.hash = to
  }, hash)
  return page
}

describe('a ledger of 100 000 rows', () => {
  test('is shown whole with fewer than 120 rows in the page, at its top, in its middle and at its end', async () => {
    const page = await openAt('#/activity')
    await rows(page).first().waitFor()
    await expect.poll(() => fact(page)).toBe('100 000 requests')
    expect(await grid(page).getAttribute('aria-rowcount')).toBe('100001')
    expect(await axeFindings(page)).toEqual([])
    const end = (rowsBefore - 1) * 28
    for (const place of [0, Math.floor(end / 2), end]) {
      await top(page).evaluate((element, to) => {
        element.scrollTop = to
      }, place)
      await expect
        .poll(() =>
          rows(page)
            .filter({ hasText: /\d\d:\d\d/ })
            .count(),
        )
        .toBeGreaterThan(15)
      expect(await rows(page).count()).toBeLessThan(120)
    }
    await expect.poll(() => rows(page).last().getAttribute('aria-rowindex')).toBe('100001')
  })

  test('is filtered by menus, segments, search and the address; chips take filters away again', async () => {
    const page = await openAt('#/activity?lane=remote&fell_back=1')
    await expect.poll(() => fact(page)).toMatch(/^[\d ]+ requests shown$/)
    const filtered = await fact(page)
    await expect.poll(() => page.getByRole('radio', { name: /Fell back/ }).isChecked()).toBe(true)
    await page.getByRole('button', { name: 'Remove the filter remote lane' }).click()
    await expect.poll(() => page.evaluate(() => location.hash)).toBe('#/activity?fell_back=1')
    await expect.poll(() => fact(page)).not.toBe(filtered)

    await page.getByRole('button', { name: 'Tool', exact: true }).click()
    await page.getByRole('menuitemradio', { name: /^n8n/ }).click()
    await expect.poll(() => page.evaluate(() => location.hash)).toBe('#/activity?fell_back=1&tool=n8n')
    await expect.poll(async () => new Set(await grid(page).locator('tbody .c-tool').allTextContents())).toEqual(new Set(['n8n']))
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await expect.poll(() => fact(page)).toBe('100 000 requests')

    await page.keyboard.press('Control+f')
    await page.keyboard.type('gateway 42')
    await expect.poll(() => page.evaluate(() => location.hash)).toContain('q=gateway')
    await expect.poll(() => fact(page)).toMatch(/^\d+ requests? shown$/)
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Control+a')
    await page.keyboard.type('nothing has these words')
    await page.getByRole('heading', { name: 'Nothing matches.' }).waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  test('does not hold up the way from page to page', async ({ annotate }) => {
    const page = await openAt('#/overview')
    const pages = ['Activity', 'Models', 'Activity', 'Overview', 'Logs', 'Providers', 'Connect', 'Settings']
    await page.getByRole('heading', { name: 'Where requests go' }).waitFor()
    const times = new Map<string, number[]>()
    for (const name of [...pages, ...pages, ...pages]) {
      // From the press to the first frame that shows the page: of Activity, with its rows.
      const ms = await page
        .getByRole('navigation')
        .getByRole('link', { name })
        .first()
        .evaluate(async (link, to) => {
          const begun = performance.now()
          const isThere = () =>
            link.getAttribute('aria-current') === 'page' &&
            (to === 'Activity'
              ? /\d\d:\d\d/.test(document.querySelector('[role="grid"] tbody')?.textContent ?? '')
              : document.querySelector('main')?.textContent !== '')
          ;(link as HTMLElement).click()
          do await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)))
          while (!isThere() && performance.now() - begun < 20_000)
          return performance.now() - begun
        }, name)
      times.set(name, [...(times.get(name) ?? []), ms])
    }
    const medians = [...times].map(
      ([name, all]) => [name, Math.round(all.sort((one, other) => one - other)[Math.floor(all.length / 2)] as number)] as const,
    )
    await annotate(`${medians.map(([name, ms]) => `${name} ${ms} ms`).join(', ')}; load ${loadavg()[0]?.toFixed(1)}`)
    // 100 ms is the promise; a busy machine has its room.
    for (const [name, ms] of medians) expect(ms, name).toBeLessThan(3_000)
  })

  test('is walked by keyboard from end to end, and a row opens beside it', async () => {
    const page = await openAt('#/activity')
    await rows(page).first().focus()
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-rowindex'))
    await page.keyboard.press('ArrowDown')
    await expect.poll(focused).toBe('3')
    await page.keyboard.press('End')
    await expect.poll(focused).toBe('100001')
    await page.keyboard.press('PageUp')
    await expect.poll(async () => Number(await focused())).toBeLessThan(100_000)
    await page.keyboard.press('Home')
    await expect.poll(focused).toBe('2')
    await page.keyboard.press('Enter')
    const inspector = page.getByRole('complementary', { name: 'Request' })
    await inspector.getByRole('heading', { name: 'Why it went there' }).waitFor()
    const opened = await page.evaluate(() => location.hash)
    expect(opened).toMatch(/^#\/activity\/req_/)
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.evaluate(() => location.hash)).not.toBe(opened)
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await inspector.waitFor({ state: 'detached' })
    expect(await page.evaluate(() => location.hash)).toBe('#/activity')
    await expect.poll(focused).toBe('3')
  })
})

describe('rows that come', () => {
  test('appear at the top; scrolled down nothing moves, and a pill says how many are new', async () => {
    const page = await openAt('#/activity')
    await rows(page).first().waitFor()
    await ask('first of all', { 'user-agent': 'tool-one' })
    await expect.poll(() => rows(page).first().textContent()).toContain('tool-one')
    await top(page).evaluate((element) => {
      element.scrollTop = 28 * 500
    })
    await expect.poll(async () => Number(await rows(page).nth(20).getAttribute('aria-rowindex'))).toBeGreaterThan(400)
    await expect.poll(() => rows(page).nth(20).textContent()).toMatch(/\d\d:\d\d/)
    const seen = await rows(page).nth(20).textContent()
    const index = await rows(page).nth(20).getAttribute('aria-rowindex')
    for (const turn of [1, 2, 3]) await ask(`comes above ${turn}`, { 'user-agent': 'tool-two' })
    await page.getByRole('button', { name: 'Show 3 new requests' }).waitFor()
    expect(await grid(page).locator(`tbody tr[aria-rowindex="${index}"]`).textContent()).toBe(seen)
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Show 3 new requests' }).click()
    await expect.poll(() => rows(page).first().textContent()).toContain('tool-two')
    expect(await page.getByRole('button', { name: /new request/ }).count()).toBe(0)
  })

  test('only those that pass are shown, live too', async () => {
    const page = await openAt('#/activity?tool=only-this')
    await page.getByRole('heading', { name: 'Nothing matches.' }).waitFor()
    await ask('another tool', { 'user-agent': 'not-this' })
    await ask('this tool', { 'user-agent': 'only-this' })
    await expect.poll(() => rows(page).count()).toBe(1)
    expect(await rows(page).first().textContent()).toContain('only-this')
  })

  test('a burst of 200 a second draws the list a few times a second, and the page answers meanwhile', async ({ annotate }) => {
    const page = await openAt('#/activity')
    await rows(page).first().waitFor()
    await page.evaluate(() => {
      const counts = { draws: 0 }
      Object.assign(window, { counts })
      const body = document.querySelector('[role="grid"] tbody')
      // One call per commit of React, whatever it changes.
      if (body) new MutationObserver(() => counts.draws++).observe(body, { childList: true, subtree: true, characterData: true })
    })
    const before = await admin('GET', '/admin/requests/facets')
    const started = performance.now()
    const burst = 1_000
    const answered: Promise<unknown>[] = []
    // 20 each 100 ms, whether or not those before have been answered.
    for (let sent = 0; sent < burst; sent += 20) {
      await pause(Math.max(0, started + sent * 5 - performance.now()))
      for (let one = 0; one < 20; one++) answered.push(ask(`burst ${sent + one}`, { 'user-agent': 'burst' }))
    }
    const sentMs = performance.now() - started
    // The page takes a press while they come.
    await page.getByRole('button', { name: 'Tool', exact: true }).click()
    await page.getByRole('menuitemradio', { name: 'Any tool' }).waitFor()
    await page.keyboard.press('Escape')
    await Promise.all(answered)
    const seconds = (performance.now() - started) / 1000
    await annotate(
      `sent ${Math.round(burst / (sentMs / 1000))} and answered ${Math.round(burst / seconds)} requests a second, load ${loadavg()[0]?.toFixed(1)}`,
    )
    await expect.poll(() => fact(page)).toBe(`${plain((before.body.total + burst).toString().replace(/\B(?=(\d{3})+$)/g, ' '))} requests`)
    const draws = await page.evaluate(() => (window as unknown as { counts: { draws: number } }).counts.draws)
    // Two events per request; at four lists a second, with some room for pages that are opened anew.
    expect(draws).toBeLessThan(Math.max(40, seconds * 10))
    expect(await rows(page).count()).toBeLessThan(120)
  })
})

describe('hostile names', () => {
  test('are text: markup, control characters, directions and a megabyte of a name', async () => {
    const page = await openAt('#/activity')
    await rows(page).first().waitFor()
    for (const model of ['<img src=x onerror="document.title=1">', 'right\u202eleft\u2066', `${'long'.repeat(120)}`])
      await (await router.lanes.router.chat({ model }, { 'user-agent': '<script>alert(1)</script>' })).text()
    expect((await router.lanes.router.chat({ model: 'x'.repeat(1_048_576) })).status).toBe(400)
    await expect.poll(() => rows(page).first().textContent()).toContain('string too long')
    expect(await page.locator('tbody img, tbody script').count()).toBe(0)
    expect(await grid(page).getByText('<img src=x').count()).toBe(1)
    const widths = await top(page).evaluate((element) => [element.scrollWidth, element.clientWidth])
    expect(widths[0]).toBe(widths[1])
    await rows(page).first().click()
    await page.getByRole('complementary', { name: 'Request' }).getByText('What the caller was told').waitFor()
    expect(await axeFindings(page)).toEqual([])
  })
})

describe('the list as a file, and cleared', () => {
  test('what is shown is exported; clearing asks twice, and the list is empty then', async () => {
    const page = await openAt('#/activity?errors=1&tool=Zed')
    await rows(page).first().waitFor()
    const shown = Number((await fact(page)).split(' ')[0])
    await page.getByRole('button', { name: 'More', exact: true }).click()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: /Export as JSONL/ }).click()])
    expect(download.suggestedFilename()).toMatch(/^headgate-requests-\d{8}-\d{4}\.jsonl$/)
    const chunks: Buffer[] = []
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString('utf8').trimEnd().split('\n').length).toBe(shown)

    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: /Clear requests/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Clear requests?' })
    await dialog.getByRole('button', { name: /^Clear · / }).waitFor()
    expect(await dialog.getByRole('button', { name: 'Cancel' }).evaluate((button) => button === document.activeElement)).toBe(true)
    expect(await axeFindings(page)).toEqual([])
    await dialog.getByRole('button', { name: /^Clear · / }).click()
    expect((await admin('GET', '/admin/requests/facets')).body.total).toBeGreaterThan(0)
    await dialog.getByRole('button', { name: 'Click again' }).click()
    await page.getByRole('heading', { name: 'Nothing matches.' }).waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('heading', { name: /Waiting for the first request/ }).waitFor()
    expect(await axeFindings(page)).toEqual([])
  })
})
