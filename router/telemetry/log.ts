/** Writes log lines: one JSON line per fact, made and written together behind the answers; names from outside cut to 200 characters, never a prompt, an answer or a secret. */
import { mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import pino from 'pino'
import { type Clock, systemClock, type Timer } from '../core/clock.ts'
import type { RouterEvent } from '../core/events.ts'

const ROTATE_BYTES = 10 * 1024 * 1024
/** Lines are made and written together: a follower sees them this late, errors at once. */
const FLUSH_MS = 200

export interface LogFile {
  /** A reader of the event bus. */
  read(event: RouterEvent): void
  close(): void
}

/** Opens the file; at 10 MB it is moved aside. `now`: wall clock, ms; `after`: the timers of the same clock. Throws when it cannot be written. */
export function openLog(file: string, now: () => number, after: Clock['after'] = systemClock.after): LogFile {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  let bytes = sizeOf(file)
  if (bytes >= ROTATE_BYTES) {
    renameSync(file, `${file}.1`)
    bytes = 0
  }
  let { destination, descriptor } = open(file) // opened here: a file that cannot be opened is told to the caller, not thrown from a timer
  const waiting: { readonly at: number; readonly event: RouterEvent }[] = []
  let timer: Timer | null = null

  /** What waits, as text; nothing waits any more. */
  function taken(): string {
    timer?.cancel()
    timer = null
    return waiting
      .splice(0)
      .map(({ at, event }) => textOf(at, event))
      .join('')
  }

  function flush(): void {
    const text = taken()
    if (text === '') return
    if (bytes >= ROTATE_BYTES) rotate()
    bytes += Buffer.byteLength(text)
    destination.write(text)
  }

  function rotate(): void {
    bytes = 0
    try {
      renameSync(file, `${file}.1`)
      const next = open(file)
      destination.end() // when what it has is written
      ;({ destination, descriptor } = next)
    } catch {
      // the old one goes on: a log must not end a router
    }
  }

  return {
    read(event) {
      waiting.push({ at: now(), event })
      if (isUrgent(event)) flush()
      else timer ??= after(FLUSH_MS, flush)
    },
    close() {
      try {
        // Past the destination, which would still be writing when its owner is gone.
        writeSync(descriptor, taken())
        destination.flushSync()
        destination.end()
      } catch {
        // nothing was written yet, or the disk is full
      }
    },
  }
}

function open(file: string) {
  const descriptor = openSync(file, 'a', 0o600)
  const destination = pino.destination({ dest: descriptor, sync: false, mkdir: false })
  destination.on('error', () => {}) // a full disk must not end an answer
  return { destination, descriptor }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

const isUrgent = (event: RouterEvent): boolean =>
  event.type === 'config-refused' || (event.type === 'log' && event.level === 'error') || (event.type === 'engine-state' && event.state === 'failed')

/** The line of an event; empty for what is not worth one. Every text in it is made harmless here. */
function textOf(at: number, event: RouterEvent): string {
  const line = lineOf(event)
  if (!line) return ''
  const value: Record<string, unknown> = { level: line.level, time: new Date(at).toISOString(), msg: short(line.message, 2_000) }
  for (const name in line.fields) value[name] = harmless(line.fields[name] as Field)
  return `${JSON.stringify(value)}\n`
}

/** The same line as a value, as harmless as in the file. */
export function harmlessLine(event: RouterEvent): LogLine | null {
  const line = lineOf(event)
  if (!line) return null
  const fields: Record<string, Field> = {}
  for (const name in line.fields) fields[name] = harmless(line.fields[name] as Field)
  return { level: line.level, message: short(line.message, 2_000), fields }
}

/** Texts as they may stand in a line. No replacer of JSON.stringify: it is called for every member, and that costs more than the rest of the line. */
function harmless(field: Field): Field {
  if (typeof field === 'string') return short(field, 200)
  return Array.isArray(field) ? field.map((text: string) => short(text, 200)) : field
}

type Field = string | number | boolean | null | readonly string[]

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, Field>>
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
          tool: request.tool,
          dialect: request.dialect,
          model: request.model,
          deployment: event.deployment,
          lane: event.lane,
          reason: event.reason,
          status: event.status,
          attempts: event.attempts,
          first_output_ms: rounded(event.firstOutputMs),
          ms: rounded(event.durationMs),
          ...(event.errorKind === null ? {} : { error: event.errorKind, code: event.errorCode, detail: event.errorMessage }),
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
          deployment: event.attempt.deployment,
          kind: event.attempt.kind,
          code: event.attempt.code,
          detail: event.attempt.message,
          ms: event.attempt.ms,
        },
      }
    case 'deployment-changed':
      return {
        level: 'info',
        message: 'deployment',
        fields: { deployment: event.deployment, from: event.from, to: event.to, detail: event.detail },
      }
    case 'split-changed':
      return {
        level: 'info',
        message: 'split',
        fields: { by: event.by, remote_share: event.remoteShare, fallback: event.fallback, lock: event.lock },
      }
    case 'guard-changed':
      return { level: 'info', message: 'guard', fields: { guard: event.guard, detail: event.detail } }
    case 'setting-changed':
      return { level: 'info', message: 'setting', fields: { what: event.what, by: event.by, detail: event.detail } }
    case 'config-applied':
      return {
        level: 'info',
        message: 'configuration applied',
        fields: { version: event.version, files: event.files, warnings: event.warnings },
      }
    case 'config-refused':
      return { level: 'error', message: `${event.file}:${event.line ?? 1}: ${event.message}`, fields: {} }
    case 'engine-state':
      return {
        level: event.state === 'failed' ? 'error' : 'info',
        message: 'engine',
        fields: { model: event.model, state: event.state, detail: event.detail },
      }
    case 'download-progress':
      if (event.state === 'downloading') return null
      return {
        level: event.state === 'failed' ? 'warn' : 'info',
        message: 'download',
        fields: { model: event.model, state: event.state, detail: event.detail },
      }
    case 'log':
      return { level: event.level, message: event.message, fields: event.source === undefined ? {} : { source: event.source } }
    default:
      return null
  }
}

const rounded = (ms: number | null) => (ms === null ? null : Math.round(ms * 10) / 10)

/** What a terminal or an editor would act on: control characters, line separators, direction marks, invisible ones. */
const acting = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

const plainAscii = /^[\x20-\x7e]*$/

/** One line, nothing that acts, at most `limit` characters. */
function short(text: string, limit: number): string {
  if (text.length <= limit && plainAscii.test(text)) return text
  const plain = text.slice(0, limit).replace(acting, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
  return plain.length > limit || text.length > limit ? `${plain.slice(0, limit - 1)}…` : plain
}
