/** The words of a refusal: what happened to each deployment, and what the person can do about it. */
import type { Exclusion, Plan, RequestFacts, Situation } from '../core/plan.ts'
import type { Reason } from '../core/split.ts'
import { givesOneAnswer } from './eligibility.ts'
import { isLockReason, type LockRule, opposed } from './locks.ts'
import { stateOf } from './state.ts'

export interface RefusalInput {
  readonly model: string
  readonly facts: Pick<RequestFacts, 'promptTokens' | 'needs'>
  readonly excluded: readonly Exclusion[]
  readonly situation: Situation
  /** That held for it. */
  readonly locks: readonly LockRule[]
}

/** Reasons by how much they say about a refusal; the first that occurs is the refusal's own. */
const byWeight: readonly Reason[] = [
  'offline',
  'budget',
  'memory',
  'lock',
  'override',
  'limited',
  'credential',
  'model-unknown',
  'context',
  'feature',
  'lane',
  'route',
  'disabled',
]

/** Left out by what was set or asked, not by what the deployment is or how it stands. */
const byChoice: ReadonlySet<Reason> = new Set(['disabled', 'lock', 'override', 'lane', 'route', 'feature'])

/** Left out by what was set or asked about places: another request would not change it. */
const byPlace: ReadonlySet<Reason> = new Set(['disabled', 'lock', 'override', 'lane', 'route'])

/**
 * Why a plan is empty. `context-too-long` where every deployment that was otherwise allowed is too small for the prompt: the tool can then
 * shorten it; `budget-exceeded` where money is all that is missing; `invalid-request` where only the engine is left for a request of several answers. `retryAfterMs` is the next time a deployment is looked at again, where time alone may help.
 */
export function refusalOf(input: RefusalInput): NonNullable<Plan['refusal']> {
  const { model, excluded, situation, locks } = input
  const pair = opposed(locks)
  if (pair !== null) return opposedRefusal(model, pair)
  const allowed = excluded.filter((exclusion) => !byChoice.has(exclusion.reason))
  if (allowed.length > 0 && allowed.every((exclusion) => exclusion.reason === 'context')) return contextRefusal(input, allowed)
  if (allowed.length > 0 && allowed.every((exclusion) => exclusion.reason === 'budget')) return budgetRefusal(input, allowed)
  if (input.facts.needs.many && excluded.some(wantsOneAnswer) && excluded.every((each) => wantsOneAnswer(each) || byPlace.has(each.reason)))
    return manyRefusal(input)
  const reasons = new Set(excluded.map((exclusion) => exclusion.reason))
  const reason = byWeight.find((each) => reasons.has(each)) ?? 'only-lane'
  const list = listed(excluded)
  const message =
    excluded.length === 0 ? `The model ${quote(model)} has no deployment.` : `No deployment of ${quote(model)} can take this request: ${list}.`
  return {
    kind: 'no-eligible-deployment',
    message,
    reason,
    howToFix: sentences(byWeight.filter((each) => reasons.has(each)).map((each) => fixFor(each, excluded, locks))),
    retryAfterMs: nextLookMs(excluded, situation),
  }
}

/** The guard looks so often whether the network is back. */
const OFFLINE_RETRY_MS = 10_000

/** At most five exclusions in words, the rest as a number. */
export function listed(excluded: readonly Exclusion[]): string {
  const shown = excluded.slice(0, 5).map(({ deployment, reason, detail }) => `${deployment.name} (${reason}: ${detail})`)
  const more = excluded.length - shown.length
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ')
}

function contextRefusal(input: RefusalInput, tooSmall: readonly Exclusion[]): NonNullable<Plan['refusal']> {
  const largest = Math.max(...tooSmall.map(({ deployment }) => deployment.context ?? 0))
  const isLocked = input.excluded.some((exclusion) => isLockReason(exclusion.reason))
  return {
    kind: 'context-too-long',
    message: `The prompt has about ${input.facts.promptTokens} tokens; the largest context that ${quote(input.model)} may use here is ${largest} tokens.`,
    reason: 'context',
    howToFix: `Shorten the prompt, or add a deployment with a larger context${isLocked ? ', or remove the lock' : ''}. Nothing is shortened for you.`,
    retryAfterMs: null,
  }
}

