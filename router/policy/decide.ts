/** The decision: facts, catalog and situation in, plan out. Pure: live requests, explain, replay and tests call the same function. */
import type { Catalog } from '../core/catalog.ts'
import type { Deployment, Model } from '../core/deployment.ts'
import type { Exclusion, Plan, PlanStep, RequestFacts, Situation } from '../core/plan.ts'
import type { Reason } from '../core/split.ts'
import { type EligibilityRules, judgeEligibility } from './eligibility.ts'
import { chooseLane, hardHeldDeployment, type LaneChoice, otherLane, preferredLane } from './lane-choice.ts'
import { type LockRule, locksOf } from './locks.ts'
import { linkFollows } from './match-rule.ts'
import { type ModelSteps, modelSteps } from './model-steps.ts'
import { chosenStrategy } from './order.ts'
import { refusalOf } from './refusal.ts'
import { type Resolved, resolveModel } from './resolve.ts'
import { placesOfLink } from './rule-places.ts'
import { type EffectiveShare, shareFor } from './split.ts'
import { withStatesReadOnce } from './state.ts'

export interface DecideInput {
  readonly facts: RequestFacts
  readonly catalog: Catalog
  readonly situation: Situation
}

/** Resolves the model of a request and decides it. Throws `model-not-found` (or `invalid-request` without any model name). */
export const decide = (input: DecideInput): Plan => decideResolved(resolveModel(input.facts, input.catalog, input.situation), input)

/**
 * Decides one request whose model is resolved. Everything is a plan, an impossible request included: `steps` is then empty and `refusal` says
 * why. The caller books `booking` in the same tick. A refused draw is not booked.
 */
export function decideResolved(resolved: Resolved, { facts, catalog, situation: live }: DecideInput): Plan {
  const situation = withStatesReadOnce(live)
  const { model } = resolved
  const share = shareFor(model, catalog, situation)
  const locks = locksOf(situation, model)
  const held = hardHeldDeployment(facts, situation)
  const eligibility = judgeEligibility(model.deployments, { facts, locks, lane: resolved.lane, provider: resolved.provider, held })
  const choice = chooseLane({ facts, situation, resolved, share, eligibility })
  const context: PlanContext = { facts, catalog, situation, resolved, locks, share, choice }

  const own = choice.lane === null ? null : ownSteps(context, eligibility)
  const steps: PlanStep[] = own ? [...own.steps] : []
  const excluded: Exclusion[] = [...eligibility.excluded, ...(own?.excluded ?? [])]
  const heldBack: PlanStep[] = [...(own?.heldBack ?? [])]
  let panic = own?.panic ?? null
  /** Behind those that are there; the first of all says why it is. */
  const follow = (step: PlanStep, reasonAsFirst: () => Reason) => {
    if (isNeverOpen(step, steps))
      excluded.push({ deployment: step.deployment, reason: 'route', detail: `${step.detail}, and nothing of it is asked` })
    else steps.push({ ...step, reason: steps.length > 0 ? 'fallback' : reasonAsFirst() })
  }
  for (const next of [...chainSteps(context), ...fallbackSteps(context)]) {
    for (const step of next.steps) follow(step, () => reasonToLeave(excluded))
    excluded.push(...next.excluded)
    heldBack.push(...next.heldBack)
    panic ??= own === null || own.steps.length === 0 ? next.panic : null
  }
  for (const step of heldBack) follow(step, () => step.reason)
  if (panic && (own?.panic || steps.length === 0)) {
    steps.push({ deployment: panic.deployment, reason: 'panic', detail: panic.detail, score: null })
    excluded.splice(excluded.indexOf(panic), 1)
  }
  leadWithHeld(steps, choice)
  const refusal = steps.length > 0 ? null : refusalOf({ model: model.name, facts, excluded, situation, locks })
  return {
    model: model.name,
    route: resolved.route,
    draw: choice.draw,
    steps,
    excluded,
    booking: refusal ? null : choice.booking,
    keepsSession: facts.session !== null,
    mayFallBack: !facts.noFallback,
    localOnly: locks.some(({ lane }) => lane === 'local'),
    retry: retryOf(resolved, catalog),
    refusal,
  }
}

