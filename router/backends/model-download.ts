/** Opens connections to a model hub. Invariant: at every hop of a redirect either the exact origin that a person configured, or https to a listed host and a public address of it, checked before anything is sent; the token goes to the hub's own origin only. */
import { lookup as resolveName } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector, request as httpRequest } from 'undici'
import { HeadgateError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { isPublicAddress } from './public-address.ts'

export interface DownloadReply {
  readonly status: number
  /** Size of the whole file; null = not said. */
  readonly totalBytes: number | null
  /** Byte that the body begins with; null = the reply is no part of a file. */
  readonly startByte: number | null
  /** Strong ETag; null = none. */
  readonly etag: string | null
  /** When to come back, in ms; null = not said. */
  readonly retryAfterMs: number | null
  /** Empty where the status is no success. */
  readonly body: AsyncIterable<Uint8Array>
}

/** `ifRange`: the part is wanted of the file with this ETag only; of another one the whole. */
export type OpenDownload = (url: string, fromByte: number, signal: AbortSignal, ifRange?: string | null) => Promise<DownloadReply>

/** Where models come from. */
export interface HubAddress {
  /** Scheme, host and port. */
  readonly origin: string
  /** Exact origins that may be anywhere, since a person configured them. */
  readonly trusted: readonly string[]
  /** Hosts, with all below them, that it may redirect to by https. */
  readonly hosts: readonly string[]
}

export interface HubConnection {
  readonly address: HubAddress
  open: OpenDownload
  /** JSON of a path of the hub, and its status. */
  json(path: string): Promise<{ readonly status: number; readonly body: unknown; readonly errorCode: string | null }>
}

const HOPS_AT_MOST = 5
const JSON_BYTES_AT_MOST = 8 * 1024 * 1024
const JSON_MS_AT_MOST = 20_000
/** The hub, and where it keeps its files. */
const hubHosts = ['huggingface.co', 'hf.co'] as const
const usualHub = 'https://huggingface.co'

/** `HEADGATE_HUB_URL`: the hub, then, separated by commas, other origins that it keeps files at. Throws a sentence. */
export function hubAddress(setting: string | null): HubAddress {
  const trusted = (setting ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map(originOf)
  return { origin: trusted[0] ?? usualHub, trusted, hosts: hubHosts }
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new Error(`HEADGATE_HUB_URL: ${JSON.stringify(text.slice(0, 200))} is not an http or https address.`)
  return url.origin
}

/** A connection to the hub; `token` is asked for at every call, because it can change. */
export function connectHub(address: HubAddress, token: () => Promise<Secret | null>): HubConnection {
  const follow = follower({ address, token })
  return {
    address,
    open: opener(follow),
    async json(path) {
      const limit = AbortSignal.timeout(JSON_MS_AT_MOST)
      const { reply, end } = await follow(new URL(path, address.origin), { accept: 'application/json' }, limit)
      try {
        let text = ''
        for await (const bytes of reply.body.setEncoding('utf8') as AsyncIterable<string>) {
          text += bytes
          if (text.length > JSON_BYTES_AT_MOST) throw new HeadgateError('garbled-reply', `The answer of ${address.origin} is too large.`)
        }
        const errorCode = reply.headers['x-error-code']
        return { status: reply.statusCode, body: parsed(text), errorCode: typeof errorCode === 'string' ? errorCode : null }
      } catch (error) {
        throw error instanceof HeadgateError ? error : unreachable(new URL(address.origin), error)
      } finally {
        end()
      }
    },
  }
}

/** Downloads from these hosts and the hosts below them, by https, and from no other, redirects included; without a token. */
export function downloadsFrom(hosts: readonly string[]): OpenDownload {
  return opener(follower({ address: { origin: '', trusted: [], hosts }, token: async () => null }))
}

/** Downloads from the usual hub. */
export const openDownload: OpenDownload = downloadsFrom(hubHosts)

type Follow = (start: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Followed>
interface Followed {
  readonly reply: Awaited<ReturnType<typeof httpRequest>>
  readonly end: () => void
}

/** Throws `unreachable` (code `download_refused` where a rule forbids the hop) or `failed-upstream`, with a sentence. */
function follower({ address, token }: { readonly address: HubAddress; readonly token: () => Promise<Secret | null> }): Follow {
  return async (start, headers, signal) => {
    const agents: Agent[] = []
    const end = () => {
      for (const agent of agents) void agent.destroy().catch(() => {})
    }
    try {
      let target = start
      for (let hop = 0; hop <= HOPS_AT_MOST; hop++) {
        const isTrusted = address.trusted.includes(target.origin)
        if (!isTrusted) refuseUnlessAllowed(target, address.hosts)
        const agent = createAgent(isTrusted)
        agents.push(agent)
        const secret = target.origin === address.origin ? await token() : null
        const reply = await httpRequest(target, {
          dispatcher: agent,
          signal,
          headers: { 'accept-encoding': 'identity', ...headers, ...(secret === null ? {} : { authorization: `Bearer ${secret.reveal()}` }) },
        }).catch((error: unknown) => {
          throw signal.aborted && signal.reason?.name !== 'TimeoutError' ? error : unreachable(target, error)
        })
        const { location } = reply.headers
        if (reply.statusCode < 300 || reply.statusCode >= 400 || typeof location !== 'string') return { reply, end }
        await reply.body.dump().catch(() => {})
        if (!URL.canParse(location, target)) throw new HeadgateError('failed-upstream', `${target.host} redirects to nowhere.`)
        target = new URL(location, target)
      }
      throw new HeadgateError('failed-upstream', `${start.host} redirects more than ${HOPS_AT_MOST} times.`)
    } catch (error) {
      end()
      throw error
    }
  }
}

function opener(follow: Follow): OpenDownload {
  return async (url, fromByte, signal, ifRange = null) => {
    const range: Record<string, string> = fromByte > 0 ? { range: `bytes=${fromByte}-`, ...(ifRange === null ? {} : { 'if-range': ifRange }) } : {}
    const { reply, end } = await follow(new URL(url), range, signal)
    const { statusCode: status, headers, body } = reply
    const isGood = status >= 200 && status < 300
    // Also of a body that nobody reads: an error without a listener would end the process.
    body.on('error', () => {}).once('close', end)
    if (!isGood) body.destroy()
    return {
      status,
      totalBytes: totalOf(headers),
      startByte: isGood ? startOf(status, headers) : null,
      etag: strongTag(headers['etag']),
      retryAfterMs: secondsOf(headers['retry-after']),
      body: isGood ? body : nothing(),
    }
  }
}

function createAgent(isTrusted: boolean): Agent {
  const connect = buildConnector({ timeout: 10_000, allowH2: false, ...(isTrusted ? {} : { lookup: lookupPublic }) })
  return new Agent({
    // Answers of the resolver can differ between the look and the connection: the address that was reached is looked at too.
    connect: (options, callback) =>
      connect(options, (error, socket) => {
        if (error || !socket) return callback(error ?? new Error('no socket'), null)
        if (!isTrusted && !isPublicAddress(socket.remoteAddress ?? '')) {
          socket.destroy()
          return callback(new PrivateAddress(options.hostname), null)
        }
        callback(null, socket)
      }),
    headersTimeout: 15_000,
    bodyTimeout: 90_000,
    allowH2: false,
    maxRedirections: 0,
  } as Agent.Options)
}

class PrivateAddress extends Error {
  constructor(hostname: string) {
    super(`${hostname} leads to a private address`)
  }
}

function unreachable(target: URL, error: unknown): HeadgateError {
  const { code, message, name } = error as Error & { code?: string }
  if (error instanceof PrivateAddress) return refused(`${target.host} cannot be reached (${message}).`, error)
  const why = name === 'TimeoutError' ? 'no answer in time' : (reasons[String(code)] ?? code ?? message)
  return new HeadgateError('unreachable', `${target.host} cannot be reached: ${why}.`, { cause: error })
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name does not resolve, so this machine may be offline',
  EAI_AGAIN: 'its name does not resolve, so this machine may be offline',
  ENETUNREACH: 'this machine is offline',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no answer in time',
}

const refused = (message: string, cause?: unknown) => new HeadgateError('unreachable', message, { code: 'download_refused', cause })

function refuseUnlessAllowed({ protocol, host, hostname, username, password }: URL, hosts: readonly string[]): void {
  // A name is checked when it is resolved; an address never is.
  const address = hostname.replace(/^\[|\]$/g, '')
  if (isIP(address) !== 0 && !isPublicAddress(address)) throw refused(`${host} is a private address; no model is downloaded from there.`)
  if (protocol !== 'https:') throw refused(`${host} is not reached by https; models are downloaded by https only.`)
  if (username !== '' || password !== '') throw refused(`The address at ${host} carries a user name; none is sent anywhere.`)
  if (!hosts.some((allowed) => hostname === allowed || hostname.endsWith(`.${allowed}`)))
    throw refused(`${host} is not among the hosts that models are downloaded from (${hosts.join(', ')}).`)
}

/** Resolves to public addresses only; a name that has none is refused. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, [])
    const open = addresses.filter(({ address }) => isPublicAddress(address))
    const [first] = open
    if (!first) return callback(new PrivateAddress(hostname), [])
    if (options.all) callback(null, open)
    else callback(null, first.address, first.family)
  })
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

type Headers = Readonly<Record<string, string | string[] | undefined>>

function totalOf(headers: Headers): number | null {
  const range = /\/(\d+)$/.exec(String(headers['content-range'] ?? ''))?.[1]
  const text = range ?? headers['content-length']
  return typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : null
}

/** Of a 206 the byte that it says; NaN, which is no byte, where it says none. */
function startOf(status: number, headers: Headers): number {
  if (status !== 206) return 0
  return Number(/^bytes (\d+)-/.exec(String(headers['content-range'] ?? ''))?.[1] ?? Number.NaN)
}

const strongTag = (etag: Headers[string]) => (typeof etag === 'string' && etag.startsWith('"') ? etag.slice(0, 300) : null)
const secondsOf = (text: Headers[string]) => (typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : null)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
