import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { callRaw, rawPost } from '../../fakes/raw-caller.ts'
import { type RawUpstream, rawReply, startRawUpstream } from '../../fakes/raw-upstream.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

const whole = '{"choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}]}'
const stream = 'data: {"choices":[{"index":0,"delta":{"content":"Yes."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
const path = '/v1/chat/completions'

let upstream: RawUpstream & { requests: { length: number } }
let router: TestRouter
beforeAll(async () => {
  upstream = (await startRawUpstream((socket, { body }) =>
    socket.write(/"stream" *: *true/.test(body.toString()) ? rawReply(stream, ['content-type: text/event-stream']) : rawReply(whole)),
  )) as typeof upstream
  router = await startRouter({
    files: {
      'models.yaml': `providers: [{name: raw, base_url: "${upstream.url}", api_key: ours-and-secret}]
models:
  - {name: m, deployments: [{provider: raw, model: up/m-1}]}
  - {name: same, deployments: [{provider: raw, model: same}]}\n`,
    },
  })
})
afterAll(async () => {
  await router.stop()
  await upstream.close()
})
beforeEach(() => {
  upstream.requests.length = 0
})

/** What the upstream got for these bytes, sent in segments of `size` bytes (0 = at once). */
async function passed(body: string, { size = 0, headers = [] as readonly string[] } = {}): Promise<{ head: string; body: Buffer }> {
  const bytes = rawPost(router.url, path, body, headers)
  const segments = size === 0 ? [bytes] : Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
  const call = callRaw(router.url, segments)
  const reply = await call.reply()
  call.socket.destroy()
  expect(reply.status, reply.body.toString()).toBe(200)
  return upstream.requests.at(-1) as { head: string; body: Buffer }
}

const digits = '9'.repeat(400)

