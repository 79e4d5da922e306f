/** What the panel's rules become when one is added, changed, moved or removed. Pure: the whole set is sent, and the router checks it. */
import type { Entry, RuleName, StoredRules } from '../api/rules.ts'

export type RuleKind = RuleName['kind']
export type RuleKey = keyof StoredRules
/** Name in a map, index in a list; null = smart routing, which there is once. */
export type RuleAt = string | number | null

export const keyOf: Readonly<Record<RuleKind, RuleKey>> = {
  metadata: 'request_metadata_routing',
  exact: 'exact_matches',
  pattern: 'patterns',
  capability: 'capabilities',
  size: 'model_size_routing',
  smart: 'smart_routing',
  chain: 'fallback_chains',
}

/** A rule in its dialog. */
export interface Editing {
  readonly kind: RuleKind
  /** Null = a new one. */
  readonly at: RuleAt
  readonly name: string
  readonly entry: Entry
}

/** `at` null = a new one. In a map `name` is its key, and a renamed rule keeps its place. */
export function withRule(stored: StoredRules, kind: RuleKind, { at, name, entry }: Omit<Editing, 'kind'>): StoredRules {
  const key = keyOf[kind]
  if (kind === 'smart') return { ...stored, [key]: entry }
  const rows = rowsOf(stored, kind)
  const row = { name, entry }
  const next = at === null ? [...rows, row] : rows.map((each, index) => (each.name === at || (isList(kind) && index === at) ? row : each))
  return withRows(stored, kind, next)
}

export function withoutRule(stored: StoredRules, kind: RuleKind, at: RuleAt): StoredRules {
  return withRows(stored, kind, kind === 'smart' ? [] : rowsOf(stored, kind).filter(({ name }, index) => (isList(kind) ? index !== at : name !== at)))
}

/** Before or after its neighbour; nothing beyond the ends. */
export function movedRule(stored: StoredRules, kind: RuleKind, at: RuleAt, step: 1 | -1): StoredRules {
  const rows = [...rowsOf(stored, kind)]
  const from = isList(kind) ? Number(at) : rows.findIndex(({ name }) => name === at)
  const [row] = rows.splice(from, 1)
  if (!row || from + step < 0 || from + step > rows.length) return stored
  rows.splice(from + step, 0, row)
  return withRows(stored, kind, rows)
}

/** The order of the stored rules of a kind. */
export function rowsOf(stored: StoredRules, kind: RuleKind): readonly { readonly name: string; readonly entry: Entry }[] {
  const value = stored[keyOf[kind]]
  if (value === undefined) return []
  if (Array.isArray(value)) return (value as Entry[]).map((entry) => ({ name: String(entry?.[kind === 'size' ? 'size' : 'pattern'] ?? ''), entry }))
  return kind === 'smart'
    ? [{ name: '', entry: value as Entry }]
    : Object.entries(value as Record<string, Entry>).map(([name, entry]) => ({ name, entry }))
}

const isList = (kind: RuleKind): boolean => kind === 'pattern' || kind === 'size'

function withRows(stored: StoredRules, kind: RuleKind, rows: readonly { readonly name: string; readonly entry: Entry }[]): StoredRules {
  const { [keyOf[kind]]: _before, ...rest } = stored
  if (rows.length === 0) return rest
  return { ...rest, [keyOf[kind]]: isList(kind) ? rows.map(({ entry }) => entry) : Object.fromEntries(rows.map(({ name, entry }) => [name, entry])) }
}
