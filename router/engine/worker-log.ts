/** What llama.cpp says, on its way out of the worker: warnings and errors always, its words about a model while it is loaded. Bounded; it never says what is asked or answered. */
import type { FromWorker } from './worker-protocol.ts'

type LogMessage = Extract<FromWorker, { type: 'log' }>

/** Per load; a model with a long list of metadata says the rest to nobody. */
const LOAD_LINES = 150
/** Warnings and errors per model: one that repeats itself must not fill a log. */
const WARNINGS = 500
const LINE_CHARACTERS = 300

export interface WorkerLog {
  /** A line of the library, with its own name of the level. */
  write(level: string, message: string): void
  /** From now on only warnings and errors. */
  loaded(): void
}

export function createWorkerLog(post: (message: LogMessage) => void): WorkerLog {
  let linesLeft = LOAD_LINES
  let warningsLeft = WARNINGS
  return {
    write(level, message) {
      const text = message.trim()
      if (/^[.\s]*$/.test(text)) return // the dots of its progress bar
      const ours = level === 'fatal' || level === 'error' ? 'error' : level === 'warn' ? 'warn' : 'debug'
      if (ours === 'debug' ? linesLeft-- <= 0 : warningsLeft-- <= 0) return
      post({ type: 'log', level: ours, message: text.slice(0, LINE_CHARACTERS) })
    },
    loaded() {
      linesLeft = 0
    },
  }
}
