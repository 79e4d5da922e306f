/** Lowest 95th percentile of time to first output first (seed 003), whatever the load; too few streams for one: the moving average. What has no history leads now and then. */
import { z } from 'zod'
import type { Strategy } from '../../core/strategy.ts'
import { medianOf, withNewcomer } from '../newcomers.ts'
import { stateOf } from '../state.ts'

const options = z.strictObject({})

export const fastestResponse: Strategy<z.infer<typeof options>> = {
  name: 'fastest_response',
  aliases: ['latency-based-routing', 'lowest_latency'],
  summary: 'Lowest time to first output (95th percentile) first.',
  options,
  order(candidates, situation) {
    const known = candidates.map((deployment) => {
      const { usage, firstOutputMs } = stateOf(situation, deployment)
      const p95Ms = usage?.p95FirstOutputMs ?? null
      return { ms: p95Ms ?? firstOutputMs, isP95: p95Ms !== null }
    })
    const typicalMs = medianOf(known.map(({ ms }) => ms)) ?? 0
    const ranked = candidates
      .map((deployment, index) => ({ deployment, ...(known[index] as (typeof known)[number]), index }))
      .sort((a, b) => (a.ms ?? typicalMs) - (b.ms ?? typicalMs) || a.index - b.index)
      .map(({ deployment, ms, isP95 }) => ({
        deployment,
        score: ms === null ? null : 1000 / Math.max(ms, 1e-6),
        detail: ms === null ? 'no history yet' : `${Math.round(ms)} ms to first output${isP95 ? ' at the 95th percentile' : ''}`,
      }))
    return withNewcomer(ranked, ({ deployment }) => stateOf(situation, deployment).usage === null, situation.strategyChance)
  },
}
