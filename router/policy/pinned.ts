/** The plan of a test: one named deployment answers, or nobody does. What is set (a lock, a switch) holds for it too; how the deployment stands does not, that is what the test finds out. */
import type { Deployment, Model } from '../core/deployment.ts'
import type { Plan, RequestFacts, Situation } from '../core/plan.ts'
import { judgeEligibility } from './eligibility.ts'
import { locksOf } from './locks.ts'
import { refusalOf } from './refusal.ts'

export interface PinnedInput {
  readonly facts: RequestFacts
  readonly situation: Situation
  /** The model that the deployment serves; undefined where the catalog has none of that name. */
  readonly model: Model | undefined
}

/** Nothing is drawn, held or booked, and nothing follows the one step. */
export function pinnedPlan(deployment: Deployment, { facts, situation, model }: PinnedInput): Plan {
  const locks = model ? locksOf(situation, model) : locksOf(situation)
  const { eligible, excluded } = judgeEligibility([deployment], { facts, locks, lane: null, provider: null, held: null })
  return {
    model: deployment.model,
    route: { kind: 'exact', rule: deployment.name, source: deployment.source },
    draw: null,
    steps: eligible.map((each) => ({ deployment: each, reason: 'asked', detail: null, score: null })),
    excluded,
    booking: null,
    keepsSession: false,
    mayFallBack: false,
    localOnly: locks.some(({ lane }) => lane === 'local'),
    retry: null,
    refusal: eligible.length > 0 ? null : refusalOf({ model: deployment.model, facts, excluded, situation, locks }),
  }
}
