/** The Overview in a real browser against a real router between two FakeUps: what is set there happens, what happens is shown there. */
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
  router.lanes.here.fault = null
  router.lanes.away.fault = null
  await admin('DELETE', '/admin/split')
  expect(browser.errors.splice(0)).toEqual([])
})

const admin = (method: string, path: string, body?: unknown) => router.lanes.router.admin(method, path, body)
const split = async () =>
  (await admin('GET', '/admin/split')).body as { remote_share: number; fallback: boolean; lock: string | null; source: string }
/** A session of its own, so that each one is drawn. */
const ask = (words: string) => router.lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: words }] })
const slider = (page: Page) => page.getByRole('slider', { name: 'Remote share' })

async function signedIn(options = {}): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(router.loginUrl)
  await slider(page).waitFor()
  return page
}

describe('signing in', () => {
  test('a login link signs in once, leaves the address bar, and survives a reload', async () => {
    const link = router.loginUrl
    const page = await browser.page()
    await page.goto(link)
    await slider(page).waitFor()
    expect(page.url()).toBe(`${router.url}/`)
    await page.reload()
    await slider(page).waitFor()

    const other = await browser.page()
    await other.goto(link)
    await other.getByRole('alert').getByText('used already').waitFor()
    expect(await axeFindings(other)).toEqual([])
  })

  test('the admin token signs in, any other is refused in words', async () => {
    const page = await browser.page()
    await page.goto(router.url)
    await page.getByLabel('Admin token').fill('not-the-token')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Headgate does not accept this token.').waitFor()
    await page.getByLabel('Admin token').fill(router.adminToken)
    await page.keyboard.press('Enter')
    await slider(page).waitFor()
  })
})

describe('the first request', () => {
  test('an empty ledger shows a command and sends a test request of its own, which then is a row', async () => {
    const page = await signedIn()
    await page.getByRole('heading', { name: 'Waiting for the first request…' }).waitFor()
    expect(await page.locator('code').textContent()).toContain(`curl ${router.url}/v1/chat/completions`)
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Send a test request' }).click()
    await page.getByRole('table').waitFor()
    const row = page.locator('tbody tr').first()
    await expect.poll(() => row.textContent()).toMatch(/\d\sm?s/)
    expect(router.lanes.here.requests.length + router.lanes.away.requests.length).toBe(1)
    // The button has moved to the list's head: what was answered is still told beside it.
    await expect.poll(() => page.locator('.test-answer').textContent()).not.toBe('')
    await page.keyboard.press('Control+4')
    await page.keyboard.press('Control+1')
    await page.getByRole('table').waitFor()
    expect(await page.locator('.test-answer').count()).toBe(0)
  })

  test('without a deployment it says how to get one, and a test request that fails says why where the first row then stands', async () => {
    const bare = await startRouterForBrowser({ models: () => '{}' })
    try {
      const page = await browser.page()
      await page.goto(bare.loginUrl)
      await page.getByRole('heading', { name: 'Nobody can answer yet' }).waitFor()
      expect(await axeFindings(page)).toEqual([])
      await page.getByRole('button', { name: 'Add a provider' }).click()
      const dialog = page.getByRole('dialog', { name: /provider/i })
      await dialog.waitFor()
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' }) // until then the keys are its own
      await page.keyboard.press('Control+1')
      await page.getByRole('button', { name: 'Get a local model' }).click()
      await expect.poll(() => page.url()).toContain('#/models')
      await page.keyboard.press('Escape')
      await bare.lanes.router.chat({ model: 'auto' })
      await page.keyboard.press('Control+1')
      await page.getByRole('button', { name: 'Send a test request' }).click()
      await page.locator('.test-answer.error').waitFor()
      await expect.poll(() => page.locator('tbody tr').count()).toBe(2)
    } finally {
      await bare.stop()
    }
  })
})

