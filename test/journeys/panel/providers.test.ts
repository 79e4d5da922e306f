/** Providers of the panel over real sockets: added with a key, tested, changed, switched off, removed; what each look at a provider is worth, in words; and a key is nowhere but where it belongs. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { followAdminEvents } from '../../fakes/admin-events.ts'
import { answer, type FakeProvider, json, models, startFakeProvider } from '../../fakes/fake-provider.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

const key = 'sk-live-0123456789abcdefWXYZ'
let provider: FakeProvider
let other: FakeProvider
let router: TestRouter

beforeAll(async () => {
  provider = await startFakeProvider()
  other = await startFakeProvider()
  router = await startRouter({
    files: {
      'models.yaml': `providers:
  - {name: filed, base_url: "${other.url}", api_key: "\${FILED_KEY}"}
  - {name: open, base_url: "${other.url}", default_model: of-open}
models:
  - {name: m, deployments: [{provider: filed, model: m-filed}]}
`,
    },
  })
})
afterAll(async () => {
  await router.stop()
  await Promise.all([provider.close(), other.close()])
})
beforeEach(() => {
  for (const fake of [provider, other]) Object.assign(fake, { list: models('one', 'two'), key: null, chat: answer })
})
afterEach(async () => {
  await admin('DELETE', '/admin/split')
  for (const { name, editable } of await list()) if (editable) await admin('DELETE', `/admin/providers/${name}`)
  await admin('PATCH', '/admin/providers/filed', { disabled: false, api_key: null })
  provider.seen.length = 0
  other.seen.length = 0
})

const admin = (method: string, path: string, body?: unknown) => router.admin(method, path, body)
const list = async () => (await admin('GET', '/admin/providers')).body.providers
const view = async (name: string) => (await list()).find((each: { name: string }) => each.name === name)
const add = (entry: Record<string, unknown> = {}) =>
  admin('POST', '/admin/providers', { name: 'mine', base_url: provider.url, api_key: key, default_model: 'one', ...entry })
const test = async (body: Record<string, unknown> = {}) => (await admin('POST', '/admin/providers/mine/test', body)).body
const testUnsaved = (body: Record<string, unknown>) => admin('POST', '/admin/providers/test', body)

describe('adding', () => {
  it('a provider serves with the next request, and the key goes out to it and nowhere else', async () => {
    const added = await add()
    expect([added.status, added.body.has_key, added.body.key_hint, added.body.source]).toEqual([201, true, 'WXYZ', 'panel'])
    const reply = await router.chat({ model: 'one' })
    expect([reply.status, reply.headers.get('x-headgate-deployment')]).toEqual([200, 'one/mine'])
    expect(provider.seen.map(({ authorization }) => authorization)).toEqual([`Bearer ${key}`])
    expect(other.seen).toEqual([])
    expect((await view('mine')).key.state).toBe('accepted')
  })

  it('it survives a restart with its key', async () => {
    await add()
    router = await router.restart()
    expect((await view('mine')).key_hint).toBe('WXYZ')
    expect((await router.chat({ model: 'one' })).status).toBe(200)
    expect(provider.seen.at(-1)?.authorization).toBe(`Bearer ${key}`)
  })

  it.each([
    ['a name that is taken', { name: 'filed' }, 409, 'provider_exists'],
    ['the engine’s name', { name: 'engine' }, 409, 'provider_exists'],
    ['a name that is a lane', { name: 'local' }, 400, 'invalid_provider'],
    ['a name with an @', { name: 'a@b' }, 400, 'invalid_provider'],
    ['an unknown kind', { kind: 'nonsense' }, 400, 'invalid_provider'],
    ['no address', { base_url: '' }, 400, 'invalid_provider'],
    ['e19: a user in the address', { base_url: 'https://user:pass@example.com' }, 400, 'invalid_provider'],
    ['e19: a fragment', { base_url: 'https://example.com/v1#x' }, 400, 'invalid_provider'],
    ['e19: a query', { base_url: 'https://example.com/v1?x=1' }, 400, 'invalid_provider'],
    ['e19: a name that is not ASCII', { base_url: 'https://exämple.com' }, 400, 'invalid_provider'],
    ['e23: a socket', { base_url: 'unix:/tmp/x.sock' }, 400, 'invalid_provider'],
    ['e23: a file', { base_url: 'file:///etc/passwd' }, 400, 'invalid_provider'],
    ['a key of two words', { api_key: 'sk-one sk-two' }, 400, 'invalid_provider'],
    ['a key with a line break', { api_key: 'sk-one\r\nx-evil: 1' }, 400, 'invalid_provider'],
    ['a header that carries a credential', { headers: { Authorization: 'Bearer x' } }, 400, 'invalid_provider'],
    ['a header that frames the message', { headers: { 'Content-Length': '3' } }, 400, 'invalid_provider'],
    ['an unknown field', { apikey: key }, 400, 'invalid_value'],
  ])('%s is refused with a code, nothing is kept, and the message repeats no key', async (_name, entry, status, code) => {
    const before = await list()
    const refused = await add(entry)
    expect([refused.status, refused.body.error.code]).toEqual([status, code])
    expect(JSON.stringify(refused.body)).not.toMatch(/sk-|Bearer/)
    expect((await list()).map((each: { name: string }) => each.name)).toEqual(before.map((each: { name: string }) => each.name))
    expect(readFileSync(join(router.data, 'headgate.db')).includes(key)).toBe(false)
  })

  it('Headgate’s own address is refused: it would ask itself for ever', async () => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
      const refused = await add({ base_url: `http://${host}:${router.router.port}/v1` })
      expect([refused.status, refused.body.error.message]).toEqual([400, expect.stringContaining('own address')])
    }
  })

  it('headers of the entry go out with every request, and are shown by name', async () => {
    await add({ headers: { 'X-Title': 'Headgate test' }, region: 'EU', priority: 1, max_in_flight: 3 })
    await router.chat({ model: 'one' })
    expect(provider.seen[0]?.headers['x-title']).toBe('Headgate test')
    expect(await view('mine')).toMatchObject({ headers: ['X-Title'], region: 'EU', priority: 1, max_in_flight: 3 })
  })
})

describe('a test says in words what was found, and bills nothing', () => {
  const reject = json(401, { error: { message: `Incorrect API key provided: ${key}.`, code: 'invalid_api_key' } })
  it.each([
    ['a list', models('one', 'two', 'three'), { outcome: 'ok', ok: true, key: 'accepted', models: 3, message: 'The key is accepted: 3 models.' }],
    ['an empty list', models(), { outcome: 'ok', models: 0, how_to_fix: expect.stringContaining('type a name') }],
    [
      'a refused key',
      reject,
      { outcome: 'key-rejected', ok: false, key: 'rejected', message: 'mine rejected the key.', said: 'Incorrect API key provided: [secret].' },
    ],
    [
      'no credit',
      json(402, { error: { message: 'Insufficient credits' } }),
      { outcome: 'no-credit', ok: false, key: 'no-credit', said: 'Insufficient credits' },
    ],
    [
      'a quota that is used up',
      json(429, { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } }),
      { outcome: 'no-credit', ok: false },
    ],
    [
      'a rate limit',
      json(429, { error: { message: 'Slow down' } }, { 'retry-after': '20' }),
      { outcome: 'limited', ok: false, message: 'mine is rate-limited, back in 20 s.', said: 'Slow down' },
    ],
    [
      'no list',
      json(404, { error: { message: 'Not Found' } }),
      { outcome: 'no-list', ok: true, models: null, how_to_fix: expect.stringContaining('Type the names') },
    ],
    ['a list that is none', json(200, { hello: 'world' }), { outcome: 'no-list', ok: true, models: null }],
    [
      'a failure',
      json(500, { error: { message: 'database is down' } }),
      { outcome: 'failed', ok: false, said: 'database is down', message: 'mine failed with status 500.' },
    ],
  ])('%s', async (_name, reply, expected) => {
    await add()
    provider.list = reply
    const found = await test()
    expect(found).toMatchObject(expected)
    expect(JSON.stringify(found)).not.toContain(key)
    expect(provider.seen.filter(({ method }) => method === 'POST')).toEqual([])
  })

  it('a web page is no provider, whatever it says it is', async () => {
    await add()
    for (const type of ['text/html', 'application/json']) {
      provider.list = (response) => response.writeHead(200, { 'content-type': type }).end('<!doctype html><h1>Router login</h1>')
      expect(await test()).toMatchObject({ outcome: 'not-an-api', ok: false, how_to_fix: expect.stringContaining('/v1') })
    }
  })

  it('e22: a redirect is never followed, and the second host sees neither key nor request', async () => {
    await add()
    provider.list = (response) => response.writeHead(307, { location: `${other.origin}/v1/models` }).end()
    expect(await test()).toMatchObject({ outcome: 'redirect', ok: false, message: expect.stringContaining(other.origin) })
    expect(other.seen).toEqual([])
  })

  it('nobody there, a name that is none, and an answer that breaks off', async () => {
    await add({ base_url: 'http://127.0.0.1:9/v1' })
    expect(await test()).toMatchObject({ outcome: 'unreachable', ok: false, how_to_fix: 'Is the server running, and on port 9?' })
    await admin('PATCH', '/admin/providers/mine', { base_url: 'http://nowhere.invalid/v1' })
    expect(await test()).toMatchObject({ outcome: 'unreachable', ok: false, message: expect.stringContaining('does not resolve') })
    await admin('PATCH', '/admin/providers/mine', { base_url: provider.url })
    provider.list = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"data":[', () => response.destroy())
    }
    expect(await test()).toMatchObject({ outcome: 'failed', ok: false })
  })

  it('a list without end is cut off', async () => {
    await add()
    provider.list = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(64 * 1024)));
      }
      response.on('drain', more)
      more()
    }
    expect(await test()).toMatchObject({ outcome: 'not-an-api', ok: false })
  })

  it('where the list is open to everybody, the provider’s own page for keys decides', async () => {
    await add({ name: 'mine', kind: 'openrouter' })
    provider.key = json(401, { error: { message: 'No auth credentials found' } })
    expect(await test()).toMatchObject({ outcome: 'key-rejected', key: 'rejected' })
    provider.key = json(200, { data: { label: 'x' } })
    expect(await test()).toMatchObject({ outcome: 'ok', key: 'accepted', models: 2 })
  })

  it('before it is added: with the kind’s own address and the key as typed; nothing is kept', async () => {
    const found = await testUnsaved({ kind: 'openai-compatible', base_url: provider.origin, api_key: key })
    expect(found.body).toMatchObject({
      outcome: 'ok',
      key: 'accepted',
      models: 2,
      list: [
        { id: 'one', context: null, price: null },
        { id: 'two', context: null, price: null },
      ],
    })
    expect((await testUnsaved({ kind: 'openai-compatible' })).body.error.param).toBe('base_url')
    expect(await view('mine')).toBeUndefined()
  })

  it('a paid test asks for one token of the default model, and only then', async () => {
    await add()
    expect(await test({ paid: true })).toMatchObject({ ok: true, answered: { ok: true, model: 'one' } })
    expect(provider.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/models', 'POST /v1/chat/completions'])
    provider.chat = json(404, { error: { message: 'The model one does not exist', code: 'model_not_found' } })
    expect(await test({ paid: true })).toMatchObject({ ok: false, answered: { ok: false, message: expect.stringContaining('does not exist') } })
  })

  it('Local Only refuses the look at a remote provider with the reason, and opens nothing', async () => {
    await add({ base_url: 'https://api.example.com/v1' })
    await admin('PUT', '/admin/split', { preset: 'local-only' })
    expect(await test()).toMatchObject({ outcome: 'locked', ok: false, message: 'Local Only is on: nothing is sent to mine, no test either.' })
    expect((await admin('GET', '/admin/providers/mine/models')).body).toMatchObject({ models: null, why: expect.stringContaining('Local Only') })
  })

  it('a new key can be tried before it replaces the old one', async () => {
    await add()
    await test({ api_key: 'sk-new-0123456789' })
    expect(provider.seen.at(-1)?.authorization).toBe('Bearer sk-new-0123456789')
    expect((await view('mine')).key_hint).toBe('WXYZ')
  })
})

describe('the model list', () => {
  it('what is no key is refused in words before anything is sent, saved or not', async () => {
    await add()
    const before = provider.seen.length
    for (const path of ['mine/test', 'test'])
      expect(
        (await admin('POST', `/admin/providers/${path}`, { ...(path === 'test' ? { base_url: provider.url } : {}), api_key: 'two words' })).body
          .error,
      ).toMatchObject({
        param: 'api_key',
        message: 'A key is one word of letters, digits and signs; this one has something else in it.',
      })
    const { body } = await admin('POST', '/admin/providers', { name: 'other', base_url: provider.url, headers: { authorization: 'Bearer x' } })
    expect(body.error.message).toBe('provider.headers.authorization: this header is not set here; a key belongs in api_key')
    expect(provider.seen.length).toBe(before)
  })

  it('has context and price where the provider tells them, leaves out what is no model, and is kept for a minute', async () => {
    await add()
    provider.list = json(200, {
      data: [
        { id: 'b', context_length: 131072, pricing: { prompt: '0.0000025', completion: '0.00001' } },
        { id: 'a', max_model_len: 8192 },
        { id: 'free', pricing: { prompt: '-1', completion: '-1' } },
        { id: 'line\nbreak' },
        { name: 42 },
        null,
        { id: 'x'.repeat(300) },
      ],
    })
    const get = async () => (await admin('GET', '/admin/providers/mine/models')).body
    expect(await get()).toEqual({
      why: null,
      models: [
        { id: 'a', context: 8192, price: null, size: null },
        { id: 'b', context: 131072, price: { input: 2.5, output: 10 }, size: null },
        { id: 'free', context: null, price: null, size: null },
      ],
    })
    await get()
    expect(provider.seen).toHaveLength(1)
  })
})

describe('changing', () => {
  it('e64: another host drops the key and says so; another path of the same host keeps it', async () => {
    await add()
    expect((await admin('PATCH', '/admin/providers/mine', { base_url: `${provider.origin}/api/v1` })).body).toMatchObject({
      has_key: true,
      notes: [],
    })
    const moved = (await admin('PATCH', '/admin/providers/mine', { base_url: other.url })).body
    expect(moved).toMatchObject({ has_key: false, notes: [expect.stringContaining('The key was removed')] })
    await router.chat({ model: 'one' })
    expect(other.seen.at(-1)?.authorization).toBeUndefined()
    const back = (await admin('PATCH', '/admin/providers/mine', { base_url: provider.url })).body
    expect(back.has_key).toBe(false)
  })

  it('a replaced key is used at once, a removed one no more', async () => {
    provider.chat = json(401, { error: { message: 'no' } })
    await add()
    await router.chat({ model: 'one' })
    expect(await view('mine')).toMatchObject({ key: { state: 'rejected', message: 'no', since: expect.any(String) }, state: 'out' })
    provider.chat = answer
    await admin('PATCH', '/admin/providers/mine', { api_key: 'sk-second-0123456789abcd' })
    expect((await view('mine')).key.state).toBe('unknown')
    expect((await router.chat({ model: 'one' })).status).toBe(200)
    expect(provider.seen.at(-1)?.authorization).toBe('Bearer sk-second-0123456789abcd')
    await admin('PATCH', '/admin/providers/mine', { api_key: null })
    await router.chat({ model: 'one' })
    expect(provider.seen.at(-1)?.authorization).toBeUndefined()
  })

  it('switched off it gets nothing, and the reason is in words; switched on it serves again', async () => {
    await add()
    expect((await admin('PATCH', '/admin/providers/mine', { disabled: true })).body).toMatchObject({
      is_off: true,
      disabled: 'switched off in the panel',
      state: 'disabled',
    })
    expect((await router.chat({ model: 'one' })).status).toBe(503)
    await admin('PATCH', '/admin/providers/mine', { disabled: false })
    expect((await router.chat({ model: 'one' })).status).toBe(200)
  })

  it('what a file sets is read-only but for being on; a key is taken where its variable is not set', async () => {
    expect(await view('filed')).toMatchObject({ editable: false, unset_key: 'FILED_KEY', has_key: false, disabled: 'FILED_KEY is not set' })
    const refused = await admin('PATCH', '/admin/providers/filed', { base_url: provider.url })
    expect([refused.status, refused.body.error.code]).toEqual([400, 'set_by_file'])
    expect((await admin('DELETE', '/admin/providers/filed')).body.error.code).toBe('set_by_file')
    await admin('PATCH', '/admin/providers/filed', { api_key: key })
    expect(await view('filed')).toMatchObject({ has_key: true, key_source: 'panel', disabled: null })
    expect((await router.chat({ model: 'm' })).status).toBe(200)
    expect(other.seen.at(-1)?.authorization).toBe(`Bearer ${key}`)
    await admin('PATCH', '/admin/providers/filed', { disabled: true })
    expect(await view('filed')).toMatchObject({ is_off: true, disabled: 'switched off in the panel' })
    router = await router.restart()
    expect(await view('filed')).toMatchObject({ is_off: true, has_key: true })
  })

  it('e64: a file that moves to another host does not take the pasted key along', async () => {
    await admin('PATCH', '/admin/providers/filed', { api_key: key })
    const before = readFileSync(join(router.config, 'models.yaml'), 'utf8')
    router.write({ 'models.yaml': before.replace(`name: filed, base_url: "${other.url}"`, `name: filed, base_url: "${provider.url}"`) })
    await expect.poll(async () => (await view('filed')).base_url, { timeout: 10_000 }).toBe(provider.url)
    expect(await view('filed')).toMatchObject({ has_key: false, disabled: 'FILED_KEY is not set' })
    router.write({ 'models.yaml': before })
    await expect.poll(async () => (await view('filed')).has_key, { timeout: 10_000 }).toBe(true)
  })

  it('one that a model of the panel needs is not removed; then it goes, with its key', async () => {
    await add()
    await admin('POST', '/admin/models', { name: 'pair', deployments: [{ provider: 'mine', model: 'one' }] })
    const refused = await admin('DELETE', '/admin/providers/mine')
    expect([refused.status, refused.body.error.code, refused.body.error.message]).toEqual([409, 'provider_in_use', expect.stringContaining('pair')])
    await admin('DELETE', '/admin/models/pair')
    expect((await admin('DELETE', '/admin/providers/mine')).status).toBe(204)
    expect(readFileSync(join(router.data, 'secrets.json'), 'utf8')).not.toContain(key)
    await add({ api_key: undefined })
    expect((await view('mine')).has_key).toBe(false)
  })

  it('a change that does not load leaves the entry and the key as they were', async () => {
    await add()
    const refused = await admin('PATCH', '/admin/providers/mine', { kind: 'nonsense', api_key: 'sk-other-0123456789' })
    expect(refused.status).toBe(400)
    await router.chat({ model: 'one' })
    expect(provider.seen.at(-1)?.authorization).toBe(`Bearer ${key}`)
  })
})

describe('what is shown', () => {
  it('failures with their interval, latency, money and the last error in the provider’s own words', async () => {
    await add({ name: 'measured' })
    await admin('POST', '/admin/models', {
      name: 'priced',
      deployments: [{ provider: 'measured', model: 'one', price: { input: 1_000_000, output: 1_000_000 } }],
    })
    for (let index = 0; index < 4; index++) await router.chat({ model: 'priced' })
    provider.chat = json(500, { error: { message: 'out of memory on GPU 3' } })
    await router.chat({ model: 'priced' })
    const shown = await view('measured')
    expect(shown.attempts - shown.failed).toBe(4)
    expect(shown.failed).toBeGreaterThanOrEqual(1)
    expect(shown.failure_interval.low).toBeGreaterThan(0)
    expect(shown.failure_interval.high).toBeLessThan(1)
    expect(shown).toMatchObject({
      total: { p50_ms: expect.any(Number), p95_ms: null, samples: 4 },
      requests_today: 5,
      spend_today_usd: 8,
      spend_month_usd: 8,
      last_error: { message: 'out of memory on GPU 3', status: 500, at: expect.any(String) },
    })
    await admin('DELETE', '/admin/models/priced')
  })

  it('a rate limit with the time that is left', async () => {
    await add({ name: 'hasty' })
    provider.chat = json(429, { error: { message: 'slow down' } }, { 'retry-after': '40' })
    await router.chat({ model: 'one' })
    const shown = await view('hasty')
    expect(shown).toMatchObject({ state: 'limited', failed: 0, failure_interval: null })
    expect(shown.next_look_ms).toBeGreaterThan(30_000)
    expect(shown.next_look_ms).toBeLessThanOrEqual(40_000)
  })

  it('e43, e53: a key is in the host’s secrets alone: not in the database, the log, an event, or any reply', async () => {
    const events = await followAdminEvents(router.url, router.adminToken)
    provider.list = json(401, { error: { message: `bad key ${key}` } })
    provider.chat = json(401, { error: { message: `bad key ${key}` } })
    const replies = [
      await add(),
      await admin('POST', '/admin/providers/mine/test', {}),
      await admin('POST', '/admin/providers/mine/test', { api_key: key }),
    ]
    await router.chat({ model: 'one' })
    replies.push(
      await testUnsaved({ base_url: provider.url, api_key: key }),
      await admin('PATCH', '/admin/providers/mine', { api_key: key, region: 'x' }),
    )
    for (const path of [
      'providers',
      'models',
      'settings',
      'requests',
      'overview',
      'deployments',
      'provider-kinds',
      'providers/mine/models',
      'connect',
      'keys',
    ])
      replies.push(await admin('GET', `/admin/${path}`))
    for (const reply of replies) expect(JSON.stringify(reply.body)).not.toContain(key)
    const heard: string[] = []
    await events.next((event) => heard.push(JSON.stringify(event)) > 0 && String(event['detail']).startsWith('mine changed'))
    expect(heard.length).toBeGreaterThan(3)
    expect(heard.join('\n')).not.toContain(key)
    events.close()
    router = await router.restart()
    const holders: string[] = []
    const look = (folder: string): void => {
      for (const name of readdirSync(folder)) {
        const path = join(folder, name)
        if (statSync(path).isDirectory()) look(path)
        else if (readFileSync(path).includes(key)) holders.push(`${name} ${(statSync(path).mode & 0o777).toString(8)}`)
      }
    }
    look(router.data)
    expect(holders).toEqual(['secrets.json 600'])
  })
})
