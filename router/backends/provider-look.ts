/** A free look at a provider: is it there, does it take the key, which models has it? Never billed, never follows a redirect, bounded in time and size. */
import type { Clock } from '../core/clock.ts'
import type { Address, Endpoint } from '../core/deployment.ts'
import type { Dialect } from '../core/dialect.ts'
import { asHeadgateError, HeadgateError } from '../core/errors.ts'
import type { Provider } from '../core/provider.ts'
import { type ListedModel, readModelList } from './model-list.ts'
import { readRetryAfterMs } from './retry-after.ts'
import type { Transport, TransportReply } from './transport.ts'

const LIST_LIMIT = 8 * 1024 * 1024
const ERROR_LIMIT = 64 * 1024

export interface LookTarget {
  /** For messages. */
  readonly name: string
  readonly kind: string
  readonly endpoint: Endpoint
  readonly address: Address
}

export interface Look {
  readonly ok: boolean
  /** `none` = no key was sent; `unknown` = the provider did not say. */
  readonly key: 'accepted' | 'rejected' | 'no-credit' | 'none' | 'unknown'
  /** Null = it has no list, or did not give it. */
  readonly models: readonly ListedModel[] | null
  /** Why not; its message is the provider's own where it said something. */
  readonly failure: HeadgateError | null
  /** Where it redirects to, as an origin. */
  readonly redirectsTo: string | null
  /** Of the first reply; null = there was none. */
  readonly status: number | null
  readonly latencyMs: number
}

export type LookAtProvider = (target: LookTarget, timeoutMs: number) => Promise<Look>

export interface LookParts {
  readonly transport: Transport
  readonly clock: Clock
  readonly version: string
  readonly providerOf: (kind: string) => Provider
  readonly dialectOf: (name: string) => Dialect
}

export function createProviderLook(parts: LookParts): LookAtProvider {
  const { transport, clock } = parts

  return async (target, timeoutMs) => {
    const provider = parts.providerOf(target.kind)
    const dialect = parts.dialectOf(provider.dialect)
    const { credential } = target.endpoint
    const sends = credential !== null && provider.auth === 'bearer'
    const { keyPath } = provider.quirks
    const started = clock.monotonic()
    const seen: Seen = { status: null, latencyMs: 0, redirectsTo: null }
    const failed = (failure: HeadgateError, key: Look['key']): Look => ({ ok: false, key, models: null, failure, ...seen })
    try {
      let isKeyKnown = false
      for (const path of sends && keyPath !== undefined ? [keyPath, '/models'] : ['/models']) {
        const reply = await get(target, provider, path, timeoutMs)
        seen.status ??= reply.status
        seen.latencyMs ||= clock.monotonic() - started
        if (reply.status >= 300 && reply.status < 400) {
          seen.redirectsTo = originOf(reply.headers['location'], target.endpoint.baseUrl)
          reply.body.cancel()
          return failed(new HeadgateError('failed-upstream', `It redirects (${reply.status}).`, { code: 'upstream_redirect' }), 'unknown')
        }
        if (reply.status >= 400) {
          const failure = classified(reply, hidden(target, await textOf(reply, ERROR_LIMIT)), dialect)
          if (reply.status === 404 || reply.status === 405 || reply.status === 501)
            return { ok: true, key: isKeyKnown ? 'accepted' : sends ? 'unknown' : 'none', models: null, failure, ...seen }
          return failed(failure, keyAfter(failure, sends))
        }
        const text = await textOf(reply, LIST_LIMIT)
        if ((reply.headers['content-type'] ?? '').includes('html') || /^\s*</.test(text))
          return failed(new HeadgateError('garbled-reply', 'It answered with a web page.', { code: 'upstream_bad_content_type' }), 'unknown')
        isKeyKnown = sends
        if (path === '/models') return { ok: true, key: sends ? 'accepted' : 'none', models: readModelList(text), failure: null, ...seen }
      }
    } catch (thrown) {
      const error = asHeadgateError(thrown)
      const late = new HeadgateError('too-slow-to-start', `No answer within ${timeoutMs / 1000} s.`, { code: 'upstream_timeout' })
      seen.latencyMs ||= clock.monotonic() - started
      return failed(
        error.kind === 'aborted-by-caller' ? late : new HeadgateError(error.kind, hidden(target, error.message), error.details),
        'unknown',
      )
    }
    throw new TypeError('a look ends at the model list')
  }

  function get({ name, endpoint, address }: LookTarget, provider: Provider, path: string, timeoutMs: number): Promise<TransportReply> {
    const headers: Record<string, string> = {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': `headgate/${parts.version}`,
      ...provider.extraHeaders,
      ...endpoint.headers,
    }
    if (endpoint.credential && provider.auth === 'bearer') headers['authorization'] = `Bearer ${endpoint.credential.reveal()}`
    return transport.open({
      target: { lane: address === 'network' ? 'remote' : 'local', address, deployment: name },
      method: 'GET',
      url: new URL(endpoint.baseUrl + path),
      headers,
      body: null,
      signal: AbortSignal.timeout(timeoutMs),
      localOnly: false,
    })
  }

  function classified(reply: TransportReply, text: string, dialect: Dialect): HeadgateError {
    const error = dialect.classifyError(reply.status, text)
    const retryAfterMs = readRetryAfterMs(reply, clock.now())
    return new HeadgateError(error.kind, error.message, { ...error.details, ...(retryAfterMs === null ? {} : { retryAfterMs }) })
  }
}

interface Seen {
  status: number | null
  latencyMs: number
  redirectsTo: string | null
}

function keyAfter({ kind }: HeadgateError, sends: boolean): Look['key'] {
  if (kind === 'bad-credentials') return sends ? 'rejected' : 'none'
  return kind === 'quota-exhausted' ? 'no-credit' : sends ? 'unknown' : 'none'
}

/** A provider may repeat the key in its refusal. */
const hidden = ({ endpoint }: LookTarget, text: string): string => endpoint.credential?.hiddenIn(text) ?? text

const textOf = async (reply: TransportReply, limit: number): Promise<string> => (await reply.body.whole(limit)).toString('utf8')

function originOf(location: string | undefined, base: string): string | null {
  return location !== undefined && URL.canParse(location, base) ? new URL(location, base).origin : null
}
