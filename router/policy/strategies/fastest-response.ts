/** The fastest first (seed 003), whatever the load: by the 95th percentile of time to first output, its moving average, or the mean time of whole answers, whichever of these most of them have. Invariant: two kinds of time are never compared; what lacks the compared one is a newcomer and leads now and then. */
import { z } from 'zod'
import type { DeploymentState } from '../../core/plan.ts'
import type { Strategy } from '../../core/strategy.ts'
import { medianOf, withNewcomer } from '../newcomers.ts'
import { stateOf } from '../state.ts'
import { shuffleWeighted } from '../ticket.ts'

const options = z.strictObject({})

interface Measure {
  readonly of: (state: DeploymentState) => number | null
  readonly words: string
}

/** The seed's own first: of two that equally many have, the earlier is compared. */
const measures: readonly [Measure, ...Measure[]] = [
  { of: ({ usage }) => usage?.p95FirstOutputMs ?? null, words: 'to first output at the 95th percentile' },
  { of: ({ firstOutputMs }) => firstOutputMs, words: 'to first output' },
  { of: ({ usage }) => usage?.wholeAnswerMs ?? null, words: 'to a whole answer' },
]

export const fastestResponse: Strategy<z.infer<typeof options>> = {
  name: 'fastest_response',
  aliases: ['latency-based-routing', 'lowest_latency'],
  summary: 'Lowest time to first output (95th percentile) first; without streams, lowest time to a whole answer.',
  options,
  order(candidates, situation) {
    const states = candidates.map((deployment) => stateOf(situation, deployment))
    const measure = measureOfMost(states)
    const typicalMs = medianOf(states.map(measure.of)) ?? 0
    const equal = candidates.map(() => 1)
    // While nobody has a history all are equal: each gets its part of the requests that make one.
    const ranked = shuffleWeighted(candidates, equal, situation.strategyChance)
      .map((deployment) => ({ deployment, ms: measure.of(stateOf(situation, deployment)) }))
      .sort((a, b) => (a.ms ?? typicalMs) - (b.ms ?? typicalMs) || Number(a.ms === null) - Number(b.ms === null))
      .map(({ deployment, ms }) => ({
        deployment,
        score: ms === null ? null : 1000 / Math.max(ms, 1e-6),
        detail: ms === null ? 'no history yet' : `${Math.round(ms)} ms ${measure.words}`,
      }))
    const isNew = (state: DeploymentState) => state.usage === null || measure.of(state) === null
    return withNewcomer(ranked, ({ deployment }) => isNew(stateOf(situation, deployment)), situation.strategyChance)
  },
}

function measureOfMost(states: readonly DeploymentState[]): Measure {
  const [first, ...others] = measures
  const count = ({ of }: Measure) => states.filter((state) => of(state) !== null).length
  return others.reduce((best, measure) => (count(measure) > count(best) ? measure : best), first)
}
