/** The last log lines in memory, for the panel: kept as events, made into lines when somebody looks. Invariant: a line costs nothing until it is read, and the memory is bounded. */
import type { RouterEvent } from '../core/events.ts'
import { harmlessLine } from './log.ts'
import type { LogEntry, LogLevel, LogLineView, LogSource } from './log-entry.ts'

export interface LogQuery {
  readonly limit: number
  readonly source?: LogSource | null
  /** This level and what is more severe. */
  readonly level?: LogLevel
  readonly before?: number | null
  readonly after?: number | null
  readonly text?: string | null
}

export interface LogRing {
  /** A reader of the event bus. */
  read(event: RouterEvent): void
  /** The newest lines that pass, oldest first. */
  list(query: LogQuery): readonly LogEntry[]
}

export const ringLines = 5_000
const severity: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

interface Slot {
  readonly id: number
  readonly at: number
  readonly event: RouterEvent
  /** Undefined = not made yet. */
  entry?: LogEntry
}

/** `now`: wall clock, ms. `earlier`: lines that the file has from before this run, read when they are first asked for. */
export function createLogRing(now: () => number, earlier: () => readonly LogLineView[], lines = ringLines): LogRing {
  const slots: (Slot | undefined)[] = []
  let nextId = lines + 1
  let older: readonly LogEntry[] | null = null

  function entryOf(slot: Slot): LogEntry {
    slot.entry ??= made(slot)
    return slot.entry
  }

  return {
    read(event) {
      if (!hasLine(event)) return
      const id = nextId++
      slots[id % lines] = { id, at: now(), event }
    },
    list({ limit, source = null, level = 'debug', before = null, after = null, text = null }) {
      older ??= earlier()
        .slice(-lines)
        .map((line, index, all) => ({ id: lines - all.length + index + 1, ...line }))
      const words = text?.toLowerCase() ?? ''
      const passes = (entry: LogEntry) =>
        severity.indexOf(entry.level) >= severity.indexOf(level) &&
        (source === null || entry.source === source) &&
        (words === '' || `${entry.message} ${JSON.stringify(entry.fields)}`.toLowerCase().includes(words))
      const found: LogEntry[] = []
      const first = Math.max(lines + 1, nextId - lines)
      for (let id = Math.min(nextId, before ?? nextId) - 1; id >= first && id > (after ?? 0) && found.length < limit; id--) {
        const slot = slots[id % lines]
        if (slot?.id === id && passes(entryOf(slot))) found.push(entryOf(slot))
      }
      for (let place = older.length - 1; place >= 0 && found.length < limit; place--) {
        const entry = older[place] as LogEntry
        if (entry.id <= (after ?? 0)) break
        if (entry.id < (before ?? Number.POSITIVE_INFINITY) && passes(entry)) found.push(entry)
      }
      return found.reverse()
    },
  }
}

/** Cheap: asked for every event of every request. */
function hasLine(event: RouterEvent): boolean {
  switch (event.type) {
    case 'request-decided':
    case 'attempt-started':
      return false
    case 'attempt-ended':
      return event.attempt.outcome === 'failed'
    case 'download-progress':
      return event.state !== 'downloading'
    default:
      return true
  }
}

function made({ id, at, event }: Slot): LogEntry {
  const { level, message, fields } = harmlessLine(event) ?? { level: 'debug', message: event.type, fields: {} }
  const { source, ...rest } = fields
  return { id, at, level, source: source === 'engine' || event.type === 'engine-state' ? 'engine' : 'router', message, fields: rest }
}
