/** "What if" over a real ledger: the replay decides as the live requests were decided, counts what would stay and leave, and never holds a request up. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, test } from 'vitest'
import type { Plan } from '../../../router/core/plan.ts'
import { createReplay, explainPlan, healthyState } from '../../../router/policy/index.ts'
import { openRegistry, type ReplayRow } from '../../../router/registry/index.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { buildCatalog, buildDeployment, buildModel } from '../../unit/policy/build.ts'
import { type Lanes, laneOf, providersOf, startLanes } from '../with-lanes.ts'

let lanes: Lanes | null = null
afterEach(async () => {
  await lanes?.stop()
  lanes = null
})

const whatIf = (body: Readonly<Record<string, unknown>>) => (lanes as Lanes).router.admin('POST', '/admin/what-if', body)
const priced: NonNullable<Parameters<typeof startLanes>[0]>['models'] = (here, away) => `${providersOf(here, away)}models:
  - name: m
    deployments:
      - {provider: here, model: m-here, lane: local}
      - {provider: away, model: m-away, lane: remote, price: {input: 2, output: 10}}
`

describe('a replay', () => {
  test('of 1 000 live requests gives the plans that were made live', async () => {
    lanes = await startLanes()
    const { router } = lanes
    await router.admin('PUT', '/admin/split', { remote_share: 0.3 })
    const live: string[] = []
    for (let first = 0; first < 1000; first += 25) {
      // 200 conversations of five turns; some turns are tool results, some ask for a lane.
      const replies = []
      for (let n = first; n < first + 25; n++) {
        const conversation = n % 200
        const turn = Math.floor(n / 200)
        const messages: unknown[] = [{ role: 'user', content: `conversation ${conversation}` }]
        for (let past = 0; past < turn; past++) messages.push({ role: 'assistant', content: `answer ${past}` }, { role: 'user', content: 'more' })
        if (n % 11 === 0 && turn > 0)
          messages.splice(
            -1,
            1,
            { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
            { role: 'tool', tool_call_id: 'c', content: 'ok' },
          )
        replies.push(await router.chat({ model: 'm', messages }, n % 17 === 0 ? { 'x-headgate-route': 'remote' } : {}))
      }
      for (const reply of replies) {
        live.push(`${laneOf(reply)} ${reply.headers.get('x-headgate-reason')} ${reply.headers.get('x-headgate-request-id')}`)
        await reply.arrayBuffer()
      }
    }
    const explained = new Map<string, unknown>()
    for (const line of live) {
      const id = line.split(' ')[2] as string
      explained.set(id, (await router.admin('GET', `/admin/requests/${id}`)).body.plan)
    }
    const file = join(router.data, 'headgate.db')
    await router.router.stop(0)
    const registry = openRegistry(file, { ...manualClock(), now: () => Date.now() })
    const model = buildModel('m', [buildDeployment('m/here', { lane: 'local' }), buildDeployment('m/away', { lane: 'remote' })])
    const replay = createReplay({
      catalog: buildCatalog([model]),
      split: registry.settings.get('split')
        ? { remoteShare: 0.3, fallback: true, lock: null, unit: 'session', selection: 'deficit', seed: null, source: 'override' }
        : never(),
      deployments: { get: () => healthyState },
      deficits: new Map(),
      key: () => null,
      calendar: () => ({ hour: 12, weekday: 3 }),
      sessionIdleMs: 600_000,
      chance: () => 0.5,
    })
    const rows: ReplayRow[] = []
    for (let before: string | null = null; ; ) {
      const page = registry.replay.page({ sinceMs: 0, before, limit: 300 })
      rows.push(...page)
      before = page.at(-1)?.id ?? null
      if (page.length < 300) break
    }
    registry.close()
    const inOrder = live.map((line) => rows.find(({ id }) => line.endsWith(id)))
    expect(rows).toHaveLength(1000)
    const comparable = (plan: unknown) => {
      const { draw, plan: steps, excluded, refusal } = plan as ReturnType<typeof explainPlan>
      const step = ({ deployment, lane, reason }: { deployment: string; lane: string; reason: string }) => [deployment, lane, reason]
      return { draw, steps: steps.map(step), excluded: excluded.map(step), refusal }
    }
    for (const row of inOrder) {
      const again = replay.next(row as NonNullable<typeof row>) as Plan
      expect(comparable(explainPlan(again))).toEqual(comparable(explained.get((row as NonNullable<typeof row>).id)))
    }
    lanes.router = await lanes.router.restart()
  }, 60_000)
})

function never(): never {
  throw new Error('the split was not kept')
}

describe('what if', () => {
  test('needs 20 requests, and says how many there are', async () => {
    lanes = await startLanes()
    for (let n = 0; n < 3; n++) await (await lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: `${n}` }] })).text()
    expect((await whatIf({ remote_share: 0.5 })).body).toEqual({ enough: false, requests: 3 })
  })

  test('counts requests, tokens and money on both sides, and books nothing', async () => {
    lanes = await startLanes({ models: priced })
    for (let n = 0; n < 40; n++) await (await lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: `${n}` }] })).text()
    const { body } = await whatIf({ remote_share: 0.5 })
    expect(body).toMatchObject({
      enough: true,
      hours: 24,
      requests: 40,
      sampled: null,
      at: { remote_share: 0.5, fallback: true, lock: null },
      before: { local: { requests: 40 }, remote: { requests: 0, tokens: 0 }, refused: 0, cost_usd: 0, unpriced_requests: 0 },
      after: { local: { requests: 20 }, remote: { requests: 20 }, refused: 0, unpriced_requests: 0 },
    })
    expect(body.after.remote.tokens + body.after.local.tokens).toBe(body.before.local.tokens)
    expect(body.after.cost_usd).toBeGreaterThan(0)
    expect((await whatIf({ remote_share: 0.5 })).body).toEqual(body)
    expect(lanes.away.requests).toHaveLength(0)
    expect((await whatIf({ lock: 'remote' })).body.after).toMatchObject({ local: { requests: 0 }, remote: { requests: 40 } })
  })

  test('knows no price where there is none, and no time that nobody measured', async () => {
    lanes = await startLanes()
    for (let n = 0; n < 25; n++) await (await lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: `${n}` }] })).text()
    const { body } = await whatIf({ remote_share: 1 })
    expect(body.after).toMatchObject({ cost_usd: null, unpriced_requests: 25, first_output_ms: null })
  })

  test('of 20 000 requests leaves room for others meanwhile', async () => {
    lanes = await startLanes({ models: priced })
    await (await lanes.router.chat({ model: 'm', stream: true, messages: [{ role: 'user', content: 'first' }] })).text()
    await lanes.router.admin('GET', '/admin/requests?limit=1')
    multiply(join(lanes.router.data, 'headgate.db'), 20_000)
    const order: string[] = []
    const forecast = whatIf({ remote_share: 0.5 }).then(({ body }) => {
      order.push('what if')
      return body
    })
    const health = fetch(`${lanes.router.url}/health`).then(() => order.push('health'))
    const [body] = await Promise.all([forecast, health])
    expect(order).toEqual(['health', 'what if'])
    expect(body.requests).toBe(20_000)
    const { local, remote } = body.after
    expect(Math.abs(local.requests - remote.requests)).toBeLessThan(400)
    expect(body.before.first_output_ms).toBe(123)
  }, 60_000)
})

/** So many more rows like the one that is there, a conversation each. */
function multiply(file: string, times: number): void {
  const db = new Database(file)
  const row = db.prepare('select * from request where facts is not null limit 1').get() as Record<string, unknown>
  const columns = Object.keys(row)
  const insert = db.prepare(`insert into request (${columns.join()}) values (${columns.map((name) => `@${name}`).join()})`)
  const facts = JSON.parse(String(row['facts']))
  db.transaction(() => {
    for (let n = 0; n < times; n++) {
      const id = `req_0${String(n).padStart(8, '0')}`
      insert.run({ ...row, id, first_output_ms: 123, facts: JSON.stringify({ ...facts, session: { id: `s${n}`, fromHeader: false } }) })
    }
  })()
  db.close()
}