describe('the split control', () => {
  test('keys set the split, and the next request follows it', async () => {
    const page = await signedIn()
    await slider(page).focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(async () => (await split()).remote_share).toBe(0.01)
    await page.keyboard.press('Shift+ArrowRight')
    await expect.poll(async () => (await split()).remote_share).toBe(0.11)
    await page.keyboard.type('62')
    expect(await slider(page).getAttribute('aria-valuenow')).toBe('62')
    expect((await split()).remote_share).toBe(0.11)
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await split()).remote_share).toBe(0.62)
    expect(await slider(page).getAttribute('aria-valuetext')).toBe('62 percent remote, custom, fallback on')

    await page.keyboard.press('End')
    await expect.poll(async () => (await split()).remote_share).toBe(1)
    expect((await ask('sent when everything goes remote')).headers.get('x-headgate-lane')).toBe('remote')
    await expect.poll(() => page.locator('tbody tr').first().textContent()).toContain('away')
    await page.keyboard.press('Home')
    await expect.poll(async () => (await split()).remote_share).toBe(0)
    expect((await ask('sent when everything stays local')).headers.get('x-headgate-lane')).toBe('local')
    await expect.poll(() => page.locator('tbody tr').first().textContent()).toContain('here')
  })

  test('a drag is applied on release, rests on detents, and Esc drops it', async () => {
    const page = await signedIn()
    const track = await slider(page).boundingBox()
    const leaf = await page.locator('[data-leaf]').boundingBox()
    if (!track || !leaf) throw new Error('the gate is not drawn')
    const middle = track.y + track.height / 2
    const press = async () => {
      await page.mouse.move(leaf.x + leaf.width / 2, middle)
      await page.mouse.down()
    }
    await press()
    await page.mouse.move(track.x + track.width * 0.3, middle, { steps: 4 })
    await page.getByText('now 0').waitFor()
    await page.keyboard.press('Escape')
    expect(await slider(page).getAttribute('aria-valuenow')).toBe('0')
    await page.mouse.up()
    expect((await split()).source).not.toBe('override')

    await press()
    await page.mouse.move(track.x + track.width * 0.502, middle, { steps: 4 })
    expect(await slider(page).getAttribute('aria-valuenow')).toBe('50')
    expect((await split()).remote_share).toBe(0)
    await page.mouse.up()
    await expect.poll(async () => (await split()).remote_share).toBe(0.5)
    await expect.poll(() => page.getByRole('radio', { name: 'Balanced' }).isChecked()).toBe(true)
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(async () => (await split()).remote_share).toBe(0)
  })

  test('an end of the track asks once whether to lock; locking says so in words and lets nothing out', async () => {
    const page = await signedIn()
    await slider(page).focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(async () => (await split()).remote_share).toBe(0.01)
    await page.keyboard.press('Home')
    const question = page.getByRole('dialog', { name: 'Lock to this Mac, or prefer it?' })
    await question.waitFor()
    expect(await axeFindings(page)).toEqual([])
    await question.getByRole('button', { name: 'Lock to this Mac' }).click()
    await expect.poll(split).toMatchObject({ remote_share: 0, fallback: false, lock: 'local' })
    await page.getByText('Locked to this Mac', { exact: true }).waitFor()
    expect(await slider(page).getAttribute('aria-disabled')).toBe('true')
    await expect.poll(() => page.getByRole('radio', { name: 'Local Only' }).isChecked()).toBe(true)
    expect(await axeFindings(page)).toEqual([])

    router.lanes.here.fault = '500'
    const before = router.lanes.away.requests.length
    const refused = await ask('may not leave this machine')
    expect(refused.ok).toBe(false)
    expect(router.lanes.away.requests.length).toBe(before)
    await expect.poll(() => page.locator('tbody tr').first().textContent()).toContain(String(refused.status))
  })

  test('presets, Fallback and reset go both ways; a change from elsewhere moves the control and can be undone', async () => {
    const page = await signedIn()
    await page.getByRole('radiogroup', { name: 'Presets' }).getByText('Prefer Remote').click()
    await expect.poll(split).toMatchObject({ remote_share: 1, fallback: true, lock: null })
    await page.getByText('Fallback', { exact: true }).click()
    await expect.poll(async () => (await split()).fallback).toBe(false)
    await page.getByRole('button', { name: 'Reset to default (0' }).click()
    await expect.poll(split).toMatchObject({ remote_share: 0, fallback: true, source: 'default' })
    await expect.poll(() => page.getByRole('radio', { name: 'Prefer Local' }).isChecked()).toBe(true)
    expect(await page.getByText('Changed elsewhere').count()).toBe(0)

    await admin('PUT', '/admin/split', { remote_share: 0.75 })
    await page.getByText('Changed elsewhere').waitFor()
    expect(await slider(page).getAttribute('aria-valuenow')).toBe('75')
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(async () => (await split()).remote_share).toBe(0)
  })
})

describe('requests', () => {
  test('a request that failed over shows its reason in the row, and the plan with both tries behind it', async () => {
    const page = await signedIn()
    router.lanes.here.fault = '500'
    expect((await ask('fails here, answered away')).headers.get('x-headgate-lane')).toBe('remote')
    const row = page.locator('tbody tr').first()
    await expect.poll(() => row.textContent()).toMatch(/failed over · \d tries/)
    await row.click()
    const inspector = page.getByRole('complementary', { name: 'Request' })
    const plan = inspector.getByRole('list', { name: 'Plan' }).getByRole('listitem')
    await expect
      .poll(() => plan.allTextContents())
      .toEqual([expect.stringMatching(/^1.*here.*failed$/), expect.stringMatching(/^2.*away.*answered$/)])
    await inspector.getByRole('heading', { name: 'Timeline' }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await inspector.waitFor({ state: 'detached' })
  })

  test('rows open and close by keyboard, and the focus comes back to the row', async () => {
    await ask('one more row')
    const page = await signedIn()
    const rows = page.locator('tbody button')
    await rows.first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('complementary', { name: 'Request' }).getByRole('heading', { name: 'Why it went there' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await rows.nth(1).evaluate((row) => row === document.activeElement)).toBe(true)
  })

  test('set against actual: the lane with more than set says why', async () => {
    const page = await signedIn()
    await expect.poll(() => page.getByRole('region', { name: 'Remote lane' }).textContent()).toContain('more than set')
  })
})

describe('a lane without a deployment, and a router that goes', () => {
  test('the control is locked with the reason in words; a router that stops leaves the data and says so', async () => {
    const alone = await startRouterForBrowser({
      models: (here) => `providers:
  - {name: here, base_url: "${here.url}"}
models:
  - {name: m, deployments: [{provider: here, model: m, lane: local}]}
`,
    })
    try {
      const page = await browser.page({ viewport: { width: 900, height: 600 } })
      await page.goto(alone.loginUrl)
      await page.getByText('No provider yet', { exact: true }).waitFor()
      expect(await slider(page).getAttribute('aria-disabled')).toBe('true')
      expect(await axeFindings(page)).toEqual([])
      await alone.lanes.router.router.stop(0)
      await page.getByText(/Headgate does not answer at/).waitFor()
      expect(await slider(page).isVisible()).toBe(true)
      expect(await axeFindings(page)).toEqual([])
    } finally {
      await alone.stop()
    }
  })
})
