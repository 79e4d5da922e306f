/** Recorded bodies: off until a person wants them, without credentials, bounded, gone when told so; and a recorded request sent again on the other lane. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lanes, startLanes } from '../with-lanes.ts'

let lanes: Lanes
beforeAll(async () => {
  lanes = await startLanes()
})
afterAll(() => lanes?.stop())

const admin = (method: string, path: string, body?: unknown) => lanes.router.admin(method, path, body)
const soon = () => new Date(Date.now() + 600_000).toISOString()
const record = (until: string | null) => admin('PUT', '/admin/recordings', { until })
async function ask(body: Record<string, unknown>, headers: Record<string, string> = {}) {
  const reply = await lanes.router.chat({ model: 'm', ...body }, headers)
  return { text: await reply.text(), id: reply.headers.get('x-headgate-request-id') as string, lane: reply.headers.get('x-headgate-lane') }
}
const detail = async (id: string) => (await admin('GET', `/admin/requests/${id}`)).body

/** Planted in a request, in every place where a credential may stand. */
const planted = {
  openai: 'sk-proj-4f9d8e7c6b5a41329081',
  ours: 'hg-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5',
  github: 'ghp_0123456789abcdefghijklmnopqrstuv',
  aws: 'AKIAIOSFODNN7EXAMPLE',
  google: 'AIzaSyA-0123456789abcdefghijklmnopqrs',
  token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl',
  session: 'session-cookie-value-4711',
  key: 'plain-looking-key-value',
}

describe('recording', () => {
  test('is off: nothing of a request is kept but its row', async () => {
    const { id } = await ask({ stream: true })
    expect((await detail(id)).recording).toBeNull()
    expect((await admin('GET', '/admin/recordings')).body).toMatchObject({ until: null, count: 0, bytes: 0, days: 3, megabytes: 100 })
  })

  test('on, it keeps what was asked and what was answered, byte for byte, without credentials', async () => {
    await record(soon())
    const content = `keys: ${planted.openai} ${planted.ours} ${planted.github} ${planted.aws} ${planted.google} ${planted.token} max_tokens: 5`
    const { id, text } = await ask(
      { stream: true, messages: [{ role: 'user', content }] },
      {
        authorization: `Bearer ${planted.key}`,
        'x-api-key': planted.key,
        cookie: `a=${planted.session}`,
        'x-capability': 'chat',
        'x-note': planted.openai,
      },
    )
    const { recording } = await detail(id)
    expect(recording).toMatchObject({ reply: text, complete: true, cut: { body: false, reply: false } })
    expect(recording.headers).toMatchObject({ authorization: '[masked]', 'x-api-key': '[masked]', cookie: '[masked]', 'x-capability': 'chat' })
    expect(JSON.parse(recording.body).messages[0].content).toBe('keys: [masked] [masked] [masked] [masked] [masked] [masked] max_tokens: 5')
    // e43: neither the answer of the API nor the file has any of them
    const shown = JSON.stringify(recording)
    const stored = ['headgate.db', 'headgate.db-wal'].map((name) => readFileSync(join(lanes.router.data, name), 'latin1')).join('')
    for (const secret of Object.values(planted)) expect([shown.includes(secret), stored.includes(secret)]).toEqual([false, false])
  })

  test('cuts what is longer than 1 MiB and says so; a stream that broke off is marked', async () => {
    const long = await ask({ messages: [{ role: 'user', content: 'x'.repeat(1_200_000) }] })
    const { recording } = await detail(long.id)
    expect([recording.body.length, recording.cut]).toEqual([1024 * 1024, { body: true, reply: false }])
    lanes.here.fault = 'cut-mid-stream'
    lanes.away.fault = 'cut-mid-stream'
    const reply = await lanes.router.chat({ model: 'm', stream: true })
    await reply.text().catch(() => '')
    const id = reply.headers.get('x-headgate-request-id') as string
    await expect.poll(async () => (await detail(id)).recording?.complete).toBe(false)
    lanes.here.fault = null
    lanes.away.fault = null
  })

  test('ends at its moment, outlives a restart, and is forgotten when told so', async () => {
    await record(soon())
    lanes.router = await lanes.router.restart()
    const { id } = await ask({})
    expect((await detail(id)).recording).not.toBeNull()
    await record(null)
    const later = await ask({})
    expect((await detail(later.id)).recording).toBeNull()
    await record('2020-01-01T00:00:00Z')
    expect((await detail((await ask({})).id)).recording).toBeNull()
    expect((await admin('DELETE', '/admin/recordings')).body.removed).toBeGreaterThan(0)
    expect([(await detail(id)).recording, (await admin('GET', '/admin/recordings')).body.count]).toEqual([null, 0])
  })
})

describe('a request sent again', () => {
  const again = (id: string, lane: string) =>
    fetch(`${lanes.router.url}/admin/requests/${id}/repeat`, {
      method: 'POST',
      headers: { authorization: `Bearer ${lanes.router.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ lane }),
    })

  test('goes to the lane asked for, streams as the first did, and stands in the ledger under the panel’s name', async () => {
    await record(soon())
    const first = await ask({ model: 'm@local', stream: true, temperature: 0.5 })
    expect(first.lane).toBe('local')
    const seen = lanes.away.requests.length
    const reply = await again(first.id, 'remote')
    expect([reply.status, reply.headers.get('content-type'), reply.headers.get('x-headgate-lane')]).toEqual([
      200,
      expect.stringContaining('text/event-stream'),
      'remote',
    ])
    expect(await reply.text()).toContain('[DONE]')
    const sent = JSON.parse(lanes.away.requests[seen]?.bytes.toString('utf8') as string)
    expect(sent).toMatchObject({ model: 'm-away', temperature: 0.5, stream: true })
    const row = await detail(reply.headers.get('x-headgate-request-id') as string)
    expect(row).toMatchObject({ tool: 'Headgate panel', lane: 'remote', reason: 'asked' })
  })

  test('leaves the conversation where it is', async () => {
    await record(soon())
    const turn = [{ role: 'user', content: 'a conversation that stays' }]
    const first = await ask({ messages: turn })
    const other = first.lane === 'local' ? 'remote' : 'local'
    await (await again(first.id, other)).text()
    const next = await ask({ messages: [...turn, { role: 'assistant', content: 'yes' }, { role: 'user', content: 'go on' }] })
    expect(next.lane).toBe(first.lane)
  })

  test('works while keys are required: the panel is signed in', async () => {
    await record(soon())
    const first = await ask({})
    await admin('PUT', '/admin/settings', { require_key: true })
    expect((await lanes.router.chat({ model: 'm' })).status).toBe(401)
    expect((await again(first.id, 'local')).status).toBe(200)
    await admin('PUT', '/admin/settings', { require_key: false })
  })

  test('is refused in words where the body is not there, and the lane’s own refusal is passed on', async () => {
    await record(soon())
    const recorded = await ask({})
    await record(null)
    const bare = await ask({})
    const refused = await again(bare.id, 'local')
    expect(refused.status).toBe(409)
    expect((await refused.json()) as object).toMatchObject({ error: { code: 'body_not_recorded', message: expect.stringContaining('not recorded') } })
    expect((await again('req_none', 'local')).status).toBe(404)
    await admin('PUT', '/admin/split', { lock: 'local' })
    const locked = await again(recorded.id, 'remote')
    expect(locked.status).toBeGreaterThanOrEqual(400)
    expect(((await locked.json()) as { error: { message: string } }).error.message).toMatch(/lock/i)
    await admin('DELETE', '/admin/split')
  })
})
