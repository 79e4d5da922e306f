/** The log's lines and the support bundle: `/admin/logs` and `/admin/support-bundle`. */
import { call } from './client.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogSource = 'router' | 'engine'

export interface LogLine {
  /** Counts up within one run. */
  readonly id: number
  readonly at: string
  readonly level: LogLevel
  readonly source: LogSource
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface LogPage {
  /** Another run counts its lines anew. */
  readonly run: string
  readonly files: readonly string[]
  /** Oldest first. */
  readonly lines: readonly LogLine[]
}

export const fetchLogs = (query: Readonly<Record<string, string>>): Promise<LogPage> => call('GET', `/admin/logs?${new URLSearchParams(query)}`)
export const fetchSupportBundle = (): Promise<unknown> => call('POST', '/admin/support-bundle', {})
