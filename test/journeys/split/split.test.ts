import { afterEach, describe, expect, test } from 'vitest'
import { type Lanes, laneOf, providersOf, startLanes } from '../with-lanes.ts'

let lanes: Lanes
afterEach(() => lanes.stop())

const ask = async (body: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<string> => {
  const reply = await lanes.router.chat({ model: 'm', ...body }, headers)
  await reply.arrayBuffer()
  return laneOf(reply)
}

/** One turn of a conversation that is told apart by its first message, as most tools do it. */
const turn = (session: number, number: number) => ({
  messages: Array.from({ length: number }, (_, i) => [
    { role: 'user', content: i === 0 ? `I am conversation ${session}` : `turn ${i}` },
    ...(i < number - 1 ? [{ role: 'assistant', content: 'Yes.' }] : []),
  ]).flat(),
})
const setSplit = async (setting: Record<string, unknown>) => {
  const { status, body } = await lanes.router.admin('PUT', '/admin/split', setting)
  expect(status).toBe(200)
  return body
}

describe('the share', () => {
  test('of seed 000 (local_fraction 0.6) is within 3 points over 1 000 seeded requests, and a seed repeats them', async () => {
    const routing = 'split: {remote_share: 0.4, unit: request, selection: random, seed: 2}\n'
    const draw = async () => {
      const drawn: string[] = []
      for (let i = 0; i < 1000; i += 50) drawn.push(...(await Promise.all(Array.from({ length: 50 }, (_, k) => ask(turn(i + k, 1))))))
      return drawn
    }
    lanes = await startLanes({ routing })
    const first = await draw()
    const local = first.filter((lane) => lane === 'local').length
    expect(local).toBeGreaterThanOrEqual(570)
    expect(local).toBeLessThanOrEqual(630)
    expect(lanes.here.requests.length).toBe(local)
    lanes.router = await lanes.router.restart()
    const again: string[] = []
    for (let i = 0; i < 100; i++) again.push(await ask(turn(i, 1)))
    // the first fifty left together: their order on the wire is not the order in which they were asked
    const count = (list: string[]) => list.filter((lane) => lane === 'local').length
    expect(count(again)).toBe(count(first.slice(0, 100)))
  })

  test('of the two words of seed 000 is drawn per request', async () => {
    lanes = await startLanes({ routing: 'routing_strategy: fixed\nrouting_parameter: {local_fraction: 0.6}\n' })
    const { body } = await lanes.router.admin('GET', '/admin/split')
    expect(body).toMatchObject({ remote_share: 0.4, unit: 'request', selection: 'random', source: 'routing.yaml:2', preset: 'custom' })
    const drawn = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(turn(i, 1))))
    expect(new Set(drawn)).toEqual(new Set(['local', 'remote']))
  })

  test('is exact over new sessions, no session has two lanes, and a restart in the middle moves nobody', async () => {
    lanes = await startLanes({ routing: 'split: {remote_share: 0.3}\n' })
    const seen = Array.from({ length: 10 }, () => new Set<string>())
    for (let session = 0; session < 5; session++) for (let number = 1; number <= 5; number++) seen[session]!.add(await ask(turn(session, number)))
    for (let session = 5; session < 10; session++) for (let number = 1; number <= 2; number++) seen[session]!.add(await ask(turn(session, number)))
    lanes.router = await lanes.router.restart()
    for (let session = 5; session < 10; session++) for (let number = 3; number <= 5; number++) seen[session]!.add(await ask(turn(session, number)))
    expect(seen.map((set) => set.size)).toEqual(Array(10).fill(1))
    expect(seen.filter((set) => set.has('remote')).length).toBe(3)
  })

  test('goes on where it was when the router starts again between two draws', async () => {
    lanes = await startLanes({ routing: 'split: {remote_share: 0.3}\n' })
    const drawn: string[] = []
    for (let session = 0; session < 10; session++) {
      drawn.push(await ask(turn(session, 1)))
      if (session === 4) lanes.router = await lanes.router.restart()
    }
    expect(drawn.filter((lane) => lane === 'remote').length).toBe(3)
  })

  test('of 100 new sessions that come at once is exactly half, because each draw is booked as it is made', async () => {
    lanes = await startLanes({ routing: 'split: {remote_share: 0.5}\n' })
    const drawn = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(turn(i, 1))))
    expect(drawn.filter((lane) => lane === 'remote').length).toBe(50)
  })

  test('of two models in turn is half for each', async () => {
    lanes = await startLanes({
      routing: 'split: {remote_share: 0.5}\n',
      models: (here, away) =>
        `${providersOf(here, away)}models:\n${['a', 'b'].map((name) => `  - {name: ${name}, deployments: [{provider: here, lane: local}, {provider: away, lane: remote}]}\n`).join('')}`,
    })
    const drawn = { a: [] as string[], b: [] as string[] }
    for (let i = 0; i < 20; i++) for (const model of ['a', 'b'] as const) drawn[model].push(await ask({ model, ...turn(i, 1) }))
    for (const model of ['a', 'b'] as const) expect(drawn[model].filter((lane) => lane === 'remote').length).toBe(10)
  })

  test('of a model with its own remote_share is its own, whatever the split says', async () => {
    lanes = await startLanes({
      models: (here, away) =>
        `${providersOf(here, away)}models:\n  - {name: m, remote_share: 0.4, deployments: [{provider: here, lane: local}, {provider: away, lane: remote}]}\n`,
    })
    await setSplit({ remote_share: 1 })
    const drawn: string[] = []
    for (let i = 0; i < 10; i++) drawn.push(await ask(turn(i, 1)))
    expect(drawn.filter((lane) => lane === 'remote').length).toBe(4)
    const { body } = await lanes.router.admin('GET', '/admin/models')
    expect(body.models.find((model: { name: string }) => model.name === 'm')).toMatchObject({ remote_share: 0.4, own_remote_share: 0.4 })
  })
})

