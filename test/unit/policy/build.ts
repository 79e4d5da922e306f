/** Builders of frozen facts, catalogs and situations for the policy's tests: every field has a plain value, a test names only what it is about. */

import type { Catalog, ProviderEntry } from '../../../router/core/catalog.ts'
import type { Deployment, Lane, Model } from '../../../router/core/deployment.ts'
import type { Deficit, DeploymentState, Plan, RequestFacts, Situation } from '../../../router/core/plan.ts'
import { noRules } from '../../../router/core/rules.ts'
import { defaultSplit, type Split } from '../../../router/core/split.ts'

export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Map) {
    for (const each of value.values()) deepFreeze(each)
    const refuse = () => {
      throw new Error('a frozen map was changed')
    }
    return Object.freeze(Object.assign(value, { set: refuse, delete: refuse, clear: refuse }))
  }
  Object.freeze(value)
  for (const each of Object.values(value)) deepFreeze(each)
  return value
}

export function buildFacts(some: Partial<RequestFacts> = {}): RequestFacts {
  return deepFreeze({
    model: 'm',
    stream: false,
    promptTokens: 10,
    maxOutputTokens: null,
    needs: { tools: false, vision: false, json: false, embeddings: false, many: false },
    inToolLoop: false,
    startsSession: true,
    session: { id: 's', fromHeader: false },
    askedLane: null,
    askedProvider: null,
    noFallback: false,
    capability: null,
    answers: 1,
    prompt: null,
    headers: {},
    ...some,
  })
}

/** `m/here` is local on loopback, everything else remote, unless said otherwise. */
export function buildDeployment(name: string, some: Partial<Deployment> = {}): Deployment {
  const [model = 'm', provider = 'here'] = name.split('/')
  const lane: Lane = some.lane ?? (provider.startsWith('here') ? 'local' : 'remote')
  return {
    name,
    model,
    provider,
    kind: 'openai-compatible',
    upstreamModel: `up-${model}`,
    lane,
    address: lane === 'local' ? 'loopback' : 'network',
    endpoint: { baseUrl: lane === 'local' ? 'http://127.0.0.1:9001/v1' : 'https://away.example/v1', credential: null, headers: {} },
    weight: null,
    priority: 0,
    context: null,
    features: { tools: null, vision: null, json: null, reasoning: null, embeddings: null },
    price: null,
    startDeadlineMs: null,
    maxInFlight: 64,
    source: 'models.yaml:3',
    disabled: null,
    ...some,
  }
}

export function buildModel(name: string, deployments: readonly Deployment[], some: Partial<Model> = {}): Model {
  return {
    name,
    aliases: [],
    remoteShare: null,
    weightedShare: null,
    strategy: null,
    fallbacks: [],
    size: null,
    deployments,
    source: 'models.yaml:1',
    ...some,
  }
}

export function buildProvider(name: string, some: Partial<ProviderEntry> = {}): ProviderEntry {
  return {
    name,
    kind: 'openai-compatible',
    endpoint: { baseUrl: 'https://away.example/v1', credential: null, headers: {} },
    defaultModel: null,
    maxInFlight: 64,
    source: 'models.yaml:1',
    remoteModelSuffix: null,
    disabled: null,
    ...some,
  }
}

export function buildCatalog(models: readonly Model[], some: Partial<Catalog> = {}): Catalog {
  const modelsByName = new Map<string, Model>()
  const providers = new Map<string, ProviderEntry>()
  for (const model of models) {
    for (const name of [model.name, ...model.aliases]) modelsByName.set(name, model)
    for (const deployment of model.deployments)
      providers.set(deployment.provider, buildProvider(deployment.provider, { endpoint: deployment.endpoint, kind: deployment.kind }))
  }
  return deepFreeze({
    version: 1,
    models,
    modelsByName,
    providers,
    split: defaultSplit,
    splitIsSet: false,
    strategy: 'p2c',
    rules: noRules,
    timeouts: { connectMs: 5000, connectLoopbackMs: 2000, probeMs: 2000, startMs: 60_000 },
    healthCheckMs: null,
    allowedFails: 3,
    longestWaitMs: null,
    rateLimitFallbackMs: null,
    errorRouting: null,
    attempts: null,
    logsDecisions: false,
    default: null,
    logFile: null,
    warnings: [],
    settings: [],
    files: [],
    ...some,
  })
}

export function buildState(some: Partial<DeploymentState> = {}): DeploymentState {
  return {
    health: 'healthy',
    rampShare: 1,
    acceptsCanary: false,
    detail: null,
    limitedForMs: 0,
    credentialOutForMs: 0,
    modelUnknownForMs: 0,
    inFlight: 0,
    firstOutputMs: null,
    loaded: null,
    usage: null,
    ...some,
  }
}

interface SituationParts extends Partial<Omit<Situation, 'split' | 'deployments' | 'deficits'>> {
  readonly split?: Partial<Split>
  readonly states?: Readonly<Record<string, Partial<DeploymentState>>>
  readonly deficits?: ReadonlyMap<string, Deficit>
}

export function buildSituation({ split, states, deficits, ...some }: SituationParts = {}): Situation {
  return deepFreeze({
    split: { ...defaultSplit, ...split },
    key: null,
    splitVersion: 1,
    deployments: new Map(Object.entries(states ?? {}).map(([name, state]) => [name, buildState(state)])),
    hold: null,
    deficits: { get: (key: string) => deficits?.get(key) },
    turns: new Map<string, number>(),
    laneChance: 0.5,
    calendar: { hour: 12, weekday: 3 },
    strategyChance: 0.5,
    ...some,
  })
}

/** A share as a person sets it in the panel. */
export function override(percent: number, some: Partial<Split> = {}): Partial<Split> {
  return { remoteShare: percent / 100, source: 'override', ...some }
}

export const stepNames = (plan: Plan) => plan.steps.map((step) => step.deployment.name)
export const exclusionReasons = (plan: Plan) => Object.fromEntries(plan.excluded.map(({ deployment, reason }) => [deployment.name, reason]))

/** One local and one remote deployment of `m`. */
export const bothLanes = () => buildModel('m', [buildDeployment('m/here'), buildDeployment('m/away')])
