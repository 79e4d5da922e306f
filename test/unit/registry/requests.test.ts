import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Usage } from '../../../router/core/conversation.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
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
    session: null,
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
    registry.requests.note(ended('req_1', { usage: usage(10, 5), costUsd: 0.002, attempts: 2 }, { keyId: 'key_1' }), '{"model":"m"}')
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
    const sums = registry.requests.sums(startOfTest)
    expect(sums).toEqual(
      expect.arrayContaining([
        { lane: 'local', requests: 1, input: 12, output: 5, costUsd: null },
        { lane: 'remote', requests: 1, input: 22, output: 7, costUsd: 0.5 },
      ]),
    )
    expect(registry.requests.sums(startOfTest + 1_000).map(({ lane }) => lane)).toEqual(['remote'])
    const { local, remote } = registry.requests.perMinute(clock.now())
    expect([local.length, local.at(-2), local.at(-1), remote.at(-1)]).toEqual([60, 1, 0, 1])
  })

  test('counts a session once, by its last request, and requests without a session one by one', () => {
    for (let i = 0; i < 5; i++) registry.requests.note(ended(`req_${i}`, { session: 's', usage: usage(1, 1) }), null)
    registry.requests.note(ended('req_5', { session: 's', lane: 'remote', reason: 'context', usage: usage(1, 1) }), null)
    registry.requests.note(ended('req_6', {}), null)
    registry.requests.note(ended('req_7', {}), null)
    const sessions = registry.requests.lastSessions(50)
    expect(sessions).toMatchObject([
      { lane: 'local', reason: 'drawn' },
      { lane: 'local', reason: 'drawn' },
      { lane: 'remote', reason: 'context', input: 18, output: 6 },
    ])
    expect(registry.requests.lastSessions(2).length).toBe(2)
  })
})
