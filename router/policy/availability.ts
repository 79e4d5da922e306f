/** Which eligible deployments can answer now. What cannot has a reason with numbers; being busy only orders, because there is a queue. */
import type { Deployment } from '../core/deployment.ts'
import type { DeploymentState, Exclusion, Situation } from '../core/plan.ts'
import { stateOf } from './state.ts'

export type Availability =
  /** `waits` = every slot is taken: it goes behind the idle ones of its lane and queues. */
  | { readonly kind: 'ready'; readonly deployment: Deployment; readonly waits: string | null }
  /** Could answer, and is asked only where nobody else can: a guard keeps it back. */
  | { readonly kind: 'held-back'; readonly deployment: Deployment; readonly exclusion: Exclusion }
  /** On trial, and one live request may be its canary if another deployment is left. */
  | { readonly kind: 'canary'; readonly deployment: Deployment; readonly exclusion: Exclusion }
  /** `mayPanic` = kept out by health or memory: the last one left is tried all the same. */
  | { readonly kind: 'away'; readonly deployment: Deployment; readonly exclusion: Exclusion; readonly mayPanic: boolean }

/** How a deployment stands, first reason that applies: credential, model unknown, limited, health, memory, budget, heat. */
export function availabilityOf(deployment: Deployment, situation: Situation): Availability {
  const state = stateOf(situation, deployment)
  if (state.credentialOutForMs > 0) {
    const detail = `its credential was rejected or has no quota left, next look in ${duration(state.credentialOutForMs)}`
    return { kind: 'away', deployment, exclusion: { deployment, reason: 'credential', detail: withDetail(detail, state) }, mayPanic: false }
  }
  if (state.modelUnknownForMs > 0) {
    const detail = `${deployment.provider} says that it has no model ${deployment.upstreamModel}, next look in ${duration(state.modelUnknownForMs)}`
    return { kind: 'away', deployment, exclusion: { deployment, reason: 'model-unknown', detail }, mayPanic: false }
  }
  if (state.limitedForMs > 0) {
    const detail = `rate limited for another ${duration(state.limitedForMs)}`
    return { kind: 'away', deployment, exclusion: { deployment, reason: 'limited', detail }, mayPanic: false }
  }
  // Without Fallback nobody else could answer instead: used up is used up.
  if (state.overBudget != null && !situation.split.fallback)
    return { kind: 'away', deployment, exclusion: { deployment, reason: 'budget', detail: state.overBudget }, mayPanic: false }
  switch (state.health) {
    case 'out':
      if (state.isOffline)
        return {
          kind: 'away',
          deployment,
          exclusion: { deployment, reason: 'offline', detail: state.detail ?? 'this machine is offline' },
          mayPanic: false,
        }
      return { kind: 'away', deployment, exclusion: { deployment, reason: 'out', detail: state.detail ?? 'out after failures' }, mayPanic: true }
    case 'on-trial': {
      const exclusion: Exclusion = { deployment, reason: 'out', detail: withDetail('on trial after an outage', state) }
      return state.acceptsCanary ? { kind: 'canary', deployment, exclusion } : { kind: 'away', deployment, exclusion, mayPanic: true }
    }
    case 'healthy':
    case 'ramping':
      if (state.memoryRefusal != null)
        return { kind: 'away', deployment, exclusion: { deployment, reason: 'memory', detail: state.memoryRefusal }, mayPanic: true }
      if (state.overBudget != null) return { kind: 'held-back', deployment, exclusion: { deployment, reason: 'budget', detail: state.overBudget } }
      if (situation.guard?.reason === 'thermal' && state.loaded === false && situation.split.fallback)
        return {
          kind: 'held-back',
          deployment,
          exclusion: { deployment, reason: 'thermal', detail: `not loaded, and nothing is loaded while ${situation.guard.detail}` },
        }
      return { kind: 'ready', deployment, waits: state.inFlight >= deployment.maxInFlight ? `all ${deployment.maxInFlight} slots are taken` : null }
  }
}

/** Milliseconds in words: `850 ms`, `12 s`, `4 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)} ms`
  if (ms < 120_000) return `${Math.ceil(ms / 1000)} s`
  return `${Math.ceil(ms / 60_000)} min`
}

function withDetail(text: string, state: DeploymentState): string {
  return state.detail === null ? text : `${text} (${state.detail})`
}
