/** Names of strategies: those that are there, and the rest. */
import { nearNames } from '../policy/near-names.ts'
import { findStrategy, strategies } from '../policy/strategies/index.ts'
import { hintOf, quote } from './configuration-error.ts'

/** The strategy's own name; undefined for a word that nobody knows. */
export const strategyNamed = (name: string): string | undefined => findStrategy(name)?.name

export function unknownStrategy(name: string): string {
  const known = strategies.flatMap((strategy) => [strategy.name, ...strategy.aliases])
  return `unknown strategy ${quote(name)}; ${hintOf(nearNames(name, known, 3), known)}`
}
