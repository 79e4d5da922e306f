/** Speaks to HTTP providers. Same dialect on both sides: bytes pass through, only the declared edits are made, the stream is watched and not re-encoded. */
import type { Backend, BackendEvent, BackendRequest, ProbeResult } from '../core/backend.ts'
import type { CancelSignal } from '../core/cancel.ts'
import type { Clock } from '../core/clock.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Dialect, StreamWatch } from '../core/dialect.ts'
import { asHeadgateError, HeadgateError } from '../core/errors.ts'
import { failureCodes } from '../core/failure-codes.ts'
import type { Provider } from '../core/provider.ts'
import { SseSplitter } from '../dialects/sse-splitter.ts'
import { estimatedUsage } from './estimated-usage.ts'
import { readRetryAfterMs } from './retry-after.ts'
import type { Transport, TransportReply } from './transport.ts'

const WHOLE_REPLY_LIMIT = 64 * 1024 * 1024
const ERROR_BODY_LIMIT = 64 * 1024

/** Request headers of the caller that may travel on; everything else stays here. */
const FORWARDED = ['idempotency-key', 'openai-organization', 'openai-project', 'openai-beta', 'x-stainless-retry-count'] as const

export interface HttpBackendParts {
  readonly transport: Transport
  readonly clock: Clock
  readonly version: string
  readonly providerOf: (kind: string) => Provider
  readonly dialectOf: (name: string) => Dialect
}

