/** The routing metrics of seed 003 that need more than a snippet to show. */
import { describe, expect, test } from 'vitest'
import { createRoutingMetrics } from '../../../router/control/routing-metrics.ts'
import type { AttemptEnd, RequestInfo, RouterEvent } from '../../../router/core/events.ts'
import type { Plan } from '../../../router/core/plan.ts'
import { decide } from '../../../router/policy/index.ts'
import { buildCatalog, buildDeployment, buildFacts, buildModel, buildSituation, stepNames } from '../policy/build.ts'

const model = buildModel('m', [buildDeployment('m/here'), buildDeployment('m/here2')])
const plan = decide({ facts: buildFacts({ session: null }), catalog: buildCatalog([model]), situation: buildSituation() })
const [first, second] = stepNames(plan) as [string, string]

/** One request over these places, in order; the last one answers or fails. */
function run(places: readonly string[], errorKind: 'failed-upstream' | null): RouterEvent[] {
  const request: RequestInfo = { id: `req_${places.join()}`, at: 0, keyId: null, tool: 'test', dialect: 'openai-chat', model: 'm', stream: false }
  return [
    { type: 'request-decided', request, plan, decisionMs: 0.1 },
    ...places.map(
      (deployment): RouterEvent => ({
        type: 'attempt-ended',
        requestId: request.id,
        keyId: null,
        attempt: { deployment } as AttemptEnd,
      }),
    ),
    ended(request, plan, places.at(-1) ?? null, errorKind),
  ]
}

function ended(request: RequestInfo, its: Plan, deployment: string | null, errorKind: 'failed-upstream' | null): RouterEvent {
  return {
    type: 'request-ended',
    request,
    plan: its,
    facts: null,
    session: null,
    status: errorKind === null ? 200 : 502,
    deployment,
    lane: 'local',
    reason: 'drawn',
    attempts: 1,
    firstOutputMs: 1,
    durationMs: 2,
    usage: null,
    costUsd: null,
    errorKind,
    errorCode: errorKind,
    errorMessage: errorKind,
  }
}

describe('fallback_trigger_rate', () => {
  test.each([
    ['whose first place answered', [first], null, 0],
    ['whose first place failed without another', [first], 'failed-upstream', 0],
    ['that another place answered', [first, second], null, 1],
    ['whose fallback failed too', [first, second], 'failed-upstream', 1],
    ['that came back to its first place', [first, second, first], null, 1],
    ['that found its first place full', [second], null, 1],
  ] as const)('counts a request %s: %j', (_, places, errorKind, rate) => {
    const metrics = createRoutingMetrics()
    for (const event of run(places, errorKind)) metrics.read(event)
    expect(metrics.now().fallback_trigger_rate).toBe(rate)
  })

  test('is a part of the requests that were tried, and nobody answers for those that failed', () => {
    const metrics = createRoutingMetrics()
    const events = [...run([first], null), ...run([first, second], 'failed-upstream'), ...run([], 'failed-upstream')]
    for (const event of events) metrics.read(event)
    const { fallback_trigger_rate, provider_distribution } = metrics.now()
    expect([fallback_trigger_rate, Object.values(provider_distribution)]).toEqual([0.5, [1]])
  })
})
