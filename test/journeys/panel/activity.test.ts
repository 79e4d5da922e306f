/** The ledger over the admin API: filters, pages that stay in place, counts, export, clearing; between two real upstreams. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lanes, startLanes } from '../with-lanes.ts'

let lanes: Lanes
beforeAll(async () => {
  lanes = await startLanes({ tiny: true, routing: 'split: {remote_share: 0, fallback: true, unit: request}\n' })
  for (let turn = 0; turn < 4; turn++) await ask(`zed ${turn}`, { 'user-agent': 'zed/0.1' })
  await ask('to the other lane', { 'user-agent': 'n8n', 'x-headgate-route': 'remote' })
  lanes.here.fault = '500'
  await ask('fails over', { 'user-agent': 'codex/1' })
  lanes.here.fault = null
  const refused = await lanes.router.chat({ model: 'none-such' }, { 'user-agent': 'codex/1' })
  expect(refused.status).toBe(404)
})
afterAll(() => lanes?.stop())

const ask = async (content: string, headers: Record<string, string>, more = {}) => {
  const reply = await lanes.router.chat({ model: 'm', messages: [{ role: 'user', content }], ...more }, headers)
  return reply.text()
}
const admin = (method: string, path: string, body?: unknown) => lanes.router.admin(method, path, body)
interface Row {
  readonly id: string
  readonly tool: string
  readonly attempts: number
  readonly [name: string]: unknown
}
const rows = async (query: string): Promise<Row[]> => (await admin('GET', `/admin/requests?${query}`)).body.requests

describe('filters', () => {
  test.each<[string, number]>([
    ['tool=Zed', 4],
    ['lane=remote', 2],
    ['deployment=m/away', 2],
    ['provider=away', 2],
    ['provider=here', 5],
    ['model=none-such', 1],
    ['reason=asked', 1],
    ['status=404', 1],
    ['status=4xx', 1],
    ['status=5xx', 0],
    ['errors=1', 1],
    ['fell_back=1', 1],
    ['q=n8n', 1],
    ['q=NO MODEL "none', 1],
    ['q=%25', 0],
    ['tool=Zed&lane=remote', 0],
    ['key_id=key_none', 0],
    ['since=2020-01-01T00:00:00Z&until=2021-01-01T00:00:00Z', 0],
  ])('%s passes %i', async (query, count) => {
    const { body } = await admin('GET', `/admin/requests?total=1&${query}`)
    expect([body.requests.length, body.total]).toEqual([count, count])
  })

  test('a conversation is found by its session, and what cannot be understood is refused with the field', async () => {
    const [first] = await rows('tool=Zed')
    const { session } = (await admin('GET', `/admin/requests/${first?.id}`)).body
    expect((await rows(`session=${encodeURIComponent(session)}`)).map(({ id }) => id)).toEqual([first?.id])
    expect((await admin('GET', '/admin/requests?since=yesterday')).status).toBe(400)
    expect((await admin('GET', '/admin/requests?lane=both')).body.error.param).toBe('lane')
  })

  test('counts of each kind are under the other filters, and add up', async () => {
    const all = (await admin('GET', '/admin/requests/facets')).body
    expect(all).toMatchObject({ total: 7, errors: 1, fell_back: 1 })
    expect(all.tool).toEqual([
      { value: 'Zed', count: 4 },
      { value: 'Codex', count: 2 },
      { value: 'n8n', count: 1 },
    ])
    const remote = (await admin('GET', '/admin/requests/facets?lane=remote')).body
    expect(remote.total).toBe(2)
    expect(remote.lane.find(({ value }: { value: string }) => value === 'local').count).toBe(4)
    expect(remote.tool.map(({ value }: { value: string }) => value).sort()).toEqual(['Codex', 'n8n'])
  })
})

describe('pages', () => {
  test('stay in place while new rows come, and what came since an id is found', async () => {
    const first = await rows('limit=3')
    const anchor = first[0]?.id as string
    await ask('comes in between', { 'user-agent': 'late' })
    const second = await rows(`limit=3&before=${first.at(-1)?.id}`)
    const byOffset = await rows(`limit=3&before=${anchor}&offset=2`)
    expect(byOffset.map(({ id }) => id)).toEqual(second.map(({ id }) => id))
    expect(new Set([...first, ...second].map(({ id }) => id)).size).toBe(6)
    expect((await rows(`after=${anchor}`)).map(({ tool }) => tool)).toEqual(['late'])
  })
})

describe('the file', () => {
  const file = async (query: string) => {
    const reply = await fetch(`${lanes.router.url}/admin/requests/export?${query}`, {
      headers: { authorization: `Bearer ${lanes.router.adminToken}` },
    })
    return { type: reply.headers.get('content-type'), name: reply.headers.get('content-disposition'), text: await reply.text() }
  }

  test('has one JSON line per request that passes the filter', async () => {
    const { type, name, text } = await file('format=jsonl&tool=Zed')
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect([type, lines.length]).toEqual(['application/x-ndjson', 4])
    expect(name).toContain('.jsonl')
    expect(lines.every(({ tool, recording }) => tool === 'Zed' && recording === undefined)).toBe(true)
  })

  test('as HAR is a log with an entry per request', async () => {
    const { log } = JSON.parse((await file('format=har')).text)
    const total = (await admin('GET', '/admin/requests/facets')).body.total
    expect([log.version, log.entries.length]).toEqual(['1.2', total])
    expect(log.entries.at(-1)).toMatchObject({ request: { method: 'POST' }, response: { status: 200 }, _headgate: { tool: 'Zed' } })
    expect(JSON.parse((await file('format=har&tool=nobody')).text).log.entries).toEqual([])
  })
})

test('an attempt says what it waited for before its first output: the load of its model, then its prompt', async () => {
  const reply = await lanes.router.chat({ model: 'tiny', max_tokens: 4, stream: true })
  await reply.text()
  const { attempts } = (await admin('GET', `/admin/requests/${reply.headers.get('x-headgate-request-id')}`)).body
  const [{ phases, started_ms, first_output_ms }] = attempts
  expect(phases.map(({ phase }: { phase: string }) => phase)).toEqual(['load', 'prefill'])
  const times = [started_ms, ...phases.flatMap(({ from_ms, to_ms }: { from_ms: number; to_ms: number }) => [from_ms, to_ms]), first_output_ms]
  expect(times).toEqual([...times].sort((one, other) => one - other))
})

test('the ledger forgets up to a moment, or everything, and says on the log who cleared it', async () => {
  expect((await admin('DELETE', '/admin/requests?until=2020-01-01T00:00:00Z')).body).toEqual({ removed: 0 })
  const { total } = (await admin('GET', '/admin/requests/facets')).body
  expect((await admin('DELETE', '/admin/requests')).body).toEqual({ removed: total })
  expect(await rows('limit=5')).toEqual([])
  const { lines } = (await admin('GET', '/admin/logs')).body
  expect(lines.at(-1)).toMatchObject({ message: 'setting', fields: { what: 'ledger', by: 'panel', detail: `${total} requests cleared` } })
})
