/** The inspector in a real browser: recording, bodies as text, sending again, comparing, copying; from Activity and from the Overview. */
import type { Locator, Page } from 'playwright'
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
  await admin('PUT', '/admin/recordings', { until: null })
  router.lanes.here.raw = null
  expect(browser.errors.splice(0)).toEqual([])
})

const admin = (method: string, path: string, body?: unknown) => router.lanes.router.admin(method, path, body)
async function ask(content: string, more: Record<string, unknown> = {}): Promise<string> {
  const reply = await router.lanes.router.chat({ model: 'm', messages: [{ role: 'user', content }], ...more })
  await reply.text()
  return reply.headers.get('x-headgate-request-id') as string
}
const record = () => admin('PUT', '/admin/recordings', { until: new Date(Date.now() + 600_000).toISOString() })
const inspector = (page: Page): Locator => page.getByRole('complementary', { name: 'Request' })

async function openAt(hash: string): Promise<Page> {
  const page = await browser.page({ permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto(router.loginUrl)
  await page.getByRole('navigation').waitFor({ timeout: 60_000 })
  await page.evaluate((to) => {
    location.hash = to
  }, hash)
  return page
}
const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText())

describe('bodies', () => {
  test('are not stored until one presses Record; then the next request has them, and the list says that it records', async () => {
    const id = await ask('before anybody records')
    const page = await openAt(`#/activity/${id}`)
    await inspector(page).getByText('Bodies are not stored.').waitFor()
    expect(await inspector(page).getByRole('button', { name: 'Repeat on remote' }).isDisabled()).toBe(true)
    await inspector(page).getByText('Repeat needs the body, and this one was not recorded.').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await inspector(page).getByRole('button', { name: 'Record the next 10 minutes' }).click()
    await page.getByText(/Recording bodies, \d+ min left/).waitFor()
    expect((await admin('GET', '/admin/recordings')).body.until).not.toBeNull()

    const next = await ask('recorded words', { stream: true })
    await page.evaluate((to) => {
      location.hash = `#/activity/${to}`
    }, next)
    await inspector(page).getByText('"recorded words"').waitFor()
    await inspector(page).getByText('Hello from far away.').waitFor()
    await inspector(page).getByRole('tab', { name: 'Headers' }).click()
    await inspector(page).getByText('application/json').first().waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page.getByText(/Recording bodies/).waitFor({ state: 'detached' })
  })

  test('e48: what a model says is text, whatever is in it; its tool calls stand apart', async () => {
    await record()
    const text = '<img src=x onerror="document.title=1"><script>document.title=2</script> [a](javascript:alert(1)) ![b](https://example.com/b.png)'
    const call = { id: 'call_1', type: 'function', function: { name: 'read_file', arguments: '{"path": "a.txt"}' } }
    const message = { role: 'assistant', content: text, tool_calls: [call] }
    const whole = { id: 'x', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message, finish_reason: 'tool_calls' }] }
    router.lanes.here.raw = { body: Buffer.from(JSON.stringify(whole)), contentType: 'application/json' }
    const page = await openAt(`#/activity/${await ask('say something bad')}`)
    await inspector(page).getByText(text).first().waitFor()
    expect(await inspector(page).locator('img, script, a[href^="javascript"]').count()).toBe(0)
    await inspector(page).getByRole('tab', { name: 'Tool calls 1' }).click()
    await inspector(page).getByText('"path": "a.txt"').waitFor()
    expect(await page.title()).toContain('Headgate')
  })
})