export function createHttpBackend(parts: HttpBackendParts): Backend {
  const { transport, clock } = parts

  async function post(deployment: Deployment, body: Uint8Array, options: PostOptions): Promise<TransportReply> {
    const provider = parts.providerOf(deployment.kind)
    const dialect = parts.dialectOf(provider.dialect)
    const reply = await transport.open({
      target: targetOf(deployment),
      method: 'POST',
      url: urlBelow(deployment, dialect.upstreamPath),
      headers: headersFor(deployment, provider, options),
      body,
      signal: options.signal,
      localOnly: options.localOnly,
    })
    if (reply.status >= 200 && reply.status < 300) return refuseUnusable(reply)
    throw await failureOf(reply, provider, dialect, deployment)
  }

  async function failureOf(reply: TransportReply, provider: Provider, dialect: Dialect, deployment: Deployment): Promise<HeadgateError> {
    if (reply.status >= 300 && reply.status < 400) {
      reply.body.cancel()
      return new HeadgateError('failed-upstream', `${deployment.name} answered with a redirect (${reply.status}); redirects are never followed.`, {
        code: 'upstream_redirect',
        upstreamStatus: reply.status,
        safeToRepeat: false,
      })
    }
    const text = hideSecret(deployment, await errorText(reply))
    const error = dialect.classifyError(reply.status, text)
    const retryAfterMs = readRetryAfterMs(reply, clock.now())
    if (reply.status === 503 && isLoading(text, provider, dialect))
      return new HeadgateError('rate-limited-upstream', `${deployment.name} is loading its model.`, {
        code: failureCodes.loading,
        status: 503,
        retryAfterMs: retryAfterMs ?? 2_000,
        upstreamStatus: reply.status,
      })
    const isBusy = (reply.status === 503 || reply.status === 529) && retryAfterMs !== null
    return new HeadgateError(isBusy ? 'rate-limited-upstream' : error.kind, error.message, {
      ...error.details,
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
      upstreamStatus: reply.status,
    })
  }

  async function* send(request: BackendRequest, signal: CancelSignal): AsyncGenerator<BackendEvent> {
    const { deployment, facts } = request
    try {
      const provider = parts.providerOf(deployment.kind)
      const dialect = request.dialect
      const isWanted = dialect.wantsUsage(request.body)
      const body = dialect.edit(request.body, {
        model: deployment.upstreamModel,
        askForUsage: facts.stream && !isWanted && !provider.quirks.rejectsStreamOptions,
      })
      const reply = await post(deployment, body, { stream: facts.stream, signal, localOnly: request.localOnly, callerHeaders: request.headers })
      const isJson = (reply.headers['content-type'] ?? '').includes('json')
      if (!facts.stream) {
        const bytes = await reply.body.whole(WHOLE_REPLY_LIMIT)
        const { usage, finish } = dialect.watchWhole(bytes)
        yield { type: 'whole', bytes, usage, finish }
      } else if (isJson) {
        // The provider ignored `stream`: its whole reply becomes a stream of one event.
        const bytes = await reply.body.whole(WHOLE_REPLY_LIMIT)
        const seen = dialect.watchWhole(bytes)
        yield { type: 'frame', bytes: dialect.streamOfWhole(bytes), output: true }
        yield { type: 'end', ...seen }
      } else {
        const watch = dialect.watchStream(isWanted, { omitsFinishReason: provider.quirks.omitsFinishReason === true })
        yield { type: 'opened', soFar: () => watch.soFar().usage ?? estimatedUsage(watch.soFar().outputCharacters, facts.promptTokens) }
        yield* watchedStream(reply, watch)
      }
    } catch (thrown) {
      throw withoutSecret(deployment, thrown)
    }
  }

  return {
    send,
    async probe(deployment, timeoutMs, localOnly): Promise<ProbeResult> {
      const provider = parts.providerOf(deployment.kind)
      const started = clock.monotonic()
      const result = (ok: boolean, detail: string) => ({ ok, latencyMs: clock.monotonic() - started, detail })
      try {
        let seen = 0
        for (const path of provider.probePaths) {
          const reply = await get(deployment, provider, path, timeoutMs, localOnly)
          const text = await errorText(reply)
          seen = reply.status
          if (seen >= 200 && seen < 300) return result(true, `${path} answered ${seen}`)
          if (seen === 503 && isLoading(text, provider, parts.dialectOf(provider.dialect))) return result(true, 'is loading its model')
          if (!meansNoSuchPath.has(seen)) return result(false, `${path} answered ${seen}`)
        }
        // Many servers have no such path, or keep it for other keys. Somebody answers: that is all that this look can prove.
        return result(seen !== 0, `reachable, but no known path tells its state (${seen})`)
      } catch (thrown) {
        const refused = asHeadgateError(thrown).code === failureCodes.refused
        return { ...result(false, whyNot(thrown, timeoutMs, deployment)), refused, unanswered: !refused }
      }
    },
    async tryOneToken(deployment, timeoutMs, localOnly): Promise<ProbeResult> {
      const started = clock.monotonic()
      const result = (ok: boolean, detail: string) => ({ ok, latencyMs: clock.monotonic() - started, detail })
      const dialect = parts.dialectOf(parts.providerOf(deployment.kind).dialect)
      const body = Buffer.from(
        JSON.stringify({ model: deployment.upstreamModel, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, stream: false }),
      )
      try {
        const reply = await post(deployment, body, { stream: false, signal: AbortSignal.timeout(timeoutMs), localOnly, callerHeaders: {} })
        dialect.watchWhole(await reply.body.whole(WHOLE_REPLY_LIMIT))
        return result(true, 'answered one token')
      } catch (error) {
        return result(false, whyNot(error, timeoutMs, deployment))
      }
    },
  }

  function get(deployment: Deployment, provider: Provider, path: string, timeoutMs: number, localOnly: boolean): Promise<TransportReply> {
    return transport.open({
      target: targetOf(deployment),
      method: 'GET',
      url: path.startsWith('//') ? new URL(path.slice(1), deployment.endpoint?.baseUrl) : urlBelow(deployment, path),
      headers: headersFor(deployment, provider, { stream: false, callerHeaders: {} }),
      body: null,
      signal: AbortSignal.timeout(timeoutMs),
      localOnly,
    })
  }

  function headersFor(deployment: Deployment, provider: Provider, options: Pick<PostOptions, 'stream' | 'callerHeaders'>): Record<string, string> {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept: options.stream ? 'text/event-stream' : 'application/json',
      'accept-encoding': 'identity',
      'user-agent': `headgate/${parts.version}`,
      ...provider.extraHeaders,
      ...deployment.endpoint?.headers,
    }
    for (const name of FORWARDED) {
      const value = options.callerHeaders[name]
      if (value !== undefined) headers[name] = value
    }
    const credential = deployment.endpoint?.credential
    if (credential && provider.auth === 'bearer') headers['authorization'] = `Bearer ${credential.reveal()}`
    return headers
  }
}

interface PostOptions {
  readonly stream: boolean
  readonly signal: CancelSignal
  readonly localOnly: boolean
  readonly callerHeaders: Readonly<Record<string, string>>
}

