/** Models of the panel over real sockets: rows, the second side, copies, tests of one deployment, and the local engine's memory, speed and idle time. */
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AdminEvents, followAdminEvents } from '../../fakes/admin-events.ts'
import { writeTinyGguf } from '../../fixtures/tiny-gguf.ts'
import { type Lanes, providersOf, startLanes } from '../with-lanes.ts'

let lanes: Lanes
let events: AdminEvents
beforeAll(async () => {
  lanes = await startLanes({
    tiny: true,
    models: (here, away) => `${providersOf(here, away)}models:
  - name: pair
    aliases: [both]
    remote_share: 0.25
    fallbacks: [tiny]
    deployments:
      - {provider: here, model: m-here, lane: local, context: 32768, features: [tools, json]}
      - {provider: away, model: m-away, lane: remote, context: 131072, price: {input: 0.12, output: 0.3}, weight: 2, priority: 1, max_in_flight: 3}
`,
  })
  events = await followAdminEvents(lanes.router.url, lanes.router.adminToken)
})
afterAll(async () => {
  events.close()
  await lanes.stop()
})
beforeEach(() => {
  lanes.here.fault = null
  lanes.away.fault = null
})

const admin = (method: string, path: string, body?: unknown) => lanes.router.admin(method, path, body)
const rowOf = async (name: string) => (await admin('GET', '/admin/models')).body.models.find((model: { name: string }) => model.name === name)
const testOf = (body: Readonly<Record<string, unknown>>) => admin('POST', '/admin/deployments/test', body)

describe('a row', () => {
  test('of a file has everything that the page shows, and says where it is set', async () => {
    const row = await rowOf('pair')
    expect(row).toMatchObject({
      aliases: ['both'],
      remote_share: 0.25,
      own_remote_share: 0.25,
      share_source: 'model',
      fallbacks: ['tiny'],
      editable: false,
      is_stored: false,
      problem: null,
      source: expect.stringMatching(/^models\.yaml:\d+$/),
    })
    expect(row.deployments).toMatchObject([
      {
        name: 'pair/here',
        lane: 'local',
        context: 32768,
        features: { tools: true, vision: false, json: true },
        price: null,
        local: null,
        loaded: null,
      },
      {
        name: 'pair/away',
        lane: 'remote',
        context: 131072,
        features: { tools: null },
        price: { input: 0.12, output: 0.3, cached_input: null },
        weight: 2,
        priority: 1,
        max_in_flight: 3,
      },
    ])
    expect(JSON.stringify(row)).not.toContain('key-of')
  })

  test('of a found GGUF file tells what the file says of itself, and is ours to delete', async () => {
    const row = await rowOf('tiny')
    expect(row).toMatchObject({ source: 'models folder', editable: true, is_stored: false })
    expect(row.deployments[0].local).toMatchObject({
      is_ours: true,
      size_bytes: expect.any(Number),
      architecture: 'llama',
      quantization: 'F32',
      trained_context: 4096,
      idle_unload_s: null,
    })
    expect(row.deployments[0].local.size_bytes).toBeGreaterThan(100_000)
  })

  test('of a panel model whose provider has gone stays, with the reason, and can be removed', async () => {
    await admin('POST', '/admin/models', { name: 'orphan', deployments: [{ provider: 'here', model: 'x' }] })
    const files = (here: string) => ({
      'models.yaml': `providers:\n  - {name: ${here}, base_url: "${lanes.here.url}"}\n  - {name: away, base_url: "${lanes.away.url}"}\n`,
    })
    const whole = `${providersOf(lanes.here, lanes.away)}models:\n  - {name: pair, aliases: [both], remote_share: 0.25, fallbacks: [tiny], deployments: [{provider: here, model: m-here, lane: local, context: 32768, features: [tools, json]}, {provider: away, model: m-away, lane: remote, context: 131072, price: {input: 0.12, output: 0.3}}]}\n`
    lanes.router.write(files('elsewhere'))
    await expect.poll(async () => (await rowOf('orphan')).problem).toMatch(/unknown provider "here"/)
    expect(await rowOf('orphan')).toMatchObject({
      editable: true,
      is_stored: true,
      deployments: [],
      entry: { deployments: [{ provider: 'here', model: 'x' }] },
    })
    expect((await admin('POST', '/admin/models', { name: 'orphan', deployments: [] })).status).toBe(409)
    expect((await admin('DELETE', '/admin/models/orphan')).status).toBe(204)
    expect(await rowOf('orphan')).toBeUndefined()
    lanes.router.write({ 'models.yaml': whole })
    await expect.poll(async () => await rowOf('pair')).toBeDefined()
  })
})

