/** Who may do what: every carrier of a key means the same, on every route; the admin API has tokens of its own; where the router listens; and no secret is ever written down. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../router/core/clock.ts'
import { openRegistry } from '../../../router/registry/index.ts'
import { expectRefusal, providerKey, type Stage, startStage } from '../bad-input/refusals.ts'
import { startRouter } from '../with-router.ts'
import { askRaw, openRaw, type RawReply, requestBytes } from './raw-connection.ts'

let stage: Stage
let key: string
let revoked: string

beforeAll(async () => {
  stage = await startStage()
  key = (await stage.test.admin('POST', '/admin/keys', { name: 'tool' })).body.key
  const old = (await stage.test.admin('POST', '/admin/keys', { name: 'old' })).body
  revoked = old.key
  await stage.test.admin('DELETE', `/admin/keys/${old.id}`)
})
afterAll(() => stage.stop())

const chat = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })
const json = 'content-type: application/json'
const get = (path: string, headers: readonly string[] = []) => askRaw(stage.port, requestBytes({ port: stage.port, method: 'GET', path, headers }))
const post = (path: string, headers: readonly string[], body = chat) =>
  askRaw(stage.port, requestBytes({ port: stage.port, path, headers: [json, ...headers], body }))

const carriers = ['authorization: Bearer', 'x-api-key:', 'api-key:', 'x-goog-api-key:']
const routes: readonly (readonly [name: string, (headers: readonly string[]) => Promise<RawReply>])[] = [
  ['POST /v1/chat/completions', (headers) => post('/v1/chat/completions', headers)],
  ['GET /v1/models', (headers) => get('/v1/models', headers)],
  ['GET /v1/models/m', (headers) => get('/v1/models/m', headers)],
]

describe('the matrix of key, route and carrier', () => {
  const tokens: readonly (readonly [name: string, token: () => string | null, open: string, required: string])[] = [
    ['no key', () => null, '200', '401 missing_api_key'],
    ['a made-up key', () => 'sk-anything', '200', '401 invalid_api_key'],
    ['a valid key', () => key, '200', '200'],
    ['a revoked key', () => revoked, '401 invalid_api_key', '401 invalid_api_key'],
    ['an unknown key of ours', () => 'hg-unknown', '401 invalid_api_key', '401 invalid_api_key'],
    ['a key of ours, cut by one character', () => key.slice(0, -1), '401 invalid_api_key', '401 invalid_api_key'],
    ['a key of ours in capitals', () => key.toUpperCase(), '200', '401 invalid_api_key'],
  ]
  const outcome = (reply: RawReply) => (reply.status === 200 ? '200' : `${reply.status} ${reply.json().error.code}`)

  it.each([false, true])('e9: every carrier means the same on every route, with require_key %j', async (isRequired) => {
    await stage.test.admin('PUT', '/admin/settings', { require_key: isRequired })
    for (const [name, token, open, required] of tokens)
      for (const [route, ask] of routes)
        for (const carrier of carriers) {
          const text = token()
          const reply = await ask(text === null ? [] : [`${carrier} ${text}`])
          expect([name, route, carrier, outcome(reply)]).toEqual([name, route, carrier, isRequired ? required : open])
        }
    await stage.test.admin('PUT', '/admin/settings', { require_key: false })
  })

  it('a request is booked on the key, whatever carried it', async () => {
    const [row] = (await stage.test.admin('GET', '/admin/keys')).body.keys
    for (const carrier of carriers) {
      const reply = await post('/v1/chat/completions', [`${carrier} ${key}`])
      const seen = (await stage.test.admin('GET', `/admin/requests/${reply.headers['x-headgate-request-id']}`)).body
      expect([seen.key_id, seen.tool]).toEqual([row.id, 'tool'])
    }
  })

  it('e69: a key that is revoked is refused with the next request, on a connection that was used before', async () => {
    const { id, key: short } = (await stage.test.admin('POST', '/admin/keys', { name: 'short-lived' })).body
    const connection = await openRaw(stage.port)
    const request = requestBytes({ port: stage.port, headers: [json, `x-api-key: ${short}`], body: chat })
    connection.write(request)
    expect((await connection.reply()).status).toBe(200)
    await stage.test.admin('DELETE', `/admin/keys/${id}`)
    connection.write(request)
    expectRefusal(await connection.reply(), { status: 401, code: 'invalid_api_key' })
    connection.end()
  })

  it('health needs no key and names no deployment, URL or key', async () => {
    await stage.test.admin('PUT', '/admin/settings', { require_key: true })
    for (const path of ['/health', '/ready']) {
      const reply = await get(path)
      expect(reply.status).toBe(200)
      expect(reply.body).not.toMatch(/far|http:|127\.0\.0\.1|hg-|key_/)
    }
    await stage.test.admin('PUT', '/admin/settings', { require_key: false })
  })

  it('a request upstream carries our credential and none of the caller', async () => {
    await post('/v1/chat/completions', [
      `authorization: Bearer ${key}`,
      'cookie: session=1',
      'x-forwarded-for: 1.2.3.4',
      'connection: x-hop',
      'x-hop: 1',
    ])
    const headers: Readonly<Record<string, unknown>> = stage.fake.requests.at(-1)?.headers ?? {}
    expect(headers['authorization']).toBe(`Bearer ${providerKey}`)
    expect(JSON.stringify(headers)).not.toContain(key)
    for (const name of ['cookie', 'x-forwarded-for', 'x-hop', 'x-api-key']) expect(headers[name]).toBeUndefined()
  })
})

describe('the admin API', () => {
  const adminRoutes = () =>
    stage.test.router
      .routes()
      .filter(({ url }) => url.startsWith('/admin/') && url !== '/admin/session')
      .flatMap(({ url, methods }) => methods.filter((method) => method !== 'HEAD').map((method) => ({ method, path: url.replace(/:\w+/, 'x') })))
  const ask = ({ method, path }: { method: string; path: string }, headers: readonly string[]) =>
    askRaw(
      stage.port,
      requestBytes({
        port: stage.port,
        method,
        path,
        headers: method === 'GET' || method === 'DELETE' ? headers : [json, ...headers],
        ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }),
      }),
    )

  it.each([
    ['no token', () => [], { status: 401, code: 'missing_api_key' }],
    ['a wrong token', () => ['authorization: Bearer wrong'], { status: 401, code: 'invalid_api_key' }],
    ['a valid key for inference', () => [`authorization: Bearer ${key}`], { status: 403, code: 'insufficient_scope' }],
    ['a valid key for inference in another carrier', () => [`x-api-key: ${key}`], { status: 403, code: 'insufficient_scope' }],
    ['a revoked key', () => [`authorization: Bearer ${revoked}`], { status: 401, code: 'invalid_api_key' }],
    ['the admin token and one character', () => [`authorization: Bearer ${stage.test.adminToken}x`], { status: 401, code: 'invalid_api_key' }],
    ['a token that looks like a panel’s', () => ['authorization: Bearer panel-0123456789'], { status: 401, code: 'invalid_api_key' }],
    [
      'two credentials',
      () => [`authorization: Bearer ${stage.test.adminToken}`, `x-api-key: ${key}`],
      { status: 400, code: 'conflicting_credentials' },
    ],
    ['a cookie', () => [`cookie: token=${stage.test.adminToken}`], { status: 401, code: 'missing_api_key' }],
  ] as const)('e2, e62: %s opens none of its routes', async (_name, headers, refusal) => {
    const before = JSON.stringify((await stage.test.admin('GET', '/admin/split')).body)
    expect(adminRoutes().length).toBeGreaterThan(20)
    for (const route of adminRoutes()) {
      const reply = await ask(route, headers())
      expect([route, reply.status]).toEqual([route, refusal.status])
      expectRefusal(reply, refusal)
    }
    expect(JSON.stringify((await stage.test.admin('GET', '/admin/split')).body)).toBe(before)
  })

  it('the token in the query string opens nothing', async () => {
    expectRefusal(await get(`/admin/split?token=${stage.test.adminToken}&access_token=${stage.test.adminToken}`), {
      status: 401,
      code: 'missing_api_key',
    })
    expectRefusal(await get(`/admin/events?token=${stage.test.adminToken}`), { status: 401, code: 'missing_api_key' })
  })

  it.each(carriers)('the admin token in %s opens it', async (carrier) => {
    expect((await get('/admin/split', [`${carrier} ${stage.test.adminToken}`])).status).toBe(200)
  })

  it('a one-time code buys one token, once', async () => {
    const code = /#code=(.+)$/.exec(stage.test.router.loginUrl())?.[1]
    const bought = await post('/admin/session', [], JSON.stringify({ code }))
    expect(bought.status).toBe(200)
    const { token } = bought.json()
    for (const carrier of carriers) expect((await get('/admin/overview', [`${carrier} ${token}`])).status).toBe(200)
    for (const wrong of [code, 'wrong', '', `${code}x`])
      expectRefusal(await post('/admin/session', [], JSON.stringify({ code: wrong })), { status: 401, code: 'invalid_code' })
    expectRefusal(await post('/admin/session', [], '{}'), { status: 400, code: 'invalid_value', param: 'code' })
    expectRefusal(await post('/admin/session', [], '{"code":1}'), { status: 400, code: 'invalid_value', param: 'code' })
    expect((await get('/admin/overview', [`authorization: Bearer ${token}`])).status).toBe(200)
  })

  it('one of two at once gets the token of a code', async () => {
    const code = /#code=(.+)$/.exec(stage.test.router.loginUrl())?.[1]
    const replies = await Promise.all([1, 2, 3].map(() => post('/admin/session', [], JSON.stringify({ code }))))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 401, 401])
  })
})

describe('where it listens', () => {
  it('e1: on 127.0.0.1 and ::1 only, with one port', async () => {
    expect(stage.test.router.addresses().map(({ address, port }) => `${address} ${port}`)).toEqual([`127.0.0.1 ${stage.port}`, `::1 ${stage.port}`])
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address && !address.internal && address.family === 'IPv4')?.address
    if (outside) await expect(openRaw(stage.port, outside)).rejects.toThrow(/ECONNREFUSED/)
  })

  it('e1: another address is refused while there is no key, and the way out is said', async () => {
    const data = mkdtempSync(join(tmpdir(), 'headgate-'))
    await expect(startRouter({ data, host: '0.0.0.0' })).rejects.toThrow(/headgate token create/)
    rmSync(data, { recursive: true, force: true })
  })

  it('e1: with a key it listens there, and every request needs one', async () => {
    const data = mkdtempSync(join(tmpdir(), 'headgate-'))
    const registry = openRegistry(join(data, 'headgate.db'), systemClock)
    const issued = registry.keys.create('lan').key
    registry.close()
    const lan = await startRouter({ data, host: '0.0.0.0' })
    try {
      expect(lan.router.addresses().map(({ address }) => address)).toEqual(['0.0.0.0'])
      expect(lan.url).toBe(`http://127.0.0.1:${lan.router.port}`)
      const ask = (path: string, headers: readonly string[]) =>
        askRaw(lan.router.port, requestBytes({ port: lan.router.port, method: 'GET', path, headers }))
      for (const path of ['/v1/models', '/routing']) {
        expectRefusal(await ask(path, []), { status: 401, code: 'missing_api_key' })
        expectRefusal(await ask(path, ['authorization: Bearer sk-made-up']), { status: 401, code: 'invalid_api_key' })
        expect((await ask(path, [`authorization: Bearer ${issued}`])).status).toBe(200)
      }
      expect((await ask('/routing', [`authorization: Bearer ${lan.adminToken}`])).status).toBe(200)
      // Turning the requirement off does not open another address.
      await lan.admin('PUT', '/admin/settings', { require_key: false })
      expectRefusal(await ask('/v1/models', []), { status: 401, code: 'missing_api_key' })
    } finally {
      await lan.stop()
    }
  })

  it('e66: the default is as closed as it is recorded here', async () => {
    const { settings, require_key } = (await stage.test.admin('GET', '/admin/settings')).body
    const value = (path: string) => settings.find((setting: { path: string }) => setting.path === path)?.value
    expect([value('cors_origins'), value('host_names'), value('require_key'), require_key]).toEqual([[], [], false, false])
  })
})

describe('what is written down', () => {
  it('e41, e43, e44: no prompt, no answer and no secret stands in a file of the data folder but the one that is for it, and none in an error', async () => {
    const panel = (await post('/admin/session', [], JSON.stringify({ code: /#code=(.+)$/.exec(stage.test.router.loginUrl())?.[1] }))).json().token
    const query = 'sk-query-secret-0815'
    const prompt = 'a-private-question-0815'
    stage.fake.answer = 'a-private-answer-4711'
    const asking = (model: string, stream: boolean) => JSON.stringify({ model, stream, messages: [{ role: 'user', content: prompt }] })
    for (const model of ['m', 'failing']) for (const stream of [true, false]) await post('/v1/chat/completions', [], asking(model, stream))
    const replies = [
      await post(`/v1/chat/completions?api_key=${query}`, [`authorization: Bearer ${key}`]),
      await post('/v1/chat/completions', [`authorization: Bearer ${key}`], JSON.stringify({ model: 'failing', messages: [] })),
      await post('/v1/chat/completions', [`authorization: Bearer ${key}`], JSON.stringify({ model: 'unreachable', messages: [] })),
      await post('/v1/chat/completions', [`x-api-key: ${revoked}`]),
      await post('/v1/chat/completions', ['x-api-key: hg-unknown-secret-1234']),
      await get('/routing'),
      await get('/admin/overview', [`authorization: Bearer ${panel}`]),
      await get('/admin/settings', [`authorization: Bearer ${panel}`]),
      await get('/admin/providers', [`authorization: Bearer ${panel}`]),
      await get('/admin/models', [`authorization: Bearer ${panel}`]),
      await get('/admin/keys', [`authorization: Bearer ${panel}`]),
    ]
    const test = await stage.test.restart() // everything is written by then
    Object.assign(stage, { test, port: test.router.port })
    const secrets = { providerKey, key, revoked, panel, query, unknown: 'hg-unknown-secret-1234', admin: stage.test.adminToken }
    const words = { ...secrets, prompt, answer: stage.fake.answer }
    for (const reply of replies)
      for (const [name, secret] of Object.entries(secrets)) expect([name, reply.body.includes(secret)]).toEqual([name, false])
    const found: string[] = []
    const look = (folder: string): void => {
      for (const name of readdirSync(folder)) {
        const path = join(folder, name)
        if (statSync(path).isDirectory()) look(path)
        else for (const [which, secret] of Object.entries(words)) if (readFileSync(path).includes(secret)) found.push(`${which} in ${name}`)
      }
    }
    look(stage.test.data)
    expect(found).toEqual(['admin in admin-token'])
    expect(readdirSync(stage.test.data)).toEqual(expect.arrayContaining(['headgate.db', 'logs', 'admin-token', 'runtime.json']))
  })

  it('the files that open doors are for their owner only', () => {
    for (const name of ['admin-token', 'runtime.json']) expect([name, statSync(join(stage.test.data, name)).mode & 0o777]).toEqual([name, 0o600])
    expect(statSync(stage.test.data).mode & 0o077).toBe(0)
  })

  it('e42: a name from outside cannot write lines of its own into the log', async () => {
    const evil = `x\u2028\u202e\u001b[31m"}\n{"level":60,"msg":"forged`
    for (const model of ['nothing\u2028like\u202eit', 'y'.repeat(500)])
      await post('/v1/chat/completions', [], JSON.stringify({ model, messages: [], user: evil }))
    await post('/v1/chat/completions', ['user-agent: x\tforged'], chat)
    const read = () => readFileSync(join(stage.test.data, 'logs', 'headgate.log'), 'utf8')
    await expect.poll(() => ['nothing', 'yyyy', '"tool":"x"'].every((part) => read().includes(part))).toBe(true)
    const lines = read().trimEnd().split('\n')
    for (const line of lines) {
      const entry = JSON.parse(line)
      expect(entry.msg).not.toBe('forged')
      for (const name of ['model', 'tool', 'detail']) if (typeof entry[name] === 'string') expect(entry[name].length).toBeLessThanOrEqual(200)
    }
    expect(lines.filter((line) => /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(line))).toEqual([])
  })
})