const targetOf = (deployment: Deployment) => ({ lane: deployment.lane, address: deployment.address, deployment: deployment.name })

/** Parsed once per deployment: the same URL object connects that was checked when the configuration was read. */
const urls = new WeakMap<Deployment, Map<string, URL>>()

function urlBelow(deployment: Deployment, path: string): URL {
  let known = urls.get(deployment)
  if (!known) urls.set(deployment, (known = new Map()))
  let url = known.get(path)
  if (!url) known.set(path, (url = new URL((deployment.endpoint?.baseUrl ?? '') + path)))
  return url
}

/** A 2xx that cannot be an answer: coded although we asked for identity, or a page for people. */
function refuseUnusable(reply: TransportReply): TransportReply {
  const encoding = reply.headers['content-encoding']
  const type = reply.headers['content-type'] ?? ''
  if (encoding !== undefined && encoding !== 'identity') {
    reply.body.cancel()
    throw new HeadgateError('garbled-reply', `The reply is coded (${encoding.slice(0, 40)}) although identity was asked for.`, {
      code: 'upstream_bad_encoding',
      safeToRepeat: false,
    })
  }
  if (type.includes('html')) {
    reply.body.cancel()
    throw new HeadgateError('garbled-reply', 'The reply is a web page, not an answer.', { code: 'upstream_bad_content_type', safeToRepeat: false })
  }
  return reply
}

/** Answers to a free look that say nothing about whether chat is served. */
const meansNoSuchPath: ReadonlySet<number> = new Set([401, 403, 404, 405, 501])

/** A 503 that only asks for patience. */
function isLoading(text: string, provider: Provider, dialect: Dialect): boolean {
  const phrase = provider.quirks.loadingPhrase
  return (phrase !== undefined && text.includes(phrase)) || dialect.classifyError(503, text).code === failureCodes.loading
}

/** A provider may repeat a credential of any shape in its refusal: it reaches neither the caller nor the ledger nor the log. */
function withoutSecret(deployment: Deployment, thrown: unknown): HeadgateError {
  const error = asHeadgateError(thrown)
  const hide = (text: string) => hideSecret(deployment, text)
  const { code, param } = error.details
  const hidden = { ...(code === undefined ? {} : { code: hide(code) }), ...(param === undefined ? {} : { param: hide(param) }) }
  return new HeadgateError(error.kind, hide(error.message), { ...error.details, ...hidden })
}

const hideSecret = ({ endpoint }: Deployment, text: string): string => endpoint?.credential?.hiddenIn(text) ?? text

/** A probe is ended by its own timeout only. */
function whyNot(thrown: unknown, timeoutMs: number, deployment: Deployment): string {
  const error = withoutSecret(deployment, thrown)
  return error.kind === 'aborted-by-caller' ? `no answer within ${timeoutMs / 1000} s` : error.message
}

async function errorText(reply: TransportReply): Promise<string> {
  try {
    return (await reply.body.whole(ERROR_BODY_LIMIT)).toString('utf8')
  } catch {
    return '' // an error page that breaks off or is endless says nothing more than its status
  }
}

/** Whole events of one arrival are passed on together: one frame per arrival, as the provider grouped them. */
async function* watchedStream(reply: TransportReply, watch: StreamWatch): AsyncGenerator<BackendEvent> {
  const splitter = new SseSplitter()
  try {
    for (let chunks = await reply.body.next(); chunks; chunks = await reply.body.next()) {
      const kept: Uint8Array[] = []
      let output = false
      let isSlow = false
      let failure: unknown = null
      for (const chunk of chunks) {
        try {
          for (const event of splitter.push(chunk)) {
            const seen = watch.event(event)
            if (seen.output) {
              output = true
              isSlow = seen.isSlow === true
            }
            if (!seen.drop) kept.push(event)
          }
        } catch (error) {
          failure = error
          break
        }
      }
      if (kept.length > 0) yield { type: 'frame', bytes: kept.length === 1 ? (kept[0] as Uint8Array) : Buffer.concat(kept), output, isSlow }
      else yield { type: 'noise' }
      if (failure) throw failure
    }
    const rest = splitter.rest()
    if (rest.length > 0 && !watch.event(rest).drop) yield { type: 'frame', bytes: rest, output: false }
    yield { type: 'end', ...watch.end() }
  } finally {
    reply.body.cancel()
  }
}
