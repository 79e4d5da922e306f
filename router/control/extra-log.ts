/** The log file that the configuration names, beside the router's own. Invariant: a file that cannot be written costs its lines, nothing else. */
import type { RouterEvent } from '../core/events.ts'
import type { LogFile } from '../telemetry/log.ts'

export interface ExtraLog {
  /** A reader of the event bus. */
  read(event: RouterEvent): void
  /** Writes to `file` from now on; null = to none. */
  follow(file: string | null): void
  close(): void
}

export function createExtraLog(parts: { readonly open: (file: string) => LogFile; readonly emit: (event: RouterEvent) => void }): ExtraLog {
  let inUse: string | null = null
  let log: LogFile | null = null
  return {
    read: (event) => log?.read(event),
    follow(file) {
      if (file === inUse) return
      log?.close()
      log = null
      inUse = file
      if (file === null) return
      try {
        log = parts.open(file)
      } catch (error) {
        parts.emit({ type: 'log', level: 'error', message: `logging.output: ${file} cannot be written: ${(error as Error).message}` })
      }
    },
    close: () => log?.close(),
  }
}
