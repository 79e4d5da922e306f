/** Guards over real sockets: power, heat and money move the next request, the panel shows and undoes them, and a busy machine is waited for only so long. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Host, PowerSource, ThermalState } from '../../../router/core/host.ts'
import { type Lanes, type LanesOptions, laneOf, providersOf, startLanes } from '../with-lanes.ts'

const machine = { power: 'ac' as PowerSource, heat: 'nominal' as ThermalState, tell: () => {} }
const around: Partial<Host> = {
  power: () => machine.power,
  thermal: () => machine.heat,
  onConditions(listener) {
    machine.tell = listener
    return () => {}
  },
}

let lanes: Lanes
const start = async (options: LanesOptions = {}) => {
  machine.power = 'ac'
  machine.heat = 'nominal'
  lanes = await startLanes({ around, ...options })
}
afterEach(() => lanes.stop())

let number = 0
/** Every request a conversation of its own. */
const ask = (headers: Readonly<Record<string, string>> = {}) =>
  lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: `hello ${number++}` }] }, headers)
const guards = async () => (await lanes.router.admin('GET', '/admin/overview')).body.guards

test('on battery new conversations go remote, are shown with the reason, and undoing it holds until tomorrow', async () => {
  await start({ routing: 'guards: {battery: true}\n' })
  expect(laneOf(await ask())).toBe('local')
  machine.power = 'battery'
  machine.tell()
  const reply = await ask()
  expect([laneOf(reply), reply.headers.get('x-headgate-reason')]).toEqual(['remote', 'battery'])
  expect(await guards()).toMatchObject([{ kind: 'battery', undone_until: null, overruled: null }])

  const undone = await lanes.router.admin('PUT', '/admin/guards/battery/undo', {})
  expect(undone.body.guards[0].undone_until).toMatch(/^\d{4}-/)
  expect(laneOf(await ask())).toBe('local')
  lanes.router = await lanes.router.restart()
  expect(laneOf(await ask())).toBe('local')
  expect((await lanes.router.admin('DELETE', '/admin/guards/battery/undo')).status).toBe(200)
  expect(laneOf(await ask())).toBe('remote')
  expect((await lanes.router.admin('DELETE', '/admin/guards/battery/undo')).body.error.code).toBe('guard_not_undone')
})

test('a lock overrules heat, and says so', async () => {
  await start()
  machine.heat = 'serious'
  machine.tell()
  expect((await ask()).headers.get('x-headgate-reason')).toBe('thermal')
  await lanes.router.admin('PUT', '/admin/split', { preset: 'local-only' })
  expect(laneOf(await ask())).toBe('local')
  expect(await guards()).toMatchObject([{ kind: 'thermal', overruled: 'locked-local' }])
})

test('the battery is offered once where it is off, in the overview', async () => {
  await start()
  machine.power = 'battery'
  machine.tell()
  expect((await lanes.router.admin('GET', '/admin/overview')).body.offers_battery).toBe(true)
  expect(laneOf(await ask())).toBe('local')
  await lanes.router.admin('PUT', '/admin/settings', { guard_battery: true })
  await lanes.router.admin('DELETE', '/admin/guards/offer')
  expect((await lanes.router.admin('GET', '/admin/overview')).body.offers_battery).toBe(false)
  expect(laneOf(await ask())).toBe('remote')
})

