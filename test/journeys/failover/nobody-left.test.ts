import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FakeUpstream, startFakeUpstream } from '../../fakes/fake-upstream.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

let one: FakeUpstream
let two: FakeUpstream
let router: TestRouter
let number = 0
const cases = Array.from({ length: 20 }, (_, i) => `m${i}`)
/** A model whose places nobody used before. */
const fresh = () => cases[number++] as string

beforeAll(async () => {
  ;[one, two] = await Promise.all([startFakeUpstream(), startFakeUpstream()])
  const closed = await startFakeUpstream()
  await closed.close()
  router = await startRouter({
    files: {
      'models.yaml': `providers:
${cases.map((name) => `  - {name: one-${name}, base_url: "${one.url}", api_key: k}\n  - {name: two-${name}, base_url: "${two.url}", api_key: k}`).join('\n')}
  - {name: nobody, base_url: "${closed.url}"}
models:
${cases.map((name) => `  - {name: ${name}, deployments: [{provider: one-${name}, context: 4096}, {provider: two-${name}, context: 4096, priority: 1}]}`).join('\n')}
  - {name: gone, deployments: [{provider: nobody, name: gone-here}]}
  - {name: small-and-large, deployments: [{provider: one-m0, context: 4096}, {provider: two-m0, context: 4096, priority: 1}, {provider: two-m1, context: 131072, priority: 2}]}
  - {name: slots, deployments: [{provider: one-m1, max_in_flight: 1}, {provider: two-m1, max_in_flight: 1, priority: 1}]}
  - {name: crossing, deployments: [{provider: one-m2, max_in_flight: 1, lane: local}, {provider: two-m2, lane: remote}]}
`,
    },
    limits: { backoffBaseMs: 10, backoffCapMs: 20, gapMs: 5, waitForLimitMs: 1_500, queuePerDeployment: 1 },
  })
})
afterAll(async () => {
  await router.stop()
  await Promise.all([one.close(), two.close()])
})
beforeEach(() => {
  for (const fake of [one, two]) {
    fake.requests.length = 0
    fake.fault = null
    fake.headers = { connection: 'close' }
  }
})

const errorOf = async (reply: Response) =>
  (await reply.json()) as { error: { code: string; message: string }; headgate: { attempts: unknown[]; request_id: string; reason: string } }

