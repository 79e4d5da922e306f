/** Names of strategies: those that are there, those whose turn comes later, and the rest. */
import { nearNames } from '../policy/near-names.ts'
import { findStrategy, strategies } from '../policy/strategies/index.ts'
import { hintOf, quote } from './configuration-error.ts'
import { laterStrategies, strategySpelling } from './schema/settings.ts'

/** The strategy's own name; null for one that is known and not built yet (told to `warn`); undefined for a word that nobody knows. */
export function strategyNamed(name: string, warn: (message: string) => void): string | null | undefined {
  const strategy = findStrategy(name)
  if (strategy) return strategy.name
  if (!laterStrategies.has(strategySpelling(name))) return undefined
  warn(`known, not in force yet: strategy ${name}`)
  return null
}

export function unknownStrategy(name: string): string {
  const known = strategies.flatMap((strategy) => [strategy.name, ...strategy.aliases])
  return `unknown strategy ${quote(name)}; ${hintOf(nearNames(name, known, 3), known)}`
}
