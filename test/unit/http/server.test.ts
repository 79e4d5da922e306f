/** The HTTP server on its own: how connections are set up, how long a request may take to arrive, and how it ends. */
import type { Server } from 'node:http'
import { createServer } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { systemClock } from '../../../router/core/clock.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { dialects } from '../../../router/dialects/index.ts'
import { createHttpServer, type HttpServer, type ServerSettings } from '../../../router/http/server.ts'
import { askRaw, openRaw, requestBytes } from '../../journeys/http/raw-connection.ts'

const open: HttpServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function serve(more: Partial<ServerSettings> = {}): Promise<{ server: HttpServer; events: RouterEvent[] }> {
  const [defaultDialect] = dialects
  if (!defaultDialect) throw new Error('no dialect')
  const events: RouterEvent[] = []
  const server = await createHttpServer({
    clock: systemClock,
    defaultDialect,
    hostNames: () => [],
    origins: () => [],
    emit: (event) => events.push(event),
    addRoutes: (app) => {
      app.get('/ok', async () => ({ ok: true }))
      app.post('/echo', async (request) => ({ bytes: (request.body as Buffer | undefined)?.length ?? 0 }))
      app.get('/broken', async () => {
        throw new Error('a fault with hg-secret-in-it')
      })
    },
    ...more,
  })
  open.push(server)
  return { server, events }
}

const get = (port: number, path: string) => requestBytes({ port, method: 'GET', path })

it('sends small frames at once and keeps connections for more than a minute, on both addresses', async () => {
  const { server } = await serve()
  await server.listen(0, null)
  expect(server.servers().length).toBe(2)
  for (const listening of server.servers() as readonly (Server & { noDelay: boolean })[]) {
    expect(listening.noDelay).toBe(true)
    expect(listening.keepAliveTimeout).toBe(72_000)
    expect(listening.maxHeadersCount).toBe(0)
    expect(listening.headersTimeout).toBe(10_000)
    expect(listening.requestTimeout).toBe(120_000)
  }
})

it('c47: half a head and half a body are ended with 408, on both addresses', async () => {
  const { server } = await serve({ arrival: { headMs: 300, requestMs: 600, checkEveryMs: 50 } })
  const port = await server.listen(0, null)
  for (const host of ['127.0.0.1', '::1']) {
    const head = await openRaw(port, host)
    head.write(`GET /ok HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nx-slow: `)
    const body = await openRaw(port, host)
    body.write(requestBytes({ port, path: '/echo', headers: ['content-type: application/json', 'content-length: 100'], body: '{' }))
    for (const connection of [head, body]) {
      const reply = await connection.reply()
      expect([reply.status, reply.headers['content-type'], reply.json().error.code]).toEqual([408, 'application/json', 'request_timeout'])
      await connection.closed()
    }
  }
})

it('an answer in progress has no such limit', async () => {
  const { server } = await serve({
    arrival: { headMs: 100, requestMs: 200, checkEveryMs: 50 },
    addRoutes: (app) => {
      app.get('/late', async () => {
        await systemClock.sleep(600)
        return { ok: true }
      })
    },
  })
  const port = await server.listen(0, null)
  expect((await askRaw(port, get(port, '/late'))).status).toBe(200)
})

it('a fault of its own is 500 in the one shape, and told without the query', async () => {
  const { server, events } = await serve()
  const port = await server.listen(0, null)
  const reply = await askRaw(port, get(port, '/broken?key=hg-from-a-query'))
  expect([reply.status, reply.json().error.code]).toEqual([500, 'internal_error'])
  const told = JSON.stringify(events)
  expect(told).toContain('GET /broken: ')
  expect(told).not.toContain('hg-from-a-query')
})

it('a refused request with a short body keeps its connection, one with a long body loses it', async () => {
  const { server } = await serve()
  const port = await server.listen(0, null)
  const kept = await openRaw(port)
  for (const path of ['/nothing', '/echo']) {
    kept.write(requestBytes({ port, path, headers: ['content-type: text/plain'], body: 'x'.repeat(1_000) }))
    const reply = await kept.reply()
    expect([reply.status, reply.headers['connection']]).toEqual([path === '/echo' ? 415 : 404, 'keep-alive'])
  }
  kept.end()
  const lost = await openRaw(port)
  lost.write(requestBytes({ port, path: '/echo', headers: ['content-type: text/plain', 'content-length: 1000000'] }))
  expect((await lost.reply()).headers['connection']).toBe('close')
  await lost.closed()
})

it('lists every route that it serves', async () => {
  const { server } = await serve()
  expect(server.routes()).toEqual(
    expect.arrayContaining([
      { url: '/ok', methods: ['GET', 'HEAD'] },
      { url: '/echo', methods: ['POST'] },
    ]),
  )
})

it('a port that somebody holds on one of the two addresses is taken, and nothing is left listening', async () => {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '::1', () => resolve()))
  const { port } = holder.address() as { port: number }
  const { server } = await serve()
  await expect(server.listen(port, null)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(server.servers()).toEqual([])
  await expect(openRaw(port)).rejects.toThrow(/ECONNREFUSED/)
  await new Promise((resolve) => holder.close(resolve))
})

it('a connection that becomes idle during the stop is ended at once, not after its keep-alive time, nor by the cut', async () => {
  const asked = Promise.withResolvers<void>()
  const mayAnswer = Promise.withResolvers<void>()
  const { server } = await serve({
    // The timer of the cut never fires.
    clock: { ...systemClock, after: (ms, run) => (ms >= 1_000 ? { cancel() {} } : systemClock.after(ms, run)) },
    addRoutes: (app) => {
      app.get('/late', (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 })
        reply.raw.flushHeaders()
        asked.resolve()
        void mayAnswer.promise.then(() => reply.raw.end('{}'))
      })
    },
  })
  const port = await server.listen(0, null)
  const connections = await Promise.all(['127.0.0.1', '::1'].map((host) => openRaw(port, host)))
  for (const connection of connections) connection.write(get(port, '/late'))
  await asked.promise
  await expect.poll(() => connections.every((connection) => connection.rest().includes('200 OK'))).toBe(true)
  const closed = server.close()
  mayAnswer.resolve()
  await closed
  for (const connection of connections) {
    expect((await connection.reply()).headers['connection']).toBe('keep-alive')
    await connection.closed()
  }
})

it('closes twice without harm, and before it ever listened', async () => {
  const { server } = await serve()
  await Promise.all([server.close(), server.close()])
  const { server: second } = await serve()
  const port = await second.listen(0, null)
  await Promise.all([second.close(), second.close()])
  await expect(openRaw(port)).rejects.toThrow(/ECONNREFUSED/)
})
