/** Sums over the ledger since one moment, in groups, carried on by what was written since the last look. Invariant: rows leave the ledger from the oldest on, so while the first row is the same, none has left. */
import type { Db } from './database.ts'

export interface SumsOf<Row> {
  /** What is asked of each group, the columns that name it among them. */
  readonly columns: string
  readonly groupBy: string
  readonly where: string
  /** Whose index has the columns: `id` those of the list, `at` those of tokens and money. */
  readonly by: 'id' | 'at'
  readonly keyOf: (row: Row) => string
  readonly joined: (before: Row, added: Row) => Row
}

interface Kept<Row> {
  readonly first: string
  readonly last: number
  readonly groups: Map<string, Row>
}

/** Moments that are asked for in turn: the day, the month. */
const MOMENTS_KEPT = 3

/** Asked again for the same moment it costs what was written in between: ask for the start of a day, not for "24 hours ago". */
export function createCarriedSums<Row>(db: Db, { columns, groupBy, where, by, keyOf, joined }: SumsOf<Row>): (sinceMs: number) => readonly Row[] {
  const firstRow = db.prepare('select id from request where at >= ? order by at, id limit 1').pluck()
  const lastRow = db.prepare('select max(rowid) from request').pluck()
  const sums = (rows: string) => db.prepare(`select ${columns} from request where ${rows} and ${where} group by ${groupBy}`)
  // Ids sort by time: from the first row of the moment on, both mean the same rows.
  const whole = sums(`${by} >= ?`)
  // The plus keeps SQLite from reading the whole day by its index where only the newest rows are asked for.
  const added = sums('rowid > ? and +at >= ?')
  const moments = new Map<number, Kept<Row>>()
  return (sinceMs) => {
    const before = moments.get(sinceMs)
    const first = firstRow.get(sinceMs) as string | undefined
    moments.delete(sinceMs)
    if (first === undefined) return []
    const last = lastRow.get() as number
    const carriesOn = before?.first === first
    const groups = carriesOn ? before.groups : new Map<string, Row>()
    const rows = carriesOn ? (before.last === last ? [] : added.all(before.last, sinceMs)) : whole.all(by === 'id' ? first : sinceMs)
    for (const row of rows as Row[]) {
      const key = keyOf(row)
      const known = groups.get(key)
      groups.set(key, known ? joined(known, row) : row)
    }
    moments.set(sinceMs, { first, last, groups })
    if (moments.size > MOMENTS_KEPT) moments.delete(moments.keys().next().value as number)
    return [...groups.values()]
  }
}
