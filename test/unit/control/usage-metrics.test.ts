/** What strategies weigh by, and that fastest_response learns from it whatever kind of requests come. */
import { describe, expect, test } from 'vitest'
import { createUsageMetrics, type UsageMetrics } from '../../../router/control/usage-metrics.ts'
import { seededChance } from '../../../router/core/clock.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { fastestResponse } from '../../../router/policy/strategies/fastest-response.ts'
import { attemptEnded } from '../../fakes/attempt-end.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { buildDeployment, buildSituation } from '../policy/build.ts'

/** An answer that took so long in all; a stream began it after `firstMs`. */
const answer = (deployment: string, ms: number, firstMs: number | null = null): RouterEvent =>
  attemptEnded(deployment, { ms, firstOutputMs: firstMs, isStream: firstMs !== null })

const give = (metrics: UsageMetrics, count: number, event: RouterEvent) => {
  for (let i = 0; i < count; i++) metrics.read(event)
}

describe('the figures of a deployment', () => {
  test('are forgotten after an hour without a request, so that one that was slow once gets another look', () => {
    const clock = manualClock()
    const metrics = createUsageMetrics(clock)
    give(metrics, 10, answer('m/here', 900))
    clock.advance(3_599_000)
    expect(metrics.of('m/here')?.wholeAnswerMs).toBe(900)
    clock.advance(1_000)
    expect(metrics.of('m/here')).toBeNull()
    give(metrics, 1, answer('m/here', 900))
    expect(metrics.of('m/here')).not.toBeNull()
  })

  test('tell whole answers apart from the first outputs of streams', () => {
    const metrics = createUsageMetrics(manualClock())
    give(metrics, 10, answer('m/a', 900, 20))
    expect(metrics.of('m/a')).toMatchObject({ latencyMs: 20, wholeAnswerMs: null })
    give(metrics, 10, answer('m/a', 400))
    expect(metrics.of('m/a')).toMatchObject({ latencyMs: 210, wholeAnswerMs: 400 })
  })

  test('have no mean of fewer than five whole answers', () => {
    const metrics = createUsageMetrics(manualClock())
    give(metrics, 4, answer('m/a', 400))
    give(metrics, 6, answer('m/a', 900, 20))
    expect(metrics.of('m/a')?.wholeAnswerMs).toBeNull()
  })
})

describe('fastest_response', () => {
  const places = { 'm/slow': 60, 'm/quick': 5 } as const
  const candidates = Object.keys(places).map((name) => buildDeployment(name))

  function leadsOf(requests: number, metrics: UsageMetrics, isStream: boolean, of = candidates): string[] {
    const chance = seededChance(7)
    return Array.from({ length: requests }, () => {
      const states = Object.fromEntries(of.map(({ name }) => [name, { usage: metrics.of(name) }]))
      const lead = fastestResponse.order(of, buildSituation({ states, strategyChance: chance() }), {})[0]?.deployment.name ?? ''
      const ms = places[lead as keyof typeof places] ?? 30
      metrics.read(isStream ? answer(lead, 1000, ms) : answer(lead, ms))
      return lead
    })
  }

  test('learns from plain requests which place is faster, wherever it is listed', () => {
    for (const of of [candidates, candidates.toReversed()]) {
      const leads = leadsOf(300, createUsageMetrics(manualClock()), false, of)
      expect(leads.slice(0, 100).filter((name) => name === 'm/quick').length).toBeGreaterThan(60)
      expect(new Set(leads.slice(100))).toEqual(new Set(['m/quick']))
    }
  })

  test('gives a place without history a tenth of the plain requests until it has one, even where it is listed first', () => {
    const metrics = createUsageMetrics(manualClock())
    give(metrics, 20, answer('m/slow', 60))
    give(metrics, 20, answer('m/quick', 5))
    const leads = leadsOf(60, metrics, false, [buildDeployment('m/new'), ...candidates])
    const tried = leads.filter((name) => name === 'm/new').length
    expect(tried).toBeGreaterThan(0)
    expect(tried).toBeLessThan(15)
  })
})
