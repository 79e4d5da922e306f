/** Where local models come from, in a real browser against a real router: the hub, the queue, files of this machine, other servers. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type FakeHub, startFakeHub } from '../fakes/fake-hub.ts'
import { encodeGguf, tinyGgufParts, writeTinyGguf } from '../fixtures/tiny-gguf.ts'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

const tiny = Buffer.from(encodeGguf(tinyGgufParts({ seed: 3 })))
const half = Math.floor(tiny.length / 2)

let browser: TestBrowser
let router: RouterForBrowser
let hub: FakeHub
let ollama: Server
let home: string

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'headgate-home-'))
  mkdirSync(join(home, '.lmstudio', 'models', 'lab'), { recursive: true })
  writeTinyGguf(join(home, '.lmstudio', 'models', 'lab', 'found-one.gguf'))
  writeFileSync(join(home, '.lmstudio', 'models', 'lab', 'broken.gguf'), 'GGUF')
  hub = await startFakeHub({
    'lab/Tiny-GGUF': {
      files: {
        'Tiny-Q4_K_M.gguf': { bytes: tiny },
        'Tiny-Q8_0.gguf': { bytes: tiny, listedBytes: tiny.length + 7 },
        'Tiny-BF16.gguf': { bytes: tiny, listedBytes: 9e14 },
      },
    },
    'lab/gated-GGUF': { token: 'hf_goodtoken', files: { 'gated.gguf': { bytes: tiny } } },
  })
  ollama = createServer((request, response) => {
    const models = [{ name: 'qwen3:8b' }, { name: 'gemma3:4b' }]
    const answers: Readonly<Record<string, unknown>> = { '/api/version': { version: '0.12.0' }, '/api/tags': { models }, '/v1/models': { data: [] } }
    const answer = answers[request.url ?? '']
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}))
  })
  await new Promise<void>((listening) => ollama.listen(0, '127.0.0.1', listening))
  browser = await startBrowser()
  router = await startRouterForBrowser({
    environment: { HEADGATE_HUB_URL: hub.url, HOME: home, HEADGATE_LOCAL_SERVERS: String((ollama.address() as AddressInfo).port) },
  })
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await router?.stop()
  await hub?.close()
  ollama?.close()
  rmSync(home, { recursive: true, force: true })
})
afterEach(async () => {
  await browser.closePages()
  expect(browser.errors.splice(0)).toEqual([])
})

async function openModels(options = {}): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(router.loginUrl)
  await page.getByRole('navigation').first().waitFor()
  await page.evaluate(() => {
    location.hash = '#/models'
  })
  await page.getByRole('button', { name: 'Get a local model' }).waitFor()
  return page
}
const rowOf = (page: Page, name: string) => page.locator('.download-row', { hasText: name })

test('a search leads to files with their fit, and the chosen one comes, shows how far it is, pauses, goes on, and is a model', async () => {
  hub.repositories['lab/Tiny-GGUF']!.files['Tiny-Q4_K_M.gguf']!.fault = { stallAfter: half }
  const page = await openModels()
  await page.getByRole('button', { name: 'Get a local model' }).click()
  const field = page.getByRole('searchbox', { name: /Search Hugging Face/ })
  await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true)
  expect(await axeFindings(page)).toEqual([])
  await field.fill('nothing-like-this')
  await page.keyboard.press('Enter')
  await page.getByText('Nothing with GGUF files is called “nothing-like-this”.').waitFor()
  await field.fill('tiny')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /Tiny-GGUF/ }).click()
  const huge = page.getByRole('row', { name: /Tiny-BF16/ })
  expect(await huge.textContent()).toMatch(/Too large.*needs/)
  expect(await huge.getByRole('button').isDisabled()).toBe(true)
  expect(await axeFindings(page)).toEqual([])

  await page.getByRole('button', { name: /^Get Tiny-Q4_K_M\.gguf/ }).click()
  await hub.stalled()
  const row = rowOf(page, 'tiny-q4_k_m')
  await expect.poll(() => row.textContent()).toMatch(/248 of 496\skB/)
  expect(await axeFindings(page)).toEqual([])
  await row.getByRole('button', { name: 'Pause tiny-q4_k_m' }).click()
  await expect.poll(() => row.textContent()).toMatch(/248 of 496\skB · Paused/)
  hub.repositories['lab/Tiny-GGUF']!.files['Tiny-Q4_K_M.gguf']!.fault = null
  await row.getByRole('button', { name: 'Resume tiny-q4_k_m' }).click()
  await row.getByText('Ready').waitFor()
  expect(readFileSync(join(router.lanes.router.data, 'models', 'Tiny-Q4_K_M.gguf'))).toEqual(tiny)
  await page.getByRole('table').getByText('tiny-q4_k_m').first().waitFor()
  await row.getByRole('button', { name: 'Take tiny-q4_k_m off this list' }).click()
  await row.waitFor({ state: 'detached' })
}, 120_000)

test('what fails says so in its place: another length than listed, a name nobody has, a gated repository that opens with a token', async () => {
  const page = await openModels({ colorScheme: 'dark' })
  await page.getByRole('button', { name: 'Get a local model' }).click()
  const field = page.getByRole('searchbox', { name: /Search Hugging Face/ })
  await field.fill('https://huggingface.co/lab/Tiny-GGUF/tree/main')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /^Get Tiny-Q8_0\.gguf/ }).click()
  const row = rowOf(page, 'tiny-q8_0')
  await row.getByText(/is not the file that it lists/).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await row.getByRole('button', { name: /^Cancel tiny-q8_0/ }).click()
  await row.waitFor({ state: 'detached' })

  await field.fill('no/body')
  await page.keyboard.press('Enter')
  await page
    .getByRole('alert')
    .getByText(/no\/body is not on/)
    .waitFor()
  await field.fill('lab/gated-GGUF')
  await page.keyboard.press('Enter')
  await page
    .getByRole('alert')
    .getByText(/lab\/gated-GGUF is gated/)
    .waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByLabel('Hub token').fill('hf_goodtoken')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /^Get gated\.gguf/ }).waitFor()
  expect(await page.content()).not.toContain('hf_goodtoken')
}, 120_000)

test('files of this machine are offered by folder, chosen with the keyboard, and used where they lie', async () => {
  const page = await openModels({ viewport: { width: 900, height: 600 } })
  await page.getByRole('button', { name: 'Add files…' }).click()
  await page.getByRole('button', { name: 'LM Studio, 2 models' }).click()
  await page.getByText(/^broken\.gguf cannot be used/).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('checkbox', { name: 'Use found-one' }).focus()
  await page.keyboard.press('Space')
  await page.getByRole('button', { name: 'Add 1 model' }).click()
  await page.getByText('already here as found-one').waitFor()
  await page.getByRole('textbox', { name: /Path of a GGUF file/ }).fill('Models')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('Type the whole path, from / or from ~.').waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  const reply = await router.lanes.router.chat({ model: 'found-one', max_tokens: 2 })
  expect([reply.status, reply.headers.get('x-headgate-lane')]).toEqual([200, 'local'])
}, 120_000)

test('another server of this machine is an offer: some of its models are chosen and used; "not now" takes it away', async () => {
  const page = await openModels()
  const offer = page.getByRole('list', { name: 'Servers found on this Mac' })
  await offer.getByText('Ollama runs on this Mac with 2 models.').waitFor()
  await offer.getByRole('button', { name: 'Choose…' }).click()
  await offer.getByText('gemma3:4b').click()
  expect(await axeFindings(page)).toEqual([])
  await offer.getByRole('button', { name: 'Use 1 model' }).click()
  await page.getByRole('table').getByText('qwen3:8b').first().waitFor()
  await offer.waitFor({ state: 'detached' })
  const { models } = (await router.lanes.router.admin('GET', '/admin/models')).body
  expect(models.map(({ name }: { name: string }) => name)).not.toContain('gemma3:4b')

  await router.lanes.router.admin('DELETE', '/admin/models/qwen3%3A8b')
  const [provider] = (await router.lanes.router.admin('GET', '/admin/providers')).body.providers.filter(
    ({ kind }: { kind: string }) => kind === 'ollama',
  )
  await router.lanes.router.admin('DELETE', `/admin/providers/${provider.name}`)
  const again = await openModels()
  await again.getByRole('button', { name: 'Not now: Ollama' }).click()
  await again.getByRole('list', { name: 'Servers found on this Mac' }).waitFor({ state: 'detached' })
}, 120_000)
