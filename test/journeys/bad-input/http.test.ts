/** Wrong HTTP, rows d57–d64 of the table of bad input, on raw sockets: a client library would not send most of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askRaw, openRaw, requestBytes } from '../http/raw-connection.ts'
import { expectRefusal, type Stage, startStage } from './refusals.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

const json = 'content-type: application/json'
const chat = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })
const get = (path: string, headers: readonly string[] = []) => askRaw(stage.port, requestBytes({ port: stage.port, method: 'GET', path, headers }))
const post = (headers: readonly string[], body: string | Buffer = chat) => askRaw(stage.port, requestBytes({ port: stage.port, headers, body }))

describe('methods and paths', () => {
  it.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['PUT', '/v1/chat/completions', 'POST'],
    ['OPTIONS', '/v1/chat/completions', 'POST'],
    ['DELETE', '/v1/models', 'GET, HEAD'],
    ['POST', '/health', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/admin/events', 'GET'],
    ['HEAD', '/admin/events', 'GET'],
    ['PATCH', '/admin/split', 'DELETE, GET, HEAD, PUT'],
    ['TRACE', '/v1/models', 'GET, HEAD'],
    ['PROPFIND', '/v1/models', 'GET, HEAD'],
  ])('d57: %s %s is 405 and says what is possible', async (method, path, allowed) => {
    const reply = await askRaw(stage.port, requestBytes({ port: stage.port, method, path, headers: [json] }))
    expect(reply.headers['allow']?.split(', ').toSorted().join(', ')).toBe(allowed)
    if (method === 'HEAD') expect(reply.status).toBe(405)
    else expectRefusal(reply, { status: 405, code: 'method_not_allowed' })
  })

  it.each([
    '/nothing',
    '/v1',
    '/v1/',
    '/v1//models',
    '//v1/models',
    '/V1/models',
    '/v1/Models',
    '/v1/models/',
    '/v1/models/../admin',
    '/v1/models/..',
    '/v1%2fmodels',
    '/v1%2Fmodels',
    '/v1/models%2fm',
    '/%761/models',
    '/v1/models;a=b',
    '/v1/models%00',
    '/v1/models%5cm',
    '/v1\\models',
    '/admin',
    '/admin/',
    '/admin/split/',
    '/assets/',
    '/assets/nothing.js',
    '/assets/%2e%2e/index.html',
    '/assets/../index.html',
    '/assets/.env',
    '/.env',
    '/index.html',
    '/favicon.ico',
    '/v1/models#fragment',
  ])('d58: %s is 404', async (path) => {
    expectRefusal(await get(path), { status: 404, code: 'unknown_url' })
  })

  it.each(['/%zz', '/v1/models/%zz', '/v1/%e0%a4/models', '/v1/models/%'])('d58: %s has a broken escape and is 400', async (path) => {
    expectRefusal(await get(path), { status: 400, code: 'bad_request' })
  })

  it('d58: a name of 2 000 characters is 404 too', async () => {
    expectRefusal(await get(`/v1/models/${'x'.repeat(2_000)}`), { status: 404, code: 'model_not_found', param: 'model' })
    expectRefusal(await get(`/admin/requests/${'x'.repeat(2_000)}`), { status: 404, code: 'unknown_url' })
  })

  it('d58: an escaped slash is part of a model name and never a separator', async () => {
    const found = await get('/v1/models/meta-llama%2FLlama-3.3-70B-Instruct')
    expect([found.status, found.json().id]).toEqual([200, 'meta-llama/Llama-3.3-70B-Instruct'])
    expectRefusal(await get('/v1/models/..%2f..%2fadmin%2fsplit'), { status: 404, code: 'model_not_found', param: 'model' })
  })
})

describe('heads that are too large', () => {
  it.each([
    ['a URL of 20 kB', `/v1/models?x=${'x'.repeat(20_000)}`, []],
    ['one header of 20 kB', '/v1/models', [`x-long: ${'x'.repeat(20_000)}`]],
    ['64 KiB of headers', '/v1/models', Array.from({ length: 64 }, (_, i) => `x-${i}: ${'x'.repeat(1_020)}`)],
    ['101 headers', '/v1/models', Array.from({ length: 100 }, (_, i) => `x-${i}: 1`)],
    ['1 000 headers', '/v1/models', Array.from({ length: 1_000 }, (_, i) => `x-${i}: 1`)],
  ] as const)('d59, e34: %s are refused and the connection is closed', async (_what, path, headers) => {
    const connection = await openRaw(stage.port)
    connection.write(requestBytes({ port: stage.port, method: 'GET', path, headers }))
    const reply = await connection.reply()
    expectRefusal(reply, { status: 431, code: 'headers_too_large' })
    expect(reply.headers['connection']).toBe('close')
    await connection.closed()
  })

  it('d59: 100 headers and 15 kB pass', async () => {
    const reply = await get('/v1/models', [`x-long: ${'x'.repeat(13_000)}`, ...Array.from({ length: 98 }, (_, i) => `x-${i}: 1`)])
    expect(reply.status).toBe(200)
  })
})

describe('origins', () => {
  it.each([
    'https://evil.example',
    'null',
    'http://localhost.evil',
    'http://localhost',
    'https://127.0.0.1',
    'chrome-extension://abcdef',
    'file://',
    '',
  ])('d61: Origin %j is refused before the body is read, without CORS headers', async (origin) => {
    const before = stage.fake.requests.length
    const connection = await openRaw(stage.port)
    // A body that never comes: whoever waits for it does not answer.
    connection.write(requestBytes({ port: stage.port, headers: [json, `origin: ${origin}`, 'content-length: 1000'] }))
    const reply = await connection.reply()
    expectRefusal(reply, { status: 403, code: 'origin_not_allowed' })
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    connection.end()
    expect(stage.fake.requests.length).toBe(before)
  })
})

describe('framing', () => {
  const host = () => `host: 127.0.0.1:${stage.port}`
  const rawPost = (lines: readonly string[], body: string) =>
    `${['POST /v1/chat/completions HTTP/1.1', host(), json, ...lines].join('\r\n')}\r\n\r\n${body}`
  const size = Buffer.byteLength(chat).toString(16)

  const rows: readonly (readonly [what: string, bytes: () => string])[] = [
    ['a length and chunks', () => rawPost([`content-length: ${chat.length}`, 'transfer-encoding: chunked'], `${size}\r\n${chat}\r\n0\r\n\r\n`)],
    ['two lengths', () => rawPost([`content-length: ${chat.length}`, 'content-length: 5'], chat)],
    ['two equal lengths', () => rawPost([`content-length: ${chat.length}`, `content-length: ${chat.length}`], chat)],
    ['a length with a sign', () => rawPost([`content-length: +${chat.length}`], chat)],
    ['a list of lengths', () => rawPost([`content-length: ${chat.length}, ${chat.length}`], chat)],
    ['TE xchunked', () => rawPost(['transfer-encoding: xchunked'], `${size}\r\n${chat}\r\n0\r\n\r\n`)],
    ['TE chunked, identity', () => rawPost(['transfer-encoding: chunked, identity'], `${size}\r\n${chat}\r\n0\r\n\r\n`)],
    ['TE gzip, chunked', () => rawPost(['transfer-encoding: gzip, chunked'], `${size}\r\n${chat}\r\n0\r\n\r\n`)],
    ['TE gzip and TE chunked', () => rawPost(['transfer-encoding: gzip', 'transfer-encoding: chunked'], `${size}\r\n${chat}\r\n0\r\n\r\n`)],
    ['TE identity', () => rawPost(['transfer-encoding: identity', `content-length: ${chat.length}`], chat)],
    ['a space before the colon', () => rawPost(['transfer-encoding : chunked'], `${size}\r\n${chat}\r\n0\r\n\r\n`)],
    ['a folded header', () => rawPost(['x-folded: a', ' b', `content-length: ${chat.length}`], chat)],
    ['bare line feeds', () => `POST /v1/chat/completions HTTP/1.1\n${host()}\n${json}\ncontent-length: ${chat.length}\n\n${chat}`],
    ['a chunk size in C', () => rawPost(['transfer-encoding: chunked'], `0x${size}\r\n${chat}\r\n0\r\n\r\n`)],
    ['a chunk size with a sign', () => rawPost(['transfer-encoding: chunked'], `+${size}\r\n${chat}\r\n0\r\n\r\n`)],
    ['a chunk longer than its size', () => rawPost(['transfer-encoding: chunked'], `2\r\n${chat}\r\n0\r\n\r\n`)],
    ['a chunk extension of 20 kB', () => rawPost(['transfer-encoding: chunked'], `${size};${'x'.repeat(20_000)}\r\n${chat}\r\n0\r\n\r\n`)],
    ['a NUL in a header', () => rawPost(['x-nul: a\0b', `content-length: ${chat.length}`], chat)],
    ['two Hosts', () => rawPost(['host: evil.example', `content-length: ${chat.length}`], chat)],
    ['a body on GET', () => `GET /v1/models HTTP/1.1\r\n${host()}\r\ntransfer-encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n`],
    ['HTTP/1.2 words', () => `POST /v1/chat/completions HTTP/9.9\r\n${host()}\r\n\r\n`],
    ['garbage', () => 'garbage\r\n\r\n'],
    ['an HTTP/2 preface', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a TLS hello', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ]
  it.each(rows)('d62, d63: %s is 400, the connection is closed, and no provider hears of it', async (_what, bytes) => {
    const before = stage.fake.requests.length
    const connection = await openRaw(stage.port)
    connection.write(Buffer.from(bytes(), 'latin1'))
    expectRefusal(await connection.reply(), { status: 400, code: 'bad_request' })
    await connection.closed()
    expect(connection.rest()).toBe('')
    expect(stage.fake.requests.length).toBe(before)
  })

  it('a request without Host is refused by the guard', async () => {
    expectRefusal(await askRaw(stage.port, 'GET /health HTTP/1.1\r\n\r\n'), { status: 403, code: 'host_not_allowed' })
    expectRefusal(await askRaw(stage.port, 'GET /health HTTP/1.0\r\n\r\n'), { status: 403, code: 'host_not_allowed' })
  })

  it('e29: a request hidden in the body of another stays a body', async () => {
    const before = stage.fake.requests.length
    const hidden = `GET /v1/models HTTP/1.1\r\n${host()}\r\n\r\n`
    const connection = await openRaw(stage.port)
    connection.write(requestBytes({ port: stage.port, headers: [json], body: hidden }))
    expectRefusal(await connection.reply(), { status: 400, code: 'invalid_json' })
    connection.write(requestBytes({ port: stage.port, headers: [json], body: chat }))
    expect((await connection.reply()).status).toBe(200)
    expect(connection.rest()).toBe('')
    connection.end()
    expect(stage.fake.requests.length).toBe(before + 1)
  })

  it('nobody is made a tunnel or another protocol', async () => {
    const tunnel = await openRaw(stage.port)
    tunnel.write(`CONNECT 127.0.0.1:${stage.port} HTTP/1.1\r\n${host()}\r\n\r\n`)
    await tunnel.closed()
    expect(tunnel.rest()).not.toContain('HTTP/1.1 2')
    const upgrade = ['connection: Upgrade, HTTP2-Settings', 'upgrade: h2c, websocket', 'http2-settings: AAMAAABkAAQAoAAAAAIAAAAA']
    expect((await get('/health', upgrade)).status).toBe(200)
    expectRefusal(await get('/health', [...upgrade, 'origin: https://evil.example']), { status: 403, code: 'origin_not_allowed' })
  })

  it('a chunked body that is well-formed is read', async () => {
    const connection = await openRaw(stage.port)
    connection.write(rawPost(['transfer-encoding: chunked'], `5;ext=1\r\n${chat.slice(0, 5)}\r\n`))
    connection.write(`${(chat.length - 5).toString(16)}\r\n${chat.slice(5)}\r\n0\r\n\r\n`)
    expect((await connection.reply()).status).toBe(200)
    connection.end()
  })
})

describe('Expect: 100-continue', () => {
  it('d64: an oversize length is refused without telling the caller to go on', async () => {
    const connection = await openRaw(stage.port)
    connection.write(requestBytes({ port: stage.port, headers: [json, 'expect: 100-continue', `content-length: ${40 * 1024 * 1024}`] }))
    const reply = await connection.reply()
    expectRefusal(reply, { status: 413, code: 'request_too_large' })
    await connection.closed()
  })

  it('d64: a foreign page is refused without telling it to go on', async () => {
    const connection = await openRaw(stage.port)
    connection.write(
      requestBytes({ port: stage.port, headers: [json, 'expect: 100-continue', 'content-length: 10', 'origin: https://evil.example'] }),
    )
    expectRefusal(await connection.reply(), { status: 403, code: 'origin_not_allowed' })
    await connection.closed()
  })

  it('a body that is welcome is asked for, and then answered', async () => {
    const connection = await openRaw(stage.port)
    connection.write(requestBytes({ port: stage.port, headers: [json, 'expect: 100-continue', `content-length: ${chat.length}`] }))
    expect((await connection.reply()).status).toBe(100)
    connection.write(chat)
    expect((await connection.reply()).status).toBe(200)
    connection.end()
  })
})

it('the router still answers after all of that', async () => {
  expect((await post([json])).status).toBe(200)
})
