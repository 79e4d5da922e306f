/** The tray menu steers the router and follows it: presets, locks for a time, shares, models, pause, in both directions and without a window. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type AppLanes, startLanes } from './lanes.ts'
import { closeBrowser, startApp, type TestApp } from './with-app.ts'

let lanes: AppLanes
let app: TestApp
beforeAll(async () => {
  lanes = await startLanes()
  app = await startApp({ files: lanes.files, tiny: true })
})
afterAll(async () => {
  await app?.end()
  await lanes?.close()
  await closeBrowser()
})

const row = (id: string) => app.tray.menu?.getMenuItemById(id)
const radios = () => app.tray.menu?.items.filter(({ type, checked }) => type === 'radio' && checked).map(({ id }) => id)
const becomes = (check: () => void) => vi.waitFor(check, 20_000)
/** Each request is a session of its own. */
let conversation = 0
const laneOfNext = async () => {
  const reply = await app.chat({ model: 'm', messages: [{ role: 'user', content: `Number ${++conversation}` }] })
  return reply.ok ? reply.headers.get('x-headgate-lane') : reply.status
}

test('a radio of the tray moves the slider in the window, and the next request goes there', async () => {
  app.tray.choose('open')
  const slider = (await app.page()).getByRole('slider', { name: 'Remote share' })
  await slider.waitFor()
  expect(radios()).toEqual(['prefer-local'])
  expect(await laneOfNext()).toBe('local')

  app.tray.choose('prefer-remote')
  expect(await laneOfNext()).toBe('remote')
  await expect.poll(() => slider.getAttribute('aria-valuenow')).toBe('100')
  await becomes(() => expect(row('prefer-remote')?.sublabel).toBe('last 2: 1 local, 1 remote'))
  expect(radios()).toEqual(['prefer-remote'])
})

test('the slider in the window moves the radio of the tray, and the next request goes there', async () => {
  const slider = (await app.page()).getByRole('slider', { name: 'Remote share' })
  await slider.focus()
  await slider.press('ArrowLeft')
  await becomes(() => expect(radios()).toEqual(['custom']))
  expect(row('custom')?.label).toBe('Custom (99 % remote)')
  await slider.press('Home')
  await becomes(() => expect(radios()).toEqual(['prefer-local']))
  expect(await laneOfNext()).toBe('local')
})

test('without a window the menu is complete and works', async () => {
  app.control.windows[0]?.close()
  expect(app.control.windows).toEqual([])
  app.tray.choose('remote-only')
  await becomes(() => expect(app.tray.image.file).toBe('trayRemoteTemplate.png'))
  expect(await laneOfNext()).toBe('remote')
  app.tray.choose('local-only')
  await becomes(() => expect(app.tray.image.file).toBe('trayLocalTemplate.png'))
  expect(app.tray.toolTip).toContain('Local Only')
  expect(await laneOfNext()).toBe('local')
  app.tray.choose('prefer-local')
  await becomes(() => expect(app.tray.image.file).toBe('trayIdleTemplate.png'))
})

test('a change from the tray is told as the tray’s', async () => {
  const { split } = await app.admin('GET', '/admin/overview')
  app.tray.choose('remote-for-60')
  await becomes(() => expect(row('override')?.label).toBe('Remote Only, 60 min left'))
  const after = await app.admin('GET', '/admin/split')
  expect(after.override).toMatchObject({ lock: 'remote', by: 'tray', returns_to: { remote_share: split.remote_share } })
})

test('a lock for a time can be made longer, replaced and ended; what was set returns', async () => {
  expect(radios()).toEqual(['prefer-local'])
  expect(await laneOfNext()).toBe('remote')
  app.tray.choose('extend')
  await becomes(() => expect(row('override')?.label).toBe('Remote Only, 2 h left'))
  app.tray.choose('local-for-off')
  await becomes(() => expect(row('override')?.label).toBe('Local Only, until you turn it off'))
  expect(row('extend')).toBeNull()
  app.tray.choose('end-override')
  await becomes(() => expect(row('override')).toBeNull())
  expect((await app.admin('GET', '/admin/split')).lock).toBeNull()
})

test('a model has a share of its own until it follows again', async () => {
  app.tray.choose('share:m:100')
  await becomes(() => expect(row('model:m')?.badge?.content).toBe('100 % remote'))
  expect(row('share:m:100')?.checked).toBe(true)
  expect(await laneOfNext()).toBe('remote')
  app.tray.choose('share:m:global')
  await becomes(() => expect(row('model:m')?.badge).toBeUndefined())
  expect(await laneOfNext()).toBe('local')
  // a model with one side only has nothing to choose
  expect(row('share:tiny:50')?.enabled).toBe(false)
})