describe('a budget', () => {
  const models: LanesOptions['models'] = (here, away) => `${providersOf(here, away)}models:
  - name: m
    deployments:
      - {provider: here, model: m-here, lane: local}
      - {provider: away, model: m-away, lane: remote, price: {input: 100000, output: 100000}}
  - {name: far, deployments: [{provider: away, lane: remote, price: {input: 1, output: 1}}]}
`

  test('that is used up lets this machine answer, and the provider is asked where nobody else can', async () => {
    await start({ models, routing: 'split: {remote_share: 1}\n' })
    const set = await lanes.router.admin('PATCH', '/admin/providers/away', { budget: { usd: 0.01, per: 'day' } })
    expect(set.body.budget).toMatchObject({ usd: 0.01, per: 'day', spent_usd: 0, state: 'left' })
    expect(laneOf(await ask())).toBe('remote')
    await expect.poll(async () => (await guards())[0]?.kind).toBe('budget')
    const moved = await ask()
    expect([laneOf(moved), moved.headers.get('x-headgate-reason')]).toEqual(['local', 'budget'])
    expect(laneOf(await lanes.router.chat({ model: 'far' }))).toBe('remote')

    lanes.router = await lanes.router.restart()
    expect(laneOf(await ask())).toBe('local')
    await lanes.router.admin('PATCH', '/admin/providers/away', { budget: { usd: 1000, per: 'day' } })
    expect(laneOf(await ask())).toBe('remote')
  })

  test('without Fallback refuses in the words of a used-up quota, without Retry-After', async () => {
    await start({ models, routing: 'split: {remote_share: 1, fallback: false}\n' })
    await lanes.router.admin('PATCH', '/admin/providers/away', { budget: { usd: 0, per: 'month' } })
    const reply = await ask()
    expect([reply.status, reply.headers.get('retry-after'), reply.headers.get('x-should-retry')]).toEqual([429, null, 'false'])
    const { error, headgate } = (await reply.json()) as { error: { type: string; code: string }; headgate: { reason: string; how_to_fix: string } }
    expect(error).toMatchObject({ type: 'insufficient_quota', code: 'budget_exceeded' })
    expect(headgate).toMatchObject({ reason: 'budget', how_to_fix: expect.stringContaining('Fallback') })
  })

  test('of a file is read, and shown with its place', async () => {
    await start({
      models: (_here, away) =>
        `providers:\n  - {name: away, base_url: "${away.url}", budget: {usd: 5}}\nmodels:\n  - {name: m, deployments: [{provider: away}]}\n`,
    })
    const { providers } = (await lanes.router.admin('GET', '/admin/providers')).body
    expect(providers.find(({ name }: { name: string }) => name === 'away').budget).toMatchObject({ usd: 5, per: 'month' })
  })
})

describe('a busy machine', () => {
  const models: LanesOptions['models'] = (here, away) => `${providersOf(here, away)}models:
  - {name: m, deployments: [{provider: here, lane: local, max_in_flight: 1}, {provider: away, lane: remote}]}
`
  /** One answer that holds the slot, so that its time is known, and then one that does not end. */
  async function occupied(): Promise<() => Promise<void>> {
    await (await ask()).text()
    lanes.here.faults = ['held']
    const held = ask()
    await expect.poll(() => lanes.here.requests.length).toBe(2)
    return async () => {
      lanes.here.release()
      await (await held).text()
    }
  }

  test('is waited for while the wait is short', async () => {
    await start({ models })
    const end = await occupied()
    const second = ask()
    await end()
    expect(laneOf(await second)).toBe('local')
    expect(lanes.away.requests.length).toBe(0)
  })

  test('is not waited for longer than the setting allows; the conversation stays here', async () => {
    await start({ models })
    await lanes.router.admin('PUT', '/admin/settings', { queue_wait: 0 })
    const end = await occupied()
    const session = { 'x-headgate-session': 'one' }
    const moved = await ask(session)
    expect([laneOf(moved), moved.headers.get('x-headgate-reason')]).toEqual(['remote', 'busy'])
    await end()
    expect(laneOf(await ask(session))).toBe('local')
  })
})

describe('the lock of a model', () => {
  test('of a file keeps it here, and the panel stands above the file', async () => {
    await start({
      routing: 'split: {remote_share: 1}\n',
      models: (here, away) => `${providersOf(here, away)}models:
  - {name: m, lock: local, deployments: [{provider: here, lane: local}, {provider: away, lane: remote}]}
`,
    })
    const reply = await ask()
    expect([laneOf(reply), reply.headers.get('x-headgate-reason')]).toEqual(['local', 'lock'])
    const { body } = await lanes.router.admin('PUT', '/admin/models/m/lock', { lock: null })
    expect(body).toMatchObject({ lock: null, base: { lock: 'local' } })
    expect(laneOf(await ask())).toBe('remote')
    lanes.router = await lanes.router.restart()
    expect(laneOf(await ask())).toBe('remote')
    await lanes.router.admin('DELETE', '/admin/models/m/lock')
    expect(laneOf(await ask())).toBe('local')
    expect((await lanes.router.admin('PUT', '/admin/models/nobody/lock', { lock: 'local' })).status).toBe(404)
  })
})
