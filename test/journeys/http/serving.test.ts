/** `headgate serve` as a process: one router per data folder, doors for their owner only, a port that is never moved, a gentle end. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FakeUpstream, startFakeUpstream } from '../../fakes/fake-upstream.ts'
import { headgate, type Running, serveHeadgate } from './headgate-process.ts'
import { openRaw, requestBytes } from './raw-connection.ts'

let data: string
const running: Running[] = []
const upstreams: FakeUpstream[] = []

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'headgate-'))
})
afterEach(async () => {
  for (const { child, exited } of running.splice(0)) {
    child.kill('SIGKILL')
    await exited()
  }
  for (const fake of upstreams.splice(0)) await fake.close()
  rmSync(data, { recursive: true, force: true })
})

async function serve(args?: readonly string[]) {
  const started = await serveHeadgate(data, args)
  running.push(started)
  return started
}
const runtime = () => JSON.parse(readFileSync(join(data, 'runtime.json'), 'utf8'))
const adminToken = () => readFileSync(join(data, 'admin-token'), 'utf8').trim()
const isThere = (name: string) => {
  try {
    return statSync(join(data, name)).isFile()
  } catch {
    return false
  }
}

it('serves, tells where, lets the owner in, and leaves nothing but its data', async () => {
  const router = await serve()
  expect(router.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(router.out()).toMatch(/^Headgate is listening on http:\/\/127\.0\.0\.1:\d+\nPanel: http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{20,}\n$/)
  expect(runtime()).toEqual({ pid: router.pid, url: router.url, version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  for (const name of ['runtime.json', 'admin-token']) expect([name, statSync(join(data, name)).mode & 0o777]).toEqual([name, 0o600])
  expect(adminToken().length).toBeGreaterThanOrEqual(32)

  const code = /#code=(\S+)/.exec(router.out())?.[1]
  const session = await fetch(`${router.url}/admin/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  })
  const { token } = (await session.json()) as { token: string }
  expect((await fetch(`${router.url}/admin/overview`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)

  const before = adminToken()
  router.child.kill('SIGTERM')
  expect(await router.exited()).toBe(0)
  expect([router.err(), isThere('runtime.json'), isThere('admin-token')]).toEqual(['', false, true])
  const again = await serve()
  expect(adminToken()).toBe(before)
  again.child.kill('SIGINT')
  expect(await again.exited()).toBe(0)
})

it('c64: a second router on the same folder refuses and names the first; kill -9 gives the folder back', async () => {
  const first = await serve()
  const second = await headgate(['serve', '--port', '0'], data)
  expect(second.code).toBe(1)
  expect(second.err).toContain(`process ${first.pid} at ${first.url}`)
  expect(second.err.trim().split('\n').length).toBe(1)
  expect((await fetch(`${first.url}/health`)).status).toBe(200)
  expect(runtime().pid).toBe(first.pid)

  first.child.kill('SIGKILL')
  await first.exited()
  expect(isThere('runtime.json')).toBe(true) // nobody was left to remove it
  const status = await headgate(['status'], data)
  expect([status.code, status.err]).toEqual([1, expect.stringContaining('No Headgate is running')])
  const third = await serve()
  expect(runtime()).toMatchObject({ pid: third.pid, url: third.url })
})

it('c64: a port in use is an error that names the holder, and no other port is taken', async () => {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', () => resolve()))
  const { port } = holder.address() as { port: number }
  try {
    const refused = await headgate(['serve', '--port', String(port)], data)
    expect([refused.code, refused.out]).toEqual([1, ''])
    expect(refused.err).toContain(`Port ${port} is in use`)
    if (process.platform === 'linux') expect(refused.err).toContain(`(process ${process.pid})`)
    expect(isThere('runtime.json')).toBe(false)
  } finally {
    await new Promise((resolve) => holder.close(resolve))
  }
  await serve(['--port', String(port)]) // the folder was not left locked
})

it.each(['80.5', '65536'])('--port %s is refused with a sentence', async (port) => {
  const refused = await headgate(['serve', `--port=${port}`], data)
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(`${port} is not a port`)])
})

it('e1: another address needs a key first, and says how to get one', async () => {
  const refused = await headgate(['serve', '--port', '0', '--host', '0.0.0.0'], data)
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('headgate token create')])
  const key = (await headgate(['token', 'create'], data)).out.trim()
  const router = await serve(['--port', '0', '--host', '0.0.0.0'])
  expect((await fetch(`${router.url}/v1/models`)).status).toBe(401)
  expect((await fetch(`${router.url}/v1/models`, { headers: { 'x-api-key': key } })).status).toBe(200)
  const explained = await headgate(['status', '--json'], data)
  expect([explained.code, JSON.parse(explained.out).pid]).toEqual([0, router.pid])
})

it('c63: a signal lets answers end; a second one ends them', async () => {
  const fake = await startFakeUpstream()
  upstreams.push(fake)
  mkdirSync(join(data, 'config'))
  writeFileSync(
    join(data, 'config', 'models.yaml'),
    `providers:\n  - {name: far, base_url: "${fake.url}"}\nmodels:\n  - {name: m, deployments: [{provider: far, model: fb-stall}]}\n`,
  )
  const router = await serve()
  const port = Number(new URL(router.url).port)
  const stream = await openRaw(port)
  const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'Hi' }] })
  stream.write(requestBytes({ port, headers: ['content-type: application/json'], body }))
  await expect.poll(() => stream.rest()).toContain('three')
  router.child.kill('SIGTERM')
  await expect.poll(() => router.out()).toContain('Stopping: 1 request')
  expect((await fetch(`${router.url}/ready`)).status).toBe(503)
  expect(isThere('runtime.json')).toBe(true)
  router.child.kill('SIGTERM')
  expect(await router.exited()).toBe(0)
  await stream.closed()
  expect(stream.rest()).toContain('router_shutting_down')
  expect(stream.rest()).not.toContain('[DONE]')
  expect(isThere('runtime.json')).toBe(false)
})
