/** Guards over a host that says what power and heat are: when they fire, when they end, what a person undoes, and the one offer. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createGuards } from '../../../router/control/guards.ts'
import { createEventBus, type RouterEvent } from '../../../router/core/events.ts'
import type { PowerSource, ThermalState } from '../../../router/core/host.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { type ManualClock, manualClock } from '../../fakes/manual-clock.ts'

let clock: ManualClock
let registry: Registry
let power: PowerSource
let heat: ThermalState
let offline: number | null
let rules: { offline: boolean; battery: boolean; thermal: boolean; queueWaitMs: number }
let told: string[]
let tell: (() => void) | null
beforeEach(() => {
  clock = manualClock()
  registry = openRegistry(':memory:', clock)
  power = 'ac'
  heat = 'nominal'
  offline = null
  rules = { offline: true, battery: true, thermal: true, queueWaitMs: 8_000 }
  told = []
  tell = null
})
afterEach(() => registry.close())

function start() {
  const bus = createEventBus((error) => {
    throw error
  })
  bus.subscribe((event: RouterEvent) => {
    if (event.type === 'guard-changed') told.push(`${event.guard} ${event.detail}`)
  })
  return createGuards({
    clock,
    host: {
      power: () => power,
      thermal: () => heat,
      onConditions(listener) {
        tell = listener
        return () => {
          tell = null
        }
      },
    },
    settings: registry.settings,
    rules: () => rules,
    offlineSince: () => offline,
    bus,
  })
}

describe('the battery', () => {
  test('moves at once, and ends after a minute on power', () => {
    const guards = start()
    expect(guards.moving()).toBeNull()
    power = 'battery'
    tell?.()
    expect(guards.moving()?.reason).toBe('battery')
    expect(guards.sparesBattery()).toBe(true)
    power = 'ac'
    tell?.()
    clock.advance(59_000)
    expect(guards.moving()?.reason).toBe('battery')
    clock.advance(1_000)
    expect(guards.moving()).toBeNull()
    expect(told).toEqual(['battery acts', 'battery ended'])
  })

  test('a charger that is moved from room to room ends nothing', () => {
    power = 'battery'
    const guards = start()
    power = 'ac'
    tell?.()
    clock.advance(40_000)
    power = 'battery'
    tell?.()
    power = 'ac'
    tell?.()
    clock.advance(40_000)
    expect(guards.moving()?.reason).toBe('battery')
  })

  test('is seen by the next request where the host tells nothing', () => {
    const guards = start()
    power = 'battery'
    expect(guards.moving()).toBeNull()
    clock.advance(5_000)
    expect(guards.moving()?.reason).toBe('battery')
  })

  test('is offered once while it is switched off, and moves nothing', () => {
    rules.battery = false
    power = 'battery'
    const guards = start()
    expect([guards.moving(), guards.sparesBattery(), guards.offersBattery()]).toEqual([null, false, true])
    guards.closeOffer()
    expect(guards.offersBattery()).toBe(false)
    guards.stop()
    expect(start().offersBattery()).toBe(false)
  })
})

test('heat counts from serious on, and is stricter than the battery', () => {
  power = 'battery'
  heat = 'fair'
  const guards = start()
  expect(guards.moving()?.reason).toBe('battery')
  heat = 'serious'
  tell?.()
  expect(guards.moving()?.reason).toBe('thermal')
  expect(guards.active().map(({ kind }) => kind)).toEqual(['battery', 'thermal'])
})

describe('undone', () => {
  test('it moves nothing until six tomorrow, over a restart too, and is still shown', () => {
    heat = 'critical'
    const guards = start()
    guards.undo('thermal', 'tray')
    expect(guards.moving()).toBeNull()
    guards.stop()
    const again = start()
    expect(again.moving()).toBeNull()
    const [shown] = again.active()
    expect(new Date(shown?.undoneUntil ?? 0).getHours()).toBe(6)
    clock.oversleep(31 * 3_600_000)
    expect(again.moving()?.reason).toBe('thermal')
    expect(again.active()[0]?.undoneUntil).toBeNull()
  })

  test('it can act again, and one that is not undone says so', () => {
    heat = 'critical'
    const guards = start()
    guards.undo('thermal', 'panel')
    guards.redo('thermal', 'panel')
    expect(guards.moving()?.reason).toBe('thermal')
    expect(() => guards.redo('thermal', 'panel')).toThrow('is not undone')
    expect(() => guards.undo('battery', 'panel')).toThrow('does not act now')
  })

  test('offline is no longer looked for, and what was stays known', () => {
    const guards = start()
    offline = clock.now()
    expect(guards.acts('offline')).toBe(true)
    guards.undo('offline', 'panel')
    offline = null // released by who reads the event
    expect(guards.acts('offline')).toBe(false)
    expect(guards.active()).toMatchObject([{ kind: 'offline', since: clock.now() }])
  })
})

test('one that is switched off neither acts nor is shown', () => {
  rules.thermal = false
  heat = 'critical'
  const guards = start()
  expect([guards.moving(), guards.active()]).toEqual([null, []])
})
