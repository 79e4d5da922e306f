/** A lock for a time, the split of a key and of a model, over the admin API and real sockets: what is set holds for the next request, and is enforced below the decision. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Lanes, laneOf, startLanes } from '../with-lanes.ts'

let lanes: Lanes
beforeEach(async () => {
  lanes = await startLanes()
})
afterEach(() => lanes.stop())

const admin = (method: string, path: string, body?: unknown) => lanes.router.admin(method, path, body)
const ask = (words: string, key: string | null = null) =>
  lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: words }] }, key === null ? {} : { authorization: `Bearer ${key}` })
const issue = async (split: Readonly<Record<string, unknown>>) => (await admin('POST', '/admin/keys', { name: 'Zed', ...split })).body

describe('a lock for a time', () => {
  test('holds from the next request, over a restart, with its own reason, and its end restores what was', async () => {
    await admin('PUT', '/admin/split', { remote_share: 1, fallback: false })
    const before = (await admin('GET', '/admin/split')).body
    expect((await admin('PUT', '/admin/override', { lock: 'local', until: '30m' })).body).toMatchObject({
      lock: 'local',
      by: 'panel',
      returns_to: { remote_share: 1, fallback: false, lock: null },
    })
    const reply = await ask('one')
    expect([laneOf(reply), reply.headers.get('x-headgate-reason')]).toEqual(['local', 'override'])
    lanes.router = await lanes.router.restart()
    expect(laneOf(await ask('two'))).toBe('local')
    expect(lanes.away.requests).toHaveLength(0)
    expect((await admin('GET', '/admin/overview')).body).toMatchObject({ override: { lock: 'local' }, split: { lock: 'local', remote_share: 1 } })
    expect((await admin('DELETE', '/admin/override')).body).toEqual({ ...before, actual: expect.anything(), sessions_that_may_move: 2 })
    expect(laneOf(await ask('three'))).toBe('remote')
  })

  test('can be made longer by an hour, and only while there is one', async () => {
    expect((await admin('POST', '/admin/override/extend', {})).status).toBe(404)
    const { body: first } = await admin('PUT', '/admin/override', { lock: 'remote', until: '1h' })
    const { body: longer } = await admin('POST', '/admin/override/extend', {})
    expect(Date.parse(longer.until) - Date.parse(first.until)).toBe(3_600_000)
    expect(longer.since).toBe(first.since)
    expect((await admin('PUT', '/admin/override', { lock: 'remote', until: 'forever' })).body.until).toBeNull()
    expect((await admin('POST', '/admin/override/extend', {})).body.until).toBeNull()
  })

  test.each([
    ['a moment that is over', { lock: 'local', until: '2001-01-01T00:00:00Z' }],
    ['no lane', { lock: null, until: '1h' }],
    ['another length', { lock: 'local', until: '2h' }],
  ])('%s is refused, and nothing is locked', async (_, body) => {
    expect((await admin('PUT', '/admin/override', body)).status).toBe(400)
    expect((await admin('GET', '/admin/split')).body.override).toBeNull()
  })
})

describe('the key of a tool', () => {
  test('that is locked to local never leaves, whatever the split and the request ask', async () => {
    await admin('PUT', '/admin/split', { preset: 'prefer-remote' })
    const { key, id } = await issue({ lane_lock: 'local' })
    expect(laneOf(await ask('one', key))).toBe('local')
    const asked = await lanes.router.chat({ model: 'm' }, { authorization: `Bearer ${key}`, 'x-headgate-route': 'remote' })
    expect(asked.ok ? laneOf(asked) : asked.status).not.toBe('remote')
    lanes.here.fault = '503'
    expect((await ask('two', key)).ok).toBe(false)
    expect(lanes.away.requests).toHaveLength(0)
    lanes.here.fault = null
    await admin('PATCH', `/admin/keys/${id}`, { lane_lock: null })
    expect(laneOf(await ask('three', key))).toBe('remote')
  })

  test('against an opposite lock gets a 503 that names both', async () => {
    const { key } = await issue({ lane_lock: 'local' })
    await admin('PUT', '/admin/override', { lock: 'remote', until: '1h' })
    const reply = await ask('one', key)
    const { error, headgate } = (await reply.json()) as { error: { message: string }; headgate: { reason: string } }
    expect([reply.status, headgate.reason]).toEqual([503, 'lock'])
    expect(error.message).toContain('locked to remote (for a time) and locked to local (key Zed)')
  })

  test('with a share of its own is drawn by it, exactly, and a change draws its conversations anew', async () => {
    const { key, id } = await issue({ remote_share: 0.3 })
    const lanesOf = async (prefix: string, times: number) => {
      const got: string[] = []
      for (let n = 0; n < times; n++) got.push(laneOf(await ask(`${prefix} ${n}`, key)))
      return got.filter((lane) => lane === 'remote').length
    }
    expect(await lanesOf('a', 10)).toBe(3)
    expect(laneOf(await ask('no key'))).toBe('local')
    const turn = (key: string) =>
      lanes.router.chat(
        { model: 'm', messages: [{ role: 'user', content: 'again' }] },
        { authorization: `Bearer ${key}`, 'x-headgate-session': 'one' },
      )
    await admin('PATCH', `/admin/keys/${id}`, { remote_share: 0 })
    expect(laneOf(await turn(key))).toBe('local')
    await admin('PATCH', `/admin/keys/${id}`, { remote_share: 1 })
    expect(laneOf(await turn(key))).toBe('remote')
    const explained = await fetch(`${lanes.router.url}/routing/explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'explain' }] }),
    })
    expect(await explained.json()).toMatchObject({ draw: { lane: 'remote', remote_share: 1, source: 'key' } })
  })
})

describe('a model that a file sets', () => {
  test('takes a share above its file, and gives it back', async () => {
    const own = async () => (await admin('GET', '/admin/models')).body.models.find(({ name }: { name: string }) => name === 'm')
    expect((await admin('PUT', '/admin/models/m/split', { remote_share: 1 })).body).toMatchObject({ own_remote_share: 1, is_share_set_here: true })
    expect(laneOf(await ask('one'))).toBe('remote')
    lanes.router = await lanes.router.restart()
    expect(laneOf(await ask('two'))).toBe('remote')
    expect(await own()).toMatchObject({
      remote_share: 1,
      own_remote_share: 1,
      share_source: 'model',
      is_share_set_here: true,
      base_remote_share: null,
    })
    await admin('DELETE', '/admin/models/m/split')
    expect(laneOf(await ask('three'))).toBe('local')
    expect(await own()).toMatchObject({ own_remote_share: null, share_source: 'default', is_share_set_here: false })
    expect((await admin('PUT', '/admin/models/nobody/split', { remote_share: 1 })).status).toBe(404)
    expect((await admin('PUT', '/admin/models/m/split', { remote_share: 1.1 })).status).toBe(400)
  })
})

describe('running conversations', () => {
  test('stay where they are when that is wished, and new ones follow the new share', async () => {
    const turn = (session: string) => lanes.router.chat({ model: 'm' }, { 'x-headgate-session': session })
    expect(laneOf(await turn('a'))).toBe('local')
    await admin('PUT', '/admin/split', { remote_share: 1 })
    expect((await admin('PUT', '/admin/split', { keep_sessions: true })).body.sessions_that_may_move).toBe(1)
    expect(laneOf(await turn('a'))).toBe('local')
    expect(laneOf(await turn('b'))).toBe('remote')
    await admin('PUT', '/admin/split', { remote_share: 0 })
    expect(laneOf(await turn('b'))).toBe('local')
  })
})
