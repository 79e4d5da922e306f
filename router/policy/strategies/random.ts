/** Every order equally likely, weights ignored. */
import { z } from 'zod'
import type { Strategy } from '../../core/strategy.ts'
import { shuffleWeighted } from '../ticket.ts'

const options = z.strictObject({})

export const random: Strategy<z.infer<typeof options>> = {
  name: 'random',
  aliases: [],
  summary: 'At random, weights ignored.',
  options,
  order(candidates, situation) {
    const equal = candidates.map(() => 1)
    return shuffleWeighted(candidates, equal, situation.strategyChance).map((deployment) => ({ deployment, score: null, detail: null }))
  },
}