test('of several answers to one request each is shown, with its own tool calls', async () => {
  await record()
  const choice = (index: number, message: object) => ({ index, message: { role: 'assistant', ...message }, finish_reason: 'stop' })
  const call = { id: 'call_1', type: 'function', function: { name: 'second_calls', arguments: '{}' } }
  const choices = [choice(1, { content: 'the second one', tool_calls: [call] }), choice(0, { content: 'the first one' })]
  const whole = { id: 'x', object: 'chat.completion', created: 1, model: 'm', choices }
  router.lanes.here.raw = { body: Buffer.from(JSON.stringify(whole)), contentType: 'application/json' }
  const page = await openAt(`#/activity/${await ask('twice please')}`)
  await inspector(page).getByText('Answer 2 of 2').waitFor()
  expect(await inspector(page).locator('.answer-text').allTextContents()).toEqual(['the first one', 'the second one', 'second_calls({})'])
  await inspector(page).getByRole('tab', { name: 'Tool calls 1' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
})

describe('a recorded request', () => {
  test('is sent again on the other lane, streams into the panel beside the first answer, and is a row of its own', async () => {
    await record()
    const page = await openAt(`#/activity/${await ask('compare these two', { stream: true })}`)
    const sent = router.lanes.away.requests.length
    await inspector(page).getByRole('button', { name: 'Repeat on remote' }).click()
    const comparison = inspector(page).getByRole('region', { name: 'Side by side' })
    await expect.poll(() => comparison.getByText('Hello from far away.').count()).toBe(2)
    await comparison.getByRole('link', { name: 'Again on remote' }).waitFor()
    expect(router.lanes.away.requests.length).toBe(sent + 1)
    await expect.poll(() => page.getByRole('grid', { name: 'Requests' }).locator('tbody tr').first().textContent()).toContain('Headgate panel')
    expect(await axeFindings(page)).toEqual([])
    await comparison.getByRole('button', { name: 'End the comparison' }).click()
    await comparison.waitFor({ state: 'detached' })
  })

  test('is repeated by its key on the lane that it went to; one without a body is not, and the key stays the browser’s', async () => {
    await record()
    const page = await openAt(`#/activity/${await ask('once more by key')}`)
    await inspector(page).getByRole('button', { name: 'Repeat on remote' }).waitFor()
    const sent = [router.lanes.here.requests.length, router.lanes.away.requests.length] as const
    await page.keyboard.press('Control+r')
    const comparison = inspector(page).getByRole('region', { name: 'Side by side' })
    await comparison.getByRole('link', { name: 'Again on local' }).waitFor()
    expect([router.lanes.here.requests.length, router.lanes.away.requests.length]).toEqual([sent[0] + 1, sent[1]])

    await admin('PUT', '/admin/recordings', { until: null })
    const bare = await ask('without a body')
    await page.evaluate((to) => {
      location.hash = `#/activity/${to}`
    }, bare)
    await inspector(page).getByText('Bodies are not stored.').waitFor()
    const isTaken = page.evaluate(
      () => new Promise((resolve) => addEventListener('keydown', (event) => event.key === 'r' && resolve(event.defaultPrevented))),
    )
    await page.keyboard.press('Control+r')
    expect(await isTaken).toBe(false)
    expect(router.lanes.here.requests.length).toBe(sent[0] + 2)
  })

  test('is copied as a command with the key masked, by button and by keyboard; without a body as a template', async () => {
    await record()
    const content = "it's a 'quoted' prompt"
    const page = await openAt(`#/activity/${await ask(content)}`)
    await inspector(page).getByRole('button', { name: 'Copy as cURL' }).click()
    const command = await copied(page)
    expect(command).toContain(`curl '${router.url}/v1/chat/completions'`)
    expect(command).toContain('authorization: Bearer $HEADGATE_KEY')
    expect(command).toContain(`it'\\''s a '\\''quoted'\\'' prompt`)
    await admin('PUT', '/admin/recordings', { until: null })
    const bare = await ask('never to be seen')
    await page.evaluate((to) => {
      location.hash = `#/activity/${to}`
    }, bare)
    await inspector(page).getByText(bare).waitFor()
    await inspector(page).getByRole('heading', { name: 'Why it went there' }).waitFor()
    await page.keyboard.press('Control+Shift+C')
    await expect.poll(() => copied(page)).toContain('"model":"m"')
    expect(await copied(page)).not.toContain('never to be seen')
  })
})

test('from the Overview the same inspector opens, and its conversation leads to Activity', async () => {
  await ask('a conversation of its own')
  const page = await openAt('#/overview')
  await page.locator('tbody tr').first().click()
  await inspector(page).getByRole('heading', { name: 'Why it went there' }).waitFor()
  await inspector(page).getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Show the conversation' }).click()
  await page.getByRole('button', { name: 'Remove the filter one conversation' }).waitFor()
  await expect.poll(() => page.getByRole('grid', { name: 'Requests' }).locator('tbody tr').count()).toBe(1)
  await page.goBack()
  await page.getByRole('slider', { name: 'Remote share' }).waitFor()
})
