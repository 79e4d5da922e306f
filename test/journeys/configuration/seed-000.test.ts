import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { followAdminEvents } from '../../fakes/admin-events.ts'
import { type FakeUpstream, startFakeUpstream } from '../../fakes/fake-upstream.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
})

const fixture = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/config/seed-000/${name}`, import.meta.url)), 'utf8')

async function start(environment: (here: FakeUpstream, away: FakeUpstream) => Record<string, string>, routing = fixture('routing.yaml')) {
  const [here, away] = await Promise.all([startFakeUpstream(), startFakeUpstream()])
  const router = await startRouter({
    files: { 'models.yaml': fixture('models.yaml'), 'routing.yaml': routing },
    environment: environment(here, away),
  })
  cleanUp.push(
    () => Promise.all([here.close(), away.close()]),
    () => router.stop(),
  )
  return { here, away, router }
}
const origin = (fake: FakeUpstream) => fake.url.replace(/\/v1$/, '')
const routingOf = async (router: TestRouter, model: string) =>
  (await router.admin('GET', '/routing')).body.models.find(({ name }: { name: string }) => name === model)

describe("seed 000's pair of files as it stands", () => {
  test('without LLAMA_BASE_URL: that deployment is off and says so by name, the other answers', async () => {
    const { here, router } = await start((local) => ({ LOCAL_BASE_URL: origin(local) }))
    const model = await routingOf(router, 'llama-3.3-70b-instruct')
    expect(model.deployments).toMatchObject([
      { lane: 'local', weight: 1 },
      { lane: 'remote', weight: 0, state: 'disabled', detail: expect.stringContaining('LLAMA_BASE_URL') },
    ])
    expect(model.remote_share).toBe(0.4)
    for (const name of ['llama-3.3-70b-instruct', 'llama-4-scout']) {
      const reply = await router.chat({ model: name })
      expect(reply.status).toBe(200)
      expect(reply.headers.get('x-headgate-lane')).toBe('local')
      expect(reply.headers.get('x-headgate-reason')).toBe('only-lane')
      await reply.arrayBuffer()
    }
    expect(here.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions', '/v1/chat/completions'])
    const missing = await router.chat({ model: 'llama-3.3-70b-instruct@remote' })
    expect(missing.status).toBe(503)
    expect(JSON.stringify(await missing.json())).toContain('LLAMA_BASE_URL')
  })

  test('with both: requests of the shared model are drawn at 0.6 local, a model of one lane is only there', async () => {
    const { here, away, router } = await start(
      (local, remote) => ({ LOCAL_BASE_URL: origin(local), LLAMA_BASE_URL: origin(remote) }),
      `${fixture('routing.yaml')}`,
    )
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, i) => router.chat({ model: 'llama-3.3-70b-instruct', messages: [{ role: 'user', content: `${i}` }] })),
    )
    await Promise.all(replies.map((reply) => reply.arrayBuffer()))
    expect(here.requests.length + away.requests.length).toBe(200)
    // FakeUp's address is loopback, its place in the file makes it remote
    expect(replies.filter(({ headers }) => headers.get('x-headgate-lane') === 'remote').length).toBe(away.requests.length)
    expect(here.requests.length).toBeGreaterThan(90) // 0.6 ± 4 standard deviations
    expect(here.requests.length).toBeLessThan(150)
    const scout = await router.chat({ model: 'llama-4-scout' })
    expect(scout.headers.get('x-headgate-lane')).toBe('local')
    await scout.arrayBuffer()
  })

  test('its log file is written in the data folder', async () => {
    const { router } = await start((local) => ({ LOCAL_BASE_URL: origin(local) }))
    const reply = await router.chat({ model: 'llama-4-scout' })
    await reply.arrayBuffer()
    const file = join(router.data, 'output.log')
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toContain(reply.headers.get('x-headgate-request-id'))
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  })

  test('its log file follows the configuration; one that cannot be written costs nothing but its lines', async () => {
    const { router } = await start((local) => ({ LOCAL_BASE_URL: origin(local) }))
    const events = await followAdminEvents(router.url, router.adminToken)
    cleanUp.push(events.close)
    mkdirSync(join(router.data, 'folder.log'))
    router.write({ 'routing.yaml': fixture('routing.yaml').replace('output.log', 'folder.log') })
    expect(await events.next(({ type, level }) => type === 'log' && level === 'error')).toMatchObject({
      message: expect.stringContaining('folder.log'),
    })
    router.write({ 'routing.yaml': fixture('routing.yaml').replace('output.log', 'other/place.log') })
    const file = join(router.data, 'other', 'place.log')
    await expect.poll(() => existsSync(file)).toBe(true)
    const reply = await router.chat({ model: 'llama-4-scout' })
    await reply.arrayBuffer()
    await expect.poll(() => readFileSync(file, 'utf8')).toContain(reply.headers.get('x-headgate-request-id'))
  })

  test('its health_check looks at every deployment at once, in both lanes, and for free', async () => {
    const { here, away } = await start((local, remote) => ({ LOCAL_BASE_URL: origin(local), LLAMA_BASE_URL: origin(remote) }))
    await expect.poll(() => here.probes > 0 && away.probes > 0).toBe(true)
    expect([here.requests.length, away.requests.length]).toEqual([0, 0])
  })
})

describe('health_check and timeout', () => {
  const routing = (rest: string) => `local_deployment:\n  - {endpoint: "\${LOCAL_BASE_URL}", models: [llama-4-scout]}\n${rest}`

  test('health_check finds a server that stopped without a request having to fail, and one that is back', async () => {
    const { here, router } = await start((local) => ({ LOCAL_BASE_URL: origin(local) }), routing('health_check: 0.2\n'))
    const events = await followAdminEvents(router.url, router.adminToken)
    cleanUp.push(events.close)
    await expect.poll(() => here.probes).toBeGreaterThan(1)
    await here.close()
    expect(await events.next(({ type }) => type === 'deployment')).toMatchObject({ to: 'out', detail: expect.stringContaining('refused') })
    await here.listen()
    await events.next(({ type, to }) => type === 'deployment' && to === 'on-trial')
  })

  test('health_check: 0 sends no look at all', async () => {
    const { here, router } = await start((local) => ({ LOCAL_BASE_URL: origin(local) }), routing('health_check: 0\n'))
    await (await router.chat({ model: 'llama-4-scout' })).arrayBuffer()
    await here.close()
    expect((await router.chat({ model: 'llama-4-scout' })).status).toBe(503)
    await here.listen()
    expect((await router.chat({ model: 'llama-4-scout' })).status).toBe(200)
    expect(here.probes).toBe(0)
  })

  test('the start deadline of router_settings ends an answer that does not begin', async () => {
    const { here, router } = await start((local) => ({ LOCAL_BASE_URL: origin(local) }), routing('router_settings: {timeout: 0.2}\n'))
    here.fault = 'hang'
    const reply = await router.chat({ model: 'llama-4-scout', stream: true })
    expect(reply.status).toBe(504)
    expect(await reply.json()).toMatchObject({ error: { code: 'upstream_timeout', type: 'timeout_error' } })
  })

  test("seed 000's timeout is for connecting and never cuts an answer", async () => {
    const { here, router } = await start((local) => ({ LOCAL_BASE_URL: origin(local) }), routing('timeout: 0.2\n'))
    here.fault = 'held'
    const reply = router.chat({ model: 'llama-4-scout' })
    await expect.poll(() => here.requests.length).toBe(1)
    const waited = followAdminEvents(router.url, router.adminToken)
    const settings = (await router.admin('GET', '/admin/settings')).body.settings.filter(({ path }: { path: string }) => path.startsWith('timeouts.'))
    expect(Object.fromEntries(settings.map(({ path, value }: { path: string; value: unknown }) => [path, value]))).toMatchObject({
      'timeouts.connect': 0.2,
      'timeouts.connect_loopback': 0.2,
      'timeouts.probe': 0.2,
      'timeouts.start': 60,
    })
    ;(await waited).close()
    await new Promise((resolve) => setTimeout(resolve, 400)) // twice the timeout, which must not end it
    here.release()
    expect((await reply).status).toBe(200)
  })
})
