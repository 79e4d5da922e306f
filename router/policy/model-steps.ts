/** The steps that one model's eligible deployments give, from the chosen lane to the other. Every deployment ends as a step or as an exclusion. */
import type { Deployment, Lane } from '../core/deployment.ts'
import type { Exclusion, Hold, PlanStep, Situation } from '../core/plan.ts'
import type { Reason } from '../core/split.ts'
import { type Availability, availabilityOf } from './availability.ts'
import { type ChosenStrategy, orderCandidates } from './order.ts'

export interface ModelStepsInput {
  readonly eligible: readonly Deployment[]
  readonly situation: Situation
  readonly lane: Lane
  readonly isOneGroup: boolean
  /** Why this lane: the reason of its steps. */
  readonly reason: Reason
  readonly hold: Hold | null
  /** Why the held deployment was not eligible, where it was not. */
  readonly heldExclusion: Exclusion | null
  readonly noFallback: boolean
  readonly strategyOf: (candidates: readonly Deployment[]) => ChosenStrategy
}

export interface ModelSteps {
  readonly steps: readonly PlanStep[]
  readonly excluded: readonly Exclusion[]
  /** The one to try when nothing else is left: kept out by health alone. It is among `excluded`. */
  readonly panic: Exclusion | null
}

/** Orders one model's deployments. Fallback off keeps the other lane out; one that is on trial leads as a canary only with another one behind it. */
export function modelSteps(input: ModelStepsInput): ModelSteps {
  const { eligible, situation, lane, isOneGroup, hold } = input
  const excluded: Exclusion[] = []
  const inLane: Availability[] = []
  const beyond: Availability[] = []
  for (const deployment of eligible)
    if (isOneGroup || deployment.lane === lane) inLane.push(availabilityOf(deployment, situation))
    else if (situation.split.fallback) beyond.push(availabilityOf(deployment, situation))
    else excluded.push({ deployment, reason: 'lane', detail: `the request belongs to the ${lane} lane (${input.reason}), and Fallback is off` })

  const all = [...inLane, ...beyond]
  const hasReady = all.some((each) => each.kind === 'ready')
  const canaries = hasReady && hold === null && !input.noFallback ? inLane.filter((each) => each.kind === 'canary') : []
  const canary = canaries[0] ?? null
  for (const each of all) if (each.kind !== 'ready' && each !== canary) excluded.push(each.exclusion)

  const cause = causeOf(input, inLane)
  const lead = inReadyOrder(inLane, input)
  const heldIndex = hold === null ? -1 : lead.findIndex((step) => step.deployment.name === hold.deployment)
  const held = heldIndex === -1 ? [] : lead.splice(heldIndex, 1)
  const steps: PlanStep[] = held.map((step) => ({ ...step, reason: input.reason }))
  if (canary) steps.push({ deployment: canary.deployment, reason: input.reason, detail: `canary: ${canary.exclusion.detail}`, score: null })
  const isHoldReason = input.reason === 'held' || input.reason === 'failed-over'
  for (const step of lead) {
    const reason = !isHoldReason ? input.reason : steps.length > 0 ? 'fallback' : (cause?.reason ?? 'held')
    steps.push({ ...step, reason })
  }
  for (const step of inReadyOrder(beyond, input))
    steps.push(steps.length > 0 ? { ...step, reason: 'fallback' } : { ...step, reason: cause?.reason ?? 'fallback' })
  return { steps, excluded, panic: steps.length > 0 ? null : panicOf(all, input) }
}

/** Idle ones first, then those that would queue, each by priority and strategy. */
function inReadyOrder(group: readonly Availability[], input: ModelStepsInput): PlanStep[] {
  const waits = new Map<Deployment, string>()
  const idle: Deployment[] = []
  for (const each of group)
    if (each.kind === 'ready') {
      if (each.waits === null) idle.push(each.deployment)
      else waits.set(each.deployment, each.waits)
    }
  const order = (candidates: readonly Deployment[]) => orderCandidates(candidates, input.strategyOf(candidates), input.situation)
  return [...order(idle), ...order([...waits.keys()])].map(({ deployment, score, detail }) => {
    const parts = [detail, waits.get(deployment)].filter((part) => part !== null && part !== undefined)
    return { deployment, reason: input.reason, detail: parts.length > 0 ? parts.join('; ') : null, score }
  })
}

/** Why the first choice is not taken: what keeps the held deployment away, else what keeps the lane away. */
function causeOf(input: ModelStepsInput, inLane: readonly Availability[]): Exclusion | null {
  if (input.heldExclusion) return input.heldExclusion
  const exclusions = inLane.flatMap((each) => (each.kind === 'ready' ? [] : [each.exclusion]))
  return exclusions.find((exclusion) => exclusion.deployment.name === input.hold?.deployment) ?? exclusions[0] ?? null
}

/** Of those that only health keeps out: the held one, else one on trial, else one of the chosen lane, else the first in rank. */
function panicOf(all: readonly Availability[], input: ModelStepsInput): Exclusion | null {
  const rank = (each: Availability) => {
    const isHeld = each.deployment.name === input.hold?.deployment
    const isOnTrial = input.situation.deployments.get(each.deployment.name)?.health === 'on-trial'
    return (isHeld ? 0 : 4) + (isOnTrial ? 0 : 2) + (each.deployment.lane === input.lane ? 0 : 1)
  }
  let best: Exclude<Availability, { kind: 'ready' }> | null = null
  for (const each of all) {
    if (each.kind === 'ready' || (each.kind === 'away' && !each.mayPanic)) continue
    const difference = best === null ? -1 : rank(each) - rank(best) || each.deployment.priority - best.deployment.priority
    if (difference < 0) best = each
  }
  return best?.exclusion ?? null
}
