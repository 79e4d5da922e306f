/** Fewest requests in flight first; equals in random order, so that an idle group shares. */
import { z } from 'zod'
import type { Strategy } from '../../core/strategy.ts'
import { stateOf } from '../state.ts'
import { shuffleWeighted } from '../ticket.ts'

const options = z.strictObject({})

export const leastLoaded: Strategy<z.infer<typeof options>> = {
  name: 'least_loaded',
  aliases: ['least-busy'],
  summary: 'Fewest requests in flight first.',
  options,
  order(candidates, situation) {
    const equal = candidates.map(() => 1)
    return shuffleWeighted(candidates, equal, situation.strategyChance)
      .map((deployment) => ({ deployment, inFlight: stateOf(situation, deployment).inFlight }))
      .sort((a, b) => a.inFlight - b.inFlight)
      .map(({ deployment, inFlight }) => ({ deployment, score: 1 / (inFlight + 1), detail: `${inFlight} in flight` }))
  },
}
