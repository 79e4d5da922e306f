/** What part of a model's new work each deployment gets now, for people to look at: share, weights, ramps, locks and health applied. */
import type { Catalog } from '../core/catalog.ts'
import type { Deployment, Lane, Model } from '../core/deployment.ts'
import type { Situation } from '../core/plan.ts'
import { availabilityOf } from './availability.ts'
import { judgeEligibility } from './eligibility.ts'
import { locksOf } from './locks.ts'
import { effectiveShare } from './split.ts'
import { stateOf } from './state.ts'

/** Facts of a request that asks for nothing: only what is set and how it stands decides. */
const plainFacts = {
  model: null,
  stream: false,
  promptTokens: 0,
  maxOutputTokens: null,
  needs: { tools: false, vision: false, json: false, embeddings: false, many: false },
  inToolLoop: false,
  startsSession: true,
  session: null,
  askedLane: null,
  askedProvider: null,
  noFallback: false,
  capability: null,
  answers: 1,
  prompt: null,
  headers: {},
} as const

/**
 * 0–1 by deployment name, every deployment of the model included; they add up to 1 unless nothing can answer. What is left out gives its part
 * to the others of its lane; a lane without any gives its part to the other lane if Fallback is on. Inside a lane the first priority that is
 * there gets all, by weight (1 where none is set); a strategy other than by weight decides per request, so this is its long-run expectation only.
 */
export function effectiveWeights(model: Model, catalog: Catalog, situation: Situation): ReadonlyMap<string, number> {
  const weights = new Map(model.deployments.map((deployment) => [deployment.name, 0]))
  const { split } = situation
  const { eligible } = judgeEligibility(model.deployments, {
    facts: plainFacts,
    locks: locksOf({ split, key: null }, model),
    lane: null,
    provider: null,
    held: null,
  })
  const { remoteShare } = effectiveShare(model, catalog, split)
  const inLane = (lane: Lane) => eligible.filter((deployment) => deployment.lane === lane)
  const isFree = inLane('local').length > 0 && inLane('remote').length > 0
  const ready = { local: readyOf(inLane('local'), situation), remote: readyOf(inLane('remote'), situation) }
  const mayMove = split.fallback || !isFree
  const part = { local: isFree ? 1 - remoteShare : 1, remote: isFree ? remoteShare : 1 }
  if (mayMove && isFree) {
    if (ready.local.length === 0) Object.assign(part, { local: 0, remote: 1 })
    else if (ready.remote.length === 0) Object.assign(part, { local: 1, remote: 0 })
  }
  for (const lane of ['local', 'remote'] as const) {
    const parts = ready[lane].map((deployment) => (deployment.weight ?? 1) * stateOf(situation, deployment).rampShare)
    const total = parts.reduce((sum, each) => sum + each, 0)
    ready[lane].forEach((deployment, index) => {
      weights.set(deployment.name, total > 0 ? (part[lane] * (parts[index] as number)) / total : part[lane] / parts.length)
    })
  }
  return weights
}

/** Those of the first priority that can answer now. */
function readyOf(deployments: readonly Deployment[], situation: Situation): Deployment[] {
  const ready = deployments.filter((deployment) => availabilityOf(deployment, situation).kind === 'ready')
  const first = Math.min(...ready.map((deployment) => deployment.priority))
  return ready.filter((deployment) => deployment.priority === first)
}
