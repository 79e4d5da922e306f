/** A plan for people and scripts: the JSON of `POST /routing/explain`, and one sentence. Field names are fixed by the interface. */
import type { Lane } from '../core/deployment.ts'
import type { Plan, Route } from '../core/plan.ts'
import type { Reason } from '../core/split.ts'
import { listed } from './refusal.ts'

export interface ExplainedPlan {
  readonly model: string
  readonly route: Route
  /** Null where nothing was drawn. */
  readonly draw: { readonly lane: Lane; readonly reason: Reason; readonly remote_share: number; readonly source: string } | null
  readonly plan: readonly {
    readonly deployment: string
    readonly provider: string
    readonly lane: Lane
    readonly model: string
    readonly reason: Reason
    readonly score: number | null
    readonly detail: string | null
  }[]
  readonly excluded: readonly {
    readonly deployment: string
    readonly provider: string
    readonly lane: Lane
    readonly model: string
    readonly reason: Reason
    readonly detail: string
  }[]
  readonly fallback_allowed: boolean
  readonly refusal: {
    readonly kind: string
    readonly reason: Reason
    readonly message: string
    readonly how_to_fix: string
    readonly retry_after_ms: number | null
  } | null
  /** The plan in one sentence. */
  readonly sentence: string
}

/** The answer of `POST /routing/explain`. Scores are rounded to four digits. Holds no secret: endpoints stay out. */
export function explainPlan(plan: Plan): ExplainedPlan {
  const { model, route, draw, steps, excluded, refusal } = plan
  return {
    model,
    route,
    draw: draw && { lane: draw.lane, reason: draw.reason, remote_share: draw.remoteShare, source: draw.source },
    plan: steps.map(({ deployment, reason, score, detail }) => ({
      deployment: deployment.name,
      provider: deployment.provider,
      lane: deployment.lane,
      model: deployment.model,
      reason,
      score: score === null ? null : Number(score.toPrecision(4)),
      detail,
    })),
    excluded: excluded.map(({ deployment, reason, detail }) => ({
      deployment: deployment.name,
      provider: deployment.provider,
      lane: deployment.lane,
      model: deployment.model,
      reason,
      detail,
    })),
    fallback_allowed: plan.mayFallBack,
    refusal: refusal && {
      kind: refusal.kind,
      reason: refusal.reason,
      message: refusal.message,
      how_to_fix: refusal.howToFix,
      retry_after_ms: refusal.retryAfterMs,
    },
    sentence: sentence(plan),
  }
}

/** One line for a person: where it goes and why, what follows, what was left out. */
export function sentence(plan: Plan): string {
  const left = leftOut(plan)
  const first = plan.steps[0]
  if (!first) return `${plan.refusal?.message ?? `Nothing can answer ${plan.model}.`} ${plan.refusal?.howToFix ?? ''}`.trim()
  const rest = plan.steps.length - 1
  const follows = rest === 0 ? '' : !plan.mayFallBack ? ', no other is tried' : `, then ${rest} more`
  return `${plan.model} goes to ${first.deployment.name} (${first.deployment.lane}): ${whyWords(plan)}${follows}.${left}`
}

function leftOut(plan: Plan): string {
  const out = plan.excluded.length
  if (out === 0) return ''
  return ` ${out} of ${out + plan.steps.length} candidates left out: ${listed(plan.excluded)}.`
}

function whyWords(plan: Plan): string {
  const { draw, steps } = plan
  const reason = steps[0]?.reason ?? 'only-lane'
  const drawn = draw ? `drawn ${draw.lane} at ${Math.round(draw.remoteShare * 1000) / 10} % remote (${draw.source})` : ''
  if (draw && reason === 'drawn') return drawn
  if (reason === 'route') return routeWords(plan.route)
  return draw ? `${drawn}, but ${words[reason]}` : words[reason]
}

/** The rule that names the place, as a person would say it. */
function routeWords({ kind, rule, source }: Route): string {
  const said: Readonly<Record<Route['kind'], string>> = {
    exact: 'the name',
    alias: 'the alias',
    pattern: 'the pattern',
    capability: 'the capability',
    metadata: 'the request rule',
    size: 'the model size',
    smart: 'the prompt:',
    default: 'the default',
  }
  return rule.includes('@') && kind === 'exact' ? words.route : `${said[kind]} ${rule} (${source}) says so`
}

const words: Readonly<Record<Reason, string>> = {
  drawn: 'drawn',
  held: 'the conversation stays where it is',
  asked: 'the request asks for this lane',
  route: 'the request names this provider',
  lock: 'the other lane is locked',
  override: 'an override is in force',
  'only-lane': 'no other lane can serve it',
  context: 'the prompt is too long for the first choice',
  feature: 'the first choice lacks a feature',
  out: 'the first choice is out',
  busy: 'the first choice is busy',
  limited: 'the first choice is rate limited',
  credential: 'the credential of the first choice is rejected',
  'model-unknown': 'the first choice does not know the model',
  disabled: 'the first choice is switched off',
  lane: 'the other lane is not permitted',
  memory: 'the first choice does not fit into memory',
  offline: 'this machine is offline',
  battery: 'this machine runs on battery',
  thermal: 'this machine is hot',
  budget: 'the budget is used up',
  'failed-over': 'the conversation failed over and stays',
  fallback: 'it follows the first choice',
  panic: 'it is the last one left, although it is out',
}
