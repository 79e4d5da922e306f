/** Most context left first: context tokens × the free share of the slots, since each request in flight takes one slot's part; equals by free slots, then in random order. */
import { z } from 'zod'
import type { Strategy } from '../../core/strategy.ts'
import { stateOf } from '../state.ts'
import { shuffleWeighted } from '../ticket.ts'

const options = z.strictObject({})

/** An unknown context counts as the smallest known one of the group and stands behind it: last while all are idle, not when the others fill up. */
export const mostCapacity: Strategy<z.infer<typeof options>> = {
  name: 'most_capacity',
  aliases: [],
  summary: 'Most context left first: context × the free share of its slots.',
  options,
  order(candidates, situation) {
    const known = candidates.flatMap(({ context }) => (context === null ? [] : [context]))
    const smallest = known.length === 0 ? 1 : Math.min(...known)
    const equal = candidates.map(() => 1)
    return shuffleWeighted(candidates, equal, situation.strategyChance)
      .map((deployment) => {
        const { maxInFlight, context } = deployment
        const free = Math.max(0, maxInFlight - stateOf(situation, deployment).inFlight)
        return { deployment, free, left: (context ?? smallest) * (free / Math.max(1, maxInFlight)) }
      })
      .sort((a, b) => b.left - a.left || Number(a.deployment.context === null) - Number(b.deployment.context === null) || b.free - a.free)
      .map(({ deployment, free, left }) => {
        const { context, maxInFlight } = deployment
        const slots = `${free} of ${maxInFlight} slots free`
        if (context === null) return { deployment, score: null, detail: `context not known, ${slots}` }
        return { deployment, score: left, detail: `${Math.round(left)} of ${context} tokens of context left, ${slots}` }
      })
  },
}
