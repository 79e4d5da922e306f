/** A lock for a time, a model's own share, and conversations that are kept: what they do to the split in force, over restarts and sleeps. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createModelShares } from '../../../router/control/model-share.ts'
import { createSplitControl, type SplitControl } from '../../../router/control/split-control.ts'
import { createEventBus, type RouterEvent } from '../../../router/core/events.ts'
import { defaultSplit, type Split } from '../../../router/core/split.ts'
import { sessionKey } from '../../../router/policy/index.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { type ManualClock, manualClock } from '../../fakes/manual-clock.ts'
import { bothLanes, buildCatalog, buildModel } from '../policy/build.ts'

let clock: ManualClock
let registry: Registry
let told: Extract<RouterEvent, { type: 'split-changed' }>[]
const opened: SplitControl[] = []
beforeEach(() => {
  clock = manualClock()
  registry = openRegistry(':memory:', clock)
  told = []
})
afterEach(() => {
  for (const split of opened.splice(0)) split.stop()
  registry.close()
})

const base: Split = { ...defaultSplit, remoteShare: 0.3, source: 'routing.yaml:1' }
function open(): SplitControl {
  const split = createSplitControl({
    settings: registry.settings,
    sessions: registry.sessions,
    base,
    clock,
    emit: (event) => void (event.type === 'split-changed' && told.push(event)),
  })
  opened.push(split)
  return split
}
const MINUTE = 60_000
const inMinutes = (minutes: number) => clock.now() + minutes * MINUTE
const hold = (session: string, splitVersion: number) =>
  registry.sessions.book({ session, hold: { deployment: 'm/away', lane: 'remote', failedOver: false, splitVersion }, deficit: null })

describe('a lock for a time', () => {
  test('locks at once, ends on time and restores exactly what was before, telling both', () => {
    const split = open()
    split.change({ remoteShare: 0.4 }, 'panel')
    const [before, version] = [split.current(), split.version()]
    told = []
    split.setOverride('local', inMinutes(30), 'tray')
    expect(split.current()).toEqual({ ...before, lock: 'local', isTemporary: true })
    expect(split.setting()).toEqual(before)
    clock.advance(30 * MINUTE - 1)
    expect(split.current().lock).toBe('local')
    clock.advance(1)
    expect([split.current(), split.override(), split.version()]).toEqual([before, null, version])
    expect(told.map(({ by, lock }) => [by, lock])).toEqual([
      ['tray', 'local'],
      ['clock', null],
    ])
  })

  test('has ended when the machine wakes, although no timer ran', () => {
    const split = open()
    split.setOverride('local', inMinutes(30), 'panel')
    clock.oversleep(31 * MINUTE)
    expect(split.current().lock).toBeNull()
    expect(told.at(-1)).toMatchObject({ by: 'clock', lock: null })
  })

  test('is kept over a restart, and is gone after one that came too late', () => {
    open().setOverride('remote', inMinutes(30), 'panel')
    expect(open().override()).toMatchObject({ lock: 'remote', until: inMinutes(30), by: 'panel' })
    clock.oversleep(31 * MINUTE)
    expect(open().current().lock).toBeNull()
  })

  test('without an end stays until it is ended', () => {
    const split = open()
    split.setOverride('local', null, 'panel')
    clock.advance(1000 * MINUTE)
    expect(split.current().lock).toBe('local')
    split.endOverride('panel')
    expect(split.current().lock).toBeNull()
    told = []
    split.endOverride('panel')
    expect(told).toEqual([])
  })

  test('is replaced by the newer, and ended by a lock that is set for good, not by another share', () => {
    const split = open()
    split.setOverride('local', inMinutes(30), 'panel')
    split.setOverride('remote', inMinutes(60), 'panel')
    clock.advance(45 * MINUTE)
    expect(split.current().lock).toBe('remote')
    split.change({ remoteShare: 0.8 }, 'cli')
    expect(split.current()).toMatchObject({ lock: 'remote', remoteShare: 0.8 })
    split.change({ lock: null }, 'panel')
    expect([split.current().lock, split.override()]).toEqual([null, null])
  })

  test('keeps its beginning when it is made longer', () => {
    const split = open()
    split.setOverride('local', inMinutes(30), 'panel')
    const since = split.override()?.since
    clock.advance(10 * MINUTE)
    split.setOverride('local', inMinutes(80), 'panel')
    expect(split.override()).toMatchObject({ since, until: inMinutes(80) })
  })
})

describe('conversations', () => {
  test('draw anew after another share, and stay where they are when that is wished', () => {
    const split = open()
    hold('a', split.version())
    split.change({ remoteShare: 0.5 }, 'panel')
    expect(registry.sessions.hold('a')?.splitVersion).not.toBe(split.version())
    split.change({}, 'panel', { keepsSessions: true })
    expect(registry.sessions.hold('a')?.splitVersion).toBe(split.version())
    split.change({ remoteShare: 0.6 }, 'panel', { keepsSessions: true })
    expect(registry.sessions.hold('a')?.splitVersion).toBe(split.version())
  })

  test('of a model draw anew when its own share changes, those of others do not', () => {
    const split = open()
    const catalog = buildCatalog([bothLanes(), buildModel('n', [])])
    const shares = createModelShares({ catalog: () => catalog, split, bus: createEventBus(() => {}) })
    const [m, n] = [sessionKey(null, 'm', '1'), sessionKey('key', 'n', '1')]
    for (const session of [m, n]) hold(session, split.version())
    shares.set('m', 0.9, 'panel')
    expect(registry.sessions.hold(n)?.splitVersion).toBe(split.version())
    expect(registry.sessions.hold(m)?.splitVersion).not.toBe(split.version())
    split.change({}, 'panel', { keepsSessions: true })
    expect(registry.sessions.hold(m)?.splitVersion).not.toBe(split.version())
  })
})

describe('a share above that of the files', () => {
  const model = { ...bothLanes(), remoteShare: 0.2 }
  const catalog = buildCatalog([model])
  const sharesOf = (split: SplitControl) => createModelShares({ catalog: () => catalog, split, bus: createEventBus(() => {}) })

  test('counts before the file, can be "follow", and gives way again', () => {
    const split = open()
    const shares = sharesOf(split)
    expect(shares.list()[0]).toMatchObject({ remote_share: 0.2, own_remote_share: 0.2, share_source: 'model', is_share_set_here: false })
    expect(shares.set('m', 0.9, 'panel')).toMatchObject({ remote_share: 0.9, own_remote_share: 0.9, is_share_set_here: true })
    expect(shares.set('m', null, 'panel')).toMatchObject({ remote_share: 0.3, own_remote_share: null, base: { own_remote_share: 0.2 } })
    expect(shares.set('m', undefined, 'panel')).toMatchObject({ remote_share: 0.2, is_share_set_here: false })
    expect(() => shares.set('unknown', 1, 'panel')).toThrow('There is no model unknown')
  })

  test('is kept over a restart, also for a model named like a member of every object', () => {
    open().setModelShare('__proto__', 0.7)
    open().setModelShare('constructor', 0.6)
    expect([...open().modelShares()]).toEqual([
      ['__proto__', 0.7],
      ['constructor', 0.6],
    ])
  })
})
