/** A stop that loses nothing it need not lose: answers end, callers are told, and then nothing is left open. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectRefusal, type Stage, startStage } from '../bad-input/refusals.ts'
import { askRaw, openRaw, type RawConnection, requestBytes } from './raw-connection.ts'

let stage: Stage
beforeEach(async () => {
  stage = await startStage()
})
afterEach(() => stage.stop())

const json = 'content-type: application/json'
const chat = (stream: boolean) => JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: 'Hi' }] })
const request = (stream: boolean) => requestBytes({ port: stage.port, headers: [json], body: chat(stream) })
const get = (path: string, headers: readonly string[] = []) => requestBytes({ port: stage.port, method: 'GET', path, headers })

/** A stream whose first words have come. */
async function openStream(fault: string, firstWord: string): Promise<RawConnection> {
  stage.fake.fault = fault
  const connection = await openRaw(stage.port)
  connection.write(request(true))
  await expect.poll(() => connection.rest()).toContain(firstWord)
  return connection
}

describe('while it drains', () => {
  it('c63: a running stream ends in peace, new requests are told, and /ready says no', async () => {
    const idle = await openRaw(stage.port)
    idle.write(get('/ready'))
    expect((await idle.reply()).json()).toEqual({ ready: true })
    const running = await openStream('long', 'w0')

    const stopped = stage.test.router.stop(60_000)
    idle.write(get('/ready'))
    const ready = await idle.reply()
    expect([ready.status, ready.json()]).toEqual([503, { ready: false }])
    idle.write(request(false))
    const refused = await idle.reply()
    expectRefusal(refused, { status: 503, code: 'router_shutting_down' })
    expect([refused.headers['connection'], Number(refused.headers['retry-after']) > 0]).toEqual(['close', true])
    await idle.closed()
    const newcomer = await askRaw(stage.port, request(true))
    expectRefusal(newcomer, { status: 503, code: 'router_shutting_down' })
    expect(stage.fake.requests.length).toBe(1)

    const answer = await running.reply()
    expect([answer.status, answer.body.includes('w199'), answer.body.trimEnd().endsWith('data: [DONE]')]).toEqual([200, true, true])
    await stopped
    await expect(openRaw(stage.port)).rejects.toThrow(/ECONNREFUSED/)
    await running.closed()
  })

  it('c63: a stream that is not done in time gets an error event and a cut connection', async () => {
    const running = await openStream('stall', 'three')
    await stage.test.router.stop(50)
    await running.closed()
    const text = running.rest()
    const last = /data: (\{"error".*\})\n\n/.exec(text)?.[1] ?? ''
    expect(JSON.parse(last).error).toMatchObject({ code: 'router_shutting_down', type: 'service_unavailable_error' })
    expect(text).not.toContain('[DONE]')
    expect(text.endsWith('\r\n0\r\n\r\n')).toBe(false)
    await expect.poll(() => stage.fake.requests[0]?.aborted).toBe(true)
  })

  it('c63: a whole reply that is not done in time is refused as a whole', async () => {
    stage.fake.fault = 'hang'
    const running = await openRaw(stage.port)
    running.write(request(false))
    await expect.poll(() => stage.fake.requests.length).toBe(1)
    const stopped = stage.test.router.stop(50)
    expectRefusal(await running.reply(), { status: 503, code: 'router_shutting_down' })
    await stopped
  })

  it('a second stop may shorten the time that the first one gave', async () => {
    const running = await openStream('stall', 'three')
    const first = stage.test.router.stop(10 * 60_000)
    await stage.test.router.stop(0)
    await first
    await running.closed()
    expect(running.rest()).toContain('router_shutting_down')
  })
})

describe('nothing holds a stop up', () => {
  it('idle connections, half a head, half a body, a follower of events', async () => {
    const idle = await openRaw(stage.port)
    idle.write(get('/health'))
    await idle.reply()
    const silent = await openRaw(stage.port, '::1')
    const head = await openRaw(stage.port)
    head.write('GET /health HTTP/1.1\r\nhost: ')
    const body = await openRaw(stage.port)
    body.write(requestBytes({ port: stage.port, headers: [json, 'content-length: 1000'], body: '{' }))
    const events = await openRaw(stage.port)
    events.write(get('/admin/events', [`authorization: Bearer ${stage.test.adminToken}`]))
    await expect.poll(() => events.rest()).toContain(': connected')
    await stage.test.router.stop()
    await Promise.all([idle, silent, head, body, events].map((connection) => connection.closed()))
    expect(events.rest().endsWith('0\r\n\r\n')).toBe(true)
  })

  it('a reader that stopped reading', async () => {
    stage.fake.answer = `${'x'.repeat(100_000)} `.repeat(300)
    stage.fake.fault = 'ok'
    const connection = await openRaw(stage.port)
    connection.socket.pause()
    connection.write(request(true))
    await expect.poll(() => stage.test.router.running()).toBe(1)
    await stage.test.router.stop(50)
    connection.socket.resume()
    await connection.closed()
    expect(connection.rest()).not.toContain('[DONE]')
  })

  it('a connection whose answer ended during the stop', async () => {
    const running = await openStream('slow', 'Hello')
    await stage.test.router.stop()
    expect((await running.reply()).body).toContain('[DONE]')
    await running.closed()
  })
})

it('a stopped router leaves nothing behind that keeps its process alive', async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./start-and-stop.ts', import.meta.url))], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  const [code] = await once(child, 'close')
  expect({ code, said }).toEqual({ code: 0, said: 'stopped after 200\n' })
})
