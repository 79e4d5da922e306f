/** Questions to the ledger: pages by filter, counts, and what there is to filter by. Invariant: each is answered from an index; no row is read that is not shown. */
import type { Lane } from '../core/deployment.ts'
import type { Db } from './database.ts'
import { type RequestRow, rowColumns, rowOf, type StoredRequest } from './request-rows.ts'

/** What is absent or null does not filter. */
export interface RequestFilter {
  readonly tool?: string | null
  /** That answered, or was tried last. */
  readonly deployment?: string | null
  /** That was tried, also where another answered. */
  readonly provider?: string | null
  readonly model?: string | null
  readonly lane?: Lane | null
  readonly reason?: string | null
  /** A status, or its class (`4xx`). */
  readonly status?: string | null
  /** Refused or failed; a caller who went away is no error. */
  readonly errorsOnly?: boolean
  /** More than one try, or a conversation that stays where it was moved to. */
  readonly fellBack?: boolean
  readonly session?: string | null
  readonly keyId?: string | null
  /** Wall clock, ms. */
  readonly sinceMs?: number | null
  readonly untilMs?: number | null
  /** Part of the id, tool, model, deployment, error code or error message. */
  readonly text?: string | null
}

/** A page of the rows that pass the filter, newest first; ids sort by time. */
export interface RequestPage extends RequestFilter {
  readonly limit: number
  /** Only rows older than this id. */
  readonly before?: string | null
  /** Only rows newer than this id: those that follow it directly. */
  readonly after?: string | null
  /** Rows that are passed over. With `before` it stays true while new rows come. */
  readonly offset?: number
}

export interface Counted {
  readonly value: string
  readonly count: number
}

/** How many rows there are, and of which kinds: each kind counted under the other filters, over the newest `facetRows` rows. */
export interface RequestFacets {
  /** These three are exact; errors and moves do not count under each other. */
  readonly total: number
  readonly errors: number
  readonly fellBack: number
  readonly tool: readonly Counted[]
  readonly deployment: readonly Counted[]
  readonly model: readonly Counted[]
  readonly lane: readonly Counted[]
  readonly reason: readonly Counted[]
  /** By class: `2xx`. */
  readonly status: readonly Counted[]
}

export interface RequestQueries {
  list(page: RequestPage): readonly RequestRow[]
  count(filter: RequestFilter): number
  facets(filter: RequestFilter): RequestFacets
  /** The SQL of a page, for the test that looks at its plan. */
  explain(page: RequestPage): readonly string[]
}

/** More rows are not counted by kind: the router answers nobody while it counts (10 000 take 15 ms). */
export const facetRows = 10_000

const erred = 'error_kind is not null and status <> 499'
const moved = "(attempts > 1 or reason in ('failed-over', 'fallback'))"

