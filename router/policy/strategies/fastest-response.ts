/** Lowest measured time to first output first, whatever the load; what has no history is tried before the slower half. */
import { z } from 'zod'
import type { Strategy } from '../../core/strategy.ts'
import { stateOf } from '../state.ts'

const options = z.strictObject({})

export const fastestResponse: Strategy<z.infer<typeof options>> = {
  name: 'fastest_response',
  aliases: ['latency-based-routing', 'lowest_latency'],
  summary: 'Lowest time to first output first.',
  options,
  order(candidates, situation) {
    const known = candidates.map((deployment) => stateOf(situation, deployment).firstOutputMs)
    const sorted = known.filter((ms) => ms !== null).sort((a, b) => a - b)
    const typicalMs = sorted[(sorted.length - 1) >> 1] ?? null
    return candidates
      .map((deployment, index) => ({ deployment, ms: known[index] ?? null, index }))
      .sort((a, b) => (a.ms ?? typicalMs ?? 0) - (b.ms ?? typicalMs ?? 0) || a.index - b.index)
      .map(({ deployment, ms }) => ({
        deployment,
        score: ms === null ? null : 1000 / Math.max(ms, 1e-6),
        detail: ms === null ? 'no history yet' : `${Math.round(ms)} ms to first output`,
      }))
  },
}
