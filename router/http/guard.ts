/** One guard for everything, before any body is read: Host → Origin → framing → method and path → content type → size. Invariant: every route passes it, 404s included. */
import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { HeadgateError } from '../core/errors.ts'
import { corsHeaders, preflightHeaders } from './cors.ts'

export interface GuardSettings {
  /** Ports that we listen on. */
  readonly ports: () => readonly number[]
  /** The name that we were told to listen on, lower case; none where that is every interface. */
  readonly ownNames: () => readonly string[]
  /** Further names by which this machine may be called, lower case. */
  readonly hostNames: () => readonly string[]
  /** Exact origins of other pages that may call. */
  readonly origins: () => readonly string[]
  /** Methods of a known path; null = no such path. */
  readonly methodsOf: (path: string) => readonly string[] | null
  readonly bodyLimit: number
}

/**
 * Lets a request go on or throws the HeadgateError of the first rule that it breaks. Sets the CORS headers of a welcome page on the response;
 * `preflight` = answered with 204 and these headers, by no route.
 */
export type Guard = (request: FastifyRequest, response: ServerResponse) => 'pass' | 'preflight'

const loopbackNames = ['localhost', '127.0.0.1', '[::1]']
const headerLimit = 100
const withBody = new Set(['POST', 'PUT', 'PATCH'])
const withoutBody = new Set(['GET', 'HEAD', 'OPTIONS'])

export function createGuard(settings: GuardSettings): Guard {
  // Derived once per configuration, not per request: a list that changes is a new list, and one that does not is the same one.
  let ownNames: readonly string[] | null = null
  let names: readonly string[] | null = null
  let ports: readonly number[] | null = null
  let origins: readonly string[] | null = null
  let hosts = new Set<string>()
  let ownOrigins = new Set<string>()
  let otherOrigins = new Set<string>()
  function refresh(): void {
    if (ownNames === settings.ownNames() && names === settings.hostNames() && ports === settings.ports() && origins === settings.origins()) return
    ownNames = settings.ownNames()
    names = settings.hostNames()
    ports = settings.ports()
    origins = settings.origins()
    hosts = new Set(
      [...loopbackNames, ...ownNames, ...names].flatMap((name) =>
        (ports ?? []).flatMap((port) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])),
      ),
    )
    ownOrigins = new Set([...hosts].map((host) => `http://${host}`))
    otherOrigins = new Set(origins.filter((origin) => !ownOrigins.has(origin)))
  }

  return (request, response) => {
    refresh()
    const { headers, method, raw } = request
    if (!hosts.has((headers.host ?? '').toLowerCase()))
      throw new HeadgateError('forbidden', 'This Host is not served here.', {
        code: 'host_not_allowed',
        howToFix: 'Call http://127.0.0.1 or http://localhost with the port of Headgate, or add the name to host_names.',
      })
    const { origin } = headers
    const isOther = origin !== undefined && otherOrigins.has(origin)
    if (!isOther) checkOrigin(request, ownOrigins)
    if (isOther) setHeaders(response, corsHeaders(origin))
    else if (otherOrigins.size > 0) response.setHeader('vary', 'Origin')
    checkFraming(raw.rawHeaders, method, headers)
    const methods = methodsAt(request.url, settings)
    if (method === 'OPTIONS' && isOther && headers['access-control-request-method'] !== undefined) {
      setHeaders(response, preflightHeaders(origin, methods, headers['access-control-request-headers']))
      return 'preflight'
    }
    if (!methods.includes(method))
      throw new HeadgateError('invalid-request', `${method.slice(0, 20)} is not possible here.`, {
        status: 405,
        code: 'method_not_allowed',
        headers: { allow: methods.join(', ') },
      })
    if (withBody.has(method) || hasBody(headers)) {
      checkContentType(request)
      if (Number(headers['content-length']) > settings.bodyLimit) throw bodyTooLarge(settings.bodyLimit)
    }
    return 'pass'
  }
}

function setHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const name in headers) response.setHeader(name, headers[name] as string)
}

/** By length here, before a byte of it is read; chunked where it is read. */
export function bodyTooLarge(limit: number): HeadgateError {
  return new HeadgateError('invalid-request', `The body is larger than ${limit / 1024 / 1024} MiB.`, {
    status: 413,
    code: 'request_too_large',
    headers: { connection: 'close' },
  })
}

function checkOrigin({ headers, method, url }: FastifyRequest, ownOrigins: ReadonlySet<string>): void {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  // Another port of this machine is `same-site`: somebody else's page all the same.
  const isForeign = origin === undefined ? site === 'cross-site' || site === 'same-site' : !ownOrigins.has(origin)
  // A link on another page may open the panel; nothing else of another site may reach us.
  const isNavigation = origin === undefined && headers['sec-fetch-mode'] === 'navigate' && method === 'GET' && (url === '/' || url.startsWith('/?'))
  if (isForeign && !isNavigation)
    throw new HeadgateError('forbidden', 'Pages of this origin may not call Headgate.', {
      code: 'origin_not_allowed',
      howToFix: 'Add the exact origin to cors_origins if it is yours.',
    })
}

/** What two parsers could read in two ways, and what a handler would start on before its body turns out to be malformed. */
function checkFraming(rawHeaders: readonly string[], method: string, headers: FastifyRequest['headers']): void {
  if (rawHeaders.length > headerLimit * 2)
    throw new HeadgateError('invalid-request', `More than ${headerLimit} headers.`, {
      status: 431,
      code: 'headers_too_large',
      headers: { connection: 'close' },
    })
  let hostLines = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hostLines++
  }
  if (hostLines > 1) throw badRequest('More than one Host header.')
  const transferEncoding = headers['transfer-encoding']
  if (transferEncoding !== undefined && transferEncoding.toLowerCase() !== 'chunked') throw badRequest('This Transfer-Encoding is not supported.')
  if (withoutBody.has(method) && hasBody(headers)) throw badRequest(`A ${method} request has no body here.`)
}

const badRequest = (message: string) => new HeadgateError('invalid-request', message, { code: 'bad_request', headers: { connection: 'close' } })

function hasBody(headers: FastifyRequest['headers']): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/** Methods of the path as it came. No path is normalised; an escaped slash is part of a name and never a separator. */
function methodsAt(url: string, settings: GuardSettings): readonly string[] {
  const question = url.indexOf('?')
  const path = question === -1 ? url : url.slice(0, question)
  if (path.includes('%') && !isDecodable(path))
    throw new HeadgateError('invalid-request', 'The path has a broken percent escape.', { code: 'bad_request' })
  const methods = path.includes('/../') || path.endsWith('/..') || /%5c|%00/i.test(path) ? null : settings.methodsOf(path)
  if (methods === null)
    throw new HeadgateError('not-found', `Nothing is served at ${path.slice(0, 100)}.`, { howToFix: 'The base URL of OpenAI clients ends with /v1.' })
  return methods
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

const mediaType = /^application\/json *(?:; *charset="?([\w-]+)"? *)?$/i

function checkContentType({ headers }: FastifyRequest): void {
  const match = mediaType.exec(headers['content-type'] ?? '')
  if (!match)
    throw new HeadgateError('invalid-request', 'The body must be JSON: send `content-type: application/json`.', {
      status: 415,
      code: 'unsupported_media_type',
    })
  const charset = match[1]?.toLowerCase()
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    throw new HeadgateError('invalid-request', 'JSON is UTF-8; no other charset is read.', { status: 415, code: 'unsupported_charset' })
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new HeadgateError('invalid-request', 'Compressed request bodies are not read.', { status: 415, code: 'unsupported_encoding' })
}
