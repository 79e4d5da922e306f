import { expect, test } from 'vitest'
import { createHealthControl } from '../../../router/control/health-control.ts'
import { systemClock } from '../../../router/core/clock.ts'
import { createEventBus, type RouterEvent } from '../../../router/core/events.ts'
import { createHeadlessHost } from '../../../router/host/headless-host.ts'
import { buildCatalog, buildDeployment, buildModel } from '../../unit/policy/build.ts'
import { ask, startEngine } from './engine-under-test.ts'

test('a model whose idle child is killed is out at once, back when it has started anew, and off at the third crash until it is loaded by hand', async () => {
  const under = startEngine()
  const bus = createEventBus((error) => {
    throw error
  })
  const file = under.model('idle')
  const catalog = buildCatalog([
    buildModel('m', [buildDeployment('m/engine', { kind: 'engine', address: 'engine', endpoint: null, upstreamModel: file })]),
  ])
  const health = createHealthControl({
    clock: systemClock,
    host: createHeadlessHost('/nonexistent'),
    bus,
    catalog: () => ({ ...catalog, healthCheckMs: 0, allowedFails: 3 }),
    backendOf: () => {
      throw new Error('no probe is planned')
    },
    inFlight: () => 0,
    isLoaded: () => false,
    isLocalOnly: () => false,
    onWake: () => {},
  })
  health.catalogChanged({ ...catalog, healthCheckMs: 0, allowedFails: 3 })
  under.engine.onChange(({ file: changed, state }) => health.engineChanged(changed, state))
  const told = (to: string) =>
    new Promise<Extract<RouterEvent, { type: 'deployment-changed' }>>((resolve) => {
      const stop = bus.subscribe((event) => {
        if (event.type !== 'deployment-changed' || event.to !== to) return
        stop()
        resolve(event)
      })
    })
  const kill = () => process.kill(under.children.at(-1)!, 'SIGKILL')
  try {
    await under.engine.load(file, null)
    for (const crash of [1, 2]) {
      const [out, back] = [told('out'), told('healthy')]
      kill()
      expect((await out).detail).toContain(`${crash} of 3`)
      await back // the engine starts it anew by itself
    }
    const off = told('off')
    kill()
    expect((await off).detail).toContain('by hand')
    const back = told('healthy')
    await under.engine.load(file, null)
    await back
    expect((await under.answer(file, ask('Hello', { maxTokens: 2 }))).usage.outputText).toBe(2)
  } finally {
    health.stop()
    await under.close()
  }
})
