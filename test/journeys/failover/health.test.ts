import { afterEach, describe, expect, test } from 'vitest'
import { followAdminEvents } from '../../fakes/admin-events.ts'
import { type Lanes, laneOf, startLanes } from '../with-lanes.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
})

async function start(...options: Parameters<typeof startLanes>): Promise<Lanes> {
  const lanes = await startLanes(...options)
  cleanUp.push(() => lanes.stop())
  return lanes
}

const stateOf = async (lanes: Lanes, name: string) =>
  (await lanes.router.admin('GET', '/admin/deployments')).body.deployments.find((deployment: { name: string }) => deployment.name === name)

describe('a local server that stops', () => {
  test('is out at the first refusal, is asked no more, and comes back by free looks and one-token answers', async () => {
    const lanes = await start()
    const events = await followAdminEvents(lanes.router.url, lanes.router.adminToken)
    cleanUp.push(events.close)
    expect(laneOf(await lanes.router.chat({ model: 'm' }))).toBe('local')
    await lanes.here.close()
    const first = await lanes.router.chat({ model: 'm' })
    expect(laneOf(first)).toBe('remote')
    const out = await events.next(({ type, deployment }) => type === 'deployment' && deployment?.name === 'm/here')
    expect(out).toMatchObject({ to: 'out' })
    const second = await lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: 'another' }] })
    expect(second.headers.get('x-headgate-attempts')).toBe('1')
    expect(second.headers.get('x-headgate-reason')).toBe('out')

    const before = lanes.here.requests.length
    await lanes.here.listen()
    await events.next(({ type, deployment, to }) => type === 'deployment' && deployment?.name === 'm/here' && to === 'on-trial')
    await events.next(({ type, deployment, to }) => type === 'deployment' && deployment?.name === 'm/here' && ['ramping', 'healthy'].includes(to))
    const probes = lanes.here.requests.slice(before).map(({ bytes }) => JSON.parse(bytes.toString('utf8')))
    expect(probes.length).toBeGreaterThanOrEqual(14)
    for (const probe of probes) expect(probe).toMatchObject({ model: 'm-here', max_tokens: 1 })
    expect(laneOf(await lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: 'a third' }] }))).toBe('local')
  })

  test('and was the last one, is still tried, and answers as soon as it is there again', async () => {
    const lanes = await start({
      models: (here) => `providers: [{name: here, base_url: "${here.url}"}]\nmodels: [{name: m, deployments: [{provider: here}]}]\n`,
    })
    await lanes.here.close()
    expect((await lanes.router.chat({ model: 'm' })).status).toBe(503)
    expect(await stateOf(lanes, 'm/here')).toMatchObject({ state: 'out' })
    expect((await lanes.router.chat({ model: 'm' })).status).toBe(503)
    await lanes.here.listen()
    const reply = await lanes.router.chat({ model: 'm' })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('x-headgate-reason')).toBe('panic')
    await reply.arrayBuffer()
  })
})

test('four failures in a row put a deployment out, and its weight goes to the others of its lane', async () => {
  const lanes = await start({
    models: (here, away) =>
      `providers: [{name: here, base_url: "${here.url}"}, {name: away, base_url: "${away.url}"}]\nmodels: [{name: m, deployments: [{provider: here, priority: 0}, {provider: away, priority: 1}]}]\n`,
  })
  lanes.here.fault = '400'
  for (let i = 0; i < 6; i++) await (await lanes.router.chat({ model: 'm' })).arrayBuffer()
  expect((await stateOf(lanes, 'm/here')).state).not.toBe('out') // the caller's own faults count for nothing
  lanes.here.fault = 'garbled'
  for (let i = 0; i < 4; i++) expect((await lanes.router.chat({ model: 'm' })).headers.get('x-headgate-attempts')).toBe('2')
  expect(await stateOf(lanes, 'm/here')).toMatchObject({ state: expect.stringMatching(/out|on-trial/), detail: expect.stringMatching(/4.* failed/) })
  const calls = lanes.here.requests.length
  const reply = await lanes.router.chat({ model: 'm' })
  expect(reply.headers.get('x-headgate-deployment')).toBe('m/away')
  expect(lanes.here.requests.length).toBe(calls)
  const { body } = await lanes.router.admin('GET', '/routing')
  const weights = Object.fromEntries(
    body.models
      .find(({ name }: { name: string }) => name === 'm')
      .deployments.map(({ name, weight }: { name: string; weight: number }) => [name, weight]),
  )
  expect(weights).toEqual({ 'm/here': 0, 'm/away': 1 })
})

test('what people see as the time to first output is measured: failures before it add nothing', async () => {
  const lanes = await start()
  const shown = async () => (await stateOf(lanes, 'm/here')).first_output_ms
  lanes.here.faults = ['garbled', 'garbled']
  for (let i = 0; i < 2; i++) await (await lanes.router.chat({ model: 'm' })).arrayBuffer()
  expect(await shown()).toBeNull()
  let longestMs = 0
  for (let i = 0; i < 3; i++) {
    const startedMs = performance.now()
    const reply = await lanes.router.chat({ model: 'm', stream: true, messages: [{ role: 'user', content: `stream ${i}` }] })
    expect(laneOf(reply)).toBe('local')
    await reply.arrayBuffer()
    longestMs = Math.max(longestMs, performance.now() - startedMs)
  }
  expect(await shown()).toBeGreaterThan(0)
  expect(await shown()).toBeLessThanOrEqual(longestMs * 1.02 + 1) // a sketch is right to 1 %, and counts from 1 ms
})
