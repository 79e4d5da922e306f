/** What holds for every plan, over random facts, catalogs and situations. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Deployment, Lane } from '../../../router/core/deployment.ts'
import { decide, explainPlan } from '../../../router/policy/index.ts'
import { buildCatalog, buildDeployment, buildFacts, buildModel, buildSituation } from './build.ts'

const maybe = fc.constantFrom(null, true, false)
const rarely = (value: number) => fc.constantFrom(0, 0, 0, 0, value)

const deploymentOf = (name: string) =>
  fc
    .record({
      lane: fc.constantFrom('local', 'remote'),
      address: fc.constantFrom('loopback', 'network', 'engine'),
      disabled: fc.constantFrom(null, null, null, 'URL is not set'),
      context: fc.constantFrom(null, 100, 10_000),
      priority: fc.nat(2),
      weight: fc.constantFrom(null, 0, 0.3, 0.7),
      maxInFlight: fc.constantFrom(1, 64),
      upstreamModel: fc.constantFrom('x', 'y'),
      features: fc.record({ tools: maybe, vision: maybe, json: maybe, reasoning: maybe, embeddings: maybe }),
    })
    .map((some) => buildDeployment(name, some as Partial<Deployment>))

const stateArbitrary = fc.record({
  health: fc.constantFrom('healthy', 'healthy', 'out', 'on-trial', 'ramping'),
  rampShare: fc.constantFrom(0.25, 0.5, 1),
  acceptsCanary: fc.boolean(),
  detail: fc.constantFrom(null, '4 in a row'),
  limitedForMs: rarely(5000),
  credentialOutForMs: rarely(60_000),
  modelUnknownForMs: rarely(60_000),
  inFlight: fc.nat(3),
  firstOutputMs: fc.constantFrom(null, 50, 900),
  loaded: fc.constantFrom(null, true, false),
  memoryRefusal: fc.constantFrom(null, null, null, 'it does not fit'),
  overBudget: fc.constantFrom(null, null, null, 'nothing left'),
} as const)

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const providers = ['here', 'away', 'far', 'lab'] as const

const world = fc
  .record({
    m: fc.subarray([...providers]).chain((names) => fc.tuple(...names.map((provider) => deploymentOf(`m/${provider}`)))),
    n: fc.subarray([...providers]).chain((names) => fc.tuple(...names.map((provider) => deploymentOf(`n/${provider}`)))),
    states: fc.dictionary(fc.constantFrom(...providers.flatMap((provider) => [`m/${provider}`, `n/${provider}`])), stateArbitrary),
    shares: fc.record({ own: fc.constantFrom(null, 0.4), weighted: fc.constantFrom(null, 0.7), set: fc.boolean() }),
    strategy: fc.constantFrom('p2c', 'weighted', 'least_loaded', 'unheard-of'),
    split: fc.record({
      remoteShare: fc.constantFrom(0, 0.3, 0.5, 1),
      fallback: fc.boolean(),
      lock: fc.constantFrom(null, null, 'local', 'remote'),
      unit: fc.constantFrom('session', 'request'),
      selection: fc.constantFrom('deficit', 'random'),
      source: fc.constantFrom('override', 'default', 'routing.yaml:2'),
    } as const),
    key: fc.option(
      fc.record({
        id: fc.constantFrom('key_1', 'key_2'),
        name: fc.constant('Zed'),
        remoteShare: fc.constantFrom(null, 0, 0.5, 1),
        laneLock: fc.constantFrom(null, null, 'local', 'remote'),
      } as const),
    ),
    modelShares: fc.constantFrom(new Map<string, number | null>(), new Map([['m', 0.9]]), new Map([['m', null]])),
    isTemporary: fc.boolean(),
    hold: fc.option(
      fc.record({
        deployment: fc.constantFrom('m/here', 'm/away', 'n/far', 'gone/gone'),
        lane: fc.constantFrom('local', 'remote'),
        failedOver: fc.boolean(),
        splitVersion: fc.constantFrom(0, 1),
      } as const),
    ),
    facts: fc.record({
      promptTokens: fc.constantFrom(1, 500, 50_000),
      model: fc.constantFrom('m', 'm@local', 'm@away', 'auto', 'unlisted@far', null),
      needs: fc.record({ tools: fc.boolean(), vision: fc.boolean(), json: fc.boolean(), embeddings: fc.boolean(), many: fc.boolean() }),
      inToolLoop: fc.boolean(),
      startsSession: fc.boolean(),
      noFallback: fc.boolean(),
      askedLane: fc.constantFrom(null, null, 'local', 'remote'),
    } as const),
    guard: fc.constantFrom(null, null, { reason: 'battery', detail: 'on battery' } as const, { reason: 'thermal', detail: 'hot' } as const),
    lock: fc.constantFrom(null, null, null, 'local', 'remote'),
    laneChance: unit,
    strategyChance: unit,
  })
  .map((some) => {
    const models = [
      buildModel('m', some.m as Deployment[], {
        fallbacks: ['n'],
        remoteShare: some.shares.own,
        weightedShare: some.shares.weighted,
        lock: some.lock as Lane | null,
      }),
      buildModel('n', some.n as Deployment[]),
    ]
    const base = buildCatalog(models, { splitIsSet: some.shares.set, strategy: some.strategy, default: { model: 'm', provider: null, source: 'x' } })
    const { hold, states, laneChance, strategyChance, key, modelShares, isTemporary, guard } = some
    const split = { ...some.split, modelShares, isTemporary }
    return {
      facts: buildFacts(some.facts),
      catalog: base,
      situation: buildSituation({ split, key, hold, states, laneChance, strategyChance, guard }),
    }
  })

const always = (holds: (input: Parameters<typeof decide>[0], plan: ReturnType<typeof decide>) => void) =>
  fc.assert(
    fc.property(world, (input) => {
      // Every input is deeply frozen: a mutation throws. `unlisted@far` is unknown where nothing is at far.
      if (input.facts.model === 'unlisted@far' && !input.catalog.providers.has('far')) return
      if (input.facts.model === 'm@away' && !input.catalog.providers.has('away')) return
      holds(input, decide(input))
    }),
    { numRuns: 3000, seed: 20_261_124 },
  )

describe('every plan', () => {
  it('holds each candidate exactly once, as a step or as an exclusion', () => {
    always(({ catalog, facts }, plan) => {
      const names = [...plan.steps, ...plan.excluded].map(({ deployment }) => deployment.name)
      expect(new Set(names).size).toBe(names.length)
      const model = facts.model === null || facts.model === 'm@local' || facts.model === 'm@away' ? 'm' : facts.model
      for (const deployment of catalog.modelsByName.get(model)?.deployments ?? []) expect(names).toContain(deployment.name)
    })
  })

  it('never plans what is disabled, locked out, too small, lacks a feature, or has no credential, model or quota', () => {
    always(({ facts, situation }, plan) => {
      for (const { deployment, reason } of plan.steps) {
        const state = situation.deployments.get(deployment.name)
        expect(deployment.disabled).toBeNull()
        for (const lock of [situation.split.lock, situation.key?.laneLock ?? null]) {
          if (lock !== null) expect(deployment.lane).toBe(lock)
          if (lock === 'local') expect(deployment.address).not.toBe('network')
        }
        if (deployment.context !== null) expect(facts.promptTokens + 1).toBeLessThanOrEqual(deployment.context)
        for (const feature of ['tools', 'vision', 'json', 'embeddings'] as const)
          if (facts.needs[feature]) expect(deployment.features[feature]).not.toBe(false)
        if (facts.needs.many) expect(deployment.address).not.toBe('engine')
        expect([state?.credentialOutForMs ?? 0, state?.modelUnknownForMs ?? 0, state?.limitedForMs ?? 0]).toEqual([0, 0, 0])
        if (state?.health === 'out' || state?.memoryRefusal != null) expect(reason).toBe('panic')
        if (state?.overBudget != null) expect(situation.split.fallback).toBe(true)
      }
    })
  })

  it('is refused exactly when it is empty, and panics only last', () => {
    always((_, plan) => {
      expect(plan.refusal === null).toBe(plan.steps.length > 0)
      if (plan.refusal) expect(plan.refusal.message.length * plan.refusal.howToFix.length).toBeGreaterThan(0)
      plan.steps.forEach((step, index) => {
        if (step.reason === 'panic') expect(index).toBe(plan.steps.length - 1)
      })
      for (const { detail } of plan.excluded) expect(detail.length).toBeGreaterThan(0)
    })
  })

  it('stays in one lane after a draw with Fallback off', () => {
    always(({ situation }, plan) => {
      if (!plan.draw || situation.split.fallback) return
      for (const step of plan.steps) expect(step.deployment.lane).toBe(plan.draw.lane)
    })
  })

  it('is booked only with a draw, and moves the deficit by a sum of nothing', () => {
    always((_, plan) => {
      if (!plan.booking) return
      expect(plan.draw).not.toBeNull()
      expect(plan.booking.deficit.local + plan.booking.deficit.remote).toBe(0)
      expect(Number.isInteger(plan.booking.deficit.local)).toBe(true)
    })
  })

  it('is the same again for the same input, and can be explained as JSON', () => {
    always((input, plan) => {
      expect(decide(input)).toEqual(plan)
      const explained = explainPlan(plan)
      expect(JSON.parse(JSON.stringify(explained))).toEqual(explained)
      expect(explained.sentence).not.toContain('undefined')
    })
  })
})
