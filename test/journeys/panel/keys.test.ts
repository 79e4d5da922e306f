/** Keys of tools over real sockets: made once, named, with a split of their own, changed and revoked; and the page that tells a tool how to use one. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectView } from '../../../router/control/connect.ts'
import { type Lanes, startLanes } from '../with-lanes.ts'

const run = promisify(execFile)
let lanes: Lanes
let home: string

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'headgate-home-'))
  lanes = await startLanes({ environment: { HOME: home } })
})
afterAll(async () => {
  await lanes.stop()
  rmSync(home, { recursive: true, force: true })
})

const admin = (method: string, path: string, body?: unknown) => lanes.router.admin(method, path, body)
const keys = async () => (await admin('GET', '/admin/keys')).body.keys
const view = async (id: string) => (await keys()).find((key: { id: string }) => key.id === id)
const issue = async (body: Record<string, unknown> = {}) => (await admin('POST', '/admin/keys', { name: 'Zed', ...body })).body
const ask = (key: string, headers: Readonly<Record<string, string>> = {}) =>
  lanes.router.chat({ model: 'm' }, { authorization: `Bearer ${key}`, ...headers })
const connect = async (model?: string): Promise<ConnectView> =>
  (await admin('GET', `/admin/connect${model === undefined ? '' : `?model=${encodeURIComponent(model)}`}`)).body

describe('a key', () => {
  it('is shown once, and afterwards only by its first characters', async () => {
    const issued = await issue({ name: 'Once' })
    expect(issued.key).toMatch(/^hg-[\w-]{32}$/)
    const shown = await view(issued.id)
    expect(shown).toMatchObject({
      name: 'Once',
      prefix: issued.key.slice(0, 7),
      remote_share: null,
      lane_lock: null,
      last_used_at: null,
      last_request: null,
      requests_today: 0,
    })
    expect(JSON.stringify(await keys())).not.toContain(issued.key)
  })

  it('tells its last use, its last request and how many there were today', async () => {
    const { id, key } = await issue({ name: 'Used' })
    await (await ask(key)).text()
    await (await ask(key)).text()
    expect(await view(id)).toMatchObject({
      requests_today: 2,
      last_used_at: expect.any(String),
      last_request: { at: expect.any(String), deployment: 'm/here', lane: 'local', status: 200 },
    })
  })

  it('takes a split of its own and a new name, and gives both back with null', async () => {
    const { id } = await issue({ remote_share: 0.25 })
    expect(await view(id)).toMatchObject({ remote_share: 0.25, lane_lock: null })
    expect((await admin('PATCH', `/admin/keys/${id}`, { name: 'Zed 2', lane_lock: 'local', remote_share: null })).body).toMatchObject({
      name: 'Zed 2',
      lane_lock: 'local',
      remote_share: null,
    })
    lanes.router = await lanes.router.restart()
    expect(await view(id)).toMatchObject({ name: 'Zed 2', lane_lock: 'local' })
    await admin('PATCH', `/admin/keys/${id}`, { lane_lock: null })
    expect(await view(id)).toMatchObject({ name: 'Zed 2', lane_lock: null })
  })

  it.each([
    [{ remote_share: 1.5 }],
    [{ remote_share: -0.1 }],
    [{ lane_lock: 'somewhere' }],
    [{ name: '' }],
    [{ name: 'x'.repeat(101) }],
    [{ hash: 'x' }],
    [{ revoked_at: null }],
  ])('refuses %j, made or changed', async (body) => {
    const { id } = await issue()
    for (const refused of [await admin('POST', '/admin/keys', { name: 'Zed', ...body }), await admin('PATCH', `/admin/keys/${id}`, body)])
      expect([refused.status, refused.body.error.code]).toEqual([400, 'invalid_value'])
  })

  it('e69: revoked, its next request is refused, its row stays, and nothing brings it back', async () => {
    const { id, key } = await issue({ name: 'Gone' })
    await (await ask(key)).text()
    expect((await admin('DELETE', `/admin/keys/${id}`)).status).toBe(204)
    const refused = await ask(key)
    expect([refused.status, (await refused.json()).error.code]).toEqual([401, 'invalid_api_key'])
    expect(await view(id)).toMatchObject({ revoked_at: expect.any(String), requests_today: 1 })
    for (const [method, body] of [
      ['PATCH', { name: 'Back' }],
      ['DELETE', undefined],
    ] as const)
      expect((await admin(method, `/admin/keys/${id}`, body)).status).toBe(404)
    expect((await ask(key)).status).toBe(401)
  })

  it('e69: what is running when it is revoked finishes', async () => {
    const { id, key } = await issue()
    lanes.here.fault = 'held'
    const running = await lanes.router.chat({ model: 'm', stream: true }, { authorization: `Bearer ${key}` })
    await admin('DELETE', `/admin/keys/${id}`)
    lanes.here.release()
    expect(await running.text()).toContain('[DONE]')
    lanes.here.fault = null
  })

  it('e11: two that share any beginning are two: only the whole key opens', async () => {
    const { key } = await issue()
    for (const length of [20, 24, key.length - 1]) {
      expect((await ask(key.slice(0, length))).status).toBe(401)
      expect((await ask(`${key.slice(0, length)}${'A'.repeat(key.length - length)}`)).status).toBe(
        key[length] === 'A' && length === key.length - 1 ? 200 : 401,
      )
    }
    for (const longer of [`${key}x`, key + 'x'.repeat(200), `${`${key} `.trimEnd()}.`]) expect((await ask(longer)).status).toBe(401)
  })

  it('e14: a key for inference reaches none of these routes', async () => {
    const { id, key } = await issue()
    const asKey = (method: string, path: string, body?: unknown) =>
      fetch(lanes.router.url + path, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    const replies = [
      await asKey('GET', '/admin/keys'),
      await asKey('POST', '/admin/keys', { name: 'mine too' }),
      await asKey('PATCH', `/admin/keys/${id}`, { remote_share: 1 }),
      await asKey('DELETE', `/admin/keys/${id}`),
      await asKey('GET', '/admin/connect'),
      await asKey('POST', '/admin/providers', { name: 'evil', base_url: 'http://127.0.0.1:9' }),
      await asKey('POST', '/admin/providers/test', { base_url: 'http://127.0.0.1:9' }),
    ]
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 403))
    expect((await ask(key)).status).toBe(200)
  })
})

it('where a model’s prompts go now is its own share, also one that was set in the panel; without one it follows', async () => {
  const share = async () => (await connect('m')).model_split.remote_share
  expect(await share()).toBeNull()
  await admin('PUT', '/admin/models/m/split', { remote_share: 1 })
  expect(await share()).toBe(1)
  await admin('PUT', '/admin/split', { remote_share: 0.3 })
  expect(await share()).toBe(1)
  await admin('DELETE', '/admin/models/m/split')
  expect(await share()).toBeNull()
  await admin('DELETE', '/admin/split')
})

describe('e13: guessing', () => {
  it('is slowed down after 20 wrong keys in a minute, on every route and carrier together; a right key never waits', async () => {
    const strict = await startLanes({ wrongKeysPerMinute: 20 })
    const { key } = (await strict.router.admin('POST', '/admin/keys', { name: 'right' })).body
    const guess = async (number: number) => {
      const token = `hg-guess-${number}`
      if (number % 3 === 0) return fetch(`${strict.router.url}/admin/keys`, { headers: { 'x-api-key': token } })
      if (number % 3 === 1) return fetch(`${strict.router.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } })
      return strict.router.chat({ model: 'm' }, { 'api-key': token })
    }
    const statuses: number[] = []
    const waits: number[] = []
    for (let number = 0; number < 24; number++) {
      const reply = await guess(number)
      statuses.push(reply.status)
      if (reply.status === 429) waits.push(Number(reply.headers.get('retry-after')))
      await reply.text()
    }
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(4).fill(429)])
    expect(waits).toEqual([1, 2, 4, 8])
    expect((await strict.router.chat({ model: 'm' }, { authorization: `Bearer ${key}` })).status).toBe(200)
    expect((await strict.router.admin('GET', '/admin/keys')).status).toBe(200)
    await strict.stop()
  })
})

describe('what the page Connect tells', () => {
  const snippet = (view: ConnectView, id: string, keyed: boolean) => {
    const tool = view.tools.find((each) => each.id === id)
    const [part] = (keyed ? tool?.parts : tool?.keyless) ?? []
    if (part?.kind !== 'text') throw new Error(`no text for ${id}`)
    return part.text
  }

  it('the address that works, models that exist, and whether a key is needed', async () => {
    const told = await connect()
    expect(told.base_url).toBe(`${lanes.router.url}/v1`)
    expect(told).toMatchObject({ key_required: false, model: 'auto', models: ['auto', 'm'] })
    expect((await connect('m')).model).toBe('m')
    expect((await connect('nothing of that name')).model).toBe('auto')
    await admin('PUT', '/admin/settings', { require_key: true })
    expect((await connect()).key_required).toBe(true)
    await admin('PUT', '/admin/settings', { require_key: false })
  })

  it.each([false, true])('the line for curl does what it says, with a key: %j', async (keyed) => {
    const { key } = await issue({ name: 'curl of a test' })
    const told = await connect('m')
    const line = snippet(told, 'curl', keyed).replaceAll(told.key_placeholder, key)
    const { stdout } = await run('sh', ['-c', `${line} -sS`])
    expect(JSON.parse(stdout).choices[0].message.content).toBe(lanes.here.answer)
    const [row] = (await admin('GET', '/admin/requests?limit=1')).body.requests
    expect([row.tool, row.status]).toEqual([keyed ? 'curl of a test' : 'curl', 200])
  })

  it('the values for the OpenAI client work in it, and a name that needs care survives every snippet', async () => {
    const name = `it's "q" \\ $(x) \`y\` \u{1F999}`
    await admin('POST', '/admin/models', { name, deployments: [{ provider: 'here', model: 'm-here' }] })
    const { key } = await issue()
    const told = await connect(name)
    expect(told.model).toBe(name)
    const text = snippet(told, 'openai-js', true).replaceAll(told.key_placeholder, key)
    const literal = (field: string) => JSON.parse(new RegExp(`${field}: ("(?:[^"\\\\]|\\\\.)*")`).exec(text)?.[1] ?? 'null') as string
    const client = new OpenAI({ baseURL: literal('baseURL'), apiKey: literal('apiKey') })
    const answer = await client.chat.completions.create({ model: literal('model'), messages: [{ role: 'user', content: 'Hello' }] })
    expect(answer.choices[0]?.message.content).toBe(lanes.here.answer)
    const { stdout } = await run('sh', ['-c', `${snippet(told, 'curl', false)} -sS`])
    expect(JSON.parse(stdout).choices[0].message.content).toBe(lanes.here.answer)
    await admin('DELETE', `/admin/models/${encodeURIComponent(name)}`)
  })

  it('whose configuration file is there and names us; it is only read, and a pipe or a link into nowhere holds nothing up', async () => {
    const port = new URL(lanes.router.url).port
    const file = (id: string) => async () => (await connect()).tools.find((tool) => tool.id === id)?.file
    expect(await file('zed')()).toEqual({ path: '~/.config/zed/settings.json', exists: false, mentions: null })
    mkdirSync(join(home, '.config/zed'), { recursive: true })
    const path = join(home, '.config/zed/settings.json')
    writeFileSync(path, '{"theme": "One"}')
    expect(await file('zed')()).toMatchObject({ exists: true, mentions: false })
    writeFileSync(path, `{"api_url": "http://localhost:${port}/v1"}`)
    expect(await file('zed')()).toMatchObject({ exists: true, mentions: true })
    expect(readFileSync(path, 'utf8')).toBe(`{"api_url": "http://localhost:${port}/v1"}`)
    mkdirSync(join(home, '.continue'))
    await run('mkfifo', [join(home, '.continue/config.yaml')])
    symlinkSync(join(home, 'nowhere'), join(home, '.aider.conf.yml'))
    writeFileSync(path, 'x'.repeat(2 * 1024 * 1024))
    expect(await file('continue')()).toMatchObject({ exists: true, mentions: null })
    expect(await file('aider')()).toMatchObject({ exists: false })
    expect(await file('zed')()).toMatchObject({ exists: true, mentions: null })
  })

  it('who has called without a key, newest first', async () => {
    for (const agent of ['Zed/0.2', 'OpenAI/JS 7', 'curl/8']) await (await lanes.router.chat({ model: 'm' }, { 'user-agent': agent })).text()
    const { callers } = await connect()
    expect(callers.slice(0, 3).map(({ tool, deployment, lane }) => [tool, deployment, lane])).toEqual([
      ['curl', 'm/here', 'local'],
      ['OpenAI SDK', 'm/here', 'local'],
      ['Zed', 'm/here', 'local'],
    ])
  })
})
