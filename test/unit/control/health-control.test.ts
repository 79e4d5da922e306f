import { describe, expect, test } from 'vitest'
import { createHealthControl } from '../../../router/control/health-control.ts'
import type { Backend, ProbeResult } from '../../../router/core/backend.ts'
import type { Deployment } from '../../../router/core/deployment.ts'
import type { ErrorKind } from '../../../router/core/errors.ts'
import { type AttemptEnd, createEventBus, type RouterEvent } from '../../../router/core/events.ts'
import { Secret } from '../../../router/core/secret.ts'
import { createHeadlessHost } from '../../../router/host/headless-host.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { buildCatalog, buildDeployment, buildModel } from '../policy/build.ts'

const here = buildDeployment('m/here')
const away = buildDeployment('m/away')

/** A place whose looks the test answers. */
function open({ isLocalOnly = false, healthCheckMs = null as number | null, deployments = [here, away] as readonly Deployment[] } = {}) {
  const clock = manualClock()
  const told: RouterEvent[] = []
  const looks: string[] = []
  let wakes = 0
  let answer: Omit<ProbeResult, 'latencyMs'> = { ok: true, detail: 'fine' }
  const look = (kind: string) => async (deployment: { name: string }) => {
    looks.push(`${kind} ${deployment.name}`)
    return { latencyMs: 1, ...answer }
  }
  const backend: Backend = {
    send: () => {
      throw new Error('no request here')
    },
    probe: look('free'),
    tryOneToken: look('one token'),
  }
  const bus = createEventBus((error) => {
    throw error
  })
  bus.subscribe((event) => told.push(event))
  const catalogOf = (listed: readonly Deployment[]) => ({ ...buildCatalog([buildModel('m', [...listed])]), healthCheckMs, allowedFails: 3 })
  const catalog = catalogOf(deployments)
  const health = createHealthControl({
    clock,
    host: createHeadlessHost('/nonexistent'),
    bus,
    catalog: () => catalog,
    backendOf: () => backend,
    inFlight: () => 2,
    isLoaded: () => false,
    isLocalOnly: () => isLocalOnly,
    onWake: () => void wakes++,
  })
  health.catalogChanged(catalog)
  return {
    clock,
    health,
    bus,
    looks,
    changes: () => told.flatMap((event) => (event.type === 'deployment-changed' ? [`${event.deployment}: ${event.from} → ${event.to}`] : [])),
    wakes: () => wakes,
    /** The configuration now says this. */
    edit: (...edited: Deployment[]) => health.catalogChanged(catalogOf(edited)),
    answers: (next: Omit<ProbeResult, 'latencyMs'>) => void (answer = next),
    /** Lets time pass in small steps, so that looks can answer in between. */
    async pass(ms: number) {
      for (let i = 0; i < ms; i += 100) {
        clock.advance(100)
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
    },
  }
}

const failed = (deployment: string, kind: ErrorKind = 'garbled-reply', more: Partial<AttemptEnd> = {}): RouterEvent => ({
  type: 'attempt-ended',
  requestId: 'r',
  keyId: null,
  attempt: {
    index: 0,
    deployment,
    provider: 'p',
    lane: 'local',
    outcome: 'failed',
    status: 200,
    kind,
    code: 'x',
    errorKind: kind,
    message: null,
    safeToRepeat: false,
    retryAfterMs: null,
    startedMs: 0,
    firstOutputMs: null,
    ms: 5,
    usage: null,
    finish: null,
    isStream: false,
    afterModelLoad: false,
    ...more,
  },
})

describe('health over time', () => {
  test('an idle local place is looked at for free; a remote one is not', async () => {
    const { looks, pass } = open()
    await pass(12_000)
    expect(new Set(looks)).toEqual(new Set(['free m/here']))
    expect(looks.length).toBeGreaterThanOrEqual(2)
  })

  test('health_check looks at every place, and locked to local at none that is not here', async () => {
    const all = open({ healthCheckMs: 1_000 })
    await all.pass(3_000)
    expect(new Set(all.looks)).toEqual(new Set(['free m/here', 'free m/away']))
    const locked = open({ healthCheckMs: 1_000, isLocalOnly: true })
    await locked.pass(3_000)
    expect(new Set(locked.looks)).toEqual(new Set(['free m/here']))
  })

  test('health_check: 0 looks at nothing', async () => {
    const { looks, pass } = open({ healthCheckMs: 0 })
    await pass(20_000)
    expect(looks).toEqual([])
  })

  test('what attempts say is told as it happens: out after the fourth failure in a row', () => {
    const { bus, changes, health } = open()
    for (let i = 0; i < 3; i++) bus.emit(failed('m/away'))
    expect(changes()).toEqual([])
    bus.emit(failed('m/away'))
    expect(changes()).toEqual(['m/away: healthy → out'])
    expect(health.states().get('m/away')).toMatchObject({ health: 'out', inFlight: 2, loaded: null })
    expect(health.states().get('nonsuch')).toBeUndefined()
  })

  test('a refused look puts a local place out, a passing one begins its trial, and one-token answers bring it back', async () => {
    const { answers, changes, looks, pass } = open()
    answers({ ok: false, detail: 'refused', refused: true })
    await pass(6_000)
    expect(changes()).toEqual(['m/here: healthy → out'])
    answers({ ok: true, detail: 'fine' })
    await pass(30_000)
    expect(changes().slice(0, 3)).toEqual(['m/here: healthy → out', 'm/here: out → on-trial', 'm/here: on-trial → ramping'])
    expect(looks.filter((look) => look === 'one token m/here').length).toBe(14)
  })

  test('a wall clock that ran ahead means that the machine slept: connections from before are dropped within a minute, with remote places only', async () => {
    const { clock, pass, wakes } = open({ deployments: [away] })
    await pass(1_000)
    clock.oversleep(600_000)
    expect(wakes()).toBe(0)
    await pass(60_000)
    expect(wakes()).toBe(1)
    await pass(120_000)
    expect(wakes()).toBe(1)
  })

  test('after a sleep the first request already finds the connections from before dropped', () => {
    const { bus, clock, wakes } = open({ deployments: [away] })
    clock.oversleep(600_000)
    bus.emit({ type: 'attempt-started', requestId: 'r', index: 0, deployment: 'm/away', lane: 'remote' })
    expect(wakes()).toBe(1)
  })

  test('a wall clock that is set right by a second is no sleep', async () => {
    const { clock, pass, wakes } = open()
    clock.oversleep(1_000)
    await pass(70_000)
    expect(wakes()).toBe(0)
  })

  test('after stop nothing is looked at or told', async () => {
    const { bus, changes, health, looks, pass } = open()
    health.stop()
    for (let i = 0; i < 5; i++) bus.emit(failed('m/away'))
    const before = looks.length
    await pass(20_000)
    expect([looks.length, changes()]).toEqual([before, []])
  })
})

describe('what a person mends', () => {
  const keyed = (key: string, more: Partial<Deployment> = {}) =>
    buildDeployment('m/away', { endpoint: { baseUrl: 'https://api.example/v1', credential: new Secret(key), headers: {} }, ...more })

  test('another key brings a place back at once whose key was rejected; the same key again does not', () => {
    const { bus, edit, health } = open({ deployments: [keyed('wrong')] })
    bus.emit(failed('m/away', 'bad-credentials'))
    expect(health.states().get('m/away')?.credentialOutForMs).toBe(30 * 60_000)
    edit(keyed('wrong'))
    expect(health.states().get('m/away')?.credentialOutForMs).toBe(30 * 60_000)
    edit(keyed('right'))
    expect(health.states().get('m/away')?.credentialOutForMs).toBe(0)
  })

  test('an answer to the old key that comes after the edit says nothing about the new one', () => {
    const { bus, clock, edit, health } = open({ deployments: [keyed('wrong')] })
    clock.advance(1_000)
    edit(keyed('right'))
    clock.advance(100)
    bus.emit(failed('m/away', 'bad-credentials', { ms: 500 }))
    expect(health.states().get('m/away')?.credentialOutForMs).toBe(0)
    bus.emit(failed('m/away', 'bad-credentials', { ms: 50 }))
    expect(health.states().get('m/away')?.credentialOutForMs).toBe(30 * 60_000)
  })

  test('another name of the model brings a place back at once that did not know it', () => {
    const { bus, edit, health } = open({ deployments: [keyed('k', { upstreamModel: 'lama' })] })
    bus.emit(failed('m/away', 'model-unknown-upstream'))
    expect(health.states().get('m/away')?.modelUnknownForMs).toBe(30 * 60_000)
    edit(keyed('k', { upstreamModel: 'llama' }))
    expect(health.states().get('m/away')?.modelUnknownForMs).toBe(0)
  })

  test('a model that a server on this machine does not know is asked for again after a minute', () => {
    const { bus, clock, health } = open()
    bus.emit(failed('m/here', 'model-unknown-upstream'))
    expect(health.states().get('m/here')?.modelUnknownForMs).toBe(60_000)
    clock.advance(60_000)
    expect(health.states().get('m/here')?.modelUnknownForMs).toBe(0)
  })
})

describe('an engine that crashes', () => {
  const engine = buildDeployment('m/engine', { kind: 'engine', address: 'engine', endpoint: null, upstreamModel: '/models/m.gguf' })
  const crash = { code: 'engine_crashed' }

  test('puts its model out at the first, whether a request saw it or not, and both count as one', () => {
    const { bus, changes, health } = open({ deployments: [engine] })
    health.engineChanged('/models/m.gguf', 'ready')
    health.engineChanged('/models/m.gguf', 'failed')
    bus.emit(failed('m/engine', 'failed-upstream', crash))
    expect(changes()).toEqual(['m/engine: healthy → out'])
    expect(health.states().get('m/engine')?.detail).toContain('1 of 3')
    health.engineChanged('/models/m.gguf', 'ready')
    expect(changes().at(-1)).toBe('m/engine: out → healthy')
  })

  test('stays off at the third, until the model is loaded', async () => {
    const { changes, clock, health } = open({ deployments: [engine] })
    for (let i = 0; i < 3; i++) {
      health.engineChanged('/models/m.gguf', 'ready')
      clock.advance(1_000)
      health.engineChanged('/models/m.gguf', 'failed')
    }
    expect(changes().at(-1)).toBe('m/engine: healthy → off')
    clock.advance(3_600_000)
    expect(health.states().get('m/engine')?.health).toBe('out')
    health.engineChanged('/models/m.gguf', 'ready')
    expect(changes().at(-1)).toBe('m/engine: off → healthy')
  })

  test('is off as soon as it says so itself', () => {
    const { bus, changes } = open({ deployments: [engine] })
    bus.emit(failed('m/engine', 'failed-upstream', { code: 'engine_off' }))
    expect(changes()).toEqual(['m/engine: healthy → off'])
  })

  test('is not blamed for a model that could not be loaded: the attempt says why', () => {
    const { changes, health } = open({ deployments: [engine] })
    for (const state of ['loading', 'failed', 'loading', 'ready', 'draining', 'absent', 'checking', 'failed'])
      health.engineChanged('/models/m.gguf', state)
    expect(changes()).toEqual([])
  })
})

test('two hosts that cannot be reached at once are asked, and when none answers the machine is offline until they do', async () => {
  const far = buildDeployment('m/far', { endpoint: { baseUrl: 'https://far.example/v1', credential: null, headers: {} } })
  const { bus, health, changes, answers, pass } = open({ deployments: [here, away, far] })
  answers({ ok: false, detail: 'no route', unanswered: true })
  for (const name of ['m/away', 'm/far']) bus.emit(failed(name, 'unreachable'))
  await pass(200)
  expect(health.offlineSince()).not.toBeNull()
  expect(changes()).toEqual(expect.arrayContaining(['m/away: healthy → offline', 'm/far: healthy → offline']))
  expect(health.states().get('m/far')).toMatchObject({ health: 'out', isOffline: true })
  answers({ ok: true, detail: 'fine' })
  await pass(31_000)
  expect(health.offlineSince()).toBeNull()
  expect(health.states().get('m/far')).toMatchObject({ health: 'healthy' })
  health.stop()
})
