import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callRaw, type RawReply, rawPost } from '../../fakes/raw-caller.ts'
import { type RawUpstream, rawReply, startRawUpstream } from '../../fakes/raw-upstream.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

let upstream: RawUpstream
let router: TestRouter
/** What the upstream writes, packet by packet. */
let packets: readonly Buffer[] = []
beforeAll(async () => {
  upstream = await startRawUpstream(async (socket) => {
    for (const packet of packets) {
      await new Promise<void>((resolve) => socket.write(packet, () => resolve()))
      if (packets.length > 1) await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })
  router = await startRouter({
    files: {
      'models.yaml': `providers: [{name: raw, base_url: "${upstream.url}"}]
models:
  - {name: one, deployments: [{provider: raw}]}
  - {name: two, deployments: [{provider: raw}, {provider: raw, priority: 1}]}\n`,
    },
  })
})
afterAll(async () => {
  await router.stop()
  await upstream.close()
})

/** What the caller gets; `more` = fields of the request. */
async function got(sent: readonly Buffer[], more: Record<string, unknown> = {}, model = 'one'): Promise<RawReply> {
  packets = sent
  const call = callRaw(router.url, [
    rawPost(router.url, '/v1/chat/completions', JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }], ...more })),
  ])
  const reply = await call.reply()
  call.socket.destroy()
  return reply
}

const sse = (body: Uint8Array | string) => rawReply(body, ['content-type: text/event-stream'])
const delta = (content: string, finish: string | null = null) =>
  `{"id":"x","choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}},"finish_reason":${JSON.stringify(finish)}}]}`
const usage = 'data: {"id":"x","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n'
const end = `data: ${delta('', 'stop')}\n\ndata: [DONE]\n\n`

describe('a whole reply reaches the caller byte for byte', () => {
  test.each([
    [
      'odd order, unknown fields and white space',
      '{ "usage" : null,\n "x":{"a":[1, 2]}, "choices":[ {"finish_reason":"stop","message":{"content":"\\u00e9 é 😀","role":"assistant","x":1.50}} ] }\n',
    ],
    ['numbers that no double holds', `{"choices":[{"message":{"role":"assistant","content":"x"},"finish_reason":"stop","n":${'7'.repeat(400)}}]}`],
    ['a refusal by a filter, with empty content', '{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":"content_filter"}]}'],
    [
      'tool calls',
      '{"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{ \\"a\\":1}"}}]},"finish_reason":"tool_calls"}]}',
    ],
  ])('%s', async (_, body) => {
    const reply = await got([rawReply(body)])
    expect(reply.body.toString('utf8')).toBe(body)
    expect(reply.status).toBe(200)
  })

  test('cut by the network anywhere', async () => {
    const bytes = rawReply('{"choices":[{"message":{"role":"assistant","content":"é漢😀"},"finish_reason":"stop"}]}')
    const text = bytes.subarray(bytes.indexOf('{')).toString()
    for (let cut = 10; cut < bytes.length; cut += 9) expect((await got([bytes.subarray(0, cut), bytes.subarray(cut)])).body.toString()).toBe(text)
  })

  test('headers of the provider stay behind but for the kind of content', async () => {
    const headers = [
      'content-type: application/json',
      'set-cookie: a=1',
      'x-ratelimit-remaining: 3',
      'server: nginx',
      'keep-alive: timeout=9',
      'x-request-id: theirs',
    ]
    const reply = await got([rawReply('{"choices":[{"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}', headers)])
    const names = reply.head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(':')[0]!.toLowerCase())
    expect(names.filter((name) => !name.startsWith('x-headgate-')).sort()).toEqual([
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
    ])
    expect(reply.head).not.toMatch(/timeout=9|nginx|theirs/)
  })
})

const odd = [
  ': OPENROUTER PROCESSING\n\n',
  `data:${delta('no space')}\n\n`,
  `event: message\nid: 7\nretry: 10\ndata: ${delta('é漢😀')}\n\n`,
  'event: ping\ndata: {"type":"ping"}\n\n',
  'x-unknown: field\n\n',
  `data: ${delta('two lines').replace(',"choices"', '\ndata: ,"choices"')}\n\n`,
  `data: ${delta('CRLF')}\r\n\r\n`,
  '\n\n',
  ': comment\ndata: {"object":"something.new","choices":null}\n\n',
].join('')

