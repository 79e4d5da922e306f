/** Downloads from a model hub over real sockets, files and a real router: whatever the hub does, the models folder holds the right bytes or nothing. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AdminEvents, followAdminEvents } from '../../fakes/admin-events.ts'
import { type FakeHub, startFakeHub } from '../../fakes/fake-hub.ts'
import { encodeGguf, tinyGgufParts } from '../../fixtures/tiny-gguf.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

const tiny = Buffer.from(encodeGguf(tinyGgufParts({ seed: 3 })))
const other = Buffer.from(encodeGguf(tinyGgufParts({ seed: 4 })))
const half = Math.floor(tiny.length / 2)
const repo = 'lab/tiny-gguf'
const wish = { repo, file: 'tiny-Q4_K_M.gguf' }

let hub: FakeHub
let router: TestRouter
let events: AdminEvents

beforeEach(async () => {
  hub = await startFakeHub({ [repo]: { files: { 'tiny-Q4_K_M.gguf': { bytes: tiny }, 'tiny-F16.gguf': { bytes: other } } } })
  router = await startRouter({ environment: environment() })
  events = await followAdminEvents(router.url, router.adminToken)
})
afterEach(async () => {
  events.close()
  await router.stop()
  await hub.close()
})

const environment = () => ({ HEADGATE_HUB_URL: hub.url, HEADGATE_LOCAL_SERVERS: 'off' })
const fault = (what: Parameters<typeof Object.assign>[1] | null) => Object.assign(hub.repositories[repo]!.files['tiny-Q4_K_M.gguf']!, { fault: what })
const get = async (body: object = wish) => (await router.admin('POST', '/admin/downloads', body)) as { status: number; body: Record<string, unknown> }
const list = async () => (await router.admin('GET', '/admin/downloads')).body.downloads as Record<string, unknown>[]
const reaches = (state: string) => events.next((event) => event.type === 'download' && event['state'] === state)
const place = () => join(router.data, 'models', 'tiny-Q4_K_M.gguf')
const staging = () => join(router.data, 'models', '.downloads')
const staged = () =>
  existsSync(staging()) ? readdirSync(staging(), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.part')) : []

describe('a download', () => {
  test('comes whole, is verified, and answers a request without a restart', async () => {
    const { status, body } = await get()
    expect(status).toBe(201)
    expect(body).toMatchObject({ model: 'tiny-q4_k_m', repository: repo, file: 'tiny-Q4_K_M.gguf', total_bytes: tiny.length })
    await reaches('verifying')
    await reaches('ready')
    await events.next((event) => event.type === 'config' && event['ok'] === true)
    expect(readFileSync(place())).toEqual(tiny)
    expect(staged()).toEqual([])
    const reply = await router.chat({ model: 'tiny-q4_k_m', max_tokens: 4 })
    expect(reply.status).toBe(200)
    expect(((await reply.json()) as { choices: unknown[] }).choices).toHaveLength(1)
    expect(await list()).toMatchObject([{ state: 'ready', received_bytes: tiny.length }])
  })

  test('goes on at the byte after every cut, and its progress never goes back', async () => {
    const received: number[] = []
    fault({ cutAfter: Math.ceil(tiny.length / 3) })
    await get()
    await events.next((event) => {
      if (event.type !== 'download') return false
      received.push(event['received_bytes'] as number)
      if (event['state'] === 'waiting') expect(event['detail']).toMatch(/Tries again in a moment\.$/)
      return event['state'] === 'ready'
    })
    expect(received).toEqual(received.toSorted((a, b) => a - b))
    const starts = hub.starts('tiny-Q4_K_M.gguf')
    expect(starts.length).toBeGreaterThanOrEqual(3)
    expect(new Set(starts).size).toBe(starts.length)
    expect(readFileSync(place())).toEqual(tiny)
  })

  test('pauses and goes on from where it was, with the ETag of what it has', async () => {
    fault({ stallAfter: half })
    const { body } = await get()
    await hub.stalled()
    await expect.poll(async () => (await list())[0]?.['received_bytes']).toBe(half)
    expect(await router.admin('PATCH', `/admin/downloads/${body['id']}`, { state: 'paused' })).toMatchObject({
      body: { state: 'paused', received_bytes: half },
    })
    fault(null)
    await router.admin('PATCH', `/admin/downloads/${body['id']}`, { state: 'queued' })
    await reaches('ready')
    expect(hub.starts('tiny-Q4_K_M.gguf')).toEqual([0, half])
    expect(hub.requests.at(-1)?.ifRange).toMatch(/^"/)
    expect(readFileSync(place())).toEqual(tiny)
  })

  test('goes on after a restart of the router in its middle', async () => {
    fault({ stallAfter: half })
    await get()
    await hub.stalled()
    await expect.poll(async () => (await list())[0]?.['received_bytes']).toBe(half)
    fault(null)
    events.close()
    router = await router.restart()
    await expect.poll(async () => existsSync(place()), { timeout: 15_000 }).toBe(true)
    expect(hub.starts('tiny-Q4_K_M.gguf')).toEqual([0, half])
    expect(readFileSync(place())).toEqual(tiny)
  })

  test('stays paused over a restart', async () => {
    fault({ stallAfter: half })
    const { body } = await get()
    await hub.stalled()
    await expect.poll(async () => (await list())[0]?.['received_bytes']).toBe(half)
    await router.admin('PATCH', `/admin/downloads/${body['id']}`, { state: 'paused' })
    events.close()
    router = await router.restart()
    expect(await list()).toMatchObject([{ id: body['id'], state: 'paused', received_bytes: half }])
    expect(hub.starts('tiny-Q4_K_M.gguf')).toEqual([0])
  })

  test('is gone when it is cancelled, and what had come with it', async () => {
    fault({ stallAfter: half })
    const { body } = await get()
    await hub.stalled()
    await expect.poll(() => staged().length).toBe(1)
    expect((await router.admin('DELETE', `/admin/downloads/${body['id']}`)).status).toBe(204)
    await reaches('removed')
    expect(staged()).toEqual([])
    expect(await list()).toEqual([])
    expect((await router.admin('DELETE', `/admin/downloads/${body['id']}`)).status).toBe(404)
  })

  test('of several goes in order, two at once', async () => {
    const files = Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}.gguf`, { bytes: tiny, fault: { stallAfter: half } }]))
    hub.repositories['lab/three'] = { files }
    for (const file of Object.keys(files)) await get({ repo: 'lab/three', file })
    expect((await list()).map(({ state }) => state)).toEqual(['downloading', 'downloading', 'queued'])
    await expect.poll(() => hub.starts('a.gguf').length + hub.starts('b.gguf').length).toBe(2)
    expect(hub.starts('c.gguf')).toEqual([])
    hub.release()
    await expect.poll(() => hub.starts('c.gguf').length, { timeout: 15_000 }).toBe(1)
  })

  test('of a split model enters together and is one model', async () => {
    // Two sound files that are no parts of one model: what is looked at is that none of them enters before the other.
    const names = ['big-00001-of-00002.gguf', 'big-00002-of-00002.gguf']
    hub.repositories['lab/split'] = { files: Object.fromEntries(names.map((name) => [name, { bytes: name === names[0] ? tiny : other }])) }
    expect((await router.admin('GET', '/admin/hub/model?repo=lab/split')).body.files).toMatchObject([
      { file: names[0], parts: 2, size_bytes: tiny.length + other.length, sha256: null },
    ])
    await get({ repo: 'lab/split', file: names[0] })
    await reaches('ready')
    await events.next((event) => event.type === 'config' && event['ok'] === true)
    expect(readdirSync(join(router.data, 'models')).filter((name) => name.endsWith('.gguf'))).toEqual(names)
    const models = (await router.admin('GET', '/admin/models')).body.models as { name: string }[]
    expect(models.map(({ name }) => name).filter((name) => name.startsWith('big'))).toEqual(['big'])
  })
})

describe('what a hub does wrong', () => {
  test('no ranges: what is here is compared, not fetched into twice, and progress stays', async () => {
    fault({ stallAfter: half })
    const { body } = await get()
    await hub.stalled()
    await expect.poll(async () => (await list())[0]?.['received_bytes']).toBe(half)
    await router.admin('PATCH', `/admin/downloads/${body['id']}`, { state: 'paused' })
    await reaches('paused')
    fault({ ignoresRanges: true })
    await router.admin('PATCH', `/admin/downloads/${body['id']}`, { state: 'queued' })
    const received: number[] = []
    await events.next((event) => {
      if (event.type === 'download' && event['state'] === 'downloading') received.push(event['received_bytes'] as number)
      return event.type === 'download' && event['state'] === 'ready'
    })
    expect(Math.min(...received)).toBeGreaterThanOrEqual(half)
    expect(readFileSync(place())).toEqual(tiny)
  })

  test.each([
    ['the file changed, and it heeds If-Range', {}],
    ['the file changed, and it does not', { ignoresIfRange: true }],
  ])('%s: it is begun again with the new one', async (_, later) => {
    fault({ stallAfter: half })
    const { body } = await get()
    await hub.stalled()
    await router.admin('PATCH', `/admin/downloads/${body['id']}`, { state: 'paused' })
    Object.assign(hub.repositories[repo]!.files['tiny-Q4_K_M.gguf']!, { bytes: other, fault: later })
    await router.admin('PATCH', `/admin/downloads/${body['id']}`, { state: 'queued' })
    await reaches('ready')
    expect(readFileSync(place())).toEqual(other)
  })

  test('another part than was asked for: the whole is asked for', async () => {
    fault({ cutAfter: half, wrongRange: true })
    await get()
    await expect.poll(() => hub.starts('tiny-Q4_K_M.gguf').length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
    fault(null)
    await reaches('ready')
    expect(readFileSync(place())).toEqual(tiny)
  })

  test('the wrong sum: deleted, and told', async () => {
    Object.assign(hub.repositories[repo]!.files['tiny-Q4_K_M.gguf']!, { sha256: 'a'.repeat(64) })
    await get()
    expect(await reaches('failed')).toMatchObject({ detail: expect.stringContaining('wrong checksum and was deleted') })
    expect(await list()).toMatchObject([{ state: 'failed', problem: 'wrong-sum', received_bytes: 0 }])
    expect(existsSync(place())).toBe(false)
    expect(staged()).toEqual([])
  })

  test('another length than it lists: refused', async () => {
    fault({ saysBytes: tiny.length + 5 })
    await get()
    expect(await reaches('failed')).toMatchObject({
      detail: `What the hub sends is not the file that it lists: the file there has ${tiny.length + 5} bytes instead of ${tiny.length}.`,
    })
    expect(existsSync(place())).toBe(false)
  })

  test('no GGUF: deleted, and told', async () => {
    hub.repositories[repo]!.files['tiny-Q4_K_M.gguf']!.bytes = Buffer.from('<html>not a model</html>')
    await get()
    expect(await reaches('failed')).toMatchObject({ detail: expect.stringMatching(/^tiny-Q4_K_M\.gguf cannot be used: .* It was deleted\.$/) })
    expect(await list()).toMatchObject([{ problem: 'no-model' }])
    expect(staged()).toEqual([])
  })

  test.each([
    [404, 'not-found', 'tiny-Q4_K_M.gguf is not in lab/tiny-gguf any more.'],
    [403, 'gated', 'lab/tiny-gguf is gated: its owner decides who gets it. Ask for access on its page at the hub, then store a hub token here.'],
  ])('status %i is told in words', async (status, problem, detail) => {
    fault({ status })
    await get()
    expect(await reaches('failed')).toMatchObject({ detail })
    expect(await list()).toMatchObject([{ problem }])
  })

  test('a fault of its own: waits as long as it asks', async () => {
    fault({ status: 503, retryAfterS: 120 })
    await get()
    expect(await reaches('waiting')).toMatchObject({ detail: 'It answered with status 503. Tries again in 120 s.' })
  })

  test.each([
    ['http://127.0.0.1:1/file.gguf', /private address/],
    ['http://169.254.169.254/latest/meta-data', /private address/],
    ['http://[::1]:1/file.gguf', /private address/],
    ['http://huggingface.co/file.gguf', /https only/],
    ['https://example.com/file.gguf', /not among the hosts/],
    ['https://someone@huggingface.co/file.gguf', /user name/],
  ])('a redirect to %s: not followed', async (redirectTo, words) => {
    fault({ redirectTo })
    await get()
    expect(await reaches('failed')).toMatchObject({ detail: expect.stringMatching(words) })
    expect(await list()).toMatchObject([{ problem: 'refused' }])
  })

  test('the hub goes away and comes back: it waits and goes on', async () => {
    fault({ stallAfter: half })
    await get()
    await hub.stalled()
    await expect.poll(async () => (await list())[0]?.['received_bytes']).toBe(half)
    const { url, repositories } = hub
    await hub.close()
    expect(await events.next((event) => event['state'] === 'waiting')).toBeDefined()
    hub = await startFakeHub(repositories, Number(new URL(url).port))
    fault(null)
    await reaches('ready')
    expect(hub.starts('tiny-Q4_K_M.gguf')).toEqual([half])
    expect(readFileSync(place())).toEqual(tiny)
  })
})

describe('what is not begun', () => {
  test.each([
    ['../../etc/x.gguf'],
    ['/etc/x.gguf'],
    ['a/../../x.gguf'],
    ['.hidden.gguf'],
    ['a\\..\\x.gguf'],
    ['x.gguf\u0000.bin'],
    ['con:x.gguf'],
    ['readme.md'],
  ])('a file named %j', async (file) => {
    hub.repositories[repo]!.files[file] = { bytes: tiny }
    const { status, body } = await get({ repo, file })
    expect(status).toBe(400)
    expect((body['error'] as { message: string }).message).toMatch(/cannot become a file of the models folder/)
    expect(existsSync(staging())).toBe(false)
  })

  test.each(['../x', 'a/b/c', 'a/..', 'a b/c', 'a', 'https://x/y', 'a/b?x=1', 'a/b#c'])('a repository named %j', async (name) => {
    expect((await get({ repo: name, file: 'a.gguf' })).status).toBe(400)
    expect(hub.requests).toEqual([])
  })

  test('a file whose name is taken, and one that nobody has', async () => {
    writeFileSync(place(), tiny)
    expect(await get()).toMatchObject({ status: 409, body: { error: { message: 'tiny-Q4_K_M.gguf is in the models folder already.' } } })
    expect((await get({ repo, file: 'none.gguf' })).status).toBe(404)
    expect((await get({ repo: 'no/body', file: 'none.gguf' })).body['error']).toMatchObject({
      message: expect.stringMatching(/^no\/body is not on 127\.0\.0\.1/),
    })
  })

  test('twice: the second wish is the first', async () => {
    fault({ stallAfter: half })
    const [first, second] = [await get(), await get()]
    expect(second.body['id']).toBe(first.body['id'])
    hub.repositories['else/where'] = { files: { 'x/TINY-q4_k_m.gguf': { bytes: tiny } } }
    expect(await get({ repo: 'else/where', file: 'x/TINY-q4_k_m.gguf' })).toMatchObject({
      status: 409,
      body: { error: { message: `A file of that name is on its way from ${repo}.` } },
    })
  })
})
