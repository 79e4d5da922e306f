/** What is loaded already before what would have to be loaded; inside both, power of two choices. A server is taken for warm: it says so by answering. */
import { z } from 'zod'
import type { Strategy } from '../../core/strategy.ts'
import { stateOf } from '../state.ts'
import { p2c } from './p2c.ts'

const options = z.strictObject({})

export const preferWarm: Strategy<z.infer<typeof options>> = {
  name: 'prefer_warm',
  aliases: ['prefer_warm_providers', 'cold_start'],
  summary: 'Loaded models first, then power of two choices.',
  options,
  order(candidates, situation) {
    const isWarm = (deployment: (typeof candidates)[number]) => stateOf(situation, deployment).loaded !== false
    return [true, false].flatMap((warm) =>
      p2c
        .order(
          candidates.filter((deployment) => isWarm(deployment) === warm),
          situation,
          {},
        )
        .map((ranked) => ({ ...ranked, detail: `${warm ? 'warm' : 'not loaded'}, ${ranked.detail ?? ''}` })),
    )
  },
}
