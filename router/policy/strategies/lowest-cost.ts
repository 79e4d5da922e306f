/** The cheapest first by its price for input and a quarter as much output; what is free comes first, what has no known price last; equals in random order. */
import { z } from 'zod'
import type { Strategy } from '../../core/strategy.ts'
import { shuffleWeighted } from '../ticket.ts'
import { costOf } from './usage-based.ts'

const options = z.strictObject({})

export const lowestCost: Strategy<z.infer<typeof options>> = {
  name: 'lowest_cost',
  aliases: ['cost-based', 'cost-based-routing'],
  summary: 'Lowest price first; a local model without a price is free.',
  options,
  order(candidates, situation) {
    return shuffleWeighted(
      candidates,
      candidates.map(() => 1),
      situation.strategyChance,
    )
      .map((deployment) => ({ deployment, cost: costOf(deployment) }))
      .sort((a, b) => (a.cost ?? Number.MAX_VALUE) - (b.cost ?? Number.MAX_VALUE))
      .map(({ deployment, cost }) => ({
        deployment,
        score: cost === null ? null : 1 / (1 + cost),
        detail: cost === null ? 'no price known' : cost === 0 ? 'free' : `$${Math.round(cost * 100) / 100} a million tokens`,
      }))
  },
}
