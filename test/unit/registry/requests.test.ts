import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Usage } from '../../../router/core/conversation.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { openDatabase } from '../../../router/registry/database.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { ledgerLimits } from '../../../router/registry/ledger-pruning.ts'
import { createRequestStore } from '../../../router/registry/requests.ts'
import { attemptEnded } from '../../fakes/attempt-end.ts'
import { type ManualClock, manualClock, startOfTest } from '../../fakes/manual-clock.ts'

let clock: ManualClock
let registry: Registry
beforeEach(() => {
  clock = manualClock()
  registry = openRegistry(':memory:', clock)
})
afterEach(() => registry.close())

type Ended = Extract<RouterEvent, { type: 'request-ended' }>
const usage = (input: number, output: number): Usage => ({
  uncachedInput: input,
  cacheRead: 2,
  cacheWrite: null,
  outputText: output,
  outputReasoning: null,
  source: 'reported',
})

function ended(id: string, more: Partial<Omit<Ended, 'type' | 'request'>> = {}, request: Partial<Ended['request']> = {}): Ended {
  return {
    type: 'request-ended',
    request: { id, at: clock.now(), keyId: null, tool: 'zed', dialect: 'openai-chat', model: 'm', stream: true, ...request },
    plan: null,
    session: null,
    facts: null,
    status: 200,
    deployment: 'm/here',
    lane: 'local',
    reason: 'drawn',
    attempts: 1,
    firstOutputMs: 12.5,
    durationMs: 90,
    usage: null,
    costUsd: null,
    errorKind: null,
    errorCode: null,
    errorMessage: null,
    ...more,
  }
}
const all = { limit: 100, before: null, tool: null, deployment: null, model: null, errorsOnly: false }

