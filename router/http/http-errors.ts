/** Failures of the HTTP layer itself, the framework's and the parser's, in our words and our one error shape. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Dialect } from '../core/dialect.ts'
import { asHeadgateError, HeadgateError } from '../core/errors.ts'
import { bodyTooLarge } from './guard.ts'

/** What SQLite says of a disk that is full, broken, read-only or in use. */
const cannotStore = /^SQLITE_(FULL|IOERR|READONLY|BUSY|CANTOPEN|PERM)/
const STORE_RETRY_MS = 2_000

/** An error that a hook, a parser of bodies, a validator or a handler threw. */
export function asHttpError(error: unknown, bodyLimit: number): HeadgateError {
  if (error instanceof HeadgateError) return error
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bodyTooLarge(bodyLimit)
    case 'FST_ERR_VALIDATION':
      return invalidField(error as Error & { validation?: readonly { instancePath?: string }[] })
    case 'FST_ERR_BAD_URL':
      return new HeadgateError('invalid-request', 'The path has a broken percent escape.', { code: 'bad_request' })
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new HeadgateError('not-found', 'Nothing is served at this path.')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HeadgateError('invalid-request', 'The body must be JSON: send `content-type: application/json`.', {
        status: 415,
        code: 'unsupported_media_type',
      })
    default:
      if (code !== undefined && cannotStore.test(code))
        return new HeadgateError('internal', `The data folder cannot be written: ${message}.`, {
          status: 503,
          code: 'storage_unavailable',
          retryAfterMs: STORE_RETRY_MS,
          cause: error,
        })
      // A static file that may not be read does not exist.
      if (statusCode === 403 || statusCode === 404) return new HeadgateError('not-found', 'Nothing is served at this path.')
      return statusCode !== undefined && statusCode >= 400 && statusCode < 500
        ? new HeadgateError('invalid-request', message ?? 'Bad request.', { status: statusCode, code: 'bad_request' })
        : asHeadgateError(error)
  }
}

function invalidField(error: Error & { validation?: readonly { instancePath?: string }[] }): HeadgateError {
  const path = error.validation?.[0]?.instancePath ?? ''
  const param = path.replace(/^\//, '').replaceAll('/', '.')
  return new HeadgateError('invalid-request', error.message, { code: 'invalid_value', ...(param === '' ? {} : { param }) })
}

/** What the parser of heads refused, before there was a request. */
function parserProblem(code: string): HeadgateError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HeadgateError('invalid-request', 'URL or headers are larger than 16 KiB.', { status: 431, code: 'headers_too_large' })
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HeadgateError('invalid-request', 'The request did not arrive in time.', { status: 408, code: 'request_timeout' })
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new HeadgateError('invalid-request', 'Chunk extensions are too long.', { code: 'bad_request' })
    default:
      return new HeadgateError('invalid-request', 'This is not a well-formed HTTP/1.1 request.', { code: 'bad_request' })
  }
}

/** Answers a connection whose bytes were no request, and closes it. Inside an answer that has begun nothing may be written: it is cut. */
export function answerParserError(
  error: Error & { readonly code?: string },
  socket: Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null },
  context: { readonly dialect: Dialect; readonly requestId: string },
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || socket._httpMessage?.headersSent) return void socket.destroy()
  const problem = parserProblem(error.code ?? '')
  const bytes = Buffer.from(context.dialect.encodeError(problem, { requestId: context.requestId, attempts: [] }))
  if (socket.writable)
    socket.write(
      Buffer.concat([
        Buffer.from(
          `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nx-headgate-request-id: ${context.requestId}\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\nconnection: close\r\n\r\n`,
        ),
        bytes,
      ]),
    )
  socket.destroySoon()
}
