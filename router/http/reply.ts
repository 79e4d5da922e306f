/** Writes an answer to the socket: head late, frames with back-pressure, keep-alives between events, and a cut stream that looks cut. */
import type { ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.ts'
import type { AttemptSummary, Dialect } from '../core/dialect.ts'
import { asHeadgateError, type HeadgateError } from '../core/errors.ts'
import type { Answer } from '../pipeline.ts'

export interface ReplyClocks {
  readonly earlyOpenMs: number
  readonly keepAliveMs: number
}

const SLOW_READER_MS = 60_000

export async function writeAnswer(
  raw: ServerResponse,
  answer: Answer,
  parts: { readonly dialect: Dialect; readonly clock: Clock; readonly clocks: ReplyClocks },
): Promise<void> {
  try {
    if (answer.stream) await writeStream(raw, answer, parts)
    else await writeWhole(raw, answer)
  } catch (thrown) {
    // Who was tried is worth knowing, also where nobody answered.
    const headers = answer.attempts.length > 0 ? answer.headers() : {}
    writeFailure(raw, asHeadgateError(thrown), { dialect: parts.dialect, requestId: answer.id, attempts: answer.attempts, headers })
  }
}

async function writeWhole(raw: ServerResponse, answer: Answer): Promise<void> {
  let notes: readonly string[] = []
  await answer.run({
    serving(said) {
      notes = said
    },
    frame: () => null,
    body(bytes) {
      raw.writeHead(200, { ...answer.headers(), ...notesHeader(notes), 'content-type': 'application/json', 'content-length': bytes.length })
      raw.end(bytes)
    },
  })
}

async function writeStream(raw: ServerResponse, answer: Answer, { dialect, clock, clocks }: Parameters<typeof writeAnswer>[2]): Promise<void> {
  const open = (notes: readonly string[]) => {
    raw.writeHead(200, {
      ...answer.headers(),
      ...notesHeader(notes),
      'content-type': dialect.streamContentType,
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    })
    raw.flushHeaders()
  }
  let lastWriteMs = clock.monotonic()
  // Silence: the head after `earlyOpenMs`, then the dialect's own sign of life. One timer per stream, moved on by itself.
  const keepAlive = () => {
    const idleMs = clock.monotonic() - lastWriteMs
    const dueMs = raw.headersSent ? clocks.keepAliveMs : clocks.earlyOpenMs
    if (idleMs >= dueMs - 1 && !raw.destroyed) {
      if (!raw.headersSent) open([])
      raw.write(dialect.keepAlive)
      lastWriteMs = clock.monotonic()
    }
    timer = clock.after(Math.max(1, (raw.headersSent ? clocks.keepAliveMs : clocks.earlyOpenMs) - (clock.monotonic() - lastWriteMs)), keepAlive)
  }
  let timer = clock.after(clocks.earlyOpenMs, keepAlive)
  try {
    await answer.run({
      serving(notes) {
        if (!raw.headersSent) open(notes)
      },
      frame(bytes) {
        lastWriteMs = clock.monotonic()
        return raw.write(bytes) ? null : drained(raw, clock)
      },
      body() {},
    })
    raw.end()
  } finally {
    timer.cancel()
  }
}

/** Resolves when the socket takes more, or is gone. A reader that takes nothing for a minute is cut off. */
function drained(raw: ServerResponse, clock: Clock): Promise<void> {
  if (raw.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const patience = clock.after(SLOW_READER_MS, () => raw.destroy())
    const done = () => {
      patience.cancel()
      raw.off('drain', done)
      raw.off('close', done)
      resolve()
    }
    raw.on('drain', done)
    raw.on('close', done)
  })
}

const notesHeader = (notes: readonly string[]): Record<string, string> =>
  notes.length === 0
    ? {}
    : {
        'x-headgate-notes': notes
          .map((note) => note.replaceAll(/[^\x20-\x7e]/g, '?'))
          .join('; ')
          .slice(0, 2_000),
      }

export interface FailureContext {
  readonly dialect: Dialect
  readonly requestId: string
  readonly attempts: readonly AttemptSummary[]
  readonly headers: Readonly<Record<string, string>>
}

/** Whole where nothing was sent; inside the stream where it is open, and then the connection is closed without the end of the chunked body. */
export function writeFailure(raw: ServerResponse, error: HeadgateError, { dialect, requestId, attempts, headers }: FailureContext): void {
  if (raw.destroyed || raw.writableEnded) return
  const context = { requestId, attempts }
  if (raw.headersSent) {
    const socket = raw.socket
    raw.write(dialect.encodeStreamError(error, context), () => socket?.destroySoon())
    return
  }
  const bytes = dialect.encodeError(error, context)
  raw.writeHead(error.status, {
    'x-headgate-request-id': requestId,
    ...headers,
    ...errorHeaders(error),
    'content-type': 'application/json',
    'content-length': bytes.length,
  })
  raw.end(bytes)
}

/** Headers that an error brings: its own, and Retry-After in whole seconds, at least 1. */
export function errorHeaders(error: HeadgateError): Record<string, string> {
  const { retryAfterMs, headers, reason } = error.details
  return {
    ...headers,
    ...(reason === undefined ? {} : { 'x-headgate-reason': reason }),
    ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
  }
}
