/** By weight: each deployment first as often as its weight says; the rest follow in the same manner. */
import { z } from 'zod'
import type { Strategy } from '../../core/strategy.ts'
import { shuffleWeighted } from '../ticket.ts'

const options = z.strictObject({})

export const weighted: Strategy<z.infer<typeof options>> = {
  name: 'weighted',
  aliases: ['simple-shuffle'],
  summary: 'At random by weight; a deployment without a weight counts 1.',
  options,
  order(candidates, situation) {
    const weights = candidates.map((deployment) => deployment.weight ?? 1)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const shuffled = shuffleWeighted(
      candidates.map((_, index) => index),
      weights,
      situation.strategyChance,
    )
    return shuffled.flatMap((index) => {
      const deployment = candidates[index]
      const weight = weights[index] as number
      return deployment ? [{ deployment, score: total > 0 ? weight / total : 1 / weights.length, detail: `weight ${weight} of ${round(total)}` }] : []
    })
  },
}

/** Sums of decimals show their binary tail otherwise. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
