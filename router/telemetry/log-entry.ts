/** One line of the log as the panel sees it. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogSource = 'router' | 'engine'

export interface LogLineView {
  /** Wall clock, ms. */
  readonly at: number
  readonly level: LogLevel
  readonly source: LogSource
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface LogEntry extends LogLineView {
  /** Counts up within one run. */
  readonly id: number
}
