/** Error bodies of the OpenAI dialects and of Headgate's own routes: always this one shape, at most 1 kB of message. */
import type { ErrorContext } from '../../core/dialect.ts'
import type { HeadgateError } from '../../core/errors.ts'

const MESSAGE_LIMIT = 1000

/** `{"error": {…}, "headgate": {…}}`: the official SDKs read the first, people and scripts the second. */
export function encodeError(error: HeadgateError, context: ErrorContext): Uint8Array {
  return Buffer.from(errorText(error, context))
}

/** The same object as the last event of a stream; the caller of this closes the connection without `[DONE]`. */
export function encodeStreamError(error: HeadgateError, context: ErrorContext): Uint8Array {
  return Buffer.from(`data: ${errorText(error, context)}\n\n`)
}

/** The `type` that official SDKs and scripts expect for a status. */
export function errorType(error: HeadgateError): string {
  switch (error.status) {
    case 401:
      return 'authentication_error'
    case 403:
      return 'permission_error'
    case 404:
      return error.kind === 'not-found' && error.code !== 'unknown_url' ? 'not_found_error' : 'invalid_request_error'
    case 408:
    case 504:
      return 'timeout_error'
    case 429:
      return error.code === 'budget_exceeded' ? 'insufficient_quota' : 'rate_limit_error'
    case 503:
      return 'service_unavailable_error'
    default:
      return error.status >= 500 ? 'server_error' : 'invalid_request_error'
  }
}

function errorText(error: HeadgateError, context: ErrorContext): string {
  const { param, reason, howToFix, retryAfterMs } = error.details
  return JSON.stringify({
    error: { message: shortened(error.message), type: errorType(error), param: param ?? null, code: error.code },
    headgate: {
      request_id: context.requestId,
      reason: reason ?? null,
      how_to_fix: howToFix ?? null,
      retry_after_ms: retryAfterMs ?? null,
      attempts: context.attempts.map(({ deployment, lane, status, ms, kind, code }) => ({ deployment, lane, status, ms, kind, code })),
    },
  })
}

function shortened(message: string): string {
  return message.length <= MESSAGE_LIMIT ? message : `${message.slice(0, MESSAGE_LIMIT).toWellFormed()}…`
}