/** The chain's own words, then those of the configuration; null = nobody said anything. */
function retryOf({ chain }: Resolved, { attempts }: Catalog): Plan['retry'] {
  if (chain === null && attempts === null) return null
  return { attempts: chain?.attempts ?? attempts, delayMs: chain?.delayMs ?? null }
}

interface PlanContext extends DecideInput {
  readonly resolved: Resolved
  readonly locks: readonly LockRule[]
  readonly share: EffectiveShare
  readonly choice: LaneChoice
}

function ownSteps({ facts, catalog, situation, resolved, choice }: PlanContext, eligibility: ReturnType<typeof judgeEligibility>): ModelSteps {
  const { model } = resolved
  return modelSteps({
    eligible: eligibility.eligible,
    situation,
    lane: choice.lane ?? 'local',
    isOneGroup: choice.isOneGroup,
    reason: choice.reason,
    hold: choice.hold,
    heldExclusion: eligibility.excluded.find((exclusion) => exclusion.deployment.name === choice.hold?.deployment) ?? null,
    noFallback: facts.noFallback,
    strategyOf: (candidates) => chosenStrategy(model, { catalog, facts }, candidates),
  })
}

/**
 * The places of the chain, one link after the other. A link asks "is X unavailable" when it is reached: what stands before it in this very plan
 * has failed by then. A link whose condition does not hold is left out, and says so.
 */
function chainSteps(context: PlanContext): ModelSteps[] {
  const { facts, catalog, situation, resolved, locks, choice } = context
  if (resolved.chain === null || facts.noFallback || facts.needs.embeddings) return []
  const before = new Set(resolved.model.deployments.map(({ provider }) => provider))
  const seen = new Set(resolved.model.deployments.map(({ name }) => name))
  const planned = [...resolved.model.deployments]
  const rules = { facts, locks, lane: resolved.lane, provider: null, held: null }
  const { asked } = resolved
  const { name } = resolved.chain
  return resolved.chain.links.flatMap((link): ModelSteps[] => {
    const fresh = placesOfLink(link, asked, catalog).filter((deployment) => !seen.has(deployment.name))
    const places = asked === null && link.model === null ? oneOf(fresh, rules) : fresh
    for (const deployment of places) seen.add(deployment.name)
    planned.push(...places)
    const follows =
      link.condition === null ? 'yes' : linkFollows(link.condition, { facts, model: asked, catalog, situation, planned, failedBefore: before })
    if (follows === 'no') {
      const detail = `chain ${name}: ${link.condition?.text} does not hold (${link.source})`
      return [{ steps: [], heldBack: [], panic: null, excluded: places.map((deployment) => ({ deployment, reason: 'route', detail })) }]
    }
    // One that was left out has not failed.
    if (places.length > 0) before.add(link.provider)
    const model = { ...resolved.model, deployments: places, strategy: null }
    const following = followingSteps(context, model, { rules, isOneGroup: choice.draw === null, label: `chain ${name}` })
    return [follows === 'yes' ? following : onlyAfterLimitOf(following, follows)]
  })
}

/** Nothing before it can answer with the rate limit that it waits for. */
function isNeverOpen({ onlyAfterLimitOf: providers }: PlanStep, before: readonly PlanStep[]): boolean {
  return providers !== undefined && !before.some(({ deployment }) => providers.includes(deployment.provider))
}

/** The plan holds the steps, and the execution takes them only then. None is the one to try when nothing else is left: nothing was limited. */
function onlyAfterLimitOf({ steps, heldBack, excluded }: ModelSteps, providers: readonly string[]): ModelSteps {
  const condition = `only after a rate limit of ${providers.join(' or ')}`
  const conditional = (step: PlanStep): PlanStep => ({
    ...step,
    detail: step.detail === null ? condition : `${step.detail}; ${condition}`,
    onlyAfterLimitOf: providers,
  })
  return { steps: steps.map(conditional), heldBack: heldBack.map(conditional), excluded, panic: null }
}

