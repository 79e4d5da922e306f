/** The Overview in every theme and at every width, with rows and an open inspector: nothing for axe to find, nothing that scrolls sideways. */
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { axeFindings, startBrowser, type TestBrowser } from './with-browser.ts'
import { type RouterForBrowser, startRouterForBrowser } from './with-router.ts'

let browser: TestBrowser
let router: RouterForBrowser

beforeAll(async () => {
  browser = await startBrowser()
  router = await startRouterForBrowser()
  for (const words of ['one', 'two', 'three']) await router.lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: words }] })
})
afterAll(async () => {
  await browser?.close()
  await router?.stop()
})

afterEach(() => browser.closePages())

async function withInspector(options: Parameters<TestBrowser['page']>[0]): Promise<Page> {
  const page = await browser.page(options)
  await page.goto(router.loginUrl)
  await page.locator('tbody tr').first().click()
  await page.getByRole('complementary', { name: 'Request' }).getByRole('heading', { name: 'Why it went there' }).waitFor()
  return page
}

for (const colorScheme of ['light', 'dark'] as const)
  for (const contrast of ['no-preference', 'more'] as const)
    test(`axe finds nothing: ${colorScheme}, contrast ${contrast}`, async () => {
      const page = await withInspector({ colorScheme, contrast })
      expect(await axeFindings(page)).toEqual([])
    })

test('no width from a wide window to one at 400 percent scrolls sideways', async () => {
  const page = await withInspector({})
  for (const width of [1600, 1280, 900, 640, 320]) {
    await page.setViewportSize({ width, height: 500 })
    const overflow = await page.locator('#page').evaluate((element) => element.scrollWidth - element.clientWidth)
    expect({ width, overflow }).toEqual({ width, overflow: 0 })
  }
})

test('with more contrast the remote bars are hatched, so that no lane is told by colour alone', async () => {
  await router.lanes.router.chat({ model: 'm' }, { 'x-headgate-route': 'remote' })
  const plain = await coloursOfBars('remote', 'no-preference')
  const hatched = await coloursOfBars('remote', 'more')
  expect(plain).toBeGreaterThan(0.85)
  expect(hatched).toBeLessThan(0.75)
  expect(await coloursOfBars('local', 'more')).toBeGreaterThan(0.85)
})

/** What part of a lane's bars has their most frequent colour. */
async function coloursOfBars(lane: 'local' | 'remote', contrast: 'more' | 'no-preference'): Promise<number> {
  const page = await browser.page({ contrast })
  await page.goto(router.loginUrl)
  const canvas = page.locator(`.flow-block.${lane} canvas`)
  await canvas.waitFor()
  const share = () =>
    canvas.evaluate((element: HTMLCanvasElement) => {
      const { data } = element.getContext('2d')?.getImageData(0, 0, element.width, element.height) ?? { data: [] }
      const times = new Map<string, number>()
      let opaque = 0
      for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] !== 255) continue
        opaque++
        const colour = `${data[at]} ${data[at + 1]} ${data[at + 2]}`
        times.set(colour, (times.get(colour) ?? 0) + 1)
      }
      return opaque === 0 ? null : Math.max(...times.values()) / opaque
    })
  await expect.poll(share).not.toBeNull()
  return (await share()) ?? 0
}
