/** Opens every connection to a deployment (model files: model-download.ts). Invariant: while Local Only is in force nothing is opened to a deployment that is not local in lane and address. */
import { subscribe } from 'node:diagnostics_channel'
import { isIP, type Socket } from 'node:net'
import { Agent, buildConnector, Client, type Dispatcher } from 'undici'
import type { CancelSignal } from '../core/cancel.ts'
import type { Clock } from '../core/clock.ts'
import type { Address, Lane } from '../core/deployment.ts'
import { HeadgateError } from '../core/errors.ts'
import { failureCodes } from '../core/failure-codes.ts'
import { BodyQueue } from './body-queue.ts'

export interface TransportTarget {
  readonly lane: Lane
  readonly address: Address
  /** For error messages. */
  readonly deployment: string
}

export interface TransportRequest {
  readonly target: TransportTarget
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
  readonly signal: CancelSignal
  /** A lock of the key or the model, in addition to the global one. */
  readonly localOnly: boolean
}

export interface TransportReply {
  readonly status: number
  /** Lower-case names; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as it arrives, with back-pressure. Throws `broken-stream` when the connection is lost. */
  readonly body: BodyQueue
}

export interface Transport {
  /** Sends one request and resolves with the reply's head. Throws HeadgateError: `unreachable`, `failed-upstream`, `aborted-by-caller`, or a refusal by lock. */
  open(request: TransportRequest): Promise<TransportReply>
  /** Bytes of request bodies that went out to anything that is not on this machine, since the start; a resend counts again. */
  bytesSentOut(): number
  /** Drops pooled sockets (after sleep). */
  dropIdle(): void
  close(): Promise<void>
}

export interface TransportSettings {
  readonly connectMs: () => number
  readonly connectLoopbackMs: () => number
  /** The global Local Only, read at every request. */
  readonly isLocalOnly: () => boolean
  readonly clock: Clock
}

/** A socket that was closed while it lay idle fails at once. A request that fails later may have been worked on: repeating it could bill it twice. */
const STALE_WITHIN_MS = 1_000

interface Pending {
  isOnUsedSocket: boolean
}

/**
 * Tells whether a request went out on a socket that had carried one before. undici names the socket only on a channel of the whole process,
 * in the same tick in which it starts the request: hence one object for all transports, and one request at a time in it.
 */
const socketUse = {
  starting: null as Pending | null,
  used: new WeakSet<object>(),
}
subscribe('undici:client:sendHeaders', (message) => {
  const { socket } = message as { socket: object }
  if (socketUse.starting) socketUse.starting.isOnUsedSocket = socketUse.used.has(socket)
  socketUse.starting = null
  socketUse.used.add(socket)
})

export function createTransport(settings: TransportSettings): Transport {
  /** Every open connection, those of agents that take no new request included: undici lets go of these. */
  const sockets = new Set<Socket>()
  let agents = createAgents(settings, sockets)
  let sentOut = 0

  function refuseWhenLocked({ target, localOnly }: TransportRequest): void {
    if (!localOnly && !settings.isLocalOnly()) return
    if (target.lane === 'local' && target.address !== 'network') return
    throw new HeadgateError('no-eligible-deployment', `Local Only is on, and ${target.deployment} is not on this machine.`, {
      reason: 'lock',
      howToFix: 'Remove the lock, or ask for a model that runs here.',
    })
  }

  async function open(request: TransportRequest): Promise<TransportReply> {
    refuseWhenLocked(request)
    if (request.signal.aborted) throw aborted()
    const loopback = request.target.address === 'loopback'
    const onStart = () => {
      if (!loopback) sentOut += request.body?.length ?? 0
    }
    const agent = loopback ? agents.loopback : agents.network
    const begunMs = settings.clock.monotonic()
    const first = await dispatch(agent, request, onStart)
    if (!('staleSocket' in first)) return first
    if (settings.clock.monotonic() - begunMs > STALE_WITHIN_MS) throw first.staleSocket
    // A reused keep-alive socket was closed under us before the answer: one silent resend on a new socket.
    const client = new Client(request.url.origin, { ...clientOptions, connect: connector(settings, loopback, sockets) })
    const second = await dispatch(client, request, onStart).finally(() => endWithLastAnswer(client))
    if ('staleSocket' in second) throw second.staleSocket
    return second
  }

  return {
    open,
    bytesSentOut: () => sentOut,
    dropIdle() {
      const old = agents
      agents = createAgents(settings, sockets)
      endWithLastAnswer(old.loopback)
      endWithLastAnswer(old.network)
    },
    async close() {
      await Promise.all([agents.loopback.destroy(), agents.network.destroy()])
      for (const socket of sockets) socket.destroy()
    },
  }
}

function endWithLastAnswer(dispatcher: Dispatcher): void {
  void dispatcher.close().catch(() => {})
}

// Timeouts are ours (start deadline, progress and transport clocks); pooled sockets are dropped before the usual 5 s of the servers.
const clientOptions = {
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: 4_000,
  keepAliveMaxTimeout: 60_000,
  allowH2: false,
  pipelining: 1,
  maxHeaderSize: 32_768,
} as const