describe('when every deployment fails', () => {
  test('the caller is told the most informative failure, and every attempt', async () => {
    one.fault = 'reset'
    two.fault = '401'
    const model = fresh()
    const reply = await router.chat({ model })
    expect(reply.status).toBe(502)
    expect(reply.headers.get('x-should-retry')).toBe('false')
    const { error, headgate } = await errorOf(reply)
    expect(error).toMatchObject({ code: 'upstream_auth_failed', type: 'server_error' })
    expect(headgate.attempts).toMatchObject([
      { deployment: `${model}/one-${model}`, kind: 'failed-upstream', code: 'upstream_reset', status: null },
      { deployment: `${model}/two-${model}`, kind: 'bad-credentials', code: 'upstream_auth_failed', status: 401 },
    ])
    expect(headgate.request_id).toBe(reply.headers.get('x-headgate-request-id'))
  })

  test('never more than three attempts are made', async () => {
    one.fault = two.fault = '500'
    const reply = await router.chat({ model: fresh() })
    expect(reply.status).toBe(502)
    expect((await errorOf(reply)).headgate.attempts.length).toBe(3)
    expect([one.requests.length, two.requests.length]).toEqual([2, 1])
  })

  test('a stream before its output is a plain error reply with its real status', async () => {
    one.fault = two.fault = 'cut-0'
    const reply = await router.chat({ model: fresh(), stream: true })
    expect(reply.status).toBe(502)
    expect(reply.headers.get('content-type')).toContain('application/json')
    expect((await errorOf(reply)).error.code).toBe('upstream_stream_cut')
  })

  test('a server that is not running is 503 with Retry-After, its name and what to do', async () => {
    const reply = await router.chat({ model: 'gone' })
    expect(reply.status).toBe(503)
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    const { error, headgate } = await errorOf(reply)
    expect(error.code).toBe('no_eligible_deployment')
    expect(error.message).toContain('gone-here')
    expect(headgate).toMatchObject({ reason: 'out', how_to_fix: expect.stringContaining('Start that server') })
    expect(headgate.attempts).toMatchObject([{ deployment: 'gone-here', kind: 'unreachable', code: 'upstream_refused' }])
  })

  test('429 of both with a short Retry-After: waits, and asks once more', async () => {
    one.faults = ['429']
    two.faults = ['429']
    one.headers = two.headers = { connection: 'close', 'retry-after-ms': '300', 'retry-after': '1' }
    const reply = await router.chat({ model: fresh() })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('x-headgate-attempts')).toBe('3')
    await reply.arrayBuffer()
  })

  test('429 of both with a long Retry-After: 429 at once, with the smaller one', async () => {
    one.fault = two.fault = '429'
    one.headers = { connection: 'close', 'retry-after': '120' }
    two.headers = { connection: 'close', 'retry-after': '60' }
    const model = fresh()
    const reply = await router.chat({ model })
    expect(reply.status).toBe(429)
    expect(reply.headers.get('retry-after')).toBe('60')
    expect([one.requests.length, two.requests.length]).toEqual([1, 1])
    // Both cool down now: the next request is not even sent, and says when it makes sense to come back.
    const again = await router.chat({ model })
    expect(again.status).toBe(503)
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(Number(again.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    expect((await errorOf(again)).headgate.reason).toBe('limited')
    expect([one.requests.length, two.requests.length]).toEqual([1, 1])
  })
})

describe("what is the caller's own", () => {
  test("a request that the provider rejects goes nowhere else, and keeps the provider's words", async () => {
    one.fault = 'refused'
    const reply = await router.chat({ model: fresh(), temperature: 3 })
    expect(reply.status).toBe(400)
    expect((await errorOf(reply)).error).toMatchObject({
      message: 'temperature must be at most 2',
      param: 'temperature',
      code: 'invalid_value',
      type: 'invalid_request_error',
    })
    expect(two.requests.length).toBe(0)
  })

  test('422 and 413 are not tried elsewhere', async () => {
    for (const status of ['422', '413']) {
      one.fault = status
      expect((await router.chat({ model: fresh() })).status).toBe(Number(status))
    }
    expect(two.requests.length).toBe(0)
  })

  test('a prompt that is too long goes to a larger context only', async () => {
    one.fault = 'context'
    const reply = await router.chat({ model: 'small-and-large' })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('x-headgate-deployment')).toBe('small-and-large/two-m1')
    expect([one.requests.length, two.requests.length]).toEqual([1, 1])
    await reply.arrayBuffer()
  })

  test('and where there is none is told so with the numbers', async () => {
    one.fault = 'context'
    const reply = await router.chat({ model: fresh() })
    expect(reply.status).toBe(400)
    const { error } = await errorOf(reply)
    expect(error.code).toBe('context_length_exceeded')
    expect(error.message).toMatch(/4096.*9000/)
    expect(two.requests.length).toBe(0)
  })
})

describe('a deployment with all slots taken', () => {
  test('is passed over for one with room, waits where none has, and refuses when the line is full', async () => {
    one.fault = two.fault = 'held'
    const first = router.chat({ model: 'slots' })
    await expect.poll(() => one.requests.length).toBe(1)
    const second = router.chat({ model: 'slots' })
    await expect.poll(() => two.requests.length).toBe(1)
    // of two more one waits in the line of the first, which holds one, and one is refused
    const more = [router.chat({ model: 'slots' }), router.chat({ model: 'slots' })]
    const refused = await Promise.race(more)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).not.toBeNull()
    const { error, headgate } = await errorOf(refused)
    expect(error.code).toBe('queue_full')
    expect(headgate).toMatchObject({ reason: 'busy', attempts: [] })
    one.fault = two.fault = null
    one.release()
    two.release()
    const replies = await Promise.all([first, second, ...more])
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 503])
    await Promise.all(replies.filter((reply) => reply !== refused).map((reply) => reply.arrayBuffer()))
    const { body } = await router.admin('GET', '/admin/deployments')
    expect(body.deployments.filter(({ in_flight }: { in_flight: number }) => in_flight > 0)).toEqual([])
  })

  test('is passed over for the other lane with the reason busy, and the conversation stays where it lives', async () => {
    one.fault = 'held'
    const headers = { 'x-headgate-session': 'stays' }
    const first = router.chat({ model: 'crossing' })
    await expect.poll(() => one.requests.length).toBe(1)
    const second = await router.chat({ model: 'crossing' }, headers)
    expect(second.headers.get('x-headgate-lane')).toBe('remote')
    expect(second.headers.get('x-headgate-reason')).toBe('busy')
    one.fault = null
    one.release()
    expect((await first).status).toBe(200)
    const third = await router.chat({ model: 'crossing' }, headers)
    expect(third.headers.get('x-headgate-lane')).toBe('local')
    expect(third.headers.get('x-headgate-reason')).toBe('held')
    await Promise.all([await first, second, third].map((reply) => reply.arrayBuffer()))
  })
})