describe('editing', () => {
  test('a found model gets its remote side, keeps its file as the local one, and loses the side again', async () => {
    const added = await admin('PATCH', '/admin/models/tiny', {
      aliases: ['small'],
      deployments: [{ provider: 'away', model: 'big', lane: 'remote' }],
    })
    expect(added.body).toMatchObject({ name: 'tiny', aliases: ['small'], is_stored: true })
    expect(added.body.deployments.map(({ name, lane }: { name: string; lane: string }) => [name, lane])).toEqual([
      ['tiny/away', 'remote'],
      ['tiny/engine', 'local'],
    ])
    expect(added.body.deployments[0].entry).toEqual({ provider: 'away', model: 'big', lane: 'remote' })
    const reply = await lanes.router.chat({ model: 'small@remote' })
    expect(reply.headers.get('x-headgate-deployment')).toBe('tiny/away')

    expect((await admin('DELETE', '/admin/models/tiny')).status).toBe(204)
    expect(await rowOf('tiny')).toMatchObject({ aliases: [], is_stored: false, deployments: [{ name: 'tiny/engine' }] })
  })

  test('a change that does not load leaves a found model as it was', async () => {
    const refused = await admin('PATCH', '/admin/models/tiny', { deployments: [{ provider: 'nobody' }] })
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'invalid_model', message: expect.stringContaining('nobody') } } })
    expect(await rowOf('tiny')).toMatchObject({ is_stored: false, deployments: [{ name: 'tiny/engine' }] })
  })

  test('the entry of a file’s model is a copy that loads under another name and can be edited', async () => {
    const { entry } = await rowOf('pair')
    const copy = await admin('POST', '/admin/models', { ...entry, name: 'pair-copy' })
    expect(copy).toMatchObject({ status: 201, body: { editable: true, own_remote_share: 0.25, fallbacks: ['tiny'] } })
    const facts = (row: { deployments: { provider: string; lane: string; context: number; features: unknown; price: unknown }[] }) =>
      row.deployments.map(({ provider, lane, context, features, price }) => ({ provider, lane, context, features, price }))
    expect(facts(copy.body)).toEqual(facts(await rowOf('pair')))
    expect((await admin('PATCH', '/admin/models/pair', { aliases: [] })).body.error.code).toBe('set_by_file')
    expect((await admin('PATCH', '/admin/models/pair-copy', { remote_share: 1 })).body.own_remote_share).toBe(1)
    expect((await admin('DELETE', '/admin/models/pair-copy')).status).toBe(204)
  })
})

