import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Lanes, laneOf, providersOf, startLanes } from '../with-lanes.ts'

let lanes: Lanes
beforeAll(async () => {
  lanes = await startLanes({
    models: (here, away) => `${providersOf(here, away)}models:
  - name: m
    aliases: [nick]
    deployments:
      - {provider: here, model: m-here, lane: local}
      - {provider: away, model: m-away, lane: remote}
  - name: alone
    deployments:
      - {provider: away, model: alone-away, lane: remote}
`,
  })
})
afterAll(() => lanes.stop())
beforeEach(async () => {
  await lanes.router.admin('PUT', '/admin/split', { preset: 'prefer-local' })
  await lanes.router.admin('DELETE', '/admin/split')
  lanes.here.fault = lanes.away.fault = null
})

describe('a request may say where it wants to go', () => {
  test.each([
    ['m', {}, 'm/here', 'local', 'drawn'],
    ['nick', {}, 'm/here', 'local', 'drawn'],
    ['m@remote', {}, 'm/away', 'remote', 'asked'],
    ['m@local', {}, 'm/here', 'local', 'asked'],
    ['m@away', {}, 'm/away', 'remote', 'route'],
    ['nick@away', {}, 'm/away', 'remote', 'route'],
    ['m', { 'x-headgate-route': 'remote' }, 'm/away', 'remote', 'asked'],
    ['m', { 'x-headgate-route': 'local' }, 'm/here', 'local', 'asked'],
    ['alone', {}, 'alone/away', 'remote', 'only-lane'],
  ])('%s with %j is answered by %s', async (model, headers, deployment, lane, reason) => {
    const reply = await lanes.router.chat({ model }, headers)
    expect(reply.status).toBe(200)
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'x-headgate-deployment': deployment,
      'x-headgate-lane': lane,
      'x-headgate-reason': reason,
      'x-headgate-model': model === 'alone' ? 'alone' : 'm',
      'x-headgate-attempts': '1',
    })
    expect(reply.headers.get('x-headgate-request-id')).toMatch(/^req_/)
    await reply.arrayBuffer()
  })

  test('but not two things at once', async () => {
    const reply = await lanes.router.chat({ model: 'm@local' }, { 'x-headgate-route': 'remote' })
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({ error: { code: 'conflicting_parameters', param: 'model' } })
  })

  test('and not against a lock: the reason and what to do are in the error', async () => {
    await lanes.router.admin('PUT', '/admin/split', { preset: 'local-only' })
    for (const [model, headers] of [
      ['m@remote', {}],
      ['m', { 'x-headgate-route': 'remote' }],
      ['m@away', {}],
      ['alone', {}],
    ] as const) {
      const reply = await lanes.router.chat({ model }, headers)
      expect(reply.status).toBe(503)
      expect(reply.headers.get('x-headgate-reason')).toBe('lock')
      const body = (await reply.json()) as { error: { code: string; message: string }; headgate: Record<string, unknown> }
      expect(body.error).toMatchObject({ code: 'no_eligible_deployment', type: 'service_unavailable_error' })
      expect(body.headgate).toMatchObject({ reason: 'lock', how_to_fix: expect.stringMatching(/Remove the lock \(Local Only\)/) })
    }
  })

  test('x-headgate-session keeps a conversation together, even through its first turns', async () => {
    await lanes.router.admin('PUT', '/admin/split', { remote_share: 0.5 })
    for (const session of ['one', 'two', 'three', 'four']) {
      const seen = new Set<string>()
      for (let i = 0; i < 4; i++) {
        const reply = await lanes.router.chat(
          { model: 'm', messages: [{ role: 'user', content: `question ${i}` }] },
          { 'x-headgate-session': session },
        )
        await reply.arrayBuffer()
        seen.add(laneOf(reply))
        expect(reply.headers.get('x-headgate-reason')).toBe(i === 0 ? 'drawn' : 'held')
      }
      expect(seen.size).toBe(1)
    }
  })

  test('x-headgate-no-fallback stays with the first deployment', async () => {
    lanes.here.fault = 'reset'
    const before = lanes.away.requests.length
    const reply = await lanes.router.chat({ model: 'm' }, { 'x-headgate-no-fallback': '1' })
    expect(reply.status).toBe(502)
    expect(await reply.json()).toMatchObject({ error: { code: 'upstream_reset' } })
    expect(lanes.away.requests.length).toBe(before)
  })
})

describe('explain', () => {
  test.each([{ model: 'm' }, { model: 'm@remote' }, { model: 'alone' }, { model: 'm', messages: [{ role: 'user', content: 'x'.repeat(1000) }] }])(
    'of %j is the plan that the request then gets, and books nothing',
    async (body) => {
      await lanes.router.admin('PUT', '/admin/split', { remote_share: 0.5 })
      const full = { messages: [{ role: 'user', content: 'Hi' }], ...body }
      const explained = (await lanes.router.admin('POST', '/routing/explain', { body: full })).body
      for (let i = 0; i < 3; i++) expect((await lanes.router.admin('POST', '/routing/explain', { body: full })).body).toEqual(explained)
      const reply = await lanes.router.chat(full)
      await reply.arrayBuffer()
      const { body: row } = await lanes.router.admin('GET', `/admin/requests/${reply.headers.get('x-headgate-request-id')}`)
      // scores move with the latency that was just measured; the decision does not
      interface Shown {
        readonly [field: string]: unknown
        readonly plan: readonly { readonly [field: string]: unknown }[]
      }
      const decision = ({ model, route, draw, plan, excluded }: Shown) => ({
        model,
        route,
        draw,
        plan: plan.map(({ deployment, lane, reason }) => ({ deployment, lane, reason })),
        excluded,
      })
      expect(decision(row.plan)).toEqual(decision(explained))
      expect(row.deployment).toBe(explained.plan[0].deployment)
    },
  )

  test('takes a body as it is, and headers beside it', async () => {
    const plain = await lanes.router.admin('POST', '/routing/explain', { model: 'm', messages: [{ role: 'user', content: 'Hi' }] })
    expect(plain.body).toMatchObject({ model: 'm', draw: { lane: 'local', reason: 'drawn', remote_share: 0 }, route: { kind: 'exact', rule: 'm' } })
    const asked = await lanes.router.admin('POST', '/routing/explain', {
      body: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
      headers: { 'X-Headgate-Route': 'remote' },
    })
    expect(asked.body).toMatchObject({ draw: null, plan: [{ deployment: 'm/away', reason: 'asked' }] })
  })
})
