import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorKinds } from '../../../router/core/errors.ts'
import { createHealthBook, type HealthChange } from '../../../router/health/index.ts'
import { place, utc } from './world.ts'

const places = [
  place('a/one', { endpointKey: 'one', credentialKey: 'k' }),
  place('b/one', { endpointKey: 'one', credentialKey: 'k' }),
  place('c/one', { endpointKey: 'one', credentialKey: 'k' }),
  place('a/loop', { address: 'loopback', endpointKey: 'loop' }),
  place('b/loop', { address: 'loopback', endpointKey: 'loop' }),
  place('a/engine', { address: 'engine', endpointKey: null, host: null }),
  place('a/lan', { lane: 'local' }),
]

const where = fc.constantFrom(...places)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('start' as const), where }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      where,
      outcome: fc.constantFrom('answered' as const, 'answered' as const, 'failed' as const, 'failed' as const, 'aborted' as const),
      errorKind: fc.constantFrom(...errorKinds, 'failed-upstream' as const, 'unreachable' as const),
      code: fc.constantFrom(null, null, 'upstream_refused', 'engine_crashed', 'engine_off', 'upstream_loading'),
      retryAfterMs: fc.option(fc.double({ min: -1, max: 1e7 })),
      firstOutputMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
      afterModelLoad: fc.boolean(),
      agoMs: fc.option(fc.integer({ min: 0, max: 100_000 })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('probed' as const),
      where,
      ok: fc.boolean(),
      kind: fc.constantFrom('free' as const, 'one-token' as const),
      refused: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('look' as const), localOnly: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('changed' as const, 'forget' as const, 'loaded' as const, 'exited' as const), where }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('woke' as const, 'offline' as const, 'online' as const, 'freeze' as const, 'places' as const) }),
  },
)
const timed = fc.tuple(
  step,
  fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 3_000 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 4_000_000 }) }),
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
)

const legal = new Map([
  ['out', ['on-trial', 'healthy', 'ramping']],
  ['on-trial', ['ramping', 'out', 'healthy']],
  ['ramping', ['healthy', 'out']],
  ['healthy', ['out']],
])

describe('any order of events', () => {
  it('throws nothing, keeps every number in range, tells every change, and no answer-less way leads to traffic', () => {
    fc.assert(
      fc.property(fc.array(timed, { maxLength: 120 }), fc.integer({ min: 0, max: 6 }), (steps, allowedFails) => {
        const book = createHealthBook({ allowedFails, timeOfDay: utc })
        let now = { monotonicMs: 0, wallMs: 1_700_000_000_000, chance: 0 }
        const standings = new Map<string, string>(places.map(({ deployment }) => [deployment, 'healthy']))
        const hear = (changes: readonly HealthChange[]) => {
          for (const { deployment, from, to } of changes) {
            expect(standings.get(deployment)).toBe(from)
            expect(from).not.toBe(to)
            standings.set(deployment, to)
          }
        }
        book.setPlaces(places, now)
        for (const [event, gapMs, chance] of steps) {
          now = { monotonicMs: now.monotonicMs + gapMs, wallMs: now.wallMs + gapMs, chance }
          const before = new Map(places.map(({ deployment }) => [deployment, book.state(deployment, now)]))
          switch (event.do) {
            case 'start':
              book.attemptStarted(event.where.deployment, now)
              break
            case 'end': {
              const { deployment, endpointKey, credentialKey, address } = event.where
              const { outcome, errorKind, code, retryAfterMs, firstOutputMs, afterModelLoad, agoMs } = event
              const startedMonotonicMs = agoMs === null ? null : now.monotonicMs - agoMs
              const failure = outcome === 'failed' ? { errorKind, code } : { errorKind: null, code: null }
              hear(
                book.attemptEnded(
                  {
                    deployment,
                    endpointKey,
                    credentialKey,
                    address,
                    outcome,
                    ...failure,
                    retryAfterMs,
                    firstOutputMs,
                    afterModelLoad,
                    startedMonotonicMs,
                  },
                  now,
                ),
              )
              break
            }
            case 'probed':
              hear(
                book.probed(
                  { deployment: event.where.deployment, kind: event.kind, ok: event.ok, detail: 'x', latencyMs: 1, refused: event.refused },
                  now,
                ),
              )
              break
            case 'look':
              hear(book.settle(now))
              for (const { deployment, kind } of book.due(now, { localOnly: event.localOnly }))
                if (chance < 0.8) hear(book.probed({ deployment, kind, ok: chance < 0.6, detail: 'x', latencyMs: 1 }, now))
              break
            case 'changed':
              book.changed(event.where.deployment, now)
              break
            case 'forget':
              book.forget(event.where.deployment)
              standings.set(event.where.deployment, 'healthy')
              book.setPlaces(places, now)
              break
            case 'loaded':
              hear(book.engineLoaded('a/engine', now))
              break
            case 'exited':
              hear(book.engineCrashed('a/engine', now))
              break
            case 'woke':
              hear(book.woke(now))
              break
            case 'offline':
            case 'online':
              hear(book.setOffline(event.do === 'offline', now))
              break
            case 'freeze':
              book.freeze(now.monotonicMs + 5_000)
              break
            case 'places':
              book.setPlaces(places, now)
              break
          }
          for (const { deployment, state, score, run, outs } of book.snapshot(now)) {
            for (const value of [score, run, outs, state.inFlight]) expect(Number.isSafeInteger(value) && value >= 0).toBe(true)
            expect(run).toBeLessThanOrEqual(Math.max(allowedFails + 1, 6))
            expect(score).toBeLessThanOrEqual(35)
            for (const value of [state.limitedForMs, state.credentialOutForMs, state.modelUnknownForMs, state.rampShare, state.firstOutputMs ?? 0])
              expect(Number.isFinite(value) && value >= 0).toBe(true)
            expect(state.rampShare > 0).toBe(state.health === 'healthy' || state.health === 'ramping')
            if (state.acceptsCanary) expect(state.health).toBe('on-trial')
            const was = before.get(deployment)!.health
            // Editing and the network are the two ways around the order of the states; a free probe is none.
            if (was !== state.health && !['changed', 'forget', 'offline', 'online'].includes(event.do)) expect(legal.get(was)).toContain(state.health)
            if (event.do === 'probed' && event.kind === 'free' && (was === 'out' || was === 'on-trial')) expect(state.rampShare).toBe(0)
          }
          const nextMs = book.nextLookMs(now)
          if (nextMs !== null) expect(Number.isFinite(nextMs) && nextMs >= 0).toBe(true)
        }
        hear(book.settle(now))
        for (const { deployment, standing } of book.snapshot(now)) expect(standing).toBe(standings.get(deployment))
      }),
      { numRuns: 400 },
    )
  }, 60_000)
})
