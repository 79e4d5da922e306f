/** The one standing problem that the menu names: what the router says of itself, then what keeps a deployment from answering. */
import type { RouterStatus } from '../../router/control/desk.ts'

export interface StandingProblem {
  readonly text: string
  readonly place: string
  /** Something has to be done by a person. */
  readonly isSevere: boolean
}

/** The most severe one; null = none. */
export function problemOf({ problems, deployments }: RouterStatus): StandingProblem | null {
  const own = problems.find(({ level }) => level === 'error') ?? problems[0]
  if (own?.level === 'error') return { text: own.message, place: '#/overview', isSevere: true }
  const rejected = deployments.find(({ state, detail, lane }) => state === 'out' && lane === 'remote' && /\bkey\b/.test(detail ?? ''))
  if (rejected) return { text: `${rejected.provider} key was rejected`, place: '#/providers', isSevere: true }
  const failed = deployments.find(({ state, local }) => state === 'out' && local !== null)
  if (failed) {
    const isMemory = /can be spared/.test(failed.detail ?? '')
    const text = isMemory ? `Not enough memory for ${failed.model}` : `${failed.model}: ${failed.detail ?? 'out'}`
    return { text, place: `#/models/${encodeURIComponent(failed.model)}`, isSevere: true }
  }
  return own ? { text: own.message, place: '#/overview', isSevere: false } : null
}
