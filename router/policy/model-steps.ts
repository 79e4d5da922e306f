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
  /** Kept back by a guard: they come after everybody else who can answer. */
  readonly heldBack: readonly PlanStep[]
  /** The one to try when nothing else is left: kept out by health or memory. It is among `excluded`. */
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

  const all = beyond.length === 0 ? inLane : [...inLane, ...beyond]
  const maySendCanary = hold === null && !input.noFallback && all.some(isReady)
  const canary = maySendCanary ? (inLane.find((each) => each.kind === 'canary') ?? null) : null
  const heldBack: PlanStep[] = []
  for (const each of all)
    if (each.kind === 'held-back') heldBack.push({ deployment: each.deployment, reason: input.reason, detail: each.exclusion.detail, score: null })
    else if (each.kind !== 'ready' && each !== canary) excluded.push(each.exclusion)

  const lead = inReadyOrder(inLane, input)
  const heldIndex = hold === null ? -1 : lead.findIndex((step) => step.deployment.name === hold.deployment)
  const steps: PlanStep[] = heldIndex === -1 ? [] : lead.splice(heldIndex, 1)
  if (canary) steps.push({ deployment: canary.deployment, reason: input.reason, detail: `canary: ${canary.exclusion.detail}`, score: null })
  const isHoldReason = input.reason === 'held' || input.reason === 'failed-over'
  for (const step of lead)
    if (isHoldReason) steps.push({ ...step, reason: steps.length > 0 ? 'fallback' : (causeOf(input, inLane)?.reason ?? 'held') })
    else steps.push(step)
  for (const step of inReadyOrder(beyond, input))
    steps.push({ ...step, reason: steps.length > 0 ? 'fallback' : (causeOf(input, inLane)?.reason ?? 'fallback') })
  return { steps, excluded, heldBack, panic: steps.length > 0 ? null : panicOf(all, input) }
}

type Ready = Extract<Availability, { kind: 'ready' }>
const isReady = (each: Availability): each is Ready => each.kind === 'ready'

/** Idle ones first, then those that would queue, each by priority and strategy. */
function inReadyOrder(group: readonly Availability[], input: ModelStepsInput): PlanStep[] {
  const ready = group.filter(isReady)
  if (ready.every((each) => each.waits === null)) return inOrder(ready, input)
  const idle = ready.filter((each) => each.waits === null)
  const waiting = ready.filter((each) => each.waits !== null)
  return [...inOrder(idle, input), ...inOrder(waiting, input)]
}

function inOrder(group: readonly Ready[], input: ModelStepsInput): PlanStep[] {
  if (group.length === 0) return []
  const candidates = group.map((each) => each.deployment)
  return orderCandidates(candidates, input.strategyOf(candidates), input.situation).map(({ deployment, score, detail }) => {
    const waits = group.find((each) => each.deployment === deployment)?.waits ?? null
    return { deployment, reason: input.reason, detail: detail !== null && waits !== null ? `${detail}; ${waits}` : (detail ?? waits), score }
  })
}

/** Why the first choice is not taken: what keeps the held deployment away, else what keeps the lane away. */
function causeOf(input: ModelStepsInput, inLane: readonly Availability[]): Exclusion | null {
  if (input.heldExclusion) return input.heldExclusion
  let first: Exclusion | null = null
  for (const each of inLane) {
    if (each.kind === 'ready') continue
    if (each.deployment.name === input.hold?.deployment) return each.exclusion
    first ??= each.exclusion
  }
  return first
}

/** Of those that may be tried all the same: the held one, else one on trial, else one of the chosen lane, else the first in rank. */
function panicOf(all: readonly Availability[], input: ModelStepsInput): Exclusion | null {
  const rank = (each: Availability) => {
    const isHeld = each.deployment.name === input.hold?.deployment
    const isOnTrial = input.situation.deployments.get(each.deployment.name)?.health === 'on-trial'
    return (isHeld ? 0 : 4) + (isOnTrial ? 0 : 2) + (each.deployment.lane === input.lane ? 0 : 1)
  }
  let best: Exclude<Availability, { kind: 'ready' | 'held-back' }> | null = null
  for (const each of all) {
    if (each.kind === 'ready' || each.kind === 'held-back' || (each.kind === 'away' && !each.mayPanic)) continue
    const difference = best === null ? -1 : rank(each) - rank(best) || each.deployment.priority - best.deployment.priority
    if (difference < 0) best = each
  }
  return best?.exclusion ?? null
}