function createAgents(settings: TransportSettings, sockets: Set<Socket>): { loopback: Agent; network: Agent } {
  const create = (loopback: boolean) => new Agent({ ...clientOptions, connections: 512, connect: connector(settings, loopback, sockets) })
  return { loopback: create(true), network: create(false) }
}

function connector(settings: TransportSettings, loopback: boolean, sockets: Set<Socket>): buildConnector.connector {
  const options = { allowH2: false, keepAliveInitialDelay: 15_000, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 250 }
  let connectMs = -1
  let connect: buildConnector.connector
  return (to, callback) => {
    const wanted = loopback ? settings.connectLoopbackMs() : settings.connectMs()
    if (wanted !== connectMs) {
      connectMs = wanted
      connect = buildConnector({ ...options, timeout: connectMs })
    }
    connect(to, (error, socket) => {
      if (error || !socket) return callback(error ?? new Error('no socket'), null)
      // A name that is called local must also have led to this machine.
      if (loopback && !isLoopback(socket.remoteAddress)) {
        socket.destroy()
        return callback(Object.assign(new Error(`${to.hostname} is not on this machine`), { code: 'NOT_LOOPBACK' }), null)
      }
      sockets.add(socket as Socket)
      socket.once('close', () => sockets.delete(socket as Socket))
      callback(null, socket as Socket)
    })
  }
}

function isLoopback(address: string | undefined): boolean {
  if (!address) return false
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

/** `onStart`: a connection stands, and the request is about to be written. */
function dispatch(dispatcher: Dispatcher, request: TransportRequest, onStart: () => void): Promise<TransportReply | { staleSocket: HeadgateError }> {
  return new Promise((resolve, reject) => {
    const pending: Pending = { isOnUsedSocket: false }
    let controller: Dispatcher.DispatchController | null = null
    let queue: BodyQueue | null = null
    let informational = 0
    let settled = false
    const onAbort = () => {
      controller?.abort(new Error('aborted'))
      finish()
      queue?.fail(aborted())
      if (!settled) reject(aborted())
      settled = true
    }
    const finish = () => request.signal.removeEventListener('abort', onAbort)
    request.signal.addEventListener('abort', onAbort)

    dispatcher.dispatch(
      {
        origin: request.url.origin,
        path: request.url.pathname + request.url.search,
        method: request.method,
        headers: request.headers as Record<string, string>,
        body: request.body,
      },
      {
        onRequestStart(starting) {
          controller = starting
          if (request.signal.aborted) return starting.abort(new Error('aborted'))
          socketUse.starting = pending
          onStart()
        },
        onResponseStart(starting, status, headers) {
          if (status < 200) {
            if (++informational > 20) starting.abort(new Error('flood of informational replies'))
            return
          }
          settled = true
          queue = new BodyQueue(starting, finish)
          resolve({ status, headers: flatten(headers), body: queue })
        },
        onResponseData(_, chunk) {
          queue?.push(chunk)
        },
        onResponseEnd() {
          finish()
          queue?.finish()
        },
        onResponseError(_, error) {
          finish()
          const failure = request.signal.aborted ? aborted() : named(error, controller !== null, request.target.deployment)
          if (queue) return queue.fail(request.signal.aborted ? failure : broken(error, request.target.deployment))
          if (settled) return
          settled = true
          if (pending.isOnUsedSocket && failure.details.code === 'upstream_reset' && !request.signal.aborted) resolve({ staleSocket: failure })
          else reject(failure)
        },
      },
    )
  })
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}

const aborted = () => new HeadgateError('aborted-by-caller', 'The caller went away.')

function broken(error: Error, deployment: string): HeadgateError {
  return new HeadgateError('broken-stream', `${deployment} closed the connection in the middle of its answer.`, { cause: error, safeToRepeat: false })
}

const notHttp = new Set(['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])

/** Names the failure of a request that got no answer. `sent` = a connection stood and the request was written. */
function named(error: Error, sent: boolean, deployment: string): HeadgateError {
  const code = codeOf(error)
  const fail = (finer: string, words: string) =>
    new HeadgateError('unreachable', `${deployment} cannot be reached: ${words}.`, { code: finer, cause: error })
  if (error.name === 'HTTPParserError' || notHttp.has(code))
    return new HeadgateError('garbled-reply', `${deployment} did not answer in HTTP.`, {
      code: 'upstream_bad_http',
      cause: error,
      safeToRepeat: false,
    })
  if (sent)
    return new HeadgateError('failed-upstream', `${deployment} closed the connection before it answered.`, {
      code: 'upstream_reset',
      cause: error,
      safeToRepeat: false,
    })
  if (code === 'ECONNREFUSED') return fail(failureCodes.refused, 'the connection was refused')
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return fail('upstream_connect_timeout', 'no connection in time')
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA') return fail('upstream_dns_error', 'its name does not resolve')
  if (code === 'NOT_LOOPBACK') return fail('upstream_not_local', error.message)
  if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || /CERT|SELF_SIGNED|EPROTO/.test(code))
    return fail('upstream_tls_error', `TLS failed (${code})`)
  return fail('upstream_unreachable', code || error.message)
}

function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: string; errors?: unknown[] }
  if (typeof code === 'string') return code
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : ''
}
