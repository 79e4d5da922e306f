/** The page Routing in Chromium over a real router: the dry run while it is typed, and rules that are added, changed, moved, deleted, and read-only. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { providersOf } from '../journeys/with-lanes.ts'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

const routing = `patterns:
  - {pattern: "^meta-llama/.*", provider: away, fallback: here}
  - {pattern: "^meta-llama/Llama-3.*", provider: here}
request_metadata_routing:
  urgent: {provider: away, condition: 'header.x-priority == "high"'}
`
let browser: TestBrowser
let router: RouterForBrowser

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser({ routing })
}, 240_000)
afterAll(async () => {
  await browser?.close()
  await router?.stop()
})
afterEach(async () => {
  await browser.closePages()
  router.lanes.router.write(files())
  await expect.poll(async () => (await admin('GET')).body.rules.patterns.length).toBeGreaterThanOrEqual(2)
  await expect.poll(async () => (await put({})).status).toBe(200)
  expect(browser.errors.splice(0)).toEqual([])
})

const admin = (method: string, body?: object) => router.lanes.router.admin(method, '/admin/rules', body)
const put = (rules: object) => admin('PUT', rules)
const stored = async () => (await admin('GET')).body.stored
/** The configuration that every test begins with. */
const files = () => ({
  'models.yaml': `${providersOf(router.lanes.here, router.lanes.away)}models:
  - {name: m, deployments: [{provider: here, model: m-here, lane: local}, {provider: away, model: m-away, lane: remote}]}
`,
  'routing.yaml': routing,
})

async function opened(options = {}): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(router.loginUrl)
  await page.getByRole('link', { name: 'Routing' }).click()
  await page.getByRole('heading', { name: 'Where would it go?' }).waitFor()
  return page
}
const model = (page: Page) => page.getByRole('combobox', { name: 'Model', exact: true })
const answer = (page: Page) => page.getByRole('region', { name: 'The plan' })
const dialog = (page: Page) => page.getByRole('dialog')
const line = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name }).locator('visible=true').last()

async function begin(page: Page, kind: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Add a rule' }).click()
  await page.getByRole('menuitem', { name: kind }).click()
  await dialog(page).waitFor()
}

describe('the dry run', () => {
  test('answers while it is typed, and marks the rule that takes the request', async () => {
    const page = await opened()
    await answer(page).getByText('auto goes to m/here').waitFor()
    await model(page).fill('meta-llama/Llama-3-8B')
    await answer(page).getByText('the pattern ^meta-llama/.* (routing.yaml:2) says so').waitFor()
    expect(await page.locator('[aria-current=true]').innerText()).toMatch(/\^meta-llama\/\.\*\s+takes this request/)
    expect(await answer(page).getByRole('list', { name: 'Plan' }).getByRole('listitem').count()).toBe(2)

    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'X-Priority' }).click()
    await page.keyboard.type('high')
    await answer(page).getByRole('link', { name: 'Taken by the request rule urgent' }).click()
    await expect.poll(() => page.evaluate(() => location.hash)).toBe('#/routing/metadata%3Aurgent')
    expect(await page.locator('[aria-current=true]').innerText()).toContain('urgent')
    expect(await axeFindings(page)).toEqual([])
  })

  test('shows the router’s own sentence where it would refuse, and says what is left out', async () => {
    const page = await opened()
    await model(page).fill('m-unknown')
    await answer(page).getByText('There is no model "m-unknown"').waitFor()
    await model(page).fill('m@local')
    await answer(page).getByRole('heading', { name: 'Left out' }).waitFor()
    await answer(page).getByText('This one is remote').or(answer(page).getByText('this one is remote')).first().waitFor()
    expect(await axeFindings(page)).toEqual([])
  })
})

