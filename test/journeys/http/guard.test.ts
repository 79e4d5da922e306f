/** The guard on every route there is: what a foreign page, or a foreign name for this machine, sends is refused and changes nothing. The route table is walked, not remembered. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectRefusal, type Stage, startStage } from '../bad-input/refusals.ts'
import { askRaw, openRaw, requestBytes } from './raw-connection.ts'

let stage: Stage
let keyId: string
/** Whoever sends it may do everything: only the guard stands in the way. */
let admin: string

beforeAll(async () => {
  stage = await startStage()
  keyId = (await stage.test.admin('POST', '/admin/keys', { name: 'tool' })).body.id
  await stage.test.admin('POST', '/admin/models', { name: 'mine', deployments: [{ provider: 'far', model: 'fb-ok', lane: 'remote' }] })
  admin = `authorization: Bearer ${stage.test.adminToken}`
})
afterAll(() => stage.stop())

interface Target {
  readonly method: string
  readonly path: string
  readonly body: string | undefined
}

/** Bodies that would do something if they got through. */
const bodies: Readonly<Record<string, unknown>> = {
  'PUT /admin/split': { remote_share: 1, lock: 'remote' },
  'POST /admin/keys': { name: 'evil' },
  'PUT /admin/settings': { paused: true },
  'POST /admin/models': { name: 'evil', deployments: [{ provider: 'far', model: 'fb-ok' }] },
  'PATCH /admin/models/mine': { aliases: ['evil'] },
  'POST /v1/chat/completions': { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
  'POST /routing/explain': { model: 'm', messages: [] },
  'PUT /admin/rules': { patterns: [{ pattern: '.*', provider: 'far' }] },
  'POST /admin/session/code': {},
}

const writes = new Set(['POST', 'PUT', 'PATCH'])

/** Every path of the route table with every method that it has, and with OPTIONS, HEAD, GET and POST whether it has them or not; and paths that are none. */
function targets(): Target[] {
  const paths = stage.test.router.routes().map(({ url, methods }) => ({
    path: url.replace('/admin/keys/:id', `/admin/keys/${keyId}`).replace(/:name/, 'mine').replace(/:id/, 'x').replace('*', 'm'),
    methods,
  }))
  paths.push({ path: '/nothing/here', methods: ['GET', 'POST', 'DELETE'] }, { path: '/%zz', methods: ['GET', 'POST'] })
  return paths.flatMap(({ path, methods }) =>
    [...new Set([...methods, 'OPTIONS', 'HEAD', 'GET', 'POST'])].map((method) => ({
      method,
      path,
      body: writes.has(method) ? JSON.stringify(bodies[`${method} ${path}`] ?? {}) : undefined,
    })),
  )
}

/** What an attack must not change. */
async function state(): Promise<unknown> {
  const pages = ['split', 'keys', 'models', 'requests', 'settings', 'deployments', 'providers', 'engine', 'rules']
  const all = await Promise.all(pages.map((page) => stage.test.admin('GET', `/admin/${page}`)))
  expect(all.map(({ status }) => status)).toEqual(pages.map(() => 200))
  return all.map(({ body }) => body)
}

async function refusedEverywhere(
  headers: readonly string[],
  expected: { readonly status: number; readonly code: string },
  which = targets(),
): Promise<void> {
  const before = await state()
  const sent = stage.fake.requests.length
  for (const { method, path, body } of which) {
    const lines =
      headers.some((line) => line.startsWith('content-type:')) || body === undefined ? headers : [...headers, 'content-type: application/json']
    const bytes = requestBytes({ port: stage.port, method, path, headers: [admin, ...lines], ...(body === undefined ? {} : { body }) })
    const reply = await askRaw(stage.port, bytes).catch((error: Error) => {
      throw new Error(`${method} ${path}: ${error.message}`)
    })
    if (method === 'HEAD') expect([method, path, reply.status]).toEqual([method, path, expected.status])
    else {
      expect([method, path, reply.status]).toEqual([method, path, expected.status])
      expectRefusal(reply, expected)
    }
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  }
  expect(await state()).toEqual(before)
  expect(stage.fake.requests.length).toBe(sent)
}

it('walks every kind of route that there is', () => {
  const paths = stage.test.router.routes().map(({ url }) => url)
  for (const path of [
    '/',
    '/health',
    '/ready',
    '/v1/models',
    '/v1/chat/completions',
    '/routing',
    '/admin/split',
    '/admin/events',
    '/assets/*',
    '/admin/openapi.json',
  ])
    expect(paths).toContain(path)
  expect(targets().length).toBeGreaterThan(100)
})

describe('Host', () => {
  it.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    'localhost.evil:PORT',
    '127.0.0.1.nip.io:PORT',
    '0.0.0.0:PORT',
    '[::]:PORT',
    '',
  ])('e3: %j is refused on every route', async (host) => {
    await refusedEverywhere([`host: ${host.replace('PORT', String(stage.port))}`], { status: 403, code: 'host_not_allowed' })
  })

  it('e3: it is refused on ::1 too', async () => {
    const connection = await openRaw(stage.port, '::1')
    for (const host of [`evil.example:${stage.port}`, `[::1]:${stage.port}`]) {
      connection.write(requestBytes({ port: stage.port, method: 'GET', path: '/health', headers: [`host: ${host}`] }))
      expect((await connection.reply()).status).toBe(host.startsWith('evil') ? 403 : 200)
    }
    connection.end()
  })

  it('e16: X-Forwarded-Host and its like are not believed', async () => {
    const forged = ['x-forwarded-host: 127.0.0.1', 'x-forwarded-for: 127.0.0.1', 'forwarded: host=127.0.0.1', 'x-forwarded-proto: https']
    const reply = await askRaw(
      stage.port,
      requestBytes({ port: stage.port, method: 'GET', path: '/health', headers: ['host: evil.example', ...forged] }),
    )
    expectRefusal(reply, { status: 403, code: 'host_not_allowed' })
  })
})

