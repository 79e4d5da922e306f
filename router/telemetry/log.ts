/** Writes log lines: one JSON line per fact, names from outside cut to 200 characters, never a prompt, an answer or a secret. */
import { mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import pino from 'pino'
import type { RouterEvent } from '../core/events.ts'

const ROTATE_BYTES = 10 * 1024 * 1024
/** Lines are written together: a follower sees them this late. */
const FLUSH_MS = 200

export interface LogFile {
  /** A reader of the event bus. */
  read(event: RouterEvent): void
  close(): void
}

/** Opens (and once over 10 MB moves aside) the file. `now`: wall clock, ms. Throws when it cannot be written. */
export function openLog(file: string, now: () => number): LogFile {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  rotate(file)
  const fd = openSync(file, 'a', 0o600) // opened here: a file that cannot be opened is told to the caller, not thrown from a timer
  const destination = pino.destination({ dest: fd, sync: false, minLength: 8_192, periodicFlush: FLUSH_MS, mkdir: false })
  destination.on('error', () => {}) // a full disk must not end an answer
  return {
    read(event) {
      const line = lineOf(event)
      if (!line) return
      const text = JSON.stringify({ level: line.level, time: new Date(now()).toISOString(), msg: line.message, ...line.fields })
      destination.write(`${text}\n`)
    },
    close() {
      try {
        destination.flushSync()
        destination.end()
      } catch {
        // nothing was written yet, or the disk is full
      }
    },
  }
}

interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** The line of an event; null for what is not worth one. */
export function lineOf(event: RouterEvent): LogLine | null {
  switch (event.type) {
    case 'request-ended': {
      const { request } = event
      return {
        level: event.errorKind === null || event.errorKind === 'aborted-by-caller' ? 'info' : 'warn',
        message: 'request',
        fields: {
          id: request.id,
          key: request.keyId,
          tool: short(request.tool),
          dialect: request.dialect,
          model: short(request.model),
          deployment: short(event.deployment),
          lane: event.lane,
          reason: event.reason,
          status: event.status,
          attempts: event.attempts,
          first_output_ms: rounded(event.firstOutputMs),
          ms: rounded(event.durationMs),
          ...(event.errorKind === null ? {} : { error: event.errorKind, code: event.errorCode, detail: short(event.errorMessage) }),
        },
      }
    }
    case 'attempt-ended':
      if (event.attempt.outcome !== 'failed') return null
      return {
        level: 'warn',
        message: 'attempt failed',
        fields: {
          id: event.requestId,
          deployment: short(event.attempt.deployment),
          kind: event.attempt.kind,
          code: event.attempt.code,
          detail: short(event.attempt.message),
          ms: event.attempt.ms,
        },
      }
    case 'deployment-changed':
      return {
        level: 'info',
        message: 'deployment',
        fields: { deployment: short(event.deployment), from: event.from, to: event.to, detail: short(event.detail) },
      }
    case 'split-changed':
      return {
        level: 'info',
        message: 'split',
        fields: { by: event.by, remote_share: event.remoteShare, fallback: event.fallback, lock: event.lock },
      }
    case 'config-applied':
      return {
        level: 'info',
        message: 'configuration applied',
        fields: { version: event.version, files: event.files, warnings: event.warnings.map(short) },
      }
    case 'config-refused':
      return { level: 'error', message: `${event.file}:${event.line ?? 1}: ${short(event.message)}`, fields: {} }
    case 'engine-state':
      return {
        level: event.state === 'failed' ? 'error' : 'info',
        message: 'engine',
        fields: { model: short(event.model), state: event.state, detail: short(event.detail) },
      }
    case 'download-progress':
      if (event.state === 'downloading') return null
      return {
        level: event.state === 'failed' ? 'warn' : 'info',
        message: 'download',
        fields: { model: short(event.model), state: event.state, detail: short(event.detail) },
      }
    case 'log':
      return { level: event.level, message: event.message.slice(0, 2_000), fields: {} }
    default:
      return null
  }
}

const rounded = (ms: number | null) => (ms === null ? null : Math.round(ms * 10) / 10)

/** What a terminal or an editor would act on: control characters, line separators, direction marks, invisible ones. */
const acting = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

const plainAscii = /^[\x20-\x7e]{0,200}$/

/** Names and messages from outside: one line, nothing that acts, at most 200 characters. */
function short(text: string | null): string | null {
  if (text === null || plainAscii.test(text)) return text
  const plain = text.slice(0, 200).replace(acting, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
  return plain.length > 200 || text.length > 200 ? `${plain.slice(0, 199)}…` : plain
}

function rotate(file: string): void {
  try {
    if (statSync(file).size > ROTATE_BYTES) renameSync(file, `${file}.1`)
  } catch {
    // there is none yet
  }
}
