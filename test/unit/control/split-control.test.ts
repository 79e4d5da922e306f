import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSplitControl, type SplitControl } from '../../../router/control/split-control.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { defaultSplit, presets, type Split } from '../../../router/core/split.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { manualClock } from '../../fakes/manual-clock.ts'

const clock = manualClock()
let registry: Registry
let told: RouterEvent[]
beforeEach(() => {
  registry = openRegistry(':memory:', clock)
  told = []
})
afterEach(() => registry.close())

const fileSplit: Split = { ...defaultSplit, remoteShare: 0.3, source: 'routing.yaml:1' }
const open = (base: Split = fileSplit): SplitControl =>
  createSplitControl({ settings: registry.settings, sessions: registry.sessions, base, clock, emit: (event) => void told.push(event) })
const book = () => registry.sessions.book({ session: null, hold: null, deficit: { key: 'k', deficit: { local: -30, remote: 30 } } })
const isReset = () => registry.sessions.deficit('k').local === 0

describe('the split in force', () => {
  test('is that of the files until somebody changes it', () => {
    const split = open()
    expect(split.current()).toEqual(fileSplit)
    split.change({ remoteShare: 0.8 }, 'panel')
    expect(split.current()).toEqual({ ...fileSplit, remoteShare: 0.8, source: 'override' })
    expect(split.base()).toEqual(fileSplit)
    split.reset('panel')
    expect(split.current()).toEqual(fileSplit)
  })

  test('an override names share, fallback and lock, never how it is drawn', () => {
    const split = open({ ...fileSplit, unit: 'request', selection: 'random', seed: 3 })
    split.change(presets['remote-only'], 'tray')
    expect(split.current()).toMatchObject({ ...presets['remote-only'], unit: 'request', selection: 'random', seed: 3 })
    expect(split.preset()).toBe('remote-only')
    split.change({ remoteShare: 0.99 }, 'tray')
    expect(split.preset()).toBe('custom')
  })

  test('a lock or a fallback that is set leaves the share where it comes from, and is gone when it is as below', () => {
    const split = open()
    split.change({ lock: 'local' }, 'panel')
    expect(split.current()).toEqual({ ...fileSplit, lock: 'local', source: 'override', shareSource: 'routing.yaml:1' })
    expect(registry.settings.get('split')).toEqual({ lock: 'local' })
    split.change({ lock: null }, 'panel')
    expect([split.current(), registry.settings.get('split')]).toEqual([fileSplit, null])
    split.change({ fallback: false }, 'panel')
    split.setBase({ ...fileSplit, remoteShare: 0.1 })
    expect(split.current()).toMatchObject({ remoteShare: 0.1, fallback: false, source: 'override' })
  })

  test('a lock that is cleared leaves a share that a person set', () => {
    const split = open()
    split.change({ remoteShare: 0.3 }, 'panel')
    split.change({ lock: 'local' }, 'panel')
    split.change({ lock: null }, 'panel')
    expect(split.current()).toEqual({ ...fileSplit, source: 'override' })
    split.reset('panel')
    expect(split.current()).toEqual(fileSplit)
  })

  test('a preset is kept whole, also where it is as below', () => {
    const split = open({ ...defaultSplit })
    split.change(presets['prefer-local'], 'panel')
    split.setBase({ ...defaultSplit, fallback: false })
    expect(split.preset()).toBe('prefer-local')
  })

  test('a changed file moves what lies below the override, and shows when it is taken away', () => {
    const split = open()
    split.change({ remoteShare: 0.8 }, 'panel')
    const version = split.version()
    split.setBase({ ...fileSplit, remoteShare: 0.1 })
    expect([split.current().remoteShare, split.base().remoteShare, split.version()]).toEqual([0.8, 0.1, version])
    split.reset('panel')
    expect(split.current().remoteShare).toBe(0.1)
  })

  test('is kept over a restart, with its version, and the start tells nothing new', () => {
    const before = open()
    before.change({ remoteShare: 0.8, lock: 'remote' }, 'panel')
    told = []
    const split = open()
    expect(split.current()).toMatchObject({ remoteShare: 0.8, lock: 'remote', source: 'override' })
    expect([split.version(), told]).toEqual([before.version(), []])
  })
})

describe('the version', () => {
  test('counts up with every change, and not when nothing changes', () => {
    const split = open()
    const version = split.version()
    split.change({ remoteShare: 0.3 }, 'panel')
    expect(split.version()).toBe(version)
    split.change({ remoteShare: 0.4 }, 'panel')
    split.change({ lock: 'local' }, 'panel')
    expect(split.version()).toBe(version + 2)
  })

  test('the file changed while the router was down: that is a change too', () => {
    const { version } = open()
    const before = version()
    book()
    const split = open({ ...fileSplit, remoteShare: 0.9 })
    expect(split.version()).toBe(before + 1)
    expect(isReset()).toBe(true)
  })
})

describe('deficits', () => {
  test('start anew with another share, and stay with another fallback or lock', () => {
    const split = open()
    book()
    split.change({ fallback: false }, 'panel')
    split.change({ lock: 'local' }, 'panel')
    split.change({ lock: null }, 'panel')
    expect(isReset()).toBe(false)
    split.change({ remoteShare: 0.31 }, 'panel')
    expect(isReset()).toBe(true)
  })

  test('stay over a restart', () => {
    open()
    book()
    open()
    expect(isReset()).toBe(false)
  })
})

test('a change is told with who made it', () => {
  const split = open()
  told = []
  registry.sessions.book({ session: 's', hold: { deployment: 'd', lane: 'local', failedOver: false, splitVersion: 1 }, deficit: null })
  split.change({ remoteShare: 1 }, 'tray')
  expect(told).toEqual([{ type: 'split-changed', by: 'tray', remoteShare: 1, fallback: true, lock: null, sessionsThatMay: 1 }])
})

test('a seed gives the same sequence again; without one the chance of the clock makes it; both are evened out', () => {
  const seeded = { ...fileSplit, seed: 11 }
  const draw = (split: SplitControl) => Array.from({ length: 5 }, () => split.chance())
  const split = open(seeded)
  const first = draw(split)
  expect(draw(open(seeded))).toEqual(first)
  split.change({ remoteShare: 0.5 }, 'panel') // goes on in the sequence
  expect(draw(split)).not.toEqual(first)
  split.setBase({ ...seeded, seed: 12 })
  expect(draw(split)).not.toEqual(first)
  expect(draw(open())).toEqual(draw(open())) // the clock of this test always says 0.5
  const block = Array.from({ length: 50 }, () => Math.floor(split.chance() * 50))
  expect(new Set([...block, ...Array.from({ length: 50 }, () => Math.floor(split.chance() * 50))]).size).toBe(50)
})
