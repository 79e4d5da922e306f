/** The list of strategies: names, aliases and option schemas derive from it. One file and one line each. */
import type { Strategy } from '../../core/strategy.ts'
import { fastestResponse } from './fastest-response.ts'
import { highestPriority } from './highest-priority.ts'
import { leastLoaded } from './least-loaded.ts'
import { lowestCost } from './lowest-cost.ts'
import { mostCapacity } from './most-capacity.ts'
import { p2c } from './p2c.ts'
import { preferWarm } from './prefer-warm.ts'
import { random } from './random.ts'
import { roundRobin } from './round-robin.ts'
import { usageBased } from './usage-based.ts'
import { weighted } from './weighted.ts'

export const strategies: readonly Strategy[] = [
  p2c,
  weighted,
  leastLoaded,
  mostCapacity,
  fastestResponse,
  highestPriority,
  roundRobin,
  usageBased,
  lowestCost,
  preferWarm,
  random,
]

/** Orders a lane where the configuration names no strategy. */
export const defaultStrategy: Strategy = p2c

/** Orders a lane whose deployments carry weights, where no strategy was chosen. */
export const weightStrategy: Strategy = weighted

const byName: ReadonlyMap<string, Strategy> = new Map(
  strategies.flatMap((strategy) => [strategy.name, ...strategy.aliases].map((name) => [spelling(name), strategy] as const)),
)

/** A strategy by its name or an alias; hyphens, underscores and case do not matter. Null = there is none. */
export function findStrategy(name: string): Strategy | null {
  return byName.get(name) ?? byName.get(spelling(name)) ?? null
}

const defaultsByStrategy: ReadonlyMap<Strategy, unknown> = new Map(strategies.map((strategy) => [strategy, strategy.options.parse({})]))

/** The options that a strategy gets where nobody sets any. */
export function defaultOptions(strategy: Strategy): unknown {
  return defaultsByStrategy.get(strategy)
}

function spelling(name: string): string {
  return name.toLowerCase().replaceAll('-', '_')
}
