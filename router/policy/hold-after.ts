/** Where a session lives after a decision. A hold that was followed stays as it is; one that was passed over is a failover. */
import type { Hold, Plan, PlanStep } from '../core/plan.ts'

/** `before`: the hold that the decision saw. */
export function holdAfter(
  { draw }: Plan,
  { deployment, reason }: PlanStep,
  { before, splitVersion }: { readonly before: Hold | null; readonly splitVersion: number },
): Hold {
  const isFollowed = before !== null && before.deployment === deployment.name
  if (isFollowed && (reason === 'held' || reason === 'failed-over')) return before
  const wasPassedOver = before !== null && !isFollowed && draw === null && (reason === 'held' || reason === 'failed-over' || reason === 'fallback')
  return { deployment: deployment.name, lane: deployment.lane, failedOver: wasPassedOver, splitVersion }
}