function budgetRefusal({ model }: RefusalInput, spent: readonly Exclusion[]): NonNullable<Plan['refusal']> {
  return {
    kind: 'budget-exceeded',
    message: `No provider of ${quote(model)} has budget left: ${listed(spent)}.`,
    reason: 'budget',
    howToFix: 'Raise the budget of the provider, or turn Fallback on to let this machine answer.',
    retryAfterMs: null,
  }
}

/** Both are named: removing either leaves a lane. */
function opposedRefusal(model: string, [first, other]: readonly [LockRule, LockRule]): NonNullable<Plan['refusal']> {
  const words = ({ lane, by }: LockRule) => `locked to ${lane} (${by})`
  return {
    kind: 'no-eligible-deployment',
    message: `No lane is left for ${quote(model)}: it is ${words(first)} and ${words(other)}.`,
    reason: 'lock',
    howToFix: sentences([first.howToFix, other.howToFix]),
    retryAfterMs: null,
  }
}

const wantsOneAnswer = ({ reason, deployment }: Exclusion): boolean => reason === 'feature' && givesOneAnswer(deployment)

function manyRefusal({ model }: RefusalInput): NonNullable<Plan['refusal']> {
  return {
    kind: 'invalid-request',
    message: `n must be 1 here: ${quote(model)} is left with the local engine, which gives one answer per request.`,
    reason: 'feature',
    howToFix: 'Ask once per answer, or allow a remote deployment of this model.',
    retryAfterMs: null,
  }
}

function fixFor(reason: Reason, excluded: readonly Exclusion[], locks: readonly LockRule[]): string {
  const first = excluded.find((exclusion) => exclusion.reason === reason)?.deployment
  switch (reason) {
    case 'lock':
    case 'override':
      return locks.find((lock) => lock.reason === reason)?.howToFix ?? 'Remove the lock'
    case 'lane': {
      const isAsked = excluded.some((exclusion) => exclusion.reason === 'lane' && exclusion.detail.startsWith('the request asks'))
      return isAsked ? 'Ask without a lane (x-headgate-route, name@local, name@remote)' : 'Turn Fallback on to let the other lane answer'
    }
    case 'budget':
      return `Raise the budget of provider ${first?.provider ?? ''}, or turn Fallback on`
    case 'memory':
      return 'Close other programs, choose a smaller model, or set a smaller context'
    case 'offline':
      return 'Wait until the network is back, or allow the local lane until then'
    case 'route':
      return 'Ask for the model without a provider'
    case 'feature':
      return 'Add a deployment with that feature, or declare it under features: if it has it'
    case 'limited':
      return 'Wait for the rate limit to end, or add a second deployment'
    case 'credential':
      return `Check the key and the credit of provider ${first?.provider ?? ''}`
    case 'model-unknown':
      return `Check the model name ${first?.upstreamModel ?? ''} at provider ${first?.provider ?? ''}`
    case 'disabled':
      return `Complete the configuration (${first?.disabled ?? ''})`
    default:
      return 'Add a deployment for this model'
  }
}

function sentences(parts: readonly string[]): string {
  const shown = parts.length > 0 ? parts.slice(0, 2) : ['Add a deployment for this model']
  return shown.map((part) => `${part}.`).join(' ')
}

function nextLookMs(excluded: readonly Exclusion[], situation: Situation): number | null {
  let next: number | null = null
  for (const { deployment, reason } of excluded) {
    const state = stateOf(situation, deployment)
    const ms =
      reason === 'limited'
        ? state.limitedForMs
        : reason === 'credential'
          ? state.credentialOutForMs
          : reason === 'model-unknown'
            ? state.modelUnknownForMs
            : reason === 'offline'
              ? OFFLINE_RETRY_MS
              : null
    if (ms !== null && (next === null || ms < next)) next = ms
  }
  return next
}

function quote(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name)
}
