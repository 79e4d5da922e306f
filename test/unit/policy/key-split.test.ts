/** What a caller's key adds to the decision: a share before the model's, a lock beside the global one, and the words when the two leave no lane. */
import { describe, expect, test } from 'vitest'
import type { CallerSplit } from '../../../router/core/split.ts'
import { decide } from '../../../router/policy/index.ts'
import { bothLanes, buildCatalog, buildFacts, buildSituation, exclusionReasons, override, stepNames } from './build.ts'

const zed: CallerSplit = { id: 'key_1', name: 'Zed', remoteShare: null, laneLock: null }
const plan = (situation: Parameters<typeof buildSituation>[0], model = bothLanes()) =>
  decide({ facts: buildFacts(), catalog: buildCatalog([model]), situation: buildSituation(situation) })

describe('the share of a key', () => {
  test('comes before the model’s own, which comes before the global one', () => {
    const model = { ...bothLanes(), remoteShare: 0 }
    expect(plan({ split: override(100) }, model).draw).toMatchObject({ lane: 'local', source: 'model' })
    expect(plan({ split: override(100), key: { ...zed, remoteShare: 1 } }, model).draw).toMatchObject({
      lane: 'remote',
      remoteShare: 1,
      source: 'key',
    })
    expect(plan({ split: override(100), key: zed }, model).draw).toMatchObject({ lane: 'local', source: 'model' })
  })

  test('draws with a deficit of its own, for each key and model', () => {
    const own = plan({ key: { ...zed, remoteShare: 0.3 } }).booking
    const other = plan({ key: { ...zed, id: 'key_2', remoteShare: 0.3 } }).booking
    expect(new Set([own?.key, other?.key, plan({}).booking?.key]).size).toBe(3)
  })

  test('a share set above the files is the model’s; null follows', () => {
    const model = { ...bothLanes(), remoteShare: 0 }
    const shares = (value: number | null) => ({ ...override(70), modelShares: new Map([['m', value]]) })
    expect(plan({ split: shares(1) }, model).draw).toMatchObject({ remoteShare: 1, source: 'model' })
    expect(plan({ split: shares(null) }, model).draw).toMatchObject({ remoteShare: 0.7, source: 'override' })
  })
})

describe('the lock of a key', () => {
  test('takes the other lane away, whatever the split and an open tool loop say', () => {
    const held = { hold: { deployment: 'm/away', lane: 'remote', failedOver: false, splitVersion: 1 } } as const
    const locked = decide({
      facts: buildFacts({ inToolLoop: true, startsSession: false }),
      catalog: buildCatalog([bothLanes()]),
      situation: buildSituation({ ...held, split: override(100), key: { ...zed, laneLock: 'local' } }),
    })
    expect([stepNames(locked), locked.steps[0]?.reason, exclusionReasons(locked)]).toEqual([['m/here'], 'lock', { 'm/away': 'lock' }])
    expect(locked.excluded[0]?.detail).toBe('locked to local (key Zed), this one is remote')
  })

  test('against an opposite global lock leaves no lane, and both are named', () => {
    const { refusal, steps } = plan({ split: override(100, { lock: 'remote' }), key: { ...zed, laneLock: 'local' } })
    expect(steps).toEqual([])
    expect(refusal).toMatchObject({ kind: 'no-eligible-deployment', reason: 'lock' })
    expect(refusal?.message).toContain('locked to remote (override) and locked to local (key Zed)')
    expect(refusal?.howToFix).toMatch(/Remove the lock \(Remote Only\).*Allow the remote lane for the key Zed/)
  })
})

describe('a lock for a time', () => {
  const temporary = override(100, { lock: 'local', isTemporary: true })

  test('is its own reason in the plan', () => {
    const locked = plan({ split: temporary })
    expect([locked.steps[0]?.reason, exclusionReasons(locked)]).toEqual(['override', { 'm/away': 'override' }])
  })

  test('never loosens the lock of a key', () => {
    expect(plan({ split: temporary, key: { ...zed, laneLock: 'remote' } }).steps).toEqual([])
  })

  test('says in a refusal how it ends', () => {
    const remoteOnly = { ...bothLanes(), deployments: bothLanes().deployments.slice(1) }
    expect(plan({ split: temporary }, remoteOnly).refusal).toMatchObject({
      reason: 'override',
      howToFix: 'End the override (Local Only) to allow the remote lane.',
    })
  })
})
