/** A log line in words: the usual facts as sentences, the rest of its fields behind it; a line of another kind is shown as it is. */
import type { LogLine } from '../api/logs.ts'
import { strings } from '../strings/index.ts'
import { duration, percent } from './figures.ts'

export interface LineWords {
  readonly text: string
  /** `name=value`, in grey. */
  readonly rest: string
  /** The request that it is about; null = none. */
  readonly requestId: string | null
}

const words = strings.logs.lines

export function lineWords({ message, fields }: LogLine): LineWords {
  const text = (name: string) => (fields[name] === null || fields[name] === undefined ? '' : String(fields[name]))
  const ms = (name: string) => duration(Number(fields[name] ?? 0))
  const requestId = /^req_/.test(text('id')) ? text('id') : null
  const with_ = (said: string, ...used: readonly string[]): LineWords => ({ text: said, rest: restOf(fields, [...used, 'id']), requestId })
  switch (message) {
    case 'request':
      return with_(
        words.request(text('tool'), text('deployment') || text('model') || '–', text('status'), ms('ms'), text('detail')),
        ...requestFields,
      )
    case 'attempt failed':
      return with_(words.attempt(text('deployment'), text('detail') || text('code'), ms('ms')), 'deployment', 'code', 'detail', 'ms', 'kind')
    case 'deployment':
      return with_(words.deployment(text('deployment'), text('from'), text('to')), 'deployment', 'from', 'to')
    case 'split':
      return with_(
        words.split(percent(Number(fields['remote_share'] ?? 0) * 100), fields['fallback'] === true, text('lock') || null, text('by')),
        ...Object.keys(fields),
      )
    case 'setting':
      return with_(words.setting(text('what'), text('detail'), text('by')), 'what', 'detail', 'by')
    case 'engine':
      return with_(words.engine(text('model'), text('state')), 'model', 'state')
    case 'download':
      return with_(words.download(text('model'), text('state')), 'model', 'state')
    case 'configuration applied':
      return with_(words.configuration(text('version'), Array.isArray(fields['files']) ? fields['files'].length : 0), 'version', 'files')
    default:
      return { text: message, rest: restOf(fields, []), requestId }
  }
}

const requestFields = ['tool', 'deployment', 'model', 'status', 'ms', 'dialect', 'key', 'first_output_ms', 'attempts', 'error', 'code', 'detail']

function restOf(fields: Readonly<Record<string, unknown>>, used: readonly string[]): string {
  return Object.entries(fields)
    .filter(([name, value]) => !used.includes(name) && value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
}

/** As a line of text, for the clipboard. */
export function lineText(line: LogLine): string {
  const rest = restOf(line.fields, [])
  return `${line.at} ${line.level} ${line.source} ${line.message}${rest === '' ? '' : ` ${rest}`}`
}
