/** Orders the deployments of one lane: idle before busy, priority before strategy, a ramping one only as often as its ramp allows. */
import type { Catalog } from '../core/catalog.ts'
import type { Deployment, Model } from '../core/deployment.ts'
import type { RequestFacts, Situation } from '../core/plan.ts'
import type { Ranked, Strategy } from '../core/strategy.ts'
import { stateOf } from './state.ts'
import { defaultOptions, defaultStrategy, findStrategy, weightStrategy } from './strategies/index.ts'
import { pickWeighted } from './ticket.ts'

/** A strategy with what it was told. */
export interface ChosenStrategy {
  readonly strategy: Strategy
  readonly options: unknown
  /** What would have to be loaded stands behind what is loaded, whatever the strategy says. Inside a lane only: which lane answers was decided before. */
  readonly isWarmFirst: boolean
}

/** Returns a permutation of `candidates`, best first. */
export function orderCandidates(candidates: readonly Deployment[], chosen: ChosenStrategy, situation: Situation): Ranked[] {
  if (candidates.length < 2) return candidates.length === 0 ? [] : [...chosen.strategy.order(candidates, situation, chosen.options)]
  const tiers = new Map<number, Deployment[]>()
  for (const deployment of candidates) {
    const tier = tiers.get(deployment.priority)
    if (tier) tier.push(deployment)
    else tiers.set(deployment.priority, [deployment])
  }
  const priorities = [...tiers.keys()].sort((a, b) => a - b)
  const ranked = priorities.flatMap((priority) => orderTier(tiers.get(priority) ?? [], chosen, situation))
  if (!chosen.isWarmFirst) return ranked
  // Over all priorities: "route to warm provider even if not optimal" (seed 003).
  const isWarm = ({ deployment }: Ranked) => stateOf(situation, deployment).loaded !== false
  return [...ranked.filter(isWarm), ...ranked.filter((each) => !isWarm(each))]
}

/**
 * The strategy of a lane: the model's own, else the catalog's. Weights inside the lane are an order of their own where nobody chose another
 * strategy than the default.
 */
export function strategyFor(model: Model, catalog: Catalog, candidates: readonly Deployment[]): Strategy {
  const chosen = findStrategy(model.strategy ?? catalog.strategy) ?? defaultStrategy
  if (model.strategy !== null || chosen !== defaultStrategy) return chosen
  return candidates.some((deployment) => deployment.weight !== null) ? weightStrategy : chosen
}

/** With the options of the configuration; the first request of a session may prefer what is loaded. */
export function chosenStrategy(
  model: Model,
  { catalog, facts }: { readonly catalog: Catalog; readonly facts: RequestFacts },
  candidates: readonly Deployment[],
): ChosenStrategy {
  const strategy = strategyFor(model, catalog, candidates)
  const options = catalog.rules.strategyOptions.get(strategy.name) ?? defaultOptions(strategy)
  return { strategy, options, isWarmFirst: catalog.rules.prefersWarm && facts.startsSession }
}

/**
 * How often a degraded deployment takes part so that it gets what `factor` times its weight would (seed 003: "reduce weight by 50 %"): of two
 * equal ones a third, where it would be a quarter if it stood back every other time.
 */
function partOfLesserWeight({ weight }: Deployment, tier: readonly Deployment[], factor: number): number {
  const own = weight ?? 1
  const all = tier.reduce((sum, each) => sum + (each.weight ?? 1), 0)
  const less = all - own + factor * own
  return less > 0 ? Math.min(1, (factor * all) / less) : 1
}

/** A ramping deployment takes part with the probability of its ramp share, so that no strategy gives it more than that part of its usual share. */
function orderTier(tier: readonly Deployment[], { strategy, options }: ChosenStrategy, situation: Situation): Ranked[] {
  const takesPart: Deployment[] = []
  const standsBack: Deployment[] = []
  let ticket = situation.strategyChance
  for (const deployment of tier) {
    const { health, rampShare } = stateOf(situation, deployment)
    if (rampShare >= 1 || (health !== 'ramping' && health !== 'healthy')) {
      takesPart.push(deployment)
      continue
    }
    const part = health === 'ramping' ? rampShare : partOfLesserWeight(deployment, tier, rampShare)
    const pick = pickWeighted([part, 1 - part], ticket)
    ticket = pick.rest
    if (pick.index === 0) takesPart.push(deployment)
    else standsBack.push(deployment)
  }
  const rested = ticket === situation.strategyChance ? situation : { ...situation, strategyChance: ticket }
  const order = (group: readonly Deployment[]) => (group.length === 0 ? [] : strategy.order(group, rested, options))
  return [...order(takesPart), ...order(standsBack)]
}
