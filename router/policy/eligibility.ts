/** Which deployments can serve a request at all, whatever state they are in. Everything left out has a reason and a detail in words and numbers. */
import type { Deployment, Features, Lane } from '../core/deployment.ts'
import type { Exclusion, RequestFacts } from '../core/plan.ts'
import { type LockRule, lockedOut } from './locks.ts'

export interface EligibilityRules {
  readonly facts: RequestFacts
  readonly locks: readonly LockRule[]
  readonly lane: Lane | null
  readonly provider: string | null
  /** A deployment that a hard hold keeps: what the request asks for (lane, provider) does not move it; a lock does. */
  readonly held: string | null
}

export interface Eligibility {
  readonly eligible: readonly Deployment[]
  readonly excluded: readonly Exclusion[]
}

/** Splits deployments into eligible ones and exclusions; together they are the input, in its order. */
export function judgeEligibility(deployments: readonly Deployment[], rules: EligibilityRules): Eligibility {
  const eligible: Deployment[] = []
  const excluded: Exclusion[] = []
  for (const deployment of deployments) {
    const exclusion = exclusionOf(deployment, rules)
    if (exclusion) excluded.push(exclusion)
    else eligible.push(deployment)
  }
  return rules.facts.needs.embeddings ? withoutMixedVectors(eligible, excluded) : { eligible, excluded }
}

function exclusionOf(deployment: Deployment, rules: EligibilityRules): Exclusion | null {
  const { facts, locks, lane, provider, held } = rules
  if (deployment.disabled !== null) return { deployment, reason: 'disabled', detail: deployment.disabled }
  const locked = lockedOut(deployment, locks)
  if (locked !== null) return { deployment, reason: locked.lock.reason, detail: locked.detail }
  if (deployment.name !== held) {
    if (provider !== null && deployment.provider !== provider)
      return { deployment, reason: 'route', detail: `the request names provider ${provider}, this one is at ${deployment.provider}` }
    if (lane !== null && deployment.lane !== lane)
      return { deployment, reason: 'lane', detail: `the request asks for the ${lane} lane, this one is ${deployment.lane}` }
  }
  if (facts.needs.many && givesOneAnswer(deployment))
    return { deployment, reason: 'feature', detail: 'the request wants several answers (n above 1), and the local engine gives one' }
  const missing = missingFeature(deployment.features, facts)
  if (missing !== null) return { deployment, reason: 'feature', detail: `the request needs ${missing}, and this deployment is declared without it` }
  if (deployment.context !== null && leastTokens(facts.promptTokens) + 1 > deployment.context)
    return {
      deployment,
      reason: 'context',
      detail: `about ${facts.promptTokens} prompt tokens do not fit a context of ${deployment.context}`,
    }
  return null
}

/**
 * The estimate is four characters a token; text of one short word over and over has half as many tokens. Only what cannot fit is left out here:
 * what is close to the limit is counted by the place itself, and goes on to a larger context if that says no.
 */
function leastTokens(estimate: number): number {
  return Math.ceil(estimate / 2)
}

/** The engine answers once per request; what other places can do is for them to say. */
export function givesOneAnswer(deployment: Deployment): boolean {
  return deployment.address === 'engine'
}

/** The first feature that is needed and declared absent. What is not known (null) is not held against a deployment. */
function missingFeature(features: Features, facts: RequestFacts): string | null {
  if (facts.needs.tools && features.tools === false) return 'tools'
  if (facts.needs.vision && features.vision === false) return 'vision'
  if (facts.needs.json && features.json === false) return 'json'
  if (facts.needs.embeddings && features.embeddings === false) return 'embeddings'
  return null
}

/**
 * Vectors of two models do not mix: embeddings cross lanes only where both sides declare the same embedding model, by the same upstream name
 * or by `features: [embeddings]` on each. Otherwise they stay in the lane of the deployment that is listed first, in any state of health.
 */
function withoutMixedVectors(eligible: readonly Deployment[], excluded: Exclusion[]): Eligibility {
  const home = eligible[0]
  if (!home) return { eligible, excluded }
  const kept: Deployment[] = []
  for (const deployment of eligible) {
    const isDeclared = deployment.features.embeddings === true && home.features.embeddings === true
    if (deployment.lane === home.lane || isDeclared || deployment.upstreamModel === home.upstreamModel) kept.push(deployment)
    else
      excluded.push({
        deployment,
        reason: 'feature',
        detail: `embeddings stay with ${home.name}: it is not declared that ${deployment.upstreamModel} is the same embedding model`,
      })
  }
  return { eligible: kept, excluded }
}