describe('the ledger', () => {
  test('lists newest first, page by page', () => {
    for (const id of ['req_1', 'req_2', 'req_3']) registry.requests.note(ended(id), null)
    expect(registry.requests.list(all).map(({ id }) => id)).toEqual(['req_3', 'req_2', 'req_1'])
    const page = registry.requests.list({ ...all, limit: 2 })
    expect(registry.requests.list({ ...all, limit: 2, before: page.at(-1)!.id }).map(({ id }) => id)).toEqual(['req_1'])
  })

  test('is filtered by tool, deployment, model and errors', () => {
    registry.requests.note(ended('req_1', {}, { tool: 'cline' }), null)
    registry.requests.note(ended('req_2', { deployment: 'm/away', lane: 'remote' }), null)
    registry.requests.note(ended('req_3', {}, { model: 'n' }), null)
    registry.requests.note(
      ended('req_4', { status: 502, errorKind: 'failed-upstream', errorCode: 'upstream_error', errorMessage: 'it\'s "broken"' }),
      null,
    )
    const ids = (filter: Partial<typeof all> | Record<string, unknown>) =>
      registry.requests.list({ ...all, ...filter } as typeof all).map(({ id }) => id)
    expect(ids({ tool: 'cline' })).toEqual(['req_1'])
    expect(ids({ deployment: 'm/away' })).toEqual(['req_2'])
    expect(ids({ model: 'n' })).toEqual(['req_3'])
    expect(ids({ errorsOnly: true })).toEqual(['req_4'])
    expect(ids({ tool: "x' or 1=1 --" })).toEqual([])
  })

  test('gives one request back with its plan and its attempts, unknown figures as unknown', () => {
    registry.requests.note(ended('req_1', { usage: usage(10, 5), costUsd: 0.002, attempts: 2 }, { keyId: 'key_1' }), () => '{"model":"m"}')
    for (const index of [1, 0])
      registry.requests.note(
        {
          type: 'attempt-ended',
          requestId: 'req_1',
          keyId: 'key_1',
          attempt: {
            index,
            deployment: index === 0 ? 'm/here' : 'm/away',
            provider: 'here',
            lane: 'local',
            outcome: index === 0 ? 'failed' : 'answered',
            status: index === 0 ? 500 : 200,
            kind: index === 0 ? 'failed-upstream' : 'answered',
            code: index === 0 ? 'upstream_error' : 'answered',
            errorKind: index === 0 ? 'failed-upstream' : null,
            message: null,
            safeToRepeat: true,
            retryAfterMs: null,
            startedMs: index * 10,
            firstOutputMs: index === 0 ? null : 20,
            ms: 10,
            usage: index === 0 ? null : usage(10, 5),
            finish: 'stop',
            isStream: true,
            afterModelLoad: false,
          },
        },
        null,
      )
    const found = registry.requests.get('req_1')
    expect(found?.row).toMatchObject({ keyId: 'key_1', usage: usage(10, 5), costUsd: 0.002, stream: true, attempts: 2 })
    expect(found?.plan).toEqual({ model: 'm' })
    expect(found?.attempts.map(({ index, outcome, usage: used }) => [index, outcome, used?.outputText ?? null])).toEqual([
      [0, 'failed', null],
      [1, 'answered', 5],
    ])
    expect(registry.requests.get('req_2')).toBeNull()
  })

  test('keeps what it has when it cannot write, at most 10 000 rows, and can still be read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'headgate-ledger-'))
    const file = join(folder, 'headgate.db')
    const store = openRegistry(file, clock)
    store.requests.note(ended('req_0'), null)
    store.flush()
    const disk = new Database(file)
    disk.exec("create trigger full before insert on request begin select raise(abort, 'database or disk is full'); end")
    for (let i = 1; i <= 10_001; i++) store.requests.note(ended(`req_${String(i).padStart(5, '0')}`), null)
    expect(() => store.requests.flush()).toThrow('database or disk is full')
    expect(store.requests.list(all).map(({ id }) => id)).toEqual(['req_0'])
    disk.exec('drop trigger full')
    disk.close()
    expect(store.requests.list({ ...all, limit: 1 }).map(({ id }) => id)).toEqual(['req_10001'])
    expect([store.requests.get('req_00001'), store.requests.get('req_00002') !== null]).toEqual([null, true])
    store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('sums tokens and money per lane since a moment, and counts per minute', () => {
    registry.requests.note(ended('req_1', { usage: usage(10, 5) }), null)
    clock.advance(61_000)
    registry.requests.note(ended('req_2', { usage: usage(20, 7), lane: 'remote', deployment: 'm/away', costUsd: 0.5 }), null)
    registry.requests.note(ended('req_3', { lane: null, deployment: null, status: 503 }), null)
    const taken = (sinceMs: number) =>
      registry.laneFigures
        .taken(sinceMs)
        .map(({ lane, model, requests, input, output, costUsd }) => ({ lane, model, requests, input, output, costUsd }))
    expect(taken(startOfTest)).toEqual(
      expect.arrayContaining([
        { lane: 'local', model: 'm', requests: 1, input: 12, output: 5, costUsd: null },
        { lane: 'remote', model: 'm', requests: 1, input: 22, output: 7, costUsd: 0.5 },
      ]),
    )
    expect(taken(startOfTest + 1_000).map(({ lane }) => lane)).toEqual(['remote'])
    const { local, remote } = registry.requests.perMinute(clock.now())
    expect([local.length, local.at(-2), local.at(-1), remote.at(-1)]).toEqual([60, 1, 0, 1])
  })

  test('sums that are carried on are those of a whole look: after new rows, one that took long, a part cleared, all cleared', () => {
    const { requests, laneFigures } = registry
    let number = 0
    const note = (at: number, lane: 'local' | 'remote') =>
      requests.note(
        ended(`req_${++number}`, { lane, usage: lane === 'local' ? usage(number, 1) : null, costUsd: lane === 'local' ? null : 0.25 }, { at }),
        null,
      )
    const look = () =>
      Object.fromEntries(
        laneFigures.taken(startOfTest).map(({ lane, requests: count, counted, input, costUsd }) => [lane, { count, counted, input, costUsd }]),
      )
    for (const minute of [2, 3, 4]) note(startOfTest + minute * 60_000, 'local')
    note(startOfTest - 1, 'local')
    expect(look()).toEqual({ local: { count: 3, counted: 3, input: 12, costUsd: null } })
    note(startOfTest + 300_000, 'remote')
    note(startOfTest - 2, 'remote')
    expect(look()).toEqual({ local: { count: 3, counted: 3, input: 12, costUsd: null }, remote: { count: 1, counted: 0, input: 0, costUsd: 0.25 } })
    note(startOfTest + 60_000, 'local')
    expect(look()['local']).toEqual({ count: 4, counted: 4, input: 21, costUsd: null })
    expect(look()).toEqual(look())
    requests.clear(startOfTest + 180_000)
    expect(look()['local']).toEqual({ count: 1, counted: 1, input: 5, costUsd: null })
    requests.clear(null)
    expect(look()).toEqual({})
    note(startOfTest + 400_000, 'local')
    expect(look()).toEqual({ local: { count: 1, counted: 1, input: 10, costUsd: null } })
  })

  test('counts a session by the request that was decided, with what is held after it, and one that is decided anew as one more', () => {
    const note = (id: string, more: Partial<Ended>) => registry.requests.note(ended(id, { usage: usage(1, 1), ...more }), null)
    note('req_0', { session: 's', reason: 'drawn' })
    for (let i = 1; i < 5; i++) note(`req_${i}`, { session: 's', reason: 'held' })
    note('req_5', { session: 's', lane: 'remote', reason: 'failed-over', attempts: 2 })
    note('req_6', { session: 's', lane: 'remote', reason: 'failed-over', attempts: 1 }) // stays where it failed over to
    for (const id of ['req_7', 'req_8']) note(id, { session: 't', lane: 'remote', reason: 'drawn' }) // the same first turn twice
    note('req_9', { reason: 'drawn' })
    expect(registry.requests.lastSessions(50)).toMatchObject([
      { lane: 'local', reason: 'drawn' },
      { lane: 'remote', reason: 'drawn' },
      { lane: 'remote', reason: 'drawn' },
      { lane: 'remote', reason: 'failed-over', output: 2 },
      { lane: 'local', reason: 'drawn', output: 5 },
    ])
    expect(registry.requests.lastSessions(2).length).toBe(2)
  })
})

describe('a row that cannot be stored', () => {
  test.each<[string, () => Ended]>([
    ['a count of tokens that is no whole number', () => ended('req_2', { usage: usage(1.5, 2) })],
    ['a count that is no number at all', () => ended('req_2', { durationMs: Number.NaN })],
    ['an object where a text belongs', () => ended('req_2', { errorMessage: { message: 'broken' } as unknown as string })],
  ])('is left out and told, and every other is written: %s', (_, bad) => {
    const told: string[] = []
    registry.onDropped((message) => told.push(message))
    registry.requests.note(ended('req_1'), null)
    registry.requests.note(bad(), null)
    registry.requests.note(ended('req_3'), null)
    clock.advance(250)
    expect(told).toEqual([expect.stringContaining('req_2')])
    expect(registry.requests.list(all).map(({ id }) => id)).toEqual(['req_3', 'req_1'])
    registry.requests.note(ended('req_4'), null)
    clock.advance(250)
    expect([registry.requests.list(all).length, told.length]).toEqual([3, 1])
  })
})

test('a plan is made into text when its row is written, not while its answer is', () => {
  let made = 0
  registry.requests.note(ended('req_1'), () => {
    made++
    return '{"model":"m"}'
  })
  expect(made).toBe(0)
  clock.advance(250)
  expect([made, registry.requests.get('req_1')?.plan]).toEqual([1, { model: 'm' }])
})

describe('pruning', () => {
  const attempt = (id: string) => attemptEnded('m/here', { ms: 1, finish: 'stop' }, id)

  test('removes what is older than 30 days with its attempts, at the next write after an hour', () => {
    registry.requests.note(attempt('req_1'), null)
    registry.requests.note(ended('req_1'), null)
    clock.advance(ledgerLimits.ageMs + 1)
    registry.requests.note(attempt('req_2'), null)
    registry.requests.note(ended('req_2'), null)
    clock.advance(250)
    expect(registry.requests.list(all).map(({ id }) => id)).toEqual(['req_2'])
    registry.requests.note(ended('req_1'), null) // its old attempts would come back with it
    expect([registry.requests.get('req_1')?.attempts, registry.requests.get('req_2')?.attempts.length]).toEqual([[], 1])
  })

  test('keeps the newest rows up to the limit, and removes a part at a time', () => {
    const db = openDatabase(':memory:')
    let unwritten = 0
    const store = createRequestStore(db, {
      clock,
      onUnwritten: () => unwritten++,
      onDropped: () => {},
      limits: { ...ledgerLimits, rows: 10, pruneRows: 4 },
    })
    for (let i = 10; i < 26; i++) {
      clock.advance(1)
      store.note(ended(`req_${i}`), null)
    }
    unwritten = 0
    const counts = [0, 0, 0, 0, 0, 0].map(() => {
      store.flush()
      return db.prepare('select count(*) from request').pluck().get()
    })
    expect([counts, unwritten]).toEqual([[12, 10, 10, 10, 10, 10], 1])
    expect(store.list(all).at(-1)?.id).toBe('req_16')
    db.close()
  })
})
