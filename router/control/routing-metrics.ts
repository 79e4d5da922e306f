/** The seven routing metrics of seed 003, counted from the events of this run. Invariant: fixed size beside the requests in flight; nothing here changes a decision. */
import type { RouterEvent } from '../core/events.ts'
import type { Plan } from '../core/plan.ts'

export interface RoutingMetrics {
  readonly requests: number
  /** ms; null before the first decision. */
  readonly routing_decision_time_ms: { readonly mean: number; readonly p50: number; readonly p95: number; readonly max: number } | null
  /** 0–1, as are all rates; null before the first request. */
  readonly exact_match_rate: number | null
  readonly pattern_match_rate: number | null
  /** Part of the tried requests that left the first place of their plan, whether or not another answered. */
  readonly fallback_trigger_rate: number | null
  /** Part of the answered requests, by provider. */
  readonly provider_distribution: Readonly<Record<string, number>>
  /** How evenly models with several deployments were shared out, weights counted: 1 = as the weights say, 1/n = one took all (Jain's index). Null without such a model. */
  readonly load_balance_effectiveness: number | null
  /** Part of the input tokens that came out of a prompt cache, as far as it was reported. */
  readonly cache_hit_rate: number | null
}

/** `requests`, and the chosen ones of the seven. */
export type ShownMetrics = Pick<RoutingMetrics, 'requests'> & Partial<RoutingMetrics>

export interface RoutingMetricsControl {
  read(event: RouterEvent): void
  now(): RoutingMetrics
  /** The metrics of these names, beside the number of requests. */
  shown(names: readonly string[]): ShownMetrics
}

/** Decision times that the quantiles look at. */
const KEPT = 1_000
/** Models whose balance is followed; further ones are not. */
const MOST_MODELS = 500

interface Shares {
  readonly weights: ReadonlyMap<string, number>
  readonly answered: Map<string, number>
}

export function createRoutingMetrics(): RoutingMetricsControl {
  let requests = 0
  let exact = 0
  let pattern = 0
  let tried = 0
  let answered = 0
  let fallbacks = 0
  let decisions = 0
  let decisionMs = 0
  let longestMs = 0
  const times: number[] = []
  const byProvider = new Map<string, number>()
  const byModel = new Map<string, Shares>()
  /** Places that the requests in flight were tried at. */
  const placesOf = new Map<string, Set<string>>()
  const tokens = { cached: 0, all: 0 }

  function decided(plan: Plan, ms: number): void {
    requests++
    decisions++
    decisionMs += ms
    longestMs = Math.max(longestMs, ms)
    if (times.length < KEPT) times.push(ms)
    else times[decisions % KEPT] = ms
    if (plan.route.kind === 'exact' || plan.route.kind === 'alias') exact++
    if (plan.route.kind === 'pattern') pattern++
    const lane = plan.steps[0]?.deployment.lane
    const group = plan.steps.filter(({ deployment, reason }) => deployment.lane === lane && reason !== 'fallback')
    if (group.length > 1 && !byModel.has(plan.model) && byModel.size < MOST_MODELS)
      byModel.set(plan.model, { weights: new Map(group.map(({ deployment }) => [deployment.name, deployment.weight ?? 1])), answered: new Map() })
  }

  function now(): RoutingMetrics {
    const sorted = times.toSorted((a, b) => a - b)
    const at = (quantile: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? 0
    const rate = (count: number, of: number) => (of === 0 ? null : count / of)
    return {
      requests,
      routing_decision_time_ms: decisions === 0 ? null : { mean: decisionMs / decisions, p50: at(0.5), p95: at(0.95), max: longestMs },
      exact_match_rate: rate(exact, requests),
      pattern_match_rate: rate(pattern, requests),
      fallback_trigger_rate: rate(fallbacks, tried),
      provider_distribution: Object.fromEntries([...byProvider].map(([name, count]) => [name, count / answered])),
      load_balance_effectiveness: effectiveness([...byModel.values()]),
      cache_hit_rate: rate(tokens.cached, tokens.all),
    }
  }

  return {
    read(event) {
      if (event.type === 'request-decided') {
        decided(event.plan, event.decisionMs)
        placesOf.set(event.request.id, new Set())
      }
      if (event.type === 'attempt-ended') placesOf.get(event.requestId)?.add(event.attempt.deployment)
      if (event.type !== 'request-ended') return
      const places = new Set(placesOf.get(event.request.id))
      placesOf.delete(event.request.id)
      const { plan, deployment, usage } = event
      if (usage) {
        tokens.cached += usage.cacheRead ?? 0
        tokens.all += (usage.uncachedInput ?? 0) + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0)
      }
      if (!plan || deployment === null) return
      tried++
      const first = plan.steps[0]?.deployment.name
      if ([...places.add(deployment)].some((place) => place !== first)) fallbacks++
      if (event.errorKind !== null) return
      answered++
      const step = plan.steps.find((each) => each.deployment.name === deployment)
      if (step) byProvider.set(step.deployment.provider, (byProvider.get(step.deployment.provider) ?? 0) + 1)
      const shares = byModel.get(plan.model)
      if (shares?.weights.has(deployment)) shares.answered.set(deployment, (shares.answered.get(deployment) ?? 0) + 1)
    },
    now,
    shown(names) {
      const { requests: counted, ...metrics } = now()
      return { requests: counted, ...Object.fromEntries(Object.entries(metrics).filter(([name]) => names.includes(name))) }
    },
  }
}

/** Jain's fairness index of requests per weight, over all models by their requests; a weight of 0 expects nothing and does not count. */
function effectiveness(models: readonly Shares[]): number | null {
  let sum = 0
  let requests = 0
  for (const { weights, answered } of models) {
    const parts = [...weights].filter(([, weight]) => weight > 0).map(([name, weight]) => (answered.get(name) ?? 0) / weight)
    const count = [...answered.values()].reduce((total, each) => total + each, 0)
    const total = parts.reduce((all, part) => all + part, 0)
    const squares = parts.reduce((all, part) => all + part * part, 0)
    if (count === 0 || squares === 0) continue
    sum += ((total * total) / (parts.length * squares)) * count
    requests += count
  }
  return requests === 0 ? null : sum / requests
}
