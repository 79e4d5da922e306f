/** Who decides the lane: the chain of rules, first match wins. Only the last rule draws, and only a draw is booked. */
import type { Lane } from '../core/deployment.ts'
import type { Deficit, Draw, Exclusion, Hold, Plan, RequestFacts, Situation } from '../core/plan.ts'
import type { Reason } from '../core/split.ts'
import type { Eligibility } from './eligibility.ts'
import { isLockReason } from './locks.ts'
import type { Resolved } from './resolve.ts'
import { drawByChance, drawByDeficit, type EffectiveShare } from './split.ts'

export interface LaneChoice {
  /** Null where no lane can serve the request. */
  readonly lane: Lane | null
  readonly reason: Reason
  /** Both lanes are one group: a provider was named, and its deployments are the plan in order. */
  readonly isOneGroup: boolean
  /** The session's hold while it is alive: it also decides the deployment inside the lane. */
  readonly hold: Hold | null
  readonly draw: Draw | null
  readonly booking: Plan['booking']
}

export interface ChoiceInput {
  readonly facts: RequestFacts
  readonly situation: Situation
  readonly resolved: Resolved
  readonly share: EffectiveShare
  readonly eligibility: Eligibility
}

/** Decides the lane of a request over its eligible deployments. */
export function chooseLane(input: ChoiceInput): LaneChoice {
  const { facts, situation, resolved, share, eligibility } = input
  const hard = hardHoldOf(facts, situation)
  const hold = hard ?? softHoldOf(facts, situation, share)
  const chosen = (lane: Lane | null, reason: Reason): LaneChoice => ({ lane, reason, isOneGroup: false, hold, draw: null, booking: null })
  const first = eligibility.eligible[0]
  if (!first) return chosen(null, 'only-lane')
  const hasLane = (lane: Lane) => eligibility.eligible.some((deployment) => deployment.lane === lane)
  const isOneLane = !hasLane(otherLane(first.lane))
  const isRoute = resolved.provider !== null || resolved.isOrdered
  const lock = isOneLane && !isRoute ? eligibility.excluded.find(({ reason }) => isLockReason(reason)) : undefined
  if (lock) return chosen(first.lane, lock.reason)
  if (hard && hasLane(hard.lane)) return chosen(hard.lane, hard.failedOver ? 'failed-over' : 'held')
  // Battery and heat: new conversations, where Fallback permits and the share could have kept them here.
  if (situation.guard && hold === null && !isOneLane && situation.split.fallback && share.remoteShare < 1)
    return chosen('remote', situation.guard.reason)
  if (isRoute) return { ...chosen(first.lane, 'route'), isOneGroup: true }
  if (resolved.lane !== null) return chosen(resolved.lane, 'asked')
  if (isOneLane) return chosen(first.lane, whyOnly(first.lane, eligibility.excluded, share))
  if (hold && hasLane(hold.lane)) return chosen(hold.lane, hold.failedOver ? 'failed-over' : 'held')
  return draw(share, situation)
}

/** The deployment that a hard hold keeps, for eligibility to know; null without one. */
export function hardHeldDeployment(facts: RequestFacts, situation: Situation): string | null {
  return hardHoldOf(facts, situation)?.deployment ?? null
}

/** An open tool loop stays where it is, through every change of the share. */
function hardHoldOf(facts: RequestFacts, situation: Situation): Hold | null {
  return facts.inToolLoop ? situation.hold : null
}

/**
 * A warm cache: ended by a change of the split, and by a request that begins a conversation unless its session comes in a header.
 * A unit of requests has no soft holds.
 */
function softHoldOf(facts: RequestFacts, situation: Situation, share: EffectiveShare): Hold | null {
  const { hold } = situation
  if (hold === null || share.unit === 'request' || hold.splitVersion !== situation.splitVersion) return null
  const beginsAnew = facts.startsSession && facts.session?.fromHeader !== true
  return beginsAnew ? null : hold
}

/** Why one lane is left. What removed the other counts only if the share could have given that other lane. */
function whyOnly(lane: Lane, excluded: readonly Exclusion[], share: EffectiveShare): Reason {
  const otherCouldBeDrawn = lane === 'local' ? share.remoteShare > 0 : share.remoteShare < 1
  if (!otherCouldBeDrawn) return 'only-lane'
  const reasons = new Set(excluded.filter((exclusion) => exclusion.deployment.lane !== lane).map((exclusion) => exclusion.reason))
  return reasons.has('context') ? 'context' : reasons.has('feature') ? 'feature' : 'only-lane'
}

const balanced: Deficit = { local: 0, remote: 0 }

function draw(share: EffectiveShare, situation: Situation): LaneChoice {
  const made = (lane: Lane, booking: Plan['booking']): LaneChoice => ({
    lane,
    reason: 'drawn',
    isOneGroup: false,
    hold: null,
    draw: { lane, reason: 'drawn', remoteShare: share.remoteShare, source: share.source },
    booking,
  })
  if (share.selection === 'random') return made(drawByChance(situation.laneChance, share.remoteShare), null)
  const { lane, deficit } = drawByDeficit(situation.deficits.get(share.key) ?? balanced, share.remoteShare)
  return made(lane, { key: share.key, deficit })
}

/** The lane that a deployment of another model would be looked for first, where the model itself has none. */
export function preferredLane(share: EffectiveShare): Lane {
  return share.remoteShare > 0.5 ? 'remote' : 'local'
}

export function otherLane(lane: Lane): Lane {
  return lane === 'local' ? 'remote' : 'local'
}