describe('a test of one deployment', () => {
  test('is one small request to exactly that place, with what it took, and stands in the ledger', async () => {
    const before = lanes.here.requests.length
    const { status, body } = await testOf({ deployment: 'pair/away', prompt: 'Are you there?', max_tokens: 20 })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ok: true,
      deployment: 'pair/away',
      lane: 'remote',
      text: lanes.away.answer,
      error: null,
      usage: { output: expect.any(Number) },
      first_output_ms: expect.any(Number),
      duration_ms: expect.any(Number),
    })
    expect(body.cost_usd).toBeGreaterThan(0)
    expect(lanes.here.requests.length).toBe(before)
    const sent = JSON.parse(lanes.away.requests.at(-1)!.bytes.toString())
    expect(sent).toMatchObject({ model: 'm-away', max_completion_tokens: 20, messages: [{ role: 'user', content: 'Are you there?' }] })
    const row = (await admin('GET', `/admin/requests/${body.request_id}`)).body
    expect(row).toMatchObject({ tool: 'Headgate panel', deployment: 'pair/away', reason: 'asked', status: 200 })
  })

  test('streams its pieces as they come, and the result last', async () => {
    const reply = await fetch(`${lanes.router.url}/admin/deployments/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${lanes.router.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ deployment: 'pair/here', stream: true }),
    })
    expect(reply.headers.get('content-type')).toContain('text/event-stream')
    const parts = (await reply.text()).trim().split('\n\n')
    const pieces = parts.slice(0, -1).map((part) => JSON.parse(part.split('data: ')[1]!))
    expect(parts.slice(0, -1).every((part) => part.startsWith('event: piece'))).toBe(true)
    expect(pieces.map(({ text }) => text ?? '').join('')).toBe(lanes.here.answer)
    expect(JSON.parse(parts.at(-1)!.split('data: ')[1]!)).toMatchObject({ ok: true, text: lanes.here.answer })
  })

  test.each([
    ['that is broken', '500', /500/],
    ['that rejects the key', '401', /key|credential|401/i],
    ['that does not know the model', '404', /./],
    ['that is rate-limited', '429', /./],
    ['whose stream is cut', 'cut', /./],
  ])('%s is told in words, and nothing answers in its place', async (_, fault, words) => {
    lanes.away.fault = fault
    const before = lanes.here.requests.length
    const { status, body } = await testOf({ deployment: 'pair/away' })
    expect(status).toBe(200)
    expect(body.ok).toBe(false)
    expect(body.error.code).toEqual(expect.any(String))
    expect(body.error.message).toMatch(words)
    expect(body.error.message).not.toContain('key-of-away')
    expect(lanes.here.requests.length).toBe(before)
    lanes.away.fault = null
    expect((await testOf({ deployment: 'pair/away' })).body.ok, 'an outage does not keep a test from finding out').toBe(true)
  })

  test('is refused with the reason where a lock forbids it, and nothing leaves', async () => {
    await admin('PUT', '/admin/split', { preset: 'local-only' })
    try {
      const before = lanes.away.requests.length
      const { body } = await testOf({ deployment: 'pair/away' })
      expect(body).toMatchObject({ ok: false, error: { reason: 'lock', how_to_fix: expect.stringContaining('Local Only') } })
      expect(lanes.away.requests.length).toBe(before)
      expect((await testOf({ deployment: 'pair/here' })).body.ok).toBe(true)
    } finally {
      await admin('DELETE', '/admin/split')
    }
  })

  test('works where keys are required: it is the admin’s own; paused, it is refused like all others', async () => {
    await admin('PUT', '/admin/settings', { require_key: true })
    expect((await lanes.router.chat({ model: 'pair' })).status).toBe(401)
    expect((await testOf({ deployment: 'pair/here' })).body.ok).toBe(true)
    await admin('PUT', '/admin/settings', { require_key: null, paused: true })
    expect((await testOf({ deployment: 'pair/here' })).body).toMatchObject({ ok: false, error: { code: 'paused_by_user' } })
    await admin('PUT', '/admin/settings', { paused: false })
  })

  test.each([
    ['an unknown deployment', { deployment: 'pair/nowhere' }, 404],
    ['no deployment', {}, 400],
    ['more tokens than a test needs', { deployment: 'pair/here', max_tokens: 100_000 }, 400],
    ['a field of its own', { deployment: 'pair/here', base_url: 'http://127.0.0.1:1' }, 400],
  ])('%s is refused', async (_, body, status) => {
    expect((await testOf(body)).status).toBe(status)
  })

  test('needs the admin token: a key for inference does not do', async () => {
    const { key } = (await admin('POST', '/admin/keys', { name: 'tool' })).body
    const reply = await fetch(`${lanes.router.url}/admin/deployments/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ deployment: 'pair/here' }),
    })
    expect(reply.status).toBe(403)
  })
})

describe('the local engine', () => {
  const engine = (path: string, body?: unknown) => admin(body === undefined ? 'GET' : 'POST', `/admin/engine/${path}`, body)
  const tiny = { deployment: 'tiny/engine' }

  test('estimates contexts without loading anything: more tokens take more memory', async () => {
    const { status, body } = await engine('estimate?deployment=tiny%2Fengine')
    expect(status).toBe(200)
    expect(body).toMatchObject({ trained_context: 4096, usual_context: 4096, slots: 4 })
    expect(body.steps.map(({ context }: { context: number }) => context)).toEqual([2048, 4096])
    expect(body.steps[1].bytes).toBeGreaterThan(body.steps[0].bytes)
    expect(body.steps.every(({ fits }: { fits: boolean }) => fits)).toBe(true)
    expect(body.available_bytes).toBeGreaterThan(body.steps[1].bytes)
    expect((await rowOf('tiny')).deployments[0].loaded).toBe(false)
    expect((await engine('estimate?deployment=pair%2Fhere')).status).toBe(404)
  })

  test('loads, measures memory, load time and speed, and unloads', async () => {
    expect((await engine('load', tiny)).body).toEqual({ ok: true })
    await events.next(({ type, state }) => type === 'engine' && state === 'ready')
    expect((await rowOf('tiny')).deployments[0]).toMatchObject({
      loaded: true,
      state: 'healthy',
      memory_bytes: expect.any(Number),
      local: { load_ms: expect.any(Number), loaded_context: 4096, slots: 4 },
    })
    const { body } = await testOf({ deployment: 'tiny/engine', max_tokens: 24 })
    expect(body).toMatchObject({ ok: true, lane: 'local', usage: { source: expect.any(String) } })
    expect((await rowOf('tiny')).deployments[0].tokens_per_s).toBeGreaterThan(0)
    await engine('unload', tiny)
    expect((await rowOf('tiny')).deployments[0]).toMatchObject({ loaded: false, state: 'not-loaded', memory_bytes: null })
  })

  test('keeps a model loaded, or unloads it after its own idle time; kept over a restart', async () => {
    expect((await engine('keep', { ...tiny, keep: true })).body).toEqual({ keep: true, idle_unload_s: 0 })
    expect((await rowOf('tiny')).deployments[0].local.idle_unload_s).toBe(0)
    events.close()
    lanes.router = await lanes.router.restart()
    events = await followAdminEvents(lanes.router.url, lanes.router.adminToken)
    expect((await rowOf('tiny')).deployments[0].local.idle_unload_s).toBe(0)
    await expect.poll(async () => (await rowOf('tiny')).deployments[0].loaded, { message: 'kept loaded is loaded at the start' }).toBe(true)

    await admin('PUT', '/admin/split', { preset: 'remote-only' })
    events.close()
    lanes.router = await lanes.router.restart()
    events = await followAdminEvents(lanes.router.url, lanes.router.adminToken)
    expect((await rowOf('tiny')).deployments[0], 'not under Remote Only').toMatchObject({ loaded: false, state: 'not-loaded' })
    await admin('DELETE', '/admin/split')

    await engine('load', tiny)
    await engine('keep', { ...tiny, idle_unload_s: 1 })
    await events.next(({ type, state }) => type === 'engine' && state === 'absent')
    expect((await engine('keep', { ...tiny, keep: false })).body).toEqual({ keep: false, idle_unload_s: null })
    expect((await engine('keep', tiny)).status).toBe(400)
    expect((await engine('keep', { ...tiny, idle_unload_s: -1 })).status).toBe(400)
    expect((await engine('keep', { deployment: 'pair/here', keep: true })).status).toBe(404)
  })
})

