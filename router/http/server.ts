/** The HTTP server: both loopback addresses, one guard, one error shape, graceful stop. Which routes there are is handed in. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { Dialect } from '../core/dialect.ts'
import { HeadgateError } from '../core/errors.ts'
import type { RouterEvent } from '../core/events.ts'
import { createGuard } from './guard.ts'
import { answerParserError, asHttpError } from './http-errors.ts'
import { errorHeaders } from './reply.ts'
import { createRouteTable, type ListedRoute } from './route-table.ts'

export const BODY_LIMIT = 32 * 1024 * 1024
/** More of an unwanted body is not read: the connection is closed instead. */
const UNREAD_LIMIT = 64 * 1024
/** What is still open when everything has been answered: half a head, half a body, a reader that stopped reading. */
const CUT_AFTER_MS = 1_000
const CLOSE_IDLE_EVERY_MS = 25
/** Free ports to try until one is free on both loopback addresses. */
const FREE_PORTS_TO_TRY = 20

/** How long a request may take to arrive; an answer in progress has no limit here. */
export interface ArrivalTimes {
  readonly headMs: number
  /** Head and body together. */
  readonly requestMs: number
  readonly checkEveryMs: number
}

const defaultArrival: ArrivalTimes = { headMs: 10_000, requestMs: 120_000, checkEveryMs: 500 }

export interface ServerSettings {
  readonly clock: Clock
  /** Shape of errors on all routes of our own. */
  readonly defaultDialect: Dialect
  readonly hostNames: () => readonly string[]
  readonly origins: () => readonly string[]
  readonly emit: (event: RouterEvent) => void
  readonly addRoutes: (app: FastifyInstance) => void | Promise<void>
  readonly arrival?: ArrivalTimes
}

export interface HttpServer {
  /** Resolves with the port. `host` null = 127.0.0.1 and, where the machine has it, ::1. Rejects when the port is taken. */
  listen(port: number, host: string | null): Promise<number>
  /** The sockets that listen. */
  servers(): readonly Server[]
  addresses(): readonly AddressInfo[]
  /** Every route that is served. */
  routes(): readonly ListedRoute[]
  /** Stops accepting and ends idle connections; resolves when the last has ended, and ends those that do not within a second. */
  close(): Promise<void>
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Dialect whose error shape the route answers in. */
    dialect: Dialect
  }
  interface FastifyContextConfig {
    /** Dialect of the route; default: that of our own routes. */
    dialect?: Dialect
  }
}

