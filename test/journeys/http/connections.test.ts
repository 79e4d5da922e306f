/** Connections: kept, shared, dropped by the caller, slow. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Stage, startStage } from '../bad-input/refusals.ts'
import { askRaw, openRaw, requestBytes } from './raw-connection.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.fake.fault = null
  stage.fake.answer = 'Hello from far away.'
})

const json = 'content-type: application/json'
const chat = (stream: boolean) => JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: 'Hi' }] })
const post = (stream: boolean, headers: readonly string[] = []) => requestBytes({ port: stage.port, headers: [json, ...headers], body: chat(stream) })
const get = (path: string, method = 'GET') => requestBytes({ port: stage.port, method, path })

describe('one connection', () => {
  it.each(['127.0.0.1', '::1'])('carries whole replies, streams, errors and pages one after the other, on %s', async (host) => {
    const connection = await openRaw(stage.port, host)
    const seen: number[] = []
    for (const bytes of [post(false), post(true), get('/nothing'), get('/health'), get('/'), post(true), get('/v1/models')]) {
      connection.write(bytes)
      const reply = await connection.reply()
      expect(reply.headers['connection']).not.toBe('close')
      seen.push(reply.status)
    }
    expect([seen, connection.rest()]).toEqual([[200, 200, 404, 200, 200, 200, 200], ''])
    connection.end()
  })

  it('answers requests that came together in their order', async () => {
    const connection = await openRaw(stage.port)
    connection.write(Buffer.concat([post(true), get('/health'), post(false), get('/nothing')]))
    const replies = []
    for (let i = 0; i < 4; i++) replies.push(await connection.reply())
    expect(replies.map(({ status, headers }) => `${status} ${headers['content-type']?.split(';')[0]}`)).toEqual([
      '200 text/event-stream',
      '200 application/json',
      '200 application/json',
      '404 application/json',
    ])
    connection.end()
  })

  it('is closed where the caller asks for it', async () => {
    const connection = await openRaw(stage.port)
    connection.write(post(false, ['connection: close']))
    expect((await connection.reply()).status).toBe(200)
    await connection.closed()
  })

  it('HEAD has the headers of GET and no body', async () => {
    for (const path of ['/', '/health', '/ready', '/v1/models', '/v1/models/m', '/routing']) {
      const connection = await openRaw(stage.port)
      connection.write(get(path, 'HEAD'))
      const head = await connection.reply({ isHead: true })
      connection.write(get(path))
      const whole = await connection.reply()
      expect([path, head.status, head.headers['content-type']]).toEqual([path, 200, whole.headers['content-type']])
      expect(Number(head.headers['content-length'])).toBeGreaterThan(0)
      connection.end()
    }
  })
})

describe('a caller that goes away', () => {
  it.each([true, false])('c44: aborts the provider, with stream %j, and blames nobody', async (stream) => {
    const before = stage.fake.requests.length
    stage.fake.fault = stream ? 'long' : 'hang'
    const connection = await openRaw(stage.port)
    connection.write(post(stream))
    await expect.poll(() => stage.fake.requests.length).toBe(before + 1)
    if (stream) await expect.poll(() => connection.rest()).toContain('w1')
    connection.end()
    await expect.poll(() => stage.fake.requests[before]?.aborted).toBe(true)
    await expect.poll(() => stage.test.router.running()).toBe(0)
    const { deployments } = (await stage.test.admin('GET', '/admin/deployments')).body
    expect(deployments.find(({ name }: { name: string }) => name === 'm/far')).toMatchObject({ state: 'healthy', in_flight: 0 })
  })

  it('c44: before the body has come, leaves nothing behind', async () => {
    const before = stage.fake.requests.length
    const connection = await openRaw(stage.port)
    connection.write(requestBytes({ port: stage.port, headers: [json, 'content-length: 1000'], body: '{"model"' }))
    connection.end()
    expect((await askRaw(stage.port, post(false))).status).toBe(200)
    expect([stage.fake.requests.length, stage.test.router.running()]).toEqual([before + 1, 0])
  })
})

it('c46: a reader that pauses and goes on loses nothing', async () => {
  const words = 200
  stage.fake.answer = Array.from({ length: words }, (_, i) => `${i}-${'x'.repeat(100_000)}`).join(' ')
  const connection = await openRaw(stage.port)
  connection.socket.pause()
  connection.write(post(true))
  await expect.poll(() => stage.test.router.running()).toBe(1)
  connection.socket.resume()
  const reply = await connection.reply()
  const numbers = [...reply.body.matchAll(/"content":"(\d+)-x/g)].map(([, number]) => Number(number))
  expect(numbers).toEqual(Array.from({ length: words }, (_, i) => i))
  expect(reply.body.trimEnd().endsWith('data: [DONE]')).toBe(true)
  connection.end()
})
