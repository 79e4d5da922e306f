import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createHttpBackend, createTransport } from '../../../router/backends/index.ts'
import { systemClock } from '../../../router/core/clock.ts'
import type { HeadgateError } from '../../../router/core/errors.ts'
import { parseBody } from '../../../router/core/json-text.ts'
import { Secret } from '../../../router/core/secret.ts'
import { dialectOf } from '../../../router/dialects/index.ts'
import { providerOf } from '../../../router/providers/index.ts'
import { buildDeployment, buildFacts } from '../policy/build.ts'

const transport = createTransport({ connectMs: () => 1_000, connectLoopbackMs: () => 1_000, isLocalOnly: () => false, clock: systemClock })
const backend = createHttpBackend({ transport, clock: systemClock, version: '0', providerOf, dialectOf })
const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean()
})
afterAll(() => transport.close())

const KEY = 'Zx!9 odd/shaped=key~without+prefix'.replace(' ', '')

async function serve(answer: (response: ServerResponse) => void) {
  const seen: Record<string, string | string[] | undefined>[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    request.resume()
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const endpoint = { baseUrl, credential: new Secret(KEY), headers: { 'x-team': 'blue' } }
  return { seen, deployment: buildDeployment('m/here', { kind: 'openai-compatible', endpoint }) }
}

async function send(answer: (response: ServerResponse) => void, { stream = false, headers = {} as Record<string, string> } = {}) {
  const { deployment, seen } = await serve(answer)
  const request = {
    id: 'req_1',
    dialect: dialectOf('openai-chat'),
    facts: buildFacts({ stream }),
    body: parseBody(Buffer.from(`{"model":"m","messages":[],"stream":${stream}}`)),
    headers,
    deployment,
    localOnly: false,
  }
  const events: string[] = []
  try {
    for await (const event of backend.send(request, new AbortController().signal)) events.push(event.type)
  } catch (error) {
    return { events, seen, failure: error as HeadgateError }
  }
  return { events, seen, failure: null }
}

const reply =
  (status: number, body: string, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
const said = (message: string) => JSON.stringify({ error: { message, code: KEY.replaceAll(/[^\w.-]/g, '') } })

describe('a credential of any shape that a provider repeats', () => {
  test.each([
    ['in a refusal', reply(401, said(`Incorrect API key provided: ${KEY}. Check it.`))],
    ['in a refusal that is cut in the middle of it', reply(401, said(`${'x'.repeat(790)} ${KEY}`))],
    ['in text that is no JSON', reply(400, `no access for ${KEY}`)],
    ['in an error under 200', reply(200, said(`upstream rejected ${KEY}`))],
  ])('%s is not passed on', async (_, answer) => {
    const { failure } = await send(answer)
    expect(failure?.message).toContain('[secret]')
    for (let length = 10; length <= KEY.length; length++) expect(failure?.message).not.toContain(KEY.slice(0, length))
  })

  test('in an error inside a stream is not passed on', async () => {
    const text = '{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}'
    const { events, failure } = await send(
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end(`data: ${text}\n\ndata: ${said(`the key ${KEY} was revoked`)}\n\n`)
      },
      { stream: true },
    )
    expect(events).toEqual(['opened', 'frame'])
    expect(failure?.message).toBe('the key [secret] was revoked')
  })

  test('is not in the words of a look either', async () => {
    const { deployment } = await serve(reply(500, said(`crashed at ${KEY}`)))
    expect((await backend.tryOneToken(deployment, 1_000, false)).detail).toBe('crashed at [secret]')
  })
})

describe('a 503', () => {
  const counters = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2s' }
  test('with counters of a rate limit is a failure that may be tried again at the same place', async () => {
    const { failure } = await send(reply(503, said('overloaded'), counters))
    expect(failure).toMatchObject({ kind: 'failed-upstream', details: { upstreamStatus: 503 } })
    expect(failure?.details.retryAfterMs).toBeUndefined()
  })

  test('with Retry-After asks to wait', async () => {
    const { failure } = await send(reply(503, said('overloaded'), { ...counters, 'retry-after': '3' }))
    expect(failure).toMatchObject({ kind: 'rate-limited-upstream', details: { retryAfterMs: 3_000 } })
  })
})

describe('request headers', () => {
  const answer = reply(200, '{"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}')
  test('are ours, those of the configuration, and of the caller only those that may travel on', async () => {
    const { seen } = await send(answer, { headers: { 'openai-project': 'p', cookie: 'c', authorization: 'Bearer of-the-caller' } })
    expect(seen[0]).toMatchObject({ accept: 'application/json', 'x-team': 'blue', 'openai-project': 'p', authorization: `Bearer ${KEY}` })
    expect(seen[0]).not.toHaveProperty('cookie')
    const plain = await send(answer, { stream: true })
    expect(plain.seen[0]).toMatchObject({ accept: 'text/event-stream' })
    expect(plain.seen[0]).not.toHaveProperty('openai-project')
  })
})
