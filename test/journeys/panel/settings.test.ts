/** Settings of the panel over a real router: each value with its source, changes that stand above the files, at once and over a restart. */
import { get } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeTinyGguf } from '../../fixtures/tiny-gguf.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

const files = {
  'server.yaml': 'host_names: [studio.local]\ncors_origins: [https://file.example]\n',
  'routing.yaml': 'split: {remote_share: 0.4}\nengine:\n  context: 1024\n  slots: 1\n',
}

interface Setting {
  readonly path: string
  readonly value: unknown
  readonly source: string
  readonly base: { readonly value: unknown; readonly source: string }
  readonly default: unknown
  readonly name: string | null
  readonly editable: boolean
  readonly needs_restart: boolean
  readonly is_pending: boolean
}

let router: TestRouter

const read = async (path: string): Promise<Setting> => {
  const { settings } = (await router.admin('GET', '/admin/settings')).body as { settings: Setting[] }
  const found = settings.find((setting) => setting.path === path)
  if (!found) throw new Error(`no setting ${path}`)
  return found
}
const set = (change: Readonly<Record<string, unknown>>) => router.admin('PUT', '/admin/settings', change)
const engineModel = async () => (await router.admin('GET', '/admin/engine')).body.models[0] as { state: string; context: number | null } | undefined
const load = () => router.admin('POST', '/admin/engine/load', { deployment: 'tiny/engine' })
const unload = () => router.admin('POST', '/admin/engine/unload', { deployment: 'tiny/engine' })

