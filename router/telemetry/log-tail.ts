/** The end of a log file, read back as lines. Invariant: a file that is missing, cut or full of something else gives fewer lines, never an error. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { LogLevel, LogLineView } from './log-entry.ts'

const TAIL_BYTES = 1024 * 1024
const levels: ReadonlySet<unknown> = new Set<LogLevel>(['debug', 'info', 'warn', 'error'])

/** Lines of the last megabyte that are older than a wall-clock moment, oldest first. */
export function readLogTail(file: string, beforeMs: number): readonly LogLineView[] {
  try {
    const { size } = statSync(file)
    const length = Math.min(size, TAIL_BYTES)
    const bytes = Buffer.alloc(length)
    const descriptor = openSync(file, 'r')
    try {
      readSync(descriptor, bytes, 0, length, size - length)
    } finally {
      closeSync(descriptor)
    }
    return bytes
      .toString('utf8')
      .split('\n')
      .flatMap((text) => lineFrom(text) ?? [])
      .filter(({ at }) => at < beforeMs)
  } catch {
    return []
  }
}

function lineFrom(text: string): LogLineView | null {
  try {
    const { level, time, msg, source, ...fields } = JSON.parse(text) as Record<string, unknown>
    const at = new Date(String(time)).getTime()
    if (!levels.has(level) || typeof msg !== 'string' || Number.isNaN(at)) return null
    return { at, level: level as LogLevel, source: source === 'engine' || msg === 'engine' ? 'engine' : 'router', message: msg, fields }
  } catch {
    return null
  }
}
