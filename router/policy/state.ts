/** How a deployment stands in a situation; one that nothing is known of counts as healthy and idle. */
import type { Deployment } from '../core/deployment.ts'
import type { DeploymentState, Lookup, Situation } from '../core/plan.ts'

/** Nothing is known of it, or all is well. */
export const healthyState: DeploymentState = {
  health: 'healthy',
  rampShare: 1,
  acceptsCanary: false,
  detail: null,
  limitedForMs: 0,
  credentialOutForMs: 0,
  modelUnknownForMs: 0,
  inFlight: 0,
  firstOutputMs: null,
  loaded: null,
  usage: null,
}

/** The state of a deployment. A model that is asked for by `name@provider` without being listed has none yet. */
export function stateOf(situation: Situation, deployment: Deployment): DeploymentState {
  return situation.deployments.get(deployment.name) ?? healthyState
}

/** The same situation with every state read once: a look-up may be a live one, and a decision sees one state of each deployment. */
export function withStatesReadOnce(situation: Situation): Situation {
  const read = new Map<string, DeploymentState>()
  const deployments: Lookup<DeploymentState> = {
    get(name) {
      const known = read.get(name)
      if (known) return known
      const state = situation.deployments.get(name)
      if (state) read.set(name, state)
      return state
    },
  }
  return { ...situation, deployments }
}
