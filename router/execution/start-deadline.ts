/** How long a stream may take from being sent to its first output. Pure. */
import type { Deployment } from '../core/deployment.ts'
import type { ExecutionLimits } from './limits.ts'

export interface StartDeadlineInput {
  readonly deployment: Deployment
  /** Null = nothing learned. */
  readonly learnedMs: number | null
  /** Where nothing is learned and the deployment sets none. */
  readonly defaultMs: number
  /** There is nobody left to turn to. */
  readonly isLast: boolean
}

/** Milliseconds: what was learned, else what the deployment sets, else the default (longer for a model that thinks first). Too tight is worse than too wide: it bills twice. */
export function startDeadlineMs({ deployment, learnedMs, defaultMs, isLast }: StartDeadlineInput, limits: ExecutionLimits): number {
  if (learnedMs !== null) return isLast ? Math.max(limits.lastStartMs, learnedMs) : learnedMs
  return deployment.startDeadlineMs ?? defaultMs * (deployment.features.reasoning === true ? limits.thinkingStartFactor : 1)
}