/** Of places that nobody named: the first that can serve the request, else the first, which then says why it cannot. */
function oneOf(places: readonly Deployment[], rules: EligibilityRules): readonly Deployment[] {
  return [...judgeEligibility(places, rules).eligible, ...places].slice(0, 1)
}

/**
 * The deployments of the models that follow when all of this one fail, one level deep. None where the caller named a provider or forbids
 * fallbacks, and none for embeddings: vectors of two models do not mix.
 */
function fallbackSteps(context: PlanContext): ModelSteps[] {
  const { facts, catalog, situation, resolved } = context
  if (resolved.model.fallbacks.length === 0) return []
  if (facts.noFallback || resolved.provider !== null || facts.needs.embeddings) return []
  const seen = new Set(resolved.model.deployments.map((deployment) => deployment.name))
  return resolved.model.fallbacks.flatMap((name) => {
    const model = catalog.modelsByName.get(name)
    if (!model) return []
    const fresh = model.deployments.filter((deployment) => !seen.has(deployment.name))
    for (const deployment of fresh) seen.add(deployment.name)
    return [
      followingSteps(
        context,
        { ...model, deployments: fresh },
        {
          rules: { facts, locks: locksOf(situation, resolved.model, model), lane: resolved.lane, provider: null, held: null },
          isOneGroup: false,
          label: `fallback model ${model.name}`,
        },
      ),
    ]
  })
}

interface Following {
  readonly rules: EligibilityRules
  /** Lanes do not matter: the order was written down. */
  readonly isOneGroup: boolean
  readonly label: string
}

function followingSteps(context: PlanContext, model: Model, { rules, isOneGroup, label }: Following): ModelSteps {
  const { facts, catalog, situation, share, choice } = context
  const { eligible, excluded } = judgeEligibility(model.deployments, rules)
  const preferred = choice.lane ?? preferredLane(share)
  // Without a lane of its own the request takes the only one that this model has, whatever Fallback says.
  const lane = choice.lane !== null || eligible.some((deployment) => deployment.lane === preferred) ? preferred : otherLane(preferred)
  const result = modelSteps({
    eligible,
    situation,
    lane,
    isOneGroup,
    reason: 'fallback',
    hold: null,
    heldExclusion: null,
    noFallback: facts.noFallback,
    strategyOf: (candidates) => chosenStrategy(model, { catalog, facts }, candidates),
  })
  const labelled = (step: PlanStep): PlanStep => ({
    ...step,
    reason: 'fallback',
    detail: step.detail === null ? label : `${label}; ${step.detail}`,
  })
  return {
    steps: result.steps.map(labelled),
    heldBack: result.heldBack.map(labelled),
    excluded: [...excluded, ...result.excluded],
    panic: result.panic,
  }
}

/** A session that failed over to another model stays there too: that step comes to the front. */
function leadWithHeld(steps: PlanStep[], { hold }: LaneChoice): void {
  const index = hold === null ? -1 : steps.findIndex((step) => step.deployment.name === hold.deployment && step.reason === 'fallback')
  if (index > 0) for (const { onlyAfterLimitOf: _, ...step } of steps.splice(index, 1)) steps.unshift({ ...step, reason: 'failed-over' })
}

/** Why the model itself does not answer: the reason of the first step when that is another model's. */
function reasonToLeave(excluded: readonly Exclusion[]): Reason {
  const telling: readonly Reason[] = [
    'context',
    'feature',
    'offline',
    'budget',
    'memory',
    'out',
    'limited',
    'credential',
    'model-unknown',
    'lock',
    'override',
    'lane',
    'disabled',
  ]
  return telling.find((reason) => excluded.some((exclusion) => exclusion.reason === reason)) ?? 'fallback'
}