interface Condition {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

export function createRequestQueries(db: Db): RequestQueries {
  const pageOf = (page: RequestPage) => {
    const { before = null, after = null, offset = 0, limit } = page
    const condition = joined([
      ...conditionsOf(page),
      ...(before === null ? [] : [{ sql: 'id < ?', values: [before] }]),
      ...(after === null ? [] : [{ sql: 'id > ?', values: [after] }]),
    ])
    const inner = `select id from request ${condition.sql} order by id ${after === null ? 'desc' : 'asc'} limit ? offset ?`
    return { sql: `select ${rowColumns} from request where id in (${inner}) order by id desc`, values: [...condition.values, limit, offset] }
  }

  return {
    list(page) {
      const { sql, values } = pageOf(page)
      return (db.prepare(sql).all(...values) as StoredRequest[]).map(rowOf)
    },
    explain(page) {
      const { sql, values } = pageOf(page)
      return (db.prepare(`explain query plan ${sql}`).all(...values) as { detail: string }[]).map(({ detail }) => detail)
    },
    count,
    facets(filter) {
      const { tool: _1, deployment: _2, model: _3, lane: _4, reason: _5, status: _6, errorsOnly: _7, fellBack: _8, ...wide } = filter
      const { sql, values } = joined(conditionsOf(wide))
      const groups = db
        .prepare(
          `select tool, deployment, model, lane, reason, status, errors, fellBack, count(*) as count
           from (select tool, deployment, model, lane, reason, status / 100 as status, ${erred} as errors, ${moved} as fellBack
             from request ${sql} order by id desc limit ${facetRows}) group by 1, 2, 3, 4, 5, 6, 7, 8`,
        )
        .all(...values) as Group[]
      const every = { ...filter, errorsOnly: false, fellBack: false }
      return {
        total: count(every),
        errors: count({ ...every, errorsOnly: true }),
        fellBack: count({ ...every, fellBack: true }),
        ...kindsOf(groups, filter),
      }
    },
  }

  function count(filter: RequestFilter): number {
    const { sql, values } = joined(conditionsOf(filter))
    return db
      .prepare(`select count(*) from request ${sql}`)
      .pluck()
      .get(...values) as number
  }
}

interface Group {
  readonly tool: string
  readonly deployment: string | null
  readonly model: string | null
  readonly lane: Lane | null
  readonly reason: string | null
  /** Hundreds. */
  readonly status: number
  readonly errors: 0 | 1
  readonly fellBack: 0 | 1
  readonly count: number
}

type Kind = 'tool' | 'deployment' | 'model' | 'lane' | 'reason' | 'status'
const kinds: readonly Kind[] = ['tool', 'deployment', 'model', 'lane', 'reason', 'status']

function kindsOf(groups: readonly Group[], filter: RequestFilter): Record<Kind, readonly Counted[]> {
  const wanted = { ...filter, status: filter.status?.charAt(0) ?? null }
  const passes = (group: Group, except: Kind) =>
    kinds.every((kind) => kind === except || (wanted[kind] ?? null) === null || wanted[kind] === String(group[kind])) &&
    (!filter.errorsOnly || group.errors === 1) &&
    (!filter.fellBack || group.fellBack === 1)
  const counted = (kind: Kind): readonly Counted[] => {
    const counts = new Map<string, number>()
    for (const group of groups) {
      if (group[kind] === null || !passes(group, kind)) continue
      const value = kind === 'status' ? `${group.status}xx` : (group[kind] as string)
      counts.set(value, (counts.get(value) ?? 0) + group.count)
    }
    return [...counts].map(([value, count]) => ({ value, count })).sort((one, other) => other.count - one.count)
  }
  return Object.fromEntries(kinds.map((kind) => [kind, counted(kind)])) as Record<Kind, readonly Counted[]>
}

function conditionsOf(filter: RequestFilter): Condition[] {
  const conditions: Condition[] = []
  const add = (sql: string, ...values: (string | number)[]) => conditions.push({ sql, values })
  const { tool = null, deployment = null, provider = null, model = null, lane = null, reason = null } = filter
  const { status = null, session = null, keyId = null, sinceMs = null, untilMs = null, text = null } = filter
  if (tool !== null) add('tool = ?', tool)
  if (deployment !== null) add('deployment = ?', deployment)
  if (provider !== null) add('exists (select 1 from attempt where request_id = request.id and provider = ?)', provider)
  if (model !== null) add('model = ?', model)
  if (lane !== null) add('lane = ?', lane)
  if (reason !== null) add('reason = ?', reason)
  if (status !== null) add(/^\dxx$/.test(status) ? 'status / 100 = ?' : 'status = ?', Number.parseInt(status, 10))
  if (filter.errorsOnly) add(erred)
  if (filter.fellBack) add(moved)
  if (session !== null) add('session = ?', session)
  if (keyId !== null) add('key_id = ?', keyId)
  // The plus keeps the index of `at` out: it would read and sort a whole day for one page.
  if (sinceMs !== null) add('+at >= ?', sinceMs)
  if (untilMs !== null) add('+at <= ?', untilMs)
  if (text !== null && text !== '') {
    const pattern = `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
    const like = (column: string) => `${column} like ? escape '\\'`
    // Messages are long and rare: they are looked for among the errors alone.
    const messages = `id in (select id from request indexed by request_errors where error_kind is not null and ${like('error_message')})`
    const columns = ['id', 'tool', 'model', 'deployment', 'error_code']
    add(`(${[...columns.map(like), messages].join(' or ')})`, ...columns.map(() => pattern), pattern)
  }
  return conditions
}

function joined(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.length === 0 ? '' : `where ${conditions.map(({ sql }) => sql).join(' and ')}`,
    values: conditions.flatMap(({ values }) => values),
  }
}
