/** Each in turn: the one that was chosen least often comes first; equals in the order in which they are listed. */
import { z } from 'zod'
import type { Strategy } from '../../core/strategy.ts'

const options = z.strictObject({})

export const roundRobin: Strategy<z.infer<typeof options>> = {
  name: 'round_robin',
  aliases: ['load_balance'],
  summary: 'Each in turn, by how often each was chosen.',
  options,
  order(candidates, situation) {
    return candidates
      .map((deployment) => ({ deployment, turns: situation.turns.get(deployment.name) ?? 0 }))
      .sort((a, b) => a.turns - b.turns)
      .map(({ deployment, turns }) => ({ deployment, score: 1 / (turns + 1), detail: `chosen ${turns} times` }))
  },
}
