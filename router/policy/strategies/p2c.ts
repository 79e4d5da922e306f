/** Power of two choices over peak EWMA × (in flight + 1): a slow or loaded deployment gets less by itself, and no herd forms. */
import { z } from 'zod'
import type { Deployment } from '../../core/deployment.ts'
import type { Situation } from '../../core/plan.ts'
import type { Ranked, Strategy } from '../../core/strategy.ts'
import { stateOf } from '../state.ts'
import { pickWeighted } from '../ticket.ts'

const options = z.strictObject({})

export const p2c: Strategy<z.infer<typeof options>> = {
  name: 'p2c',
  aliases: ['power_of_two_choices', 'peak_ewma'],
  summary: 'Two at random, the one with the lower time to first output × (in flight + 1) first.',
  options,
  order(candidates, situation) {
    if (candidates.length === 0) return []
    const typicalMs = medianFirstOutputMs(candidates, situation) ?? 1
    const costs = candidates.map((deployment) => {
      const state = stateOf(situation, deployment)
      return (state.firstOutputMs ?? typicalMs) * (state.inFlight + 1)
    })
    const byCost = candidates.map((_, index) => index).sort((a, b) => (costs[a] as number) - (costs[b] as number) || a - b)
    const winner = winnerOfTwo(costs, situation.strategyChance)
    const order = [winner, ...byCost.filter((index) => index !== winner)]
    return order.map((index) => rank(candidates[index] as Deployment, costs[index] as number, situation))
  },
}

/** Two different candidates, each pair as likely as any other; the cheaper one, the first drawn on a tie. */
function winnerOfTwo(costs: readonly number[], ticket: number): number {
  if (costs.length < 2) return 0
  const equal = costs.map(() => 1)
  const first = pickWeighted(equal, ticket)
  const second = pickWeighted(
    equal.map((weight, index) => (index === first.index ? 0 : weight)),
    first.rest,
  )
  return (costs[second.index] as number) < (costs[first.index] as number) ? second.index : first.index
}

/** What a deployment without history is taken for: the median of the group, so that it is neither flooded nor starved. */
function medianFirstOutputMs(candidates: readonly Deployment[], situation: Situation): number | null {
  const known: number[] = []
  for (const deployment of candidates) {
    const { firstOutputMs } = stateOf(situation, deployment)
    if (firstOutputMs !== null) known.push(firstOutputMs)
  }
  if (known.length === 0) return null
  known.sort((a, b) => a - b)
  const middle = known.length >> 1
  return known.length % 2 === 1 ? (known[middle] as number) : ((known[middle - 1] as number) + (known[middle] as number)) / 2
}

function rank(deployment: Deployment, cost: number, situation: Situation): Ranked {
  const { firstOutputMs, inFlight } = stateOf(situation, deployment)
  const speed = firstOutputMs === null ? 'no history yet' : `${Math.round(firstOutputMs)} ms to first output`
  return { deployment, score: 1000 / Math.max(cost, 1e-6), detail: `${speed}, ${inFlight} in flight` }
}