describe('rules of files', () => {
  test('are read-only, name their line, and carry their warnings; a copy of one can be edited', async () => {
    const page = await opened()
    const overlap = line(page, '^meta-llama/Llama-3.*')
    await overlap.getByText('set by routing.yaml:3').waitFor()
    await overlap.getByText('both take').waitFor()
    expect(await overlap.getByRole('button').allInnerTexts()).toEqual(['Copy to edit'])
    await overlap.getByRole('button').click()
    const pattern = dialog(page).getByRole('textbox', { name: 'Pattern' })
    expect(await pattern.inputValue()).toBe('^meta-llama/Llama-3.*')
    await pattern.fill('^mistral/')
    await dialog(page).getByRole('button', { name: 'Add', exact: true }).click()
    await dialog(page).waitFor({ state: 'detached' })
    expect(await stored()).toEqual({ patterns: [{ pattern: '^mistral/', provider: 'here', fallback: null }] })
  })
})

describe('a rule of the panel', () => {
  test('is checked while it is typed, added, seen by the dry run at once, edited and deleted', async () => {
    const page = await opened()
    await model(page).fill('panel/x')
    await answer(page).getByText('There is no model').waitFor()
    await page.keyboard.press('Escape')
    await begin(page, /Patterns/)
    const pattern = dialog(page).getByRole('textbox', { name: 'Pattern' })
    await pattern.fill('^panel/(')
    await dialog(page)
      .locator('.form-error', { hasText: /missing/ })
      .first()
      .waitFor()
    await dialog(page).getByRole('button', { name: 'Add', exact: true }).click()
    await dialog(page).getByRole('alert').getByText('patterns[0].pattern').waitFor()
    await pattern.fill('^panel/')
    await dialog(page).getByText('Takes no name that is known now.').waitFor()
    await dialog(page).getByRole('button', { name: 'Add a provider' }).click()
    await dialog(page)
      .getByRole('button', { name: /Provider 1/ })
      .first()
      .click()
    await page.getByRole('option', { name: 'away' }).click()
    await dialog(page).getByRole('button', { name: /Then/ }).click()
    await page.getByRole('option', { name: /^here/ }).click()
    expect(await axeFindings(page)).toEqual([])
    await dialog(page).getByRole('button', { name: 'Add', exact: true }).click()
    await answer(page).getByText('the pattern ^panel/ (panel) says so').waitFor()
    expect(await stored()).toEqual({ patterns: [{ pattern: '^panel/', provider: 'away', fallback: 'here' }] })

    await page.getByRole('button', { name: 'Edit: ^panel/' }).click()
    await pattern.fill('^panels?/')
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Delete: ^panels?/' }).click()
    await page.getByRole('button', { name: 'Click again' }).click()
    await expect.poll(stored).toEqual({})
    await page.getByRole('button', { name: 'Delete: ^panels?/' }).waitFor({ state: 'detached' })
  })

  test('asks by a condition, whose words are listed', async () => {
    const page = await opened()
    await begin(page, /Requests/)
    await dialog(page).getByRole('textbox', { name: 'Name' }).fill('long')
    await dialog(page).getByText('What a condition can ask').click()
    await dialog(page).getByRole('button', { name: 'prompt_tokens' }).click()
    const condition = dialog(page).getByRole('textbox', { name: 'Condition' })
    expect(await condition.inputValue()).toBe('prompt_tokens')
    await dialog(page).getByText('This is a number, not a yes or no.').waitFor()
    await condition.fill('prompt_tokens > 10 and header.x-team == "a"')
    await dialog(page).getByText('it looks at x-team').waitFor()
    await dialog(page).getByRole('button', { name: 'Add a provider' }).click()
    await dialog(page).getByRole('button', { name: 'Add', exact: true }).click()
    await line(page, 'header.x-team').getByText('panel', { exact: true }).waitFor()
    expect(Object.keys((await stored()).request_metadata_routing)).toEqual(['long'])
  })

  test('changes its place by buttons, and one that cannot be used says why and can still be deleted', async () => {
    const patterns = [
      { pattern: '^a/', provider: 'here' },
      { pattern: '^b/', provider: 'away' },
    ]
    await put({ patterns })
    const page = await opened()
    await page.getByRole('button', { name: 'Move up: ^b/' }).click()
    await expect.poll(stored).toEqual({ patterns: [...patterns].reverse() })
    router.lanes.router.write({
      'models.yaml': `${providersOf(router.lanes.here, router.lanes.away).replace(/.*name: away.*\n/, '')}models:\n  - {name: m, deployments: [{provider: here, model: m-here, lane: local}]}\n`,
      'routing.yaml': '{patterns: []}\n',
    })
    await line(page, '^b/').getByText('Not used: there is no provider "away"').waitFor()
    await page.getByRole('button', { name: 'Delete: ^b/' }).click()
    await page.getByRole('button', { name: 'Click again' }).click()
    await expect.poll(stored).toEqual({ patterns: [patterns[0]] })
  })

  test('of the other kinds: a chain with its places, and smart routing', async () => {
    const page = await opened()
    await begin(page, /Fallback chains/)
    await dialog(page).getByRole('textbox', { name: 'Name' }).fill('spare')
    await dialog(page).getByRole('button', { name: 'Add a place' }).click()
    await dialog(page).getByRole('textbox', { name: 'Condition of place 2' }).fill('always')
    await dialog(page).getByRole('textbox', { name: 'Attempts after the first' }).fill('2')
    expect(await axeFindings(page)).toEqual([])
    await dialog(page).getByRole('button', { name: 'Add', exact: true }).click()
    await dialog(page).waitFor({ state: 'detached' })
    const { fallback_chains } = await stored()
    expect(fallback_chains.spare).toMatchObject({ retry_attempts: 2, chain: [{}, { condition: 'always' }] })

    await begin(page, /Smart routing/)
    await dialog(page).getByRole('combobox', { name: 'small is' }).fill('m')
    await page.keyboard.press('Escape')
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await dialog(page).waitFor({ state: 'detached' })
    await answer(page)
      .getByRole('link', { name: /Taken by the smart routing always/ })
      .waitFor()
    expect(await page.locator('[aria-current=true]').innerText()).toContain('always')
  })
})

