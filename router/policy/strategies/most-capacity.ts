/** Most free slots first; equals by the larger context, then in random order. */
import { z } from 'zod'
import type { Strategy } from '../../core/strategy.ts'
import { stateOf } from '../state.ts'
import { shuffleWeighted } from '../ticket.ts'

const options = z.strictObject({})

export const mostCapacity: Strategy<z.infer<typeof options>> = {
  name: 'most_capacity',
  aliases: [],
  summary: 'Most free slots first, then the larger context.',
  options,
  order(candidates, situation) {
    const equal = candidates.map(() => 1)
    return shuffleWeighted(candidates, equal, situation.strategyChance)
      .map((deployment) => ({ deployment, free: deployment.maxInFlight - stateOf(situation, deployment).inFlight }))
      .sort((a, b) => b.free - a.free || (b.deployment.context ?? 0) - (a.deployment.context ?? 0))
      .map(({ deployment, free }) => ({ deployment, score: free, detail: `${free} of ${deployment.maxInFlight} slots free` }))
  },
}
