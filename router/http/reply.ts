/** Writes an answer to the socket: head late, frames with back-pressure, keep-alives between events, and a cut stream that looks cut. Invariant: a reader that takes nothing for a minute keeps no connection. */
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
const PART_BYTES = 256 * 1024

export async function writeAnswer(
  raw: ServerResponse,
  answer: Answer,
  parts: { readonly dialect: Dialect; readonly clock: Clock; readonly clocks: ReplyClocks },
): Promise<void> {
  try {
    if (answer.stream) await writeStream(raw, answer, parts)
    else await writeWhole(raw, answer, parts.clock)
  } catch (thrown) {
    // Who was tried is worth knowing, also where nobody answered.
    const headers = answer.attempts.length > 0 ? answer.headers() : {}
    writeFailure(raw, asHeadgateError(thrown), {
      dialect: parts.dialect,
      clock: parts.clock,
      requestId: answer.id,
      attempts: answer.attempts,
      headers,
    })
  }
}

async function writeWhole(raw: ServerResponse, answer: Answer, clock: Clock): Promise<void> {
  let notes: readonly string[] = []
  let rest: Uint8Array = new Uint8Array(0)
  await answer.run({
    serving(said) {
      notes = said
    },
    frame: () => null,
    body(bytes) {
      raw.writeHead(200, Object.assign(answer.headers(), notesHeader(notes), { 'content-type': 'application/json', 'content-length': bytes.length }))
      if (bytes.length <= PART_BYTES) raw.end(bytes)
      else rest = bytes
    },
  })
  // A large one in parts, so that it shows whether the reader takes any of it.
  for (; rest.length > PART_BYTES; rest = rest.subarray(PART_BYTES)) if (!raw.write(rest.subarray(0, PART_BYTES))) await drained(raw, clock)
  if (!raw.writableEnded) raw.end(rest)
  giveUpOnSlowReader(raw, clock)
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
    giveUpOnSlowReader(raw, clock)
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

/** After the last write nothing else waits for the reader: what it does not take within a minute, it never will. */
function giveUpOnSlowReader(raw: ServerResponse, clock: Clock): void {
  if (raw.destroyed || !raw.socket || raw.writableLength === 0) return
  const patience = clock.after(SLOW_READER_MS, () => raw.destroy())
  raw.once('finish', patience.cancel)
  raw.once('close', patience.cancel)
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
  readonly clock: Clock
  readonly requestId: string
  readonly attempts: readonly AttemptSummary[]
  readonly headers: Readonly<Record<string, string>>
}

/** Whole where nothing was sent; inside the stream where it is open, and then the connection is closed without the end of the chunked body. */
export function writeFailure(raw: ServerResponse, error: HeadgateError, { dialect, clock, requestId, attempts, headers }: FailureContext): void {
  if (raw.destroyed || raw.writableEnded) return
  const context = { requestId, attempts }
  if (raw.headersSent) {
    const socket = raw.socket
    raw.write(dialect.encodeStreamError(error, context), () => socket?.destroySoon())
    giveUpOnSlowReader(raw, clock)
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
  giveUpOnSlowReader(raw, clock)
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