describe('a stream reaches the caller event by event, byte for byte', () => {
  test('all legal forms of an event, comments and unknown events included', async () => {
    for (const model of ['one', 'two']) {
      const reply = await got([sse(odd + end)], { stream: true }, model)
      expect(reply.body.toString('utf8')).toBe(odd + end)
      expect(reply.isWhole).toBe(true)
    }
  })

  test('cut by the network at every place', async () => {
    const text = odd + end
    const bytes = sse(text)
    const from = bytes.indexOf('\r\n\r\n') + 4
    const length = bytes.length - from
    // 24 ways to cut it into many pieces, so that every place is a cut once
    const ways = 24
    for (let way = 0; way < ways; way++) {
      const pieces: Buffer[] = [bytes.subarray(0, from + way)]
      for (let at = way; at < length; at += ways) pieces.push(bytes.subarray(from + at, from + Math.min(length, at + ways)))
      expect((await got(pieces, { stream: true })).body.toString('utf8')).toBe(text)
    }
  })

  test('in chunks whose ends lie anywhere', async () => {
    const bytes = Buffer.from(odd + end)
    for (const size of [1, 5, 64]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
      const framed = chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')])
      const head = Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n')
      expect((await got([Buffer.concat([head, ...framed, Buffer.from('0\r\n\r\n')])], { stream: true })).body.toString()).toBe(odd + end)
    }
  })

  test('without the usage event, unless the caller asked for it', async () => {
    const answer = `data: ${delta('Yes.')}\n\ndata: ${delta('', 'stop')}\n\n`
    const sent = [sse(`${answer}${usage}data: [DONE]\n\n`)]
    expect((await got(sent, { stream: true })).body.toString()).toBe(`${answer}data: [DONE]\n\n`)
    expect((await got(sent, { stream: true, stream_options: { include_usage: false } })).body.toString()).toBe(`${answer}data: [DONE]\n\n`)
    expect((await got(sent, { stream: true, stream_options: { include_usage: true } })).body.toString()).toBe(`${answer}${usage}data: [DONE]\n\n`)
    const { body } = await router.admin('GET', '/admin/requests?limit=1')
    expect(body.requests[0].usage).toEqual({ input: 3, cached: null, output: 2, source: 'reported' })
  })

  test('without a byte order mark, an empty event or the first event that is no JSON', async () => {
    const reply = await got([sse(`\ufeffdata: ${delta('a')}\n\ndata: \n\ndata: {"broken\n\ndata: ${delta('b')}\n\n${end}`)], { stream: true })
    expect(reply.body.toString()).toBe(`data: ${delta('a')}\n\ndata: ${delta('b')}\n\n${end}`)
  })

  test('a second event that is no JSON ends the stream as a cut one', async () => {
    const reply = await got([sse(`data: ${delta('a')}\n\ndata: {"broken\n\ndata: {"again\n\n${end}`)], { stream: true })
    expect(reply.isClosed && !reply.isWhole).toBe(true)
    expect(reply.body.toString()).toMatch(/^data: .*"a".*\n\ndata: \{"error":.*upstream_garbled_event.*\n\n$/)
  })

  test('no [DONE] but a finish reason and a clean end is a whole answer', async () => {
    const text = `data: ${delta('Yes.')}\n\ndata: ${delta('', 'stop')}\n\n`
    const reply = await got([sse(text)], { stream: true })
    expect([reply.body.toString(), reply.isWhole]).toEqual([text, true])
  })

  test('[DONE] without a finish reason is a cut', async () => {
    const reply = await got([sse(`data: ${delta('Yes.')}\n\ndata: [DONE]\n\n`)], { stream: true })
    expect(reply.isWhole).toBe(false)
    expect(reply.body.toString()).toContain('upstream_stream_cut')
  })
})