/** What a page of this origin is told when it asks whether it may call. */
async function allowedOrigin(origin: string): Promise<string | null> {
  const reply = await fetch(`${router.url}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  })
  await reply.arrayBuffer()
  return reply.headers.get('access-control-allow-origin')
}

/** Status of a request that names this host: a name that nobody allowed is refused. */
const statusFor = (name: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    get({ host: '127.0.0.1', port: router.router.port, path: '/health', headers: { host: `${name}:${router.router.port}` } }, (reply) => {
      reply.resume()
      resolve(reply.statusCode)
    }).on('error', reject)
  })

beforeAll(async () => {
  // An empty variable counts as unset; a model file of one's own makes the starter unnecessary, so nothing is fetched.
  router = await startRouter({ files, tiny: true, environment: { HEADGATE_STARTER_MODEL: '' } })
})
afterAll(() => router.stop())

describe('what is shown', () => {
  test('every value names its source, the default, and whether it can be set here', async () => {
    expect(await read('engine.context')).toEqual({
      path: 'engine.context',
      value: 1024,
      source: 'routing.yaml:3',
      base: { value: 1024, source: 'routing.yaml:3' },
      default: 8192,
      name: 'context',
      editable: true,
      needs_restart: false,
      is_pending: false,
    })
    expect(await read('engine.idle_unload')).toMatchObject({ value: 900, source: 'default', name: 'idle_unload' })
    expect(await read('engine.slots')).toMatchObject({ value: 1, source: 'routing.yaml:4', name: null, editable: false, needs_restart: true })
    expect(await read('recording.until')).toMatchObject({ value: null, name: 'record_bodies_until', source: 'default' })
    expect(await read('folders.config')).toMatchObject({ value: router.config, editable: false })
    expect(await read('starter_model')).toMatchObject({ value: 'on', source: 'default', editable: true, needs_restart: true })
  })

  test('the split’s override is a change of the panel, with the file’s share as what a reset leads to', async () => {
    await router.admin('PUT', '/admin/split', { remote_share: 0.1 })
    expect(await read('split.remote_share')).toMatchObject({ value: 0.1, source: 'panel', base: { value: 0.4, source: 'routing.yaml:1' } })
    await router.admin('DELETE', '/admin/split')
    expect(await read('split.remote_share')).toMatchObject({ value: 0.4, source: 'routing.yaml:1' })
  })

  test('a variable of the environment decides before the panel, and says so', async () => {
    const other = await startRouter()
    try {
      const { settings } = (await other.admin('GET', '/admin/settings')).body as { settings: Setting[] }
      expect(settings.find(({ path }) => path === 'starter_model')).toMatchObject({ value: 'off', source: 'HEADGATE_STARTER_MODEL', editable: false })
      const refused = await other.admin('PUT', '/admin/settings', { starter_model: 'on' })
      expect(refused.status).toBe(400)
      expect(refused.body.error.message).toContain('HEADGATE_STARTER_MODEL')
    } finally {
      await other.stop()
    }
  })
})

describe('a change', () => {
  test('stands above the file at once, and null takes it back', async () => {
    expect(await allowedOrigin('https://file.example')).toBe('https://file.example')
    expect((await set({ cors_origins: ['https://panel.example'] })).status).toBe(200)
    expect(await read('cors_origins')).toMatchObject({
      value: ['https://panel.example'],
      source: 'panel',
      base: { value: ['https://file.example'], source: 'server.yaml:2' },
    })
    expect(await allowedOrigin('https://panel.example')).toBe('https://panel.example')
    expect(await allowedOrigin('https://file.example')).toBeNull()
    await set({ cors_origins: null })
    expect(await allowedOrigin('https://file.example')).toBe('https://file.example')
    expect(await read('cors_origins')).toMatchObject({ source: 'server.yaml:2' })
  })

  test('that is wrong in one part changes nothing, and the sentence names the part', async () => {
    const refused = await set({ paused: true, context: 3 })
    expect(refused.status).toBe(400)
    expect(refused.body.error.message).toContain('engine.context')
    expect(await read('paused')).toMatchObject({ value: false })
    expect((await set({ starter_model: '/nowhere/model.gguf' })).status).toBe(400)
    expect((await set({ record_bodies_until: new Date(Date.now() + 2 * 86_400_000).toISOString() })).status).toBe(400)
    expect((await set({ recording_days: 0 })).status).toBe(400)
    expect((await set({ nonsense: 1 })).status).toBe(400)
  })

  test('of the context counts at the next load of a model', async () => {
    expect((await load()).status).toBe(200)
    expect(await engineModel()).toMatchObject({ state: 'ready', context: 1024 })
    await set({ context: 512 })
    expect(await engineModel()).toMatchObject({ context: 1024 })
    await unload()
    await load()
    expect(await engineModel()).toMatchObject({ context: 512 })
    await unload()
    await set({ context: null })
    await load()
    expect(await engineModel()).toMatchObject({ context: 1024 })
    await unload()
  })

  test('of the memory budget counts for the next load: more room, a larger context', async () => {
    const large = 4_000_000
    writeTinyGguf(join(router.data, 'models', 'tiny.gguf'), { contextLength: large })
    await set({ context: large, memory_budget: 0.1 })
    await load()
    const tight = (await engineModel())?.context ?? 0
    await unload()
    await set({ memory_budget: 0.4 })
    await load()
    const roomy = (await engineModel())?.context ?? 0
    await unload()
    expect(tight).toBeGreaterThan(0)
    expect(roomy).toBeGreaterThan(tight)
    await set({ context: null, memory_budget: null })
  }, 60_000)

  test('of the idle time counts for a model that is loaded after it', async () => {
    await set({ idle_unload: 0.05 })
    await load()
    await expect.poll(async () => (await engineModel())?.state, { timeout: 20_000 }).toBe('absent')
    await set({ idle_unload: null })
  })

  test('of the starter model is in force after a restart, and is shown as waiting until then', async () => {
    const file = join(router.data, 'models', 'tiny.gguf')
    await set({ starter_model: file })
    expect(await read('starter_model')).toMatchObject({ value: file, source: 'panel', is_pending: true })
    await set({ starter_model: null })
    expect(await read('starter_model')).toMatchObject({ value: 'on', is_pending: false })
  })

  test('of pause and keys is told to whoever follows, by name', async () => {
    const events = await fetch(`${router.url}/admin/events`, { headers: { authorization: `Bearer ${router.adminToken}` } })
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader()
    await set({ paused: true, recording_days: 9 })
    let heard = ''
    while (!heard.includes('recording_days: 9')) heard += (await reader.read()).value ?? ''
    expect(heard).toContain('"changed":"paused"')
    await reader.cancel()
    expect((await router.chat({ model: 'tiny' })).status).toBe(503)
    await set({ paused: false, recording_days: null })
  })

  test('survives a restart, the step of the set-up too', async () => {
    const until = new Date(Date.now() + 600_000).toISOString()
    await set({ host_names: ['panel.local'], record_bodies_until: until, ledger_days: 7, appearance: 'dark', first_run: { step: 3, done: false } })
    router = await router.restart()
    expect(await read('host_names')).toMatchObject({ value: ['panel.local'], source: 'panel' })
    expect(await read('recording.until')).toMatchObject({ value: until, source: 'panel' })
    expect(await read('ledger.days')).toMatchObject({ value: 7 })
    expect(await read('panel.appearance')).toMatchObject({ value: 'dark' })
    expect((await router.admin('GET', '/admin/settings')).body.first_run).toEqual({ step: 3, done: false })
    expect([await statusFor('panel.local'), await statusFor('studio.local')]).toEqual([200, 403])
  })
})