export async function createHttpServer(settings: ServerSettings): Promise<HttpServer> {
  const { clock, defaultDialect } = settings
  const arrival = settings.arrival ?? defaultArrival
  const httpOptions = {
    headersTimeout: arrival.headMs,
    requestTimeout: arrival.requestMs,
    connectionsCheckingInterval: arrival.checkEveryMs,
    keepAliveTimeout: 72_000,
    maxHeaderSize: 16_384,
    noDelay: true,
    keepAlive: true,
    requireHostHeader: false, // the guard's, whose answer has a body
  }
  let ports: readonly number[] = []
  let ownNames: readonly string[] = []
  /** Requests whose body the caller holds back until it is asked for. */
  const heldBack = new WeakSet<IncomingMessage>()

  const onParserError = (error: Error, socket: Socket) => answerParserError(error, socket, { dialect: defaultDialect, requestId: clock.id('req') })
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    genReqId: () => clock.id('req'),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    keepAliveTimeout: httpOptions.keepAliveTimeout,
    requestTimeout: httpOptions.requestTimeout,
    http: httpOptions,
    frameworkErrors: refuseUnroutable,
    clientErrorHandler: onParserError,
    routerOptions: { maxParamLength: 1024 },
    exposeHeadRoutes: true,
  })
  prepare(app.server)

  const routes = createRouteTable()
  app.addHook('onRoute', (route) => routes.add(route.method, route.url))
  const guard = createGuard({
    ports: () => ports,
    ownNames: () => ownNames,
    hostNames: settings.hostNames,
    origins: settings.origins,
    methodsOf: routes.methodsOf,
    bodyLimit: BODY_LIMIT,
  })
  app.decorateRequest('dialect', null as unknown as Dialect)
  app.addHook('onRequest', (request, reply, done) => {
    request.dialect = request.routeOptions.config.dialect ?? defaultDialect
    try {
      if (guard(request, reply.raw) === 'preflight') return void reply.code(204).send()
    } catch (error) {
      return done(error as Error)
    }
    if (heldBack.delete(request.raw)) reply.raw.writeContinue()
    done()
  })
  app.removeAllContentTypeParsers()
  // The guard has let through nothing but JSON; what the framework makes of odd spellings does not matter.
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => {
    const known = asHttpError(error, BODY_LIMIT)
    if (known.kind === 'internal') tell(request, error)
    return sendError(known, request, reply)
  })
  app.setNotFoundHandler((request, reply) => sendError(new HeadgateError('not-found', 'Nothing is served at this path.'), request, reply))
  await settings.addRoutes(app)
  await app.ready()

  /** ::1 has a server of its own on the same port; both hand requests to the same routes. */
  let second: Server | null = null
  let closed: Promise<void> | null = null
  const servers = () => [app.server, second].filter((server): server is Server => server?.listening === true)

  function prepare(server: Server): void {
    server.maxHeadersCount = 0 // counted by the guard: a silent cut at a limit would hide headers from it
    // Nobody is told to go on before the guard has seen the head.
    server.on('checkContinue', (message, response) => {
      heldBack.add(message)
      app.routing(message, response)
    })
    server.on('checkExpectation', (message, response) => app.routing(message, response))
  }

  /** What no route could be looked up for passes the guard too. */
  function refuseUnroutable(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    let problem = asHttpError(error, BODY_LIMIT)
    try {
      guard(request, reply.raw)
    } catch (thrown) {
      problem = asHttpError(thrown, BODY_LIMIT)
    }
    sendError(problem, request, reply)
  }

  function sendError(error: HeadgateError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const dialect = request.dialect ?? defaultDialect
    reply.code(error.status)
    reply.headers({
      'x-headgate-request-id': request.id,
      'content-type': 'application/json',
      ...(isWorthReading(request.raw) ? {} : { connection: 'close' }),
      ...errorHeaders(error),
    })
    return reply.send(Buffer.from(dialect.encodeError(error, { requestId: request.id, attempts: [] })))
  }

  /** Is what is still to come of a refused request so short that the connection is better kept? */
  function isWorthReading(message: IncomingMessage): boolean {
    if (message.complete) return true
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = message.headers
    return encoding === undefined && Number(length) <= UNREAD_LIMIT && !heldBack.has(message)
  }

  function tell(request: FastifyRequest, error: unknown): void {
    const path = request.url.split('?', 1)[0]?.slice(0, 200) // a query may hold somebody's key
    settings.emit({
      type: 'log',
      level: 'error',
      message: `${request.id} ${request.method} ${path}: ${(error as Error).stack ?? error}`,
    })
  }

  async function listenOnBoth(port: number): Promise<number> {
    await listenOn(app.server, port, '127.0.0.1')
    const bound = (app.server.address() as AddressInfo).port
    const other = createServer(httpOptions, (message: IncomingMessage, response: ServerResponse) => app.routing(message, response))
    prepare(other)
    other.on('clientError', onParserError)
    try {
      await listenOn(other, bound, '::1')
      second = other
    } catch (error) {
      // A machine without ::1 is fine; a port that somebody else holds there is not.
      if ((error as { code?: string }).code === 'EADDRINUSE') {
        await stopListening(app.server)
        throw error
      }
    }
    return bound
  }

  return {
    async listen(port, host) {
      if (host === null) {
        for (let tries = 1; ; tries++) {
          try {
            ports = [await listenOnBoth(port)]
            break
          } catch (error) {
            // A port that was free on one address only; one that was asked for by number is never moved.
            if (port !== 0 || tries === FREE_PORTS_TO_TRY) throw error
          }
        }
      } else {
        await listenOn(app.server, port, host)
        ports = [(app.server.address() as AddressInfo).port]
        ownNames = isWildcard(host) ? [] : [host.includes(':') ? `[${host.toLowerCase()}]` : host.toLowerCase()]
      }
      return ports[0] as number
    },
    servers,
    addresses: () => servers().map((server) => server.address() as AddressInfo),
    routes: routes.list,
    close: () => (closed ??= close()),
  }

  async function close(): Promise<void> {
    const open = servers()
    const secondClosed = second ? stopListening(second) : Promise.resolve()
    // Node ends the connections that are idle now; those that become idle later would be kept for their keep-alive time.
    let sweep = clock.after(CLOSE_IDLE_EVERY_MS, function sweepAgain() {
      for (const server of open) server.closeIdleConnections()
      sweep = clock.after(CLOSE_IDLE_EVERY_MS, sweepAgain)
    })
    const cut = clock.after(CUT_AFTER_MS, () => {
      for (const server of open) server.closeAllConnections()
    })
    await Promise.all([secondClosed, app.close()])
    sweep.cancel()
    cut.cancel()
  }
}

/** Addresses that mean every interface: no name to be called by. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'

function listenOn(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

const stopListening = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))
