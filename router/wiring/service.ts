/** What answers requests: who may ask, the pipeline, and the ledger that reads its events. */
import { createRecorder, type Recorder } from '../control/recorder.ts'
import { createRoutingMetrics, type RoutingMetricsControl } from '../control/routing-metrics.ts'
import type { AdmissionSituation } from '../core/gate.ts'
import type { ExecutionLimits } from '../execution/index.ts'
import { createPipeline, type Pipeline } from '../pipeline.ts'
import { explainPlan } from '../policy/index.ts'
import type { Configuration } from './configuration.ts'
import type { Foundation } from './foundation.ts'
import type { Lanes } from './lanes.ts'
import { isLoopbackOnly, type RouterSettings } from './settings.ts'

export interface Service {
  /** Counted since the start. */
  readonly metrics: RoutingMetricsControl
  readonly pipeline: Pipeline
  readonly recorder: Recorder
  readonly admission: () => AdmissionSituation
  /** Only programs of this machine can reach it. */
  readonly isLoopbackOnly: boolean
}

/** Throws a sentence when it would listen to other machines without a key. */
export function openService(
  settings: RouterSettings,
  { clock, bus, registry }: Foundation,
  { catalog, server, split, starter, guards }: Configuration,
  lanes: Lanes,
  limits: ExecutionLimits,
): Service {
  const isLocal = isLoopbackOnly(settings.host)
  if (!isLocal && !registry.keys.hasActive())
    throw new Error(
      `Listening on ${settings.host} needs a key for the tools, and none has been issued. Run \`headgate token create\` first, or leave --host out.`,
    )
  const admission = (): AdmissionSituation => ({
    paused: registry.settings.get('paused'),
    requireKey: !isLocal || (registry.settings.get('requireKey') ?? server().requireKey),
    findKey: registry.keys.find,
  })
  const recorder = createRecorder({ clock, settings: registry.settings, recordings: registry.recordings })
  const decided = createPipeline({
    clock,
    catalog,
    split,
    sessions: registry.sessions,
    deploymentStates: lanes.health.states,
    guard: lanes.guards.moving,
    admission,
    execution: {
      clock,
      limits,
      slots: lanes.slots,
      backendOf: lanes.backendOf,
      learnedStartMs: lanes.health.learnedStartMs,
      offloadAfterMs: () => guards().queueWaitMs,
      defaultStartMs: () => catalog().timeouts.startMs,
      emit: bus.emit,
    },
    emit: bus.emit,
    explainRefusal: starter.explain,
  })
  const metrics = createRoutingMetrics()
  bus.subscribe(metrics.read)
  const pipeline: Pipeline = { ...decided, answer: recorder.around(decided.answer) }

  bus.subscribe((event) => {
    if (event.type === 'attempt-ended') registry.requests.note(event, null)
    else if (event.type === 'request-ended') {
      const { plan } = event
      registry.requests.note(event, plan && (() => JSON.stringify(explainPlan(plan))))
    }
  })
  return { pipeline, recorder, metrics, admission, isLoopbackOnly: isLocal }
}