describe('deleting', () => {
  const models = () => join(lanes.router.data, 'models')

  test('a model that only its file makes needs the file to be named, and then the file is gone', async () => {
    writeTinyGguf(join(models(), 'leaves.gguf'), { seed: 3 })
    writeFileSync(join(models(), 'leaves.gguf.verified.json'), '{}')
    await expect.poll(() => rowOf('leaves')).toBeDefined()
    await admin('POST', '/admin/engine/load', { deployment: 'leaves/engine' })
    expect((await admin('DELETE', '/admin/models/leaves')).body.error).toMatchObject({ code: 'model_is_file' })
    expect(existsSync(join(models(), 'leaves.gguf'))).toBe(true)
    expect((await admin('DELETE', '/admin/models/leaves?file=true')).status).toBe(204)
    expect(existsSync(join(models(), 'leaves.gguf'))).toBe(false)
    expect(existsSync(join(models(), 'leaves.gguf.verified.json'))).toBe(false)
    expect(await rowOf('leaves')).toBeUndefined()
    const { models: states } = (await admin('GET', '/admin/engine')).body
    expect(states.filter(({ state }: { state: string }) => state === 'ready')).toEqual([])
  })

  test('a file that another model uses as well stays, and the model with it', async () => {
    writeTinyGguf(join(models(), 'shared.gguf'), { seed: 4 })
    await expect.poll(() => rowOf('shared')).toBeDefined()
    const deployments = [{ provider: 'engine', model: join(models(), 'shared.gguf') }]
    for (const name of ['one', 'other']) expect((await admin('POST', '/admin/models', { name, deployments })).status).toBe(201)
    const { body } = await admin('DELETE', '/admin/models/one?file=true')
    expect(body.error).toMatchObject({ code: 'file_in_use', message: 'shared.gguf is used by other, too.' })
    expect(existsSync(join(models(), 'shared.gguf'))).toBe(true)
    expect(await rowOf('one')).toMatchObject({ is_stored: true })
    expect((await admin('DELETE', '/admin/models/other')).status).toBe(204)
    expect((await admin('DELETE', '/admin/models/one?file=true')).status).toBe(204)
    expect(existsSync(join(models(), 'shared.gguf'))).toBe(false)
    expect(await rowOf('shared')).toBeUndefined()
  })

  test('a folder that links out of the models folder is not followed', async () => {
    const outside = join(lanes.router.data, 'outside')
    mkdirSync(outside, { recursive: true })
    copyFileSync(join(models(), 'tiny.gguf'), join(outside, 'far.gguf'))
    symlinkSync(outside, join(models(), 'link'))
    const added = await admin('POST', '/admin/models', {
      name: 'far',
      deployments: [{ provider: 'engine', model: join(models(), 'link', 'far.gguf') }],
    })
    expect(added.status).toBe(201)
    expect(added.body.deployments[0].local.is_ours).toBe(false)
    expect((await admin('DELETE', '/admin/models/far?file=true')).body.error.code).toBe('file_not_ours')
    expect(await rowOf('far'), 'what was refused has changed nothing').toMatchObject({ is_stored: true })
    expect(existsSync(join(outside, 'far.gguf'))).toBe(true)
  })

  test('auto follows from the others and cannot be removed', async () => {
    expect((await admin('DELETE', '/admin/models/auto?file=true')).status).toBe(400)
    expect(await rowOf('auto')).toMatchObject({ editable: false, source: 'built-in' })
  })
})
