/** The log over the admin API, as it happens and from the run before; llama.cpp's own lines; and a support bundle that gives nothing away. */
import { homedir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { followAdminEvents } from '../../fakes/admin-events.ts'
import { type Lanes, startLanes } from '../with-lanes.ts'

const secrets = {
  provider: 'a-provider-key-of-no-known-shape-4711',
  inAddress: 'user-in-url:password-in-url',
  openai: 'sk-live-0123456789abcdefghij',
  header: 'x-secret-header-value-0815',
}

let lanes: Lanes
beforeAll(async () => {
  lanes = await startLanes({
    tiny: true,
    environment: { PROVIDER_KEY: secrets.provider },
    models: (here, away) => `providers:
  - {name: here, base_url: "${here.url}", api_key: "\${PROVIDER_KEY}"}
  - {name: away, base_url: "${away.url}"}
models:
  - name: m
    deployments:
      - {provider: here, model: m-here, lane: local}
      - {provider: away, model: m-away, lane: remote}
`,
    routing: 'logging: {output: extra.log}\n',
  })
})
afterAll(() => lanes?.stop())

const admin = (method: string, path: string, body?: unknown) => lanes.router.admin(method, path, body)
interface Line {
  readonly id: number
  readonly level: string
  readonly source: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}
const logs = async (query = ''): Promise<{ run: string; files: string[]; lines: Line[] }> => (await admin('GET', `/admin/logs?${query}`)).body
const hostile = `line one\nline two \u001b[31mred\u001b[0m \u202eevil\u202c \u2028 <img src=x onerror=alert(1)>`

describe('the log', () => {
  test('has what happened, oldest first, page by page, and what came since a line', async () => {
    await (await lanes.router.chat({ model: 'm' }, { 'user-agent': 'zed/1' })).text()
    const { lines, files } = await logs()
    expect(files.map((file) => file.split('/').at(-1))).toEqual(['headgate.log', 'extra.log'])
    expect(lines.map(({ id }) => id)).toEqual(lines.map(({ id }) => id).sort((one, other) => one - other))
    expect(lines.at(-1)).toMatchObject({ level: 'info', source: 'router', message: 'request', fields: { tool: 'Zed', deployment: 'm/here' } })
    const last = lines.at(-1)?.id as number
    expect((await logs(`before=${last}&limit=1`)).lines).toEqual(lines.slice(-2, -1))
    await admin('PUT', '/admin/split', { remote_share: 0.4 })
    const since = (await logs(`after=${last}`)).lines
    expect(since.every(({ id }) => id > last)).toBe(true)
    expect(since.filter(({ message }) => message === 'split')).toMatchObject([{ fields: { remote_share: 0.4 } }])
    await admin('DELETE', '/admin/split')
  })

  test('is filtered by level and words', async () => {
    lanes.here.faults = ['500', '500', '500']
    await (await lanes.router.chat({ model: 'm' })).text()
    const warnings = (await logs('level=warn')).lines
    expect(warnings.length).toBeGreaterThan(0)
    expect(warnings.every(({ level }) => level === 'warn' || level === 'error')).toBe(true)
    expect((await logs('level=error')).lines).toEqual([])
    expect((await logs('q=no such words')).lines).toEqual([])
    expect((await logs('q=m/here')).lines.length).toBeGreaterThan(0)
  })

  test('e42, e49: what comes from outside is one harmless line of at most 200 characters', async () => {
    const tool = 'x'.repeat(500)
    await (await lanes.router.chat({ model: `${'<b>'.repeat(100)}` }, { 'user-agent': tool })).text()
    await admin('POST', '/admin/keys', { name: hostile.slice(0, 90) })
    const { lines } = await logs()
    const text = JSON.stringify(lines)
    for (const character of ['\u001b', '\u202e', '\u2028']) expect(text).not.toContain(character)
    const key = lines.find(({ fields }) => fields['what'] === 'key')
    expect(key?.fields['detail']).toContain('line one\\u{a}line two \\u{1b}[31mred')
    for (const line of lines)
      for (const value of Object.values(line.fields)) if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(200)
  })

  test('has llama.cpp’s own words about a model, and none about a prompt', async () => {
    const prompt = 'words-of-a-prompt-that-stay-here'
    await (await lanes.router.chat({ model: 'tiny', max_tokens: 4, messages: [{ role: 'user', content: prompt }] })).text()
    await expect
      .poll(async () => (await logs('source=engine&level=debug&limit=5000')).lines.some(({ message }) => message.startsWith('engine: ')))
      .toBe(true)
    const { lines } = await logs('source=engine&level=debug&limit=5000')
    expect(lines.every(({ source }) => source === 'engine')).toBe(true)
    expect(lines.length).toBeLessThan(400)
    expect(JSON.stringify(await logs('level=debug&limit=5000'))).not.toContain(prompt)
    expect((await logs('source=engine')).lines.some(({ fields }) => fields['state'] === 'ready')).toBe(true)
  })

  test('a line of the engine tells the panel so, and a fault reaches whoever follows', async () => {
    const events = await followAdminEvents(lanes.router.url, lanes.router.adminToken)
    const line = events.next(({ type, source }) => type === 'log' && source === 'engine')
    await admin('POST', '/admin/engine/unload', { deployment: 'tiny/engine' })
    await admin('POST', '/admin/engine/load', { deployment: 'tiny/engine' })
    expect(await line).toMatchObject({ level: expect.any(String), message: expect.any(String) })
    events.close()
  })

  test('of the run before is read back from the file, without a line twice', async () => {
    const before = (await logs()).run
    lanes.router = await lanes.router.restart()
    const { run, lines } = await logs('limit=5000&level=debug')
    expect(run).not.toBe(before)
    expect(lines.filter(({ fields }) => fields['what'] === 'key').length).toBe(1)
    expect(lines.some(({ message }) => message === 'request')).toBe(true)
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length)
  })
})

describe('the support bundle', () => {
  test('says what runs and how it is set, and holds no secret of any shape', async () => {
    const { key } = (await admin('POST', '/admin/keys', { name: `tool ${secrets.openai}` })).body
    lanes.here.faults = ['500', '500', '500']
    const content = `my password is ${secrets.openai}, in ${homedir()}/private`
    const headers = { authorization: `Bearer ${key}`, 'x-note': secrets.header }
    await (await lanes.router.chat({ model: 'm', messages: [{ role: 'user', content }] }, headers)).text()
    await lanes.router.chat({ model: `unknown-${secrets.openai}` }, headers)
    const { status, body } = await admin('POST', '/admin/support-bundle', {})
    expect(status).toBe(200)
    expect(body).toMatchObject({
      versions: { headgate: expect.any(String), node: process.versions.node },
      system: { platform: process.platform, cores: expect.any(Number) },
      configuration: { problem: null, files: ['models.yaml', 'routing.yaml'] },
      counts: { keys: expect.any(Number), models: expect.any(Number) },
    })
    expect(body.requests.length).toBeGreaterThan(0)
    expect(body.log.length).toBeGreaterThan(0)
    expect(body.deployments.map(({ name }: { name: string }) => name)).toContain('m/here')
    const text = JSON.stringify(body)
    const all = { ...secrets, key, admin: lanes.router.adminToken, home: homedir(), prompt: 'my password is' }
    for (const [name, secret] of Object.entries(all)) expect([name, text.includes(secret)]).toEqual([name, false])
  })
})
