/** Seed 003's score: latency, success and cost of the last requests, 0.4 : 0.4 : 0.2, each brought to 0–1 so that a free model divides nothing by zero. */
import { z } from 'zod'
import type { Deployment } from '../../core/deployment.ts'
import type { Strategy } from '../../core/strategy.ts'
import { medianOf, withNewcomer } from '../newcomers.ts'
import { stateOf } from '../state.ts'

const factor = (value: number) => z.number().min(0).max(1).default(value)
const options = z.strictObject({ latency: factor(0.4), success_rate: factor(0.4), cost: factor(0.2) })

export const usageBased: Strategy<z.infer<typeof options>> = {
  name: 'usage_based',
  aliases: ['usage-based-routing', 'usage-based-routing-v2'],
  summary: 'Highest score of latency, success rate and cost over the last requests first.',
  options,
  order(candidates, situation, weights) {
    const usages = candidates.map((deployment) => stateOf(situation, deployment).usage)
    const latencies = usages.map((usage) => usage?.latencyMs ?? null)
    const typicalMs = medianOf(latencies)
    const typicalSuccess = medianOf(usages.map((usage) => usage?.successRate ?? null)) ?? 1
    const fastestMs = Math.min(...latencies.filter((ms) => ms !== null), Number.POSITIVE_INFINITY)
    const costs = candidates.map(costOf)
    const dearest = Math.max(...costs.map((cost) => cost ?? 0))
    const typicalCost = medianOf(costs) ?? 0
    const ranked = candidates
      .map((deployment, index) => {
        const ms = latencies[index] ?? typicalMs
        const success = usages[index]?.successRate ?? typicalSuccess
        const cost = costs[index] ?? typicalCost
        const speed = ms === null ? 1 : Math.max(fastestMs, 1) / Math.max(ms, 1)
        const cheapness = dearest === 0 ? 1 : 1 - cost / dearest
        const score = weights.latency * speed + weights.success_rate * success + weights.cost * cheapness
        return { deployment, score, detail: detailOf(usages[index] ?? null, cost), index }
      })
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .map(({ deployment, score, detail }) => ({ deployment, score, detail }))
    return withNewcomer(ranked, ({ deployment }) => stateOf(situation, deployment).usage === null, situation.strategyChance)
  },
}

/** US dollars for a million tokens in and a quarter of a million out; null = not known, a local one without a price is free. */
export function costOf({ price, lane }: Deployment): number | null {
  if (price) return price.inputUsdPerMillionTokens + price.outputUsdPerMillionTokens / 4
  return lane === 'local' ? 0 : null
}

function detailOf(usage: { readonly latencyMs: number | null; readonly successRate: number } | null, cost: number): string {
  if (usage === null) return 'no history yet'
  const speed = usage.latencyMs === null ? '' : `${Math.round(usage.latencyMs)} ms, `
  return `${speed}${Math.round(usage.successRate * 100)} % answered, ${cost === 0 ? 'free' : `$${Math.round(cost * 100) / 100} a million`}`
}