describe('Origin', () => {
  it.each(['https://evil.example', 'null', 'http://localhost.evil', 'http://localhost:1', 'chrome-extension://abcdefghijklmnop', 'file://'])(
    'e6, e8: %s is refused on every route',
    async (origin) => {
      await refusedEverywhere([`origin: ${origin}`, 'sec-fetch-site: cross-site'], { status: 403, code: 'origin_not_allowed' })
    },
  )

  it('e7: a preflight of a foreign page gets no CORS headers', async () => {
    await refusedEverywhere(
      ['origin: https://evil.example', 'access-control-request-method: POST', 'access-control-request-private-network: true'],
      { status: 403, code: 'origin_not_allowed' },
      targets().filter(({ method }) => method === 'OPTIONS'),
    )
  })

  it.each(['cross-site', 'same-site'])('e6: Sec-Fetch-Site %s without Origin is refused on every route', async (site) => {
    await refusedEverywhere([`sec-fetch-site: ${site}`, 'sec-fetch-mode: no-cors'], { status: 403, code: 'origin_not_allowed' })
  })

  it('a link on another page may open the panel, and nothing else', async () => {
    const navigation = ['sec-fetch-site: cross-site', 'sec-fetch-mode: navigate', 'sec-fetch-dest: document']
    await refusedEverywhere(
      navigation,
      { status: 403, code: 'origin_not_allowed' },
      targets().filter(({ method, path }) => method !== 'GET' || path !== '/'),
    )
    const opened = await askRaw(stage.port, requestBytes({ port: stage.port, method: 'GET', path: '/', headers: navigation }))
    expect([opened.status, opened.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(opened.headers['content-security-policy']).toContain("frame-ancestors 'none'")
  })

  it.each(['127.0.0.1', 'localhost', '[::1]'])('requests of the panel at %s pass', async (name) => {
    const own = [`host: ${name}:${stage.port}`, `origin: http://${name}:${stage.port}`, 'sec-fetch-site: same-origin', admin]
    const put = await askRaw(
      stage.port,
      requestBytes({
        port: stage.port,
        method: 'PUT',
        path: '/admin/split',
        headers: [...own, 'content-type: application/json'],
        body: '{"fallback":true}',
      }),
    )
    expect(put.status).toBe(200)
    expect(Object.keys(put.headers).filter((header) => header.startsWith('access-control-'))).toEqual([])
    for (const path of ['/', '/health', '/v1/models', '/admin/overview', '/routing'])
      expect([path, (await askRaw(stage.port, requestBytes({ port: stage.port, method: 'GET', path, headers: own }))).status]).toEqual([path, 200])
  })
})

describe('content type', () => {
  const known = () => {
    const real = new Set(stage.test.router.routes().flatMap(({ url, methods }) => methods.map((method) => `${method} ${url}`)))
    return [...real].flatMap((route) => targets().filter(({ method, path, body }) => body !== undefined && route === `${method} ${path}`))
  }
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; application/json'])(
    'e6: %s is refused on every route that takes a body',
    async (type) => {
      expect(known().length).toBeGreaterThan(8)
      await refusedEverywhere([`content-type: ${type}`], { status: 415, code: 'unsupported_media_type' }, known())
    },
  )

  it('e6: a body on DELETE needs the type as well', async () => {
    await refusedEverywhere(['content-type: text/plain'], { status: 415, code: 'unsupported_media_type' }, [
      { method: 'DELETE', path: `/admin/keys/${keyId}`, body: 'x' },
    ])
  })
})

describe('cors_origins', () => {
  let open: Stage
  const page = 'https://app.example'
  const cors = (headers: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => /^access-control-|^vary$/.test(name)))
  beforeAll(async () => {
    open = await startStage({ files: { 'routing.yaml': `cors_origins: [${page}]\nhost_names: [my-mac.local]\n` } })
  })
  afterAll(() => open.stop())

  it('e7: a page of a listed origin reads replies, errors and streams, without credentials', async () => {
    const body = (stream: boolean) => JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: 'Hi' }] })
    const replies = await Promise.all([
      askRaw(open.port, requestBytes({ port: open.port, method: 'GET', path: '/v1/models', headers: [`origin: ${page}`] })),
      askRaw(open.port, requestBytes({ port: open.port, method: 'GET', path: '/nothing', headers: [`origin: ${page}`] })),
      ...[true, false].map((stream) =>
        askRaw(
          open.port,
          requestBytes({
            port: open.port,
            headers: [`origin: ${page}`, 'sec-fetch-site: cross-site', 'content-type: application/json'],
            body: body(stream),
          }),
        ),
      ),
    ])
    expect(replies.map(({ status }) => status)).toEqual([200, 404, 200, 200])
    for (const { headers } of replies)
      expect(cors(headers)).toEqual({
        'access-control-allow-origin': page,
        vary: 'Origin',
        'access-control-expose-headers': expect.stringContaining('x-headgate-lane'),
      })
  })

  it('e7: its preflight is answered with what the path can do', async () => {
    const reply = await askRaw(
      open.port,
      requestBytes({
        port: open.port,
        method: 'OPTIONS',
        headers: [
          `origin: ${page}`,
          'access-control-request-method: POST',
          'access-control-request-headers: authorization,content-type,x-stainless-os',
        ],
      }),
    )
    expect([reply.status, reply.body]).toEqual([204, ''])
    expect(cors(reply.headers)).toEqual({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization,content-type,x-stainless-os',
      'access-control-max-age': '600',
      'access-control-expose-headers': expect.any(String),
      vary: expect.stringContaining('Origin'),
    })
  })

  it.each(['https://app.example.evil', 'http://app.example', 'https://app.example:444', 'https://APP.example', 'null', 'https://evil.example'])(
    'e7: %s is another origin',
    async (origin) => {
      const reply = await askRaw(open.port, requestBytes({ port: open.port, method: 'GET', path: '/v1/models', headers: [`origin: ${origin}`] }))
      expectRefusal(reply, { status: 403, code: 'origin_not_allowed' })
      expect(cors(reply.headers)).toEqual({})
    },
  )

  it('a reply to nobody in particular says that it depends on the origin', async () => {
    const reply = await askRaw(open.port, requestBytes({ port: open.port, method: 'GET', path: '/v1/models' }))
    expect([reply.status, cors(reply.headers)]).toEqual([200, { vary: 'Origin' }])
  })

  it('the admin API still needs its token from a listed origin', async () => {
    const reply = await askRaw(open.port, requestBytes({ port: open.port, method: 'GET', path: '/admin/split', headers: [`origin: ${page}`] }))
    expectRefusal(reply, { status: 401, code: 'missing_api_key' })
    expect(cors(reply.headers)['access-control-allow-origin']).toBe(page)
  })

  it('a name of host_names is served', async () => {
    const ask = (host: string) => askRaw(open.port, requestBytes({ port: open.port, method: 'GET', path: '/health', headers: [`host: ${host}`] }))
    expect((await ask(`my-mac.local:${open.port}`)).status).toBe(200)
    expect((await ask(`My-Mac.LOCAL:${open.port}`)).status).toBe(200)
    expect((await ask(`other-mac.local:${open.port}`)).status).toBe(403)
  })
})