describe('a change', () => {
  test('holds for the very next request: the same request twice, at 0 and at 100, is local and then remote', async () => {
    lanes = await startLanes()
    const body = { messages: [{ role: 'user', content: 'The same every time' }] }
    expect(await ask(body)).toBe('local')
    await setSplit({ remote_share: 1 })
    expect(await ask(body)).toBe('remote')
    await setSplit({ remote_share: 0 })
    expect(await ask(body)).toBe('local')
  })

  test('also moves conversations that are going on, with their next request, but none in a tool loop', async () => {
    lanes = await startLanes()
    const loop = (id: string) => ({
      messages: [
        { role: 'user', content: `loop ${id}` },
        { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'c', content: '4' },
      ],
    })
    expect(await ask(turn(1, 1))).toBe('local')
    expect(await ask({ messages: loop('x').messages.slice(0, 1) })).toBe('local')
    await setSplit({ remote_share: 1 })
    expect(await ask(turn(1, 2))).toBe('remote')
    expect(await ask(loop('x'))).toBe('local')
  })

  test('moves none of 20 streams that are running', async () => {
    lanes = await startLanes({ routing: 'split: {remote_share: 0.5}\n' })
    lanes.here.fault = lanes.away.fault = 'held'
    const streams = await Promise.all(Array.from({ length: 20 }, (_, i) => lanes.router.chat({ model: 'm', stream: true, ...turn(i, 1) })))
    expect(streams.filter((reply) => laneOf(reply) === 'remote').length).toBe(10)
    for (const remote_share of [0, 1, 0.3]) await setSplit({ remote_share })
    await setSplit({ preset: 'local-only' })
    lanes.here.release()
    lanes.away.release()
    const texts = await Promise.all(streams.map((reply) => reply.text()))
    for (const text of texts) expect(text).toMatch(/"away\."[\s\S]*\[DONE\]\n\n$/)
    expect([lanes.here.requests.length, lanes.away.requests.length]).toEqual([10, 10])
    expect([...lanes.here.requests, ...lanes.away.requests].some(({ aborted }) => aborted)).toBe(false)
  })

  test('is shown as an override of the file, is kept over a restart, and can be taken back', async () => {
    lanes = await startLanes({ routing: 'split: {remote_share: 0.3}\n' })
    const changed = await setSplit({ remote_share: 0.8, fallback: false })
    expect(changed).toMatchObject({ remote_share: 0.8, fallback: false, lock: null, source: 'override', preset: 'custom' })
    expect(changed.base).toMatchObject({ remote_share: 0.3, fallback: true, source: 'routing.yaml:1' })
    lanes.router = await lanes.router.restart()
    const kept = await lanes.router.admin('GET', '/admin/split')
    expect(kept.body).toMatchObject({ remote_share: 0.8, fallback: false, source: 'override' })
    const reset = await lanes.router.admin('DELETE', '/admin/split')
    expect(reset.body).toMatchObject({ remote_share: 0.3, fallback: true, source: 'routing.yaml:1' })
    const { body } = await lanes.router.admin('GET', '/routing')
    expect(body.split).toMatchObject({ remote_share: 0.3, source: 'routing.yaml:1' })
  })

  test('of a lock that is set and cleared leaves the weights in force', async () => {
    lanes = await startLanes({
      models: (here, away) => `${providersOf(here, away)}models:
  - {name: m, deployments: [{provider: here, lane: local, weight: 0.4}, {provider: away, lane: remote, weight: 0.6}]}
`,
    })
    const twenty = async () => {
      const answered: string[] = []
      for (let i = 0; i < 20; i++) answered.push(await ask(turn(i, 1)))
      return answered.filter((lane) => lane === 'remote').length
    }
    expect(await twenty()).toBe(12)
    expect(await setSplit({ lock: 'local' })).toMatchObject({ lock: 'local', source: 'override', base: { lock: null, source: 'default' } })
    expect(await twenty()).toBe(0)
    expect(await setSplit({ lock: null })).toMatchObject({ remote_share: 0, lock: null, source: 'default' })
    expect(await twenty()).toBe(12)
    const { body } = await lanes.router.admin('GET', '/routing')
    expect(body.models.find(({ name }: { name: string }) => name === 'm')).toMatchObject({ remote_share: 0.6, source: 'weights' })
  })

  test('to a value that is none is refused, and nothing changes', async () => {
    lanes = await startLanes()
    for (const wrong of [{ remote_share: 1.5 }, { remote_share: '0.5' }, { lock: 'here' }, { preset: 'mostly' }, { share: 0.5 }]) {
      const { status, body } = await lanes.router.admin('PUT', '/admin/split', wrong)
      expect(status).toBe(400)
      expect(body.error.type).toBe('invalid_request_error')
    }
    expect((await lanes.router.admin('GET', '/admin/split')).body).toMatchObject({ remote_share: 0, preset: 'prefer-local', source: 'default' })
  })
})

