/** Strictly by rank: lower priority number, then higher weight, then the order of the files. */
import { z } from 'zod'
import type { Strategy } from '../../core/strategy.ts'

const options = z.strictObject({})

export const highestPriority: Strategy<z.infer<typeof options>> = {
  name: 'highest_priority',
  aliases: ['ordered', 'priority'],
  summary: 'Always the same order: priority, then weight, then as listed.',
  options,
  order(candidates) {
    return candidates
      .map((deployment, index) => ({ deployment, index }))
      .sort((a, b) => a.deployment.priority - b.deployment.priority || (b.deployment.weight ?? 1) - (a.deployment.weight ?? 1) || a.index - b.index)
      .map(({ deployment }) => ({ deployment, score: null, detail: `priority ${deployment.priority}` }))
  },
}
