import { describe, expect, test } from 'vitest'
import { createHealthControl } from '../../../router/control/health-control.ts'
import type { Backend, ProbeResult } from '../../../router/core/backend.ts'
import { createEventBus, type RouterEvent } from '../../../router/core/events.ts'
import { createHeadlessHost } from '../../../router/host/headless-host.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { buildCatalog, buildDeployment, buildModel } from '../policy/build.ts'

const here = buildDeployment('m/here')
const away = buildDeployment('m/away')

/** A place whose looks the test answers. */
function open({ isLocalOnly = false, healthCheckMs = null as number | null } = {}) {
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
    listModels: async () => [],
  }
  const bus = createEventBus((error) => {
    throw error
  })
  bus.subscribe((event) => told.push(event))
  const catalog = { ...buildCatalog([buildModel('m', [here, away])]), healthCheckMs, allowedFails: 3 }
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

const failed = (deployment: string, kind = 'garbled-reply' as const): RouterEvent => ({
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

  test('a look that comes much too late means that the machine slept: connections from before are dropped', async () => {
    const { clock, pass, wakes } = open()
    await pass(1_000)
    expect(wakes()).toBe(0)
    clock.oversleep(60_000)
    await pass(100)
    expect(wakes()).toBe(1)
    await pass(20_000)
    expect(wakes()).toBe(1)
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