describe('presets', () => {
  test.each([
    { preset: 'local-only', remote_share: 0, fallback: false, lock: 'local', lane: 'local', reason: 'lock' },
    { preset: 'prefer-local', remote_share: 0, fallback: true, lock: null, lane: 'local', reason: 'drawn' },
    { preset: 'balanced', remote_share: 0.5, fallback: true, lock: null, lane: 'local', reason: 'drawn' },
    { preset: 'prefer-remote', remote_share: 1, fallback: true, lock: null, lane: 'remote', reason: 'drawn' },
    { preset: 'remote-only', remote_share: 1, fallback: false, lock: 'remote', lane: 'remote', reason: 'lock' },
  ])('$preset sets share, fallback and lock together', async ({ lane, reason, ...setting }) => {
    lanes = await startLanes()
    expect(await setSplit({ preset: setting.preset })).toMatchObject(setting)
    const reply = await lanes.router.chat({ model: 'm' })
    expect(laneOf(reply)).toBe(lane)
    expect(reply.headers.get('x-headgate-reason')).toBe(reason)
  })

  test('Prefer Local answers remote when this machine cannot, and Local Only does not', async () => {
    lanes = await startLanes()
    await lanes.here.close()
    expect(await ask(turn(1, 1))).toBe('remote')
    await setSplit({ preset: 'local-only' })
    const reply = await lanes.router.chat({ model: 'm' })
    expect(reply.status).toBe(503)
    await lanes.here.listen()
  })
})
