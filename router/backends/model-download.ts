/** Opens a model download by range. Invariant: at every hop of a redirect https to a host that is allowed, and to a public address of it; checked before a connection is opened. */
import { lookup as resolveName } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector, request as httpRequest } from 'undici'
import { HeadgateError } from '../core/errors.ts'
import { isPublicAddress } from './public-address.ts'

export interface DownloadReply {
  readonly status: number
  /** Size of the whole file; null = not said. */
  readonly totalBytes: number | null
  /** Empty where the status is no success. */
  readonly body: AsyncIterable<Uint8Array>
}

export type OpenDownload = (url: string, fromByte: number, signal: AbortSignal) => Promise<DownloadReply>

const HOPS_AT_MOST = 5
/** The hub, and where it keeps its files. */
const hubHosts = ['huggingface.co', 'hf.co'] as const

/** Downloads from the hub of the starter model. */
export const openDownload: OpenDownload = downloadsFrom(hubHosts)

/**
 * Downloads from these hosts and the hosts below them, and from no other, redirects included. What is returned follows redirects itself and
 * throws `unreachable` or `failed-upstream` with a sentence.
 */
export function downloadsFrom(hosts: readonly string[]): OpenDownload {
  return async (url, fromByte, signal) => {
    const agent = new Agent({
      connect: buildConnector({ timeout: 10_000, allowH2: false, lookup: lookupPublic }),
      headersTimeout: 15_000,
      bodyTimeout: 30_000,
      allowH2: false,
    })
    const end = () => void agent.destroy().catch(() => {})
    try {
      let target = new URL(url)
      for (let hop = 0; hop <= HOPS_AT_MOST; hop++) {
        refuseUnlessAllowed(target, hosts)
        const reply = await httpRequest(target, {
          dispatcher: agent,
          signal,
          headers: { 'accept-encoding': 'identity', ...(fromByte > 0 ? { range: `bytes=${fromByte}-` } : {}) },
        }).catch((error: Error & { code?: string }) => {
          throw new HeadgateError('unreachable', `${target.host} cannot be reached (${error.code ?? error.message}).`, { cause: error })
        })
        const { statusCode: status, headers, body } = reply
        const { location } = headers
        if (status >= 200 && status < 300) return { status, totalBytes: totalOf(headers), body: untilEnd(body, end) }
        if (status < 300 || status >= 400 || typeof location !== 'string') {
          end()
          return { status, totalBytes: totalOf(headers), body: untilEnd([], end) }
        }
        await body.dump()
        target = new URL(location, target)
      }
      throw new HeadgateError('failed-upstream', `${url} redirects more than ${HOPS_AT_MOST} times.`)
    } catch (error) {
      end()
      throw error
    }
  }
}

function refuseUnlessAllowed({ protocol, host, hostname }: URL, hosts: readonly string[]): void {
  if (protocol !== 'https:') throw new HeadgateError('unreachable', `${host} is not reached by https; models are downloaded by https only.`)
  if (!hosts.some((allowed) => hostname === allowed || hostname.endsWith(`.${allowed}`)))
    throw new HeadgateError('unreachable', `${host} is not among the hosts that models are downloaded from (${hosts.join(', ')}).`)
  // A name is checked when it is resolved; an address never is.
  const address = hostname.replace(/^\[|\]$/g, '')
  if (isIP(address) !== 0 && !isPublicAddress(address)) throw new HeadgateError('unreachable', `${host} is a private address.`)
}

/** Resolves to public addresses only; a name that has none is refused. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, [])
    const open = addresses.filter(({ address }) => isPublicAddress(address))
    const [first] = open
    if (!first) return callback(new Error(`${hostname} leads to a private address`), [])
    if (options.all) callback(null, open)
    else callback(null, first.address, first.family)
  })
}

async function* untilEnd(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } finally {
    end()
  }
}

function totalOf(headers: Record<string, string | string[] | undefined>): number | null {
  const range = /\/(\d+)$/.exec(String(headers['content-range'] ?? ''))?.[1]
  const text = range ?? headers['content-length']
  return typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : null
}