describe('a request reaches the upstream byte for byte but for the declared edits', () => {
  test.each([
    ['odd key order', '{"temperature":1,"messages":[{"content":"Hi","role":"user"}],"model":"m","a":1}'],
    ['white space everywhere', '{ \t"messages" :\n[ {"role":"user" ,"content":"two  spaces" } ]\r\n, "model"\t: "m" \n}'],
    [
      'unknown fields, nested',
      '{"model":"m","x_vendor":{"deep":[1,{"z":null,"a":[]}]},"messages":[{"role":"user","content":"Hi","cache_control":{"type":"ephemeral"}}]}',
    ],
    [
      'numbers that no double holds',
      `{"model":"m","messages":[{"role":"user","content":"Hi","x":${digits}}],"vendor":{"seed":12345678901234567890,"eps":1e-7,"one":1.0,"minus":-0}}`,
    ],
    [
      'escapes as they were written',
      '{"model":"m","messages":[{"role":"user","content":"\\u00e9\\/\\u2028\\ud83d\\ude00 é 😀 \\b\\f"}],"logit_bias":{"50256":-100}}',
    ],
    ['the name of the model inside of texts', '{"messages":[{"role":"user","content":"\\"model\\":\\"m\\""}],"metadata":{"model":"m"},"model":"m"}'],
    ['an escaped model name', '{"\\u006dodel":"\\u006d","messages":[{"role":"user","content":"Hi"}]}'],
  ])('%s', async (_, body) => {
    const seen = await passed(body)
    const at = body.lastIndexOf(body.includes('\\u006d') ? '"\\u006d"' : '"m"')
    const length = body.includes('\\u006d') ? 8 : 3
    expect(seen.body.toString('utf8')).toBe(`${body.slice(0, at)}"up/m-1"${body.slice(at + length)}`)
    expect(seen.head).toContain(`content-length: ${seen.body.length}`)
  })

  test('a model that has the same name there changes nothing at all', async () => {
    const body = `{ "model" : "same","messages":[{"role":"user","content":"Hi","n":${digits}}] }`
    expect((await passed(body)).body.toString()).toBe(body)
  })

  test('characters of several bytes, cut by the network at every place', async () => {
    const body = '{"model":"same","messages":[{"role":"user","content":"é漢😀e\u0301"}]}'
    for (const size of [1, 2, 3, 7]) expect((await passed(body, { size: size === 1 ? 5 : size + 40 })).body.toString()).toBe(body)
    const bytes = rawPost(router.url, path, body)
    const from = bytes.indexOf('é')
    for (let cut = from; cut < from + 14; cut++) {
      const call = callRaw(router.url, [bytes.subarray(0, cut), bytes.subarray(cut)])
      expect((await call.reply()).status).toBe(200)
      call.socket.destroy()
      expect(upstream.requests.at(-1)!.body.toString()).toBe(body)
    }
  })

  test('a body that comes in chunks', async () => {
    const body = '{"model":"same","messages":[{"role":"user","content":"é"}]}'
    const head = `POST ${path} HTTP/1.1\r\nhost: ${new URL(router.url).host}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`
    const bytes = Buffer.from(body)
    const chunks = [bytes.subarray(0, 20), bytes.subarray(20, 55), bytes.subarray(55)].flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16)}\r\n`),
      chunk,
      Buffer.from('\r\n'),
    ])
    const call = callRaw(router.url, [head, ...chunks, '0\r\n\r\n'])
    expect((await call.reply()).status).toBe(200)
    call.socket.destroy()
    expect(upstream.requests.at(-1)!.body.toString()).toBe(body)
  })
})

describe('a stream is asked for its usage', () => {
  test.each([
    ['{"model":"same","stream":true,"messages":[]}', '{"stream_options":{"include_usage":true},"model":"same","stream":true,"messages":[]}'],
    [
      '{"model":"same","stream":true,"stream_options":null,"messages":[]}',
      '{"model":"same","stream":true,"stream_options":{"include_usage":true},"messages":[]}',
    ],
    [
      '{"model":"same","stream_options":{"x": 1},"stream":true,"messages":[]}',
      '{"model":"same","stream_options":{"include_usage":true,"x": 1},"stream":true,"messages":[]}',
    ],
    [
      '{"model":"same","stream":true,"stream_options":{"include_usage": false},"messages":[]}',
      '{"model":"same","stream":true,"stream_options":{"include_usage": true},"messages":[]}',
    ],
    [
      '{"model":"same","stream":true,"stream_options":{ "include_usage":true },"messages":[]}',
      '{"model":"same","stream":true,"stream_options":{ "include_usage":true },"messages":[]}',
    ],
  ])('%s', async (body, edited) => {
    expect((await passed(body)).body.toString()).toBe(edited)
  })
})

describe('headers', () => {
  const body = '{"model":"same","messages":[]}'
  const names = (head: string) =>
    new Set(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(':')[0]!.toLowerCase()),
    )

  test('of the caller stay here but for the listed ones; its credential never leaves', async () => {
    const seen = await passed(body, {
      headers: [
        'authorization: Bearer sk-of-the-caller',
        'cookie: session=1',
        'x-secret: 1',
        'x-forwarded-for: 1.2.3.4',
        'te: trailers',
        'connection: keep-alive, x-hop',
        'x-hop: 1',
        'keep-alive: timeout=5',
        'proxy-authorization: Basic eA==',
        'user-agent: a-tool/1.0',
        'x-headgate-session: mine',
        'idempotency-key: once',
        'openai-organization: org',
        'accept-encoding: gzip, br',
      ],
    })
    expect(seen.head).not.toMatch(/sk-of-the-caller|session=1|a-tool|gzip|eA==/)
    expect([...names(seen.head)].sort()).toEqual(
      [
        'accept',
        'accept-encoding',
        'authorization',
        'connection',
        'content-length',
        'content-type',
        'host',
        'idempotency-key',
        'openai-organization',
        'user-agent',
      ].sort(),
    )
    expect(seen.head).toContain('authorization: Bearer ours-and-secret')
    expect(seen.head).toMatch(/accept-encoding: identity/)
    expect(seen.head).toMatch(/user-agent: headgate\//)
    expect(seen.head).toContain(`host: ${new URL(upstream.url).host}`)
    expect(seen.head.split('\r\n')[0]).toBe('POST /v1/chat/completions HTTP/1.1')
  })

  test('the credential that a caller shows does not become ours either way', async () => {
    const seen = await passed(body, { headers: ['x-api-key: anything'] })
    expect(seen.head).not.toContain('anything')
  })
})
