import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seededChance } from '../../../router/core/clock.ts'
import { type Db, openDatabase } from '../../../router/registry/database.ts'
import { createRequestQueries, facetRows, type RequestFilter, type RequestQueries } from '../../../router/registry/request-query.ts'
import { createRequestStore } from '../../../router/registry/requests.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { endedRow } from '../../journeys/panel/many-rows.ts'

const total = facetRows + 2_000
let db: Db
let queries: RequestQueries
beforeAll(() => {
  const clock = manualClock()
  db = openDatabase(':memory:')
  const store = createRequestStore(db, { clock, onUnwritten: () => {}, onDropped: () => {} })
  const chance = seededChance(7)
  for (let number = 0; number < total; number++) {
    store.note(endedRow(number, total, clock.now(), chance), null)
    if (number % 2_000 === 1_999) store.flush()
  }
  store.flush()
  queries = createRequestQueries(db)
})
afterAll(() => db.close())

const filters: [string, RequestFilter][] = [
  ['nothing', {}],
  ['a tool', { tool: 'Zed' }],
  ['a tool that nobody used', { tool: 'nobody' }],
  ['a deployment', { deployment: 'm/away' }],
  ['a model', { model: 'qwen3:8b' }],
  ['a lane', { lane: 'remote' }],
  ['a reason', { reason: 'failed-over' }],
  ['a status', { status: '502' }],
  ['a class of status', { status: '5xx' }],
  ['errors', { errorsOnly: true }],
  ['moved', { fellBack: true }],
  ['a key', { keyId: 'key_1' }],
  ['a conversation', { session: JSON.stringify([null, 'm', 's7']) }],
  ['a time', { sinceMs: 0, untilMs: 1 }],
  ['words', { text: 'bad gateway 4711' }],
  ['a provider', { provider: 'here' }],
]

describe('every filter', () => {
  test.each(filters)('finds its page in an index, in order: no row is read that is not shown, and nothing is sorted (%s)', (_, filter) => {
    const steps = queries.explain({ ...filter, limit: 200 })
    // The one look-up of rows is by id, of those that the index found.
    expect(steps[0]).toMatch(/^SEARCH request USING INDEX sqlite_autoindex_request_1/)
    for (const step of steps.slice(1)) {
      expect(step).not.toMatch(/TEMP B-TREE/)
      if (/ request /.test(`${step} `)) expect(step).toMatch(/COVERING INDEX|INDEX request_errors/)
    }
  })

  test.each(filters)('counts what its pages hold (%s)', (_, filter) => {
    const seen = new Set<string>()
    for (let before: string | null = null; ; ) {
      const page = queries.list({ ...filter, limit: 1_000, before })
      for (const { id } of page) seen.add(id)
      if (page.length < 1_000) break
      before = page.at(-1)?.id ?? null
    }
    expect(queries.count(filter)).toBe(seen.size)
  })
})

test('a page far down is the same by offset and by cursor', () => {
  const newest = queries.list({ limit: 1 })[0]?.id as string
  const edge = queries.list({ limit: 1, before: newest, offset: 4_999 })[0]?.id as string
  expect(queries.list({ limit: 5, before: newest, offset: 5_000 })).toEqual(queries.list({ limit: 5, before: edge }))
  expect(queries.list({ limit: 3, after: edge }).at(-1)?.id).toBe(queries.list({ limit: 1, before: newest, offset: 4_998 })[0]?.id)
})

test('kinds are counted over the newest rows, totals over all', () => {
  const facets = queries.facets({ errorsOnly: true })
  expect(facets.total).toBe(total)
  expect(facets.errors).toBe(queries.count({ errorsOnly: true }))
  const counted = queries.facets({}).tool.reduce((sum, { count }) => sum + count, 0)
  expect(counted).toBe(facetRows)
})

test('percent, underscore and backslash of a search are themselves', () => {
  expect(queries.count({ text: '%' })).toBe(0)
  expect(queries.count({ text: 'req\\_' })).toBe(0)
  expect(queries.count({ text: 'REQ_' })).toBe(total)
})
