import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createHttpBackend, createTransport } from '../../../router/backends/index.ts'
import { systemClock } from '../../../router/core/clock.ts'
import { Secret } from '../../../router/core/secret.ts'
import { dialectOf } from '../../../router/dialects/index.ts'
import { providerOf } from '../../../router/providers/index.ts'
import { buildDeployment } from '../policy/build.ts'

const transport = createTransport({ connectMs: () => 1_000, connectLoopbackMs: () => 1_000, isLocalOnly: () => false, clock: systemClock })
const backend = createHttpBackend({ transport, clock: systemClock, version: '0', providerOf, dialectOf })
const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean()
})

/** A deployment at a server that answers each path as told; every other path is 404. */
async function serve(paths: Record<string, (response: ServerResponse) => void>, kind = 'openai-compatible') {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim())
    const answer = paths[request.url ?? '']
    if (answer) answer(response)
    else response.writeHead(404).end('not here')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return { asked, deployment: buildDeployment('m/here', { kind, endpoint: { baseUrl, credential: new Secret('k'), headers: {} } }) }
}
const status =
  (code: number, text = '{}') =>
  (response: ServerResponse) =>
    void response.writeHead(code).end(text)

describe('a free look', () => {
  test('asks for the models first, with our credential', async () => {
    const { asked, deployment } = await serve({ '/v1/models': status(200) })
    expect(await backend.probe(deployment, 1_000, false)).toMatchObject({ ok: true, detail: '/models answered 200' })
    expect(asked).toEqual(['GET /v1/models Bearer k'])
  })

  test('goes on to the next path where there is none', async () => {
    const { asked, deployment } = await serve({ '/health': status(200) })
    expect(await backend.probe(deployment, 1_000, false)).toMatchObject({ ok: true })
    expect(asked.map((line) => line.split(' ')[1])).toEqual(['/v1/models', '/health'])
  })

  test.each([404, 405, 401, 403])('a server that knows none of the paths (%i) but answers is reachable', async (code) => {
    const { deployment } = await serve({ '/v1/models': status(code), '/health': status(code) })
    expect(await backend.probe(deployment, 1_000, false)).toMatchObject({ ok: true, detail: expect.stringContaining(String(code)) })
  })

  test.each([500, 502, 503])('a server that is in trouble (%i) is not', async (code) => {
    const { deployment } = await serve({ '/v1/models': status(code) })
    expect(await backend.probe(deployment, 1_000, false)).toMatchObject({ ok: false, detail: `/models answered ${code}` })
  })

  test('a server that is loading its model is', async () => {
    const { deployment } = await serve({ '/health': status(503, '{"error":{"code":503,"message":"Loading model"}}') }, 'llama-server')
    expect(await backend.probe(deployment, 1_000, false)).toMatchObject({ ok: true, detail: 'is loading its model' })
  })

  test('nobody there is refused; silence is not', async () => {
    const { deployment } = await serve({ '/v1/models': () => {} })
    const silent = await backend.probe(deployment, 50, false)
    expect(silent).toMatchObject({ ok: false, detail: 'no answer within 0.05 s' })
    expect(silent.refused).not.toBe(true)
    await cleanUp.pop()?.()
    expect(await backend.probe(deployment, 1_000, false)).toMatchObject({ ok: false, refused: true })
  })

  test('is not sent to another machine while locked to local', async () => {
    const { asked, deployment } = await serve({ '/v1/models': status(200) })
    const remote = { ...deployment, lane: 'remote' as const }
    expect(await backend.probe(remote, 1_000, true)).toMatchObject({ ok: false })
    expect(await backend.tryOneToken(remote, 1_000, true)).toMatchObject({ ok: false })
    expect(asked).toEqual([])
  })
})

describe('a one-token answer', () => {
  const answer = (text: string) => (response: ServerResponse) => void response.writeHead(200, { 'content-type': 'application/json' }).end(text)
  const reply = (message: string, finish = '"length"') =>
    `{"choices":[{"index":0,"message":{"role":"assistant","content":${message}},"finish_reason":${finish}}]}`

  test.each([
    ['a word', reply('"Hello"'), true],
    ['nothing but a reason, as thinking models give', reply('""'), true],
    ['nothing without a reason', reply('""', 'null'), false],
    ['a page', '<html></html>', false],
    ['an error under 200', '{"error":{"message":"crashed"}}', false],
  ])('%s', async (_, text, ok) => {
    const { deployment } = await serve({ '/v1/chat/completions': answer(text) })
    expect(await backend.tryOneToken(deployment, 1_000, false)).toMatchObject({ ok })
  })
})
