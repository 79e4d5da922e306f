/** Opens a model download by range. Invariant: https to a public address at every hop of a redirect; never to this machine or a private network. */
import { isIP, type Socket } from 'node:net'
import { Agent, buildConnector, request as httpRequest } from 'undici'
import { HeadgateError } from '../core/errors.ts'

export interface DownloadReply {
  readonly status: number
  /** Size of the whole file; null = not said. */
  readonly totalBytes: number | null
  readonly body: AsyncIterable<Uint8Array>
}

const HOPS_AT_MOST = 5

/** Follows redirects itself. Throws `unreachable` or `failed-upstream` with a sentence. */
export async function openDownload(url: string, fromByte: number, signal: AbortSignal): Promise<DownloadReply> {
  const agent = new Agent({ connect: publicConnector(), headersTimeout: 15_000, bodyTimeout: 30_000, allowH2: false })
  let target = new URL(url)
  for (let hop = 0; hop <= HOPS_AT_MOST; hop++) {
    if (target.protocol !== 'https:')
      throw new HeadgateError('unreachable', `${target.host} is not reached by https; models are downloaded by https only.`)
    const reply = await httpRequest(target, {
      dispatcher: agent,
      signal,
      headers: { 'accept-encoding': 'identity', ...(fromByte > 0 ? { range: `bytes=${fromByte}-` } : {}) },
    }).catch((error: Error & { code?: string }) => {
      throw new HeadgateError('unreachable', `${target.host} cannot be reached (${error.code ?? error.message}).`, { cause: error })
    })
    const { location } = reply.headers
    if (reply.statusCode < 300 || reply.statusCode >= 400 || typeof location !== 'string')
      return { status: reply.statusCode, totalBytes: totalOf(reply.headers), body: reply.body }
    await reply.body.dump()
    target = new URL(location, target)
  }
  throw new HeadgateError('failed-upstream', `${url} redirects more than ${HOPS_AT_MOST} times.`)
}

function totalOf(headers: Record<string, string | string[] | undefined>): number | null {
  const range = /\/(\d+)$/.exec(String(headers['content-range'] ?? ''))?.[1]
  const text = range ?? headers['content-length']
  return typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : null
}

function publicConnector(): buildConnector.connector {
  const connect = buildConnector({ timeout: 10_000, allowH2: false })
  return (to, callback) =>
    connect(to, (error, socket) => {
      if (error || !socket) return callback(error ?? new Error('no socket'), null)
      if (!isPublic(socket.remoteAddress ?? '')) {
        socket.destroy()
        return callback(new Error(`${to.hostname} leads to a private address`), null)
      }
      callback(null, socket as Socket)
    })
}

const privateV4 = /^(0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/

function isPublic(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  if (isIP(plain) === 4) return !privateV4.test(plain)
  return isIP(plain) === 6 && plain !== '::1' && !/^(fe[89ab]|f[cd])/i.test(plain)
}