test('the inspector names the rule in words, and leads to it', async () => {
  await router.lanes.router.chat({ model: 'meta-llama/Llama-3-8B' })
  const page = await opened()
  await page.getByRole('link', { name: 'Activity' }).click()
  await page.getByText('meta-llama/Llama-3-8B').first().click()
  const inspector = page.getByRole('complementary', { name: 'Request' })
  await inspector.getByText('The pattern').waitFor()
  await inspector.getByRole('link', { name: '^meta-llama/.*' }).click()
  await page.getByRole('heading', { name: 'Where would it go?' }).waitFor()
  expect(await page.locator('.is-pointed').innerText()).toContain('^meta-llama/.*')
})

test.each([
  { colorScheme: 'dark' as const, viewport: { width: 1280, height: 800 } },
  { colorScheme: 'light' as const, viewport: { width: 900, height: 600 } },
  { colorScheme: 'dark' as const, viewport: { width: 400, height: 600 } },
])('the page has nothing that axe finds, and nothing wider than the window: $colorScheme, $viewport.width px', async (options) => {
  await put({ patterns: [{ pattern: `^${'a-very-long-name/'.repeat(12)}`, providers: ['here', 'away'], strategy: 'lowest_cost' }] })
  const page = await opened(options)
  await page.getByText('a-very-long-name').first().waitFor()
  expect(await axeFindings(page)).toEqual([])
  expect(
    await page.evaluate(() => [
      document.documentElement.scrollWidth - innerWidth,
      ...[...document.querySelectorAll('#page')].map((each) => each.scrollWidth - each.clientWidth),
    ]),
  ).toEqual([0, 0])
})

test('without a rule one sentence says what rules are for', async () => {
  router.lanes.router.write({ 'routing.yaml': '{patterns: []}\n' })
  const page = await opened()
  await page.getByRole('heading', { name: 'No rules yet' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: 'Add a rule' }).waitFor()
})
