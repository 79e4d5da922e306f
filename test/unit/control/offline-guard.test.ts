import { describe, expect, test } from 'vitest'
import { createOfflineGuard } from '../../../router/control/offline-guard.ts'
import { decide } from '../../../router/policy/index.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { bothLanes, buildCatalog, buildDeployment, buildFacts, buildSituation, exclusionReasons, override, stepNames } from '../policy/build.ts'

const far = buildDeployment('m/far', { endpoint: { baseUrl: 'https://far.example/v1', credential: null, headers: {} } })

function open({ mayLook = true, elsewhere = [buildDeployment('m/away'), far] } = {}) {
  const clock = manualClock()
  const up = new Set<string>()
  const changes: boolean[] = []
  let looks = 0
  const guard = createOfflineGuard({
    clock,
    elsewhere: () => elsewhere,
    isReachable: async ({ name }) => {
      looks++
      return up.has(name)
    },
    mayLook: () => mayLook,
    onChange: (isOffline) => void changes.push(isOffline),
  })
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    clock,
    guard,
    up,
    changes,
    looks: () => looks,
    async suspect() {
      guard.suspect()
      await settle()
    },
    /** The next look. */
    async pass(ms = 10_000) {
      clock.advance(ms)
      await settle()
    },
  }
}

describe('the offline guard', () => {
  test('is on only when nobody elsewhere answers', async () => {
    const { up, suspect, changes, guard } = open()
    up.add('m/far')
    await suspect()
    expect([changes, guard.since()]).toEqual([[], null])
    up.clear()
    await suspect()
    expect([changes, guard.since()]).toEqual([[true], expect.any(Number)])
  })

  test('ends after two good looks in a row, and not before half a minute', async () => {
    const { up, suspect, pass, changes } = open()
    await suspect()
    up.add('m/far')
    await pass()
    await pass()
    expect(changes).toEqual([true])
    await pass()
    expect(changes).toEqual([true, false])
  })

  test('starts counting anew when a look fails in between', async () => {
    const { up, suspect, pass, changes, guard } = open()
    await suspect()
    for (let look = 0; look < 4; look++) {
      if (look % 2 === 0) up.add('m/far')
      else up.clear()
      await pass()
    }
    expect(changes).toEqual([true])
    up.add('m/away')
    await pass()
    await pass()
    expect([changes, guard.since()]).toEqual([[true, false], null])
  })

  test('asks nobody while locked to local, or where there is nobody', async () => {
    const locked = open({ mayLook: false })
    await locked.suspect()
    const alone = open({ elsewhere: [] })
    await alone.suspect()
    expect([locked.looks(), locked.changes, alone.changes]).toEqual([0, [], []])
  })

  test('asks one host once, and nothing after its end', async () => {
    const { suspect, looks, guard, pass } = open({ elsewhere: [far, { ...far, name: 'm/far#2' }] })
    await suspect()
    expect(looks()).toBe(1)
    guard.stop()
    await pass()
    expect(looks()).toBe(1)
  })
})

describe('a plan while offline', () => {
  const states = { 'm/away': { health: 'out', isOffline: true, detail: 'offline: this machine has no network' } } as const
  const plan = (split: Parameters<typeof override>[1], percent = 100) =>
    decide({ facts: buildFacts(), catalog: buildCatalog([bothLanes()]), situation: buildSituation({ states, split: override(percent, split) }) })

  test('goes to the local lane with its own reason', () => {
    const moved = plan({})
    expect([stepNames(moved), moved.steps[0]?.reason, exclusionReasons(moved)]).toEqual([['m/here'], 'offline', { 'm/away': 'offline' }])
  })

  test('is refused with the time of the next look where local may not answer', () => {
    expect(plan({ lock: 'remote', fallback: false }).refusal).toMatchObject({
      kind: 'no-eligible-deployment',
      reason: 'offline',
      retryAfterMs: 10_000,
    })
  })
})
