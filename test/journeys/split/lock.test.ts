import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTransport } from '../../../router/backends/index.ts'
import { systemClock } from '../../../router/core/clock.ts'
import { type Lanes, laneOf, providersOf, startLanes } from '../with-lanes.ts'

/** An address of this machine that is not loopback: for the router it is another address of the network. */
const network = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

describe.skipIf(network === undefined)('locked to local (needs an address beside loopback)', () => {
  let lanes: Lanes
  beforeAll(async () => {
    lanes = await startLanes({
      awayHost: network as string,
      models: (here, away) => `${providersOf(here, away)}models:
  - {name: m, deployments: [{provider: here, lane: local}, {provider: away, lane: remote}]}
  - {name: far, deployments: [{provider: away}]}
  - {name: pretends, deployments: [{provider: away, lane: local}]}
`,
    })
  })
  afterAll(() => lanes.stop())
  const bytesSent = async () => (await lanes.router.admin('GET', '/admin/overview')).body.today.remote.bytes_sent as number

  test('nothing is sent out, whatever is asked for and whatever fails', async () => {
    await lanes.router.admin('PUT', '/admin/split', { preset: 'local-only' })
    const before = lanes.away.requests.length
    for (const [model, headers] of [
      ['m', {}],
      ['m@remote', {}],
      ['m@away', {}],
      ['far', {}],
      ['pretends', {}],
      ['anything@away', {}],
      ['m', { 'x-headgate-route': 'remote' }],
    ] as const)
      for (const stream of [false, true]) {
        const reply = await lanes.router.chat({ model, stream }, headers)
        const text = await reply.text()
        if (model === 'm' && Object.keys(headers).length === 0) expect(laneOf(reply)).toBe('local')
        else {
          expect(reply.status).toBe(503)
          expect(JSON.parse(text).headgate).toMatchObject({ reason: 'lock', how_to_fix: expect.stringContaining('lock') })
        }
      }
    expect(lanes.away.requests.length).toBe(before)
    expect(await bytesSent()).toBe(0)
    expect(lanes.away.probes).toBe(0)
  })

  test('ends a conversation that lives remote, its open tool loop included', async () => {
    await lanes.router.admin('PUT', '/admin/split', { preset: 'prefer-remote' })
    const loop = {
      model: 'm',
      messages: [
        { role: 'user', content: 'begin' },
        { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'c', content: '4' },
      ],
    }
    const first = await lanes.router.chat({ model: 'm', messages: loop.messages.slice(0, 1) })
    expect(laneOf(first)).toBe('remote')
    expect(await bytesSent()).toBeGreaterThan(0)
    await lanes.router.admin('PUT', '/admin/split', { lock: 'local' })
    const sent = await bytesSent()
    const reply = await lanes.router.chat(loop)
    expect(laneOf(reply)).toBe('local')
    expect(reply.headers.get('x-headgate-reason')).toBe('lock')
    expect(await bytesSent()).toBe(sent)
  })

  test('is kept below the policy: the transport itself opens nothing that is not local in lane and address', async () => {
    const body = Buffer.from('{"model":"x","messages":[]}')
    const seen = lanes.away.requests.length
    for (const [isLocalOnly, localOnly] of [
      [true, false],
      [false, true],
    ] as const) {
      const transport = createTransport({
        connectMs: () => 2_000,
        connectLoopbackMs: () => 2_000,
        isLocalOnly: () => isLocalOnly,
        clock: systemClock,
      })
      const open = (url: string, lane: 'local' | 'remote', address: 'loopback' | 'network') =>
        transport.open({
          target: { lane, address, deployment: 'm/x' },
          method: 'POST',
          url: new URL(`${url}/chat/completions`),
          headers: { 'content-type': 'application/json' },
          body,
          signal: new AbortController().signal,
          localOnly,
        })
      const refusal = { kind: 'no-eligible-deployment', details: { reason: 'lock' } }
      await expect(open(lanes.away.url, 'remote', 'network')).rejects.toMatchObject(refusal)
      await expect(open(lanes.away.url, 'local', 'network')).rejects.toMatchObject(refusal)
      await expect(open(lanes.here.url, 'remote', 'loopback')).rejects.toMatchObject(refusal)
      // an address that is only said to be loopback is found out when the connection stands
      await expect(open(lanes.away.url, 'local', 'loopback')).rejects.toMatchObject({ kind: 'unreachable', details: { code: 'upstream_not_local' } })
      const reply = await open(lanes.here.url, 'local', 'loopback')
      expect(reply.status).toBe(200)
      await reply.body.whole(10_000)
      expect(transport.bytesSentOut()).toBe(0)
      await transport.close()
    }
    expect(lanes.away.requests.length).toBe(seen)
  })

  test('nothing is sent out either when this machine cannot answer', async () => {
    await lanes.router.admin('PUT', '/admin/split', { preset: 'local-only' })
    const [seen, sent] = [lanes.away.requests.length, await bytesSent()]
    await lanes.here.close()
    for (let i = 0; i < 3; i++) expect((await lanes.router.chat({ model: 'm' })).status).toBe(503)
    await lanes.here.listen()
    expect([lanes.away.requests.length, await bytesSent()]).toEqual([seen, sent])
  })
})

describe('locked to remote', () => {
  test('what only this machine could answer is refused with the reason', async () => {
    const lanes = await startLanes({ tiny: true })
    try {
      await lanes.router.admin('PUT', '/admin/split', { preset: 'remote-only' })
      const reply = await lanes.router.chat({ model: 'tiny' })
      expect(reply.status).toBe(503)
      expect(await reply.json()).toMatchObject({ headgate: { reason: 'lock', how_to_fix: expect.stringContaining('Remote Only') } })
      expect(laneOf(await lanes.router.chat({ model: 'm' }))).toBe('remote')
    } finally {
      await lanes.stop()
    }
  })
})
