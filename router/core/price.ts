/** What tokens cost at a price. */
import type { Usage } from './conversation.ts'
import type { Price } from './deployment.ts'

/** US dollars. Tokens of a cache cost the input price where no other is known. */
export function costUsd(price: Price, usage: Usage): number {
  const cached = price.cachedInputUsdPerMillionTokens ?? price.inputUsdPerMillionTokens
  const input = (usage.uncachedInput ?? 0) + (usage.cacheWrite ?? 0)
  const output = (usage.outputText ?? 0) + (usage.outputReasoning ?? 0)
  return (input * price.inputUsdPerMillionTokens + (usage.cacheRead ?? 0) * cached + output * price.outputUsdPerMillionTokens) / 1_000_000
}

/** Input and output together. */
export function tokensOf({ uncachedInput, cacheRead, cacheWrite, outputText, outputReasoning }: Usage): number {
  return (uncachedInput ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0) + (outputText ?? 0) + (outputReasoning ?? 0)
}
