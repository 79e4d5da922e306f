/** A setting's value as people read it; JSON where there is no better word. */
import { strings } from '../strings/index.ts'
import { count, percent } from './figures.ts'

const words = strings.settings

export function settingWords(path: string, value: unknown): string {
  if (value === null || value === undefined) return path.endsWith('.lock') || path === 'recording.until' ? words.none : words.automatic
  if (typeof value === 'boolean') return value ? words.on : words.off
  if (Array.isArray(value)) return value.length === 0 ? words.none : value.join(', ')
  if (path === 'engine.idle_unload') return words.idle[value as number] ?? words.idleOther(value as number)
  if (path === 'engine.memory_budget') return `${String(value)}\u00a0${words.units.gib}`
  if (path === 'engine.context') return `${count(value as number)} ${words.units.tokens}`
  if (path === 'recording.days' || path === 'ledger.days') return `${count(value as number)} ${words.units.days}`
  if (path === 'recording.mb') return `${count(value as number)}\u00a0${words.units.mb}`
  if (path.startsWith('timeouts.') || path === 'health_check' || path === 'guards.queue_wait') return words.seconds(value as number)
  if (path === 'server.port') return String(value)
  if (typeof value === 'number' && path.endsWith('.remote_share')) return percent(value * 100)
  if (typeof value === 'number') return Number.isInteger(value) ? count(value) : String(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Who said so: the panel, the default, a file with its line. */
export const sourceWords = (source: string): string => words.effective.sources[source] ?? source