test('a local model is loaded, kept and unloaded', async () => {
  const [name] = (await app.admin('GET', '/admin/overview')).deployments
    .filter((each: { model: string }) => each.model === 'tiny')
    .map((each: { name: string }) => each.name)
  app.tray.choose(`load:${name}`)
  await becomes(() => expect(row(`local:${name}`)?.label).toBe('● tiny'))
  expect(row(`local:${name}`)?.badge?.content).toMatch(/^\d+ MB$/)
  expect(app.tray.image.file).toBe('trayLoadedTemplate.png')
  app.tray.choose(`keep:${name}`)
  await becomes(() => expect(row(`keep:${name}`)?.checked).toBe(true))
  app.tray.choose(`unload:${name}`)
  await becomes(() => expect(row(`load:${name}`)).not.toBeNull())
  expect(app.tray.image.file).toBe('trayIdleTemplate.png')
})

test('pause refuses requests until it is taken back', async () => {
  app.tray.choose('pause')
  await becomes(() => expect(row('state')?.label).toBe('Headgate is paused'))
  expect(app.tray.image.file).toBe('trayPausedTemplate.png')
  const refused = await app.chat({ model: 'm' })
  expect([refused.status, (await refused.json()).error.code]).toEqual([503, 'paused_by_user'])
  app.tray.choose('pause')
  await becomes(() => expect(row('state')?.label).toBe('Headgate is running'))
  expect((await app.chat({ model: 'm' })).status).toBe(200)
})

test('the base URL and a key of the menu bar’s own are copied; the key works, and stays the same', async () => {
  app.tray.choose('copy-url')
  await becomes(() => expect(app.control.clipboard).toBe(`${app.url}/v1`))
  expect(app.tray.title).toBe('Copied')
  app.tray.choose('copy-key')
  await becomes(() => expect(app.control.clipboard).toMatch(/^hg-/))
  const key = app.control.clipboard
  const reply = await fetch(`${app.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
  expect(reply.status).toBe(200)
  app.control.clipboard = ''
  app.tray.choose('copy-key')
  await becomes(() => expect(app.control.clipboard).toBe(key))
  const { keys } = await app.admin('GET', '/admin/keys')
  expect(keys.filter(({ name }: { name: string }) => name === 'Menu bar')).toHaveLength(1)
})

test('the menu is not replaced while it is open, and is right once it is closed', async () => {
  const menu = app.tray.open()
  await app.admin('PUT', '/admin/split', { preset: 'balanced' })
  await becomes(() => expect(app.tray.toolTip).toContain('Balanced'))
  expect(app.tray.menu).toBe(menu)
  app.tray.dismiss()
  await becomes(() => expect(radios()).toEqual(['balanced']))
  app.tray.choose('prefer-local')
})

test('a provider that rejects its key is a standing problem with its page, and well again it is gone', async () => {
  lanes.away.fault = '401'
  app.tray.choose('remote-only')
  await laneOfNext()
  await becomes(() => expect(row('problem')?.label).toBe('⚠ away key was rejected…'))
  expect(app.tray.image.file).toBe('trayAttentionTemplate.png')
  app.tray.choose('problem')
  const page = await app.page()
  await expect.poll(() => page.url()).toContain('#/providers')
  lanes.away.fault = null
})

test('a file of the configuration that does not load is the first thing that the menu says', async () => {
  const { writeFileSync } = await import('node:fs')
  writeFileSync(`${app.data}/config/routing.yaml`, 'split: {remote_share: 7}\n')
  await becomes(() => expect(row('problem')?.label).toMatch(/^⚠ routing.yaml:1/))
})

test('a request that the router refuses is said in a dialog', async () => {
  const { getMenuItemById } = app.tray.menu!
  const [name] = (await app.admin('GET', '/admin/overview')).deployments
    .filter((each: { model: string }) => each.model === 'tiny')
    .map((each: { name: string }) => each.name)
  const load = getMenuItemById(`load:${name}`)
  const { rmSync } = await import('node:fs')
  rmSync(`${app.data}/models/tiny.gguf`)
  load?.click()
  await becomes(() => expect(app.control.dialogs.at(-1)?.options.message).toBe('Headgate did not do that.'))
})
