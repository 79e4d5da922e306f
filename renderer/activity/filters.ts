/** What the list is filtered by, as it stands in the address: so that a link, a reload and Back lead to the same rows. */
import type { RequestRow } from '../api/types.ts'

/** In the order of their chips; the names are those of `GET /admin/requests`. */
export const filterNames = [
  'errors',
  'fell_back',
  'lane',
  'tool',
  'deployment',
  'provider',
  'model',
  'reason',
  'status',
  'key_id',
  'session',
  'since',
  'until',
  'q',
] as const
export type FilterName = (typeof filterNames)[number]
export type Filters = { readonly [Name in FilterName]?: string }

/** Unknown names and empty values filter nothing. */
export function filtersOf(query: Readonly<Record<string, string>>): Filters {
  const entries = filterNames.flatMap((name) => {
    const value = query[name]
    return value === undefined || value === '' || (isFlag(name) && value !== '1') ? [] : [[name, value]]
  })
  return Object.fromEntries(entries) as Filters
}

export function withFilter(filters: Filters, name: FilterName, value: string | null): Filters {
  const { [name]: _before, ...rest } = filters
  return value === null || value === '' ? rest : { ...rest, [name]: value }
}

export const isFlag = (name: FilterName): boolean => name === 'errors' || name === 'fell_back'

/** Does a row that just came pass? Null = only the router can tell. */
export function passes(row: RequestRow, filters: Filters): boolean | null {
  const { errors, fell_back, lane, tool, deployment, model, reason, status, key_id, since, until, q } = filters
  const isKnownToFail =
    (lane !== undefined && row.lane !== lane) ||
    (tool !== undefined && row.tool !== tool) ||
    (deployment !== undefined && row.deployment !== deployment) ||
    (model !== undefined && row.model !== model) ||
    (reason !== undefined && row.reason !== reason) ||
    (status !== undefined && !matchesStatus(row.status, status)) ||
    (key_id !== undefined && row.key_id !== key_id) ||
    (since !== undefined && row.at < toIso(since)) ||
    (until !== undefined && row.at > toIso(until)) ||
    (errors !== undefined && (row.status === null || row.status < 400 || row.status === 499)) ||
    (fell_back !== undefined && row.attempts < 2 && row.reason !== 'failed-over' && row.reason !== 'fallback') ||
    (q !== undefined && !textOf(row).includes(q.trim().toLowerCase()))
  if (isKnownToFail) return false
  return filters.provider === undefined && filters.session === undefined ? true : null
}

function matchesStatus(status: number | null, wanted: string): boolean {
  return status !== null && (wanted.endsWith('xx') ? String(status)[0] === wanted[0] : String(status) === wanted)
}

const toIso = (moment: string): string => {
  const time = new Date(/^\d+$/.test(moment) ? Number(moment) : moment)
  return Number.isNaN(time.getTime()) ? moment : time.toISOString()
}

const textOf = ({ id, tool, model, deployment, error }: RequestRow): string =>
  [id, tool, model, deployment, error?.code, error?.message].filter(Boolean).join('\n').toLowerCase()
