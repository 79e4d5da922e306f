/** What holds for every plan where rules, chains, conditions, fallback models, groups and locks are mixed; and for weights and deficits over any interleaving of requests. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededChance } from '../../../router/core/clock.ts'
import type { Deployment } from '../../../router/core/deployment.ts'
import type { Deficit, RequestFacts } from '../../../router/core/plan.ts'
import { type Chain, type ChainLink, noRules, type RouteRule, type Rules } from '../../../router/core/rules.ts'
import { compileCondition } from '../../../router/policy/condition.ts'
import { type DecideInput, decide, decideResolved, explainPlan, resolveModel, strategies } from '../../../router/policy/index.ts'
import { placesOfLink } from '../../../router/policy/rule-places.ts'
import { buildCatalog, buildDeployment, buildFacts, buildModel, buildProvider, buildSituation } from './build.ts'

const providerNames = ['here', 'hereabouts', 'away', 'far', 'lab'] as const
const modelNames = ['m-7b', 'n-70b', 'o'] as const
const conditions = [
  'always',
  'stream == true',
  'batch_size > 1',
  'model_size >= "13B"',
  'prompt_tokens > 100',
  'header.x-priority == "high"',
  'here_unavailable',
  'away_limited or not far_unavailable',
  'has_tools && hour < 12',
].map(compileCondition)

const maybe = fc.constantFrom(null, null, true, false)
const deploymentOf = (name: string) =>
  fc
    .record({
      disabled: fc.constantFrom(null, null, null, null, 'URL is not set'),
      context: fc.constantFrom(null, null, 100, 10_000),
      priority: fc.nat(1),
      weight: fc.constantFrom(null, 0, 0.3, 0.7),
      maxInFlight: fc.constantFrom(1, 64),
      upstreamModel: fc.constantFrom('x', 'y'),
      features: fc.record({ tools: maybe, vision: maybe, json: maybe, reasoning: maybe, embeddings: maybe }),
    })
    .map((some) => buildDeployment(name, some as Partial<Deployment>))
const deploymentsOf = (model: string) =>
  fc.subarray([...providerNames]).chain((names) => fc.tuple(...names.map((provider) => deploymentOf(`${model}/${provider}`))))

const link: fc.Arbitrary<ChainLink> = fc.record({
  provider: fc.constantFrom(...providerNames),
  model: fc.constantFrom(null, null, 'm-7b', 'n-70b', 'unlisted'),
  condition: fc.option(fc.constantFrom(...conditions)),
  source: fc.constant('routing.yaml:9'),
})
const chain: fc.Arbitrary<Chain> = fc.record({
  name: fc.constantFrom('default', 'ha'),
  links: fc.array(link, { maxLength: 5 }),
  attempts: fc.constantFrom(null, 4),
  delayMs: fc.constantFrom(null, 500),
  source: fc.constant('routing.yaml:8'),
})
const target = (kind: RouteRule['kind'], rule: string): fc.Arbitrary<RouteRule> =>
  fc.record({
    kind: fc.constant(kind),
    rule: fc.constant(rule),
    source: fc.constant('routing.yaml:4'),
    providers: fc.uniqueArray(fc.constantFrom(...providerNames, 'gone'), { maxLength: 3 }),
    models: fc.uniqueArray(fc.constantFrom(...modelNames, 'unlisted'), { maxLength: 2 }),
    minModelSize: fc.constantFrom(null, null, 13),
    minContext: fc.constantFrom(null, null, 4096),
    strategy: fc.constantFrom(null, ...strategies.map(({ name }) => name)),
    chain: fc.option(chain),
  })
const rulesArbitrary: fc.Arbitrary<Rules> = fc
  .record({
    metadata: fc.array(
      fc.tuple(target('metadata', 'asked'), fc.constantFrom(...conditions)).map(([rule, condition]) => ({ ...rule, condition })),
      { maxLength: 2 },
    ),
    exact: fc.option(target('exact', 'group')),
    pattern: fc.option(target('pattern', '^pattern/')),
    capability: fc.option(target('capability', 'code')),
    inferred: fc.option(target('capability', 'tools')),
    size: fc.option(target('size', '> 13B')),
    smart: fc.option(fc.array(fc.tuple(fc.constantFrom(...conditions), fc.constantFrom('small', 'capable', 'o')), { maxLength: 3 })),
    defaultChain: fc.option(chain),
    prefersWarm: fc.boolean(),
  })
  .map(({ metadata, exact, pattern, capability, inferred, size, smart, defaultChain, prefersWarm }) => ({
    ...noRules,
    metadata,
    exact: new Map(exact ? [['group', exact]] : []),
    patterns: pattern ? [{ ...pattern, matches: (name: string) => name.startsWith('pattern/') }] : [],
    capabilities: new Map([...(capability ? ([['code', capability]] as const) : []), ...(inferred ? ([['tools', inferred]] as const) : [])]),
    sizes: size ? [{ ...size, range: { min: 13, minIncluded: false, max: 1_000, maxIncluded: true } }] : [],
    smart: smart && { rules: smart.map(([condition, use]) => ({ condition, use, source: 'routing.yaml:7' })), names: new Map() },
    defaultChain,
    prefersWarm,
    headers: ['x-priority'],
  }))

const state = fc.record({
  health: fc.constantFrom('healthy', 'healthy', 'healthy', 'out', 'on-trial', 'ramping'),
  rampShare: fc.constantFrom(0.25, 0.5, 1),
  acceptsCanary: fc.boolean(),
  detail: fc.constantFrom(null, '4 in a row'),
  limitedForMs: fc.constantFrom(0, 0, 0, 5_000),
  credentialOutForMs: fc.constantFrom(0, 0, 0, 60_000),
  modelUnknownForMs: fc.constantFrom(0, 0, 0, 60_000),
  inFlight: fc.nat(3),
  firstOutputMs: fc.constantFrom(null, 50, 900),
  loaded: fc.constantFrom(null, true, false),
  usage: fc.option(
    fc.record({
      latencyMs: fc.constantFrom(null, 10, 400),
      successRate: fc.constantFrom(0, 0.5, 1),
      p95FirstOutputMs: fc.constantFrom(null, 70),
      wholeAnswerMs: fc.constantFrom(null, 30),
    }),
  ),
} as const)
const placeNames = [...modelNames, 'unlisted', 'pattern/x-70b', 'new-70b'].flatMap((model) => providerNames.map((provider) => `${model}/${provider}`))
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

const world: fc.Arbitrary<DecideInput> = fc
  .record({
    deployments: fc.tuple(...modelNames.map(deploymentsOf)),
    fallbacks: fc.tuple(...modelNames.map(() => fc.subarray([...modelNames, 'nobody']))),
    strategies: fc.tuple(...modelNames.map(() => fc.constantFrom(null, 'round_robin', 'usage_based'))),
    rules: rulesArbitrary,
    states: fc.dictionary(fc.constantFrom(...placeNames), state),
    split: fc.record({
      remoteShare: fc.constantFrom(0, 0.3, 1),
      fallback: fc.boolean(),
      lock: fc.constantFrom(null, null, null, 'local', 'remote'),
      unit: fc.constantFrom('session', 'request'),
      selection: fc.constantFrom('deficit', 'random'),
      source: fc.constantFrom('override', 'default'),
    } as const),
    hold: fc.option(
      fc.record({
        deployment: fc.constantFrom(...placeNames),
        lane: fc.constantFrom('local', 'remote'),
        failedOver: fc.boolean(),
        splitVersion: fc.constantFrom(0, 1),
      } as const),
    ),
    facts: fc.record({
      model: fc.constantFrom('m-7b', 'n-70b', 'o', 'auto', 'group', 'pattern/x-70b', 'new-70b', 'm-7b@local', 'o@away', 'new@far', null),
      capability: fc.constantFrom(null, null, 'code'),
      stream: fc.boolean(),
      answers: fc.constantFrom(1, 2),
      promptTokens: fc.constantFrom(1, 500, 50_000),
      headers: fc.constantFrom({}, { 'x-priority': 'high' }),
      needs: fc.record({
        tools: fc.boolean(),
        vision: fc.constant(false),
        json: fc.boolean(),
        embeddings: fc.constantFrom(false, false, true),
        many: fc.boolean(),
      }),
      inToolLoop: fc.boolean(),
      startsSession: fc.boolean(),
      noFallback: fc.constantFrom(false, false, true),
      askedLane: fc.constantFrom(null, null, null, 'local', 'remote'),
    } as const),
    laneChance: unit,
    strategyChance: unit,
  })
  .map(({ deployments, fallbacks, strategies: own, rules, states, split, hold, facts, laneChance, strategyChance }) => {
    const models = modelNames.map((name, index) =>
      buildModel(name, deployments[index] as Deployment[], { fallbacks: fallbacks[index] ?? [], strategy: own[index] ?? null }),
    )
    // Every provider is there, with or without a listed deployment.
    const providers = new Map(
      providerNames.map((name) => {
        const { endpoint } = buildDeployment(`m/${name}`)
        return [name, buildProvider(name, { endpoint, defaultModel: name === 'lab' ? 'lab-default' : null })] as const
      }),
    )
    const catalog = buildCatalog(models, { providers, rules, default: { model: 'm-7b', provider: null, source: 'x' } })
    return {
      facts: buildFacts(facts as Partial<RequestFacts>),
      catalog,
      situation: buildSituation({ split, hold, states, laneChance, strategyChance }),
    }
  })

const always = (holds: (input: DecideInput, plan: ReturnType<typeof decide>) => void) =>
  // Every input is deeply frozen: a mutation throws.
  fc.assert(
    fc.property(world, (input) => holds(input, decide(input))),
    { numRuns: 3_000, seed: 20_261_125 },
  )

describe('every plan with rules in it', () => {
  it('holds each candidate exactly once: those of the model, of the chain, of the fallback models', () => {
    always((input, plan) => {
      const { facts, catalog, situation } = input
      const names = [...plan.steps, ...plan.excluded].map(({ deployment }) => deployment.name)
      expect(names.length).toBe(new Set(names).size)
      const resolved = resolveModel(facts, catalog, situation)
      const candidates = resolved.model.deployments.map(({ name }) => name)
      if (!facts.noFallback && !facts.needs.embeddings) {
        const { asked } = resolved
        // A link that is asked without a name takes one place of those it could.
        for (const each of resolved.chain?.links ?? [])
          if (asked !== null || each.model !== null)
            candidates.push(
              ...placesOfLink(each, asked, catalog)
                .slice(0, asked === null && each.model === null ? 1 : undefined)
                .map(({ name }) => name),
            )
        if (resolved.provider === null)
          for (const name of resolved.model.fallbacks)
            candidates.push(...(catalog.modelsByName.get(name)?.deployments ?? []).map((each) => each.name))
      }
      expect(candidates.filter((name) => !names.includes(name))).toEqual([])
    })
  })

  it('never plans what is ineligible, whatever rule, chain or fallback names it', () => {
    always(({ facts, situation }, plan) => {
      for (const { deployment, reason } of plan.steps) {
        const { lock } = situation.split
        const known = situation.deployments.get(deployment.name)
        expect(deployment.disabled).toBeNull()
        if (lock !== null) expect(deployment.lane).toBe(lock)
        if (lock === 'local') expect(deployment.address).not.toBe('network')
        if (facts.askedLane !== null && reason !== 'held' && reason !== 'failed-over' && !facts.inToolLoop && facts.model?.includes('@') !== true)
          expect(deployment.lane).toBe(facts.askedLane)
        if (deployment.context !== null) expect(Math.ceil(facts.promptTokens / 2) + 1).toBeLessThanOrEqual(deployment.context)
        for (const feature of ['tools', 'json', 'embeddings'] as const) if (facts.needs[feature]) expect(deployment.features[feature]).not.toBe(false)
        expect([known?.credentialOutForMs ?? 0, known?.modelUnknownForMs ?? 0, known?.limitedForMs ?? 0]).toEqual([0, 0, 0])
        if (known?.health === 'out') expect(reason).toBe('panic')
      }
    })
  })

  it('is refused exactly when it is empty, and panics only last', () => {
    always((_, plan) => {
      expect(plan.refusal === null).toBe(plan.steps.length > 0)
      expect(plan.steps.findIndex(({ reason }) => reason === 'panic')).toBe(plan.steps.at(-1)?.reason === 'panic' ? plan.steps.length - 1 : -1)
      for (const { detail } of plan.excluded) expect(detail.length).toBeGreaterThan(0)
    })
  })

  it('leaves a link out only with the words of its condition', () => {
    always((_, plan) => {
      for (const { reason, detail } of plan.excluded)
        if (detail.startsWith('chain '))
          expect([reason, / does not hold \(|; only after a rate limit of .*, and nothing of it is asked$/.test(detail)]).toEqual(['route', true])
    })
  })

  it('is the same decided live, explained and replayed from its written facts', () => {
    always((input, plan) => {
      const { facts, catalog, situation } = input
      expect(decide(input)).toEqual(plan)
      expect(decideResolved(resolveModel(facts, catalog, situation), input)).toEqual(plan)
      const written = JSON.parse(JSON.stringify({ facts, laneChance: situation.laneChance, strategyChance: situation.strategyChance })) as {
        readonly facts: RequestFacts
        readonly laneChance: number
        readonly strategyChance: number
      }
      const replayed = decide({ facts: written.facts, catalog, situation: { ...situation, ...written } })
      expect(replayed).toEqual(plan)
      expect(explainPlan(replayed)).toEqual(explainPlan(plan))
      expect(explainPlan(plan).sentence).not.toMatch(/undefined|NaN/)
    })
  })

  it('does not depend on what was asked before', () => {
    fc.assert(
      fc.property(fc.array(world, { minLength: 2, maxLength: 4 }), (inputs) => {
        const [first] = inputs as [DecideInput]
        const alone = decide({ ...first, catalog: { ...first.catalog } })
        for (const other of inputs) decide({ ...other, catalog: first.catalog })
        expect(decide(first)).toEqual(alone)
      }),
      { numRuns: 500, seed: 20_261_126 },
    )
  })
})

describe('weights', () => {
  const shares = fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 4 })

  it('across lanes hold within half a request for each model, over any interleaving, and no deficit drifts', () => {
    fc.assert(
      fc.property(shares, fc.array(fc.nat(), { minLength: 1, maxLength: 120 }), (percents, order) => {
        const models = percents.map((percent, index) =>
          buildModel(
            `m${index}`,
            [buildDeployment(`m${index}/here`, { weight: 100 - percent }), buildDeployment(`m${index}/away`, { weight: percent })],
            { weightedShare: percent / 100 },
          ),
        )
        const catalog = buildCatalog(models)
        const deficits = new Map<string, Deficit>()
        const counts = percents.map(() => ({ all: 0, remote: 0 }))
        for (const each of order) {
          const index = each % percents.length
          const plan = decide({ facts: buildFacts({ model: `m${index}`, session: null }), catalog, situation: buildSituation({ deficits }) })
          const { key, deficit } = plan.booking as NonNullable<typeof plan.booking>
          deficits.set(key, deficit)
          const count = counts[index] as (typeof counts)[number]
          count.all++
          if (plan.steps[0]?.deployment.lane === 'remote') count.remote++
          expect(Math.abs(count.remote - (count.all * (percents[index] as number)) / 100)).toBeLessThanOrEqual(0.5 + 1e-9)
          expect(deficit.local + deficit.remote).toBe(0)
          expect(Math.abs(deficit.remote)).toBeLessThanOrEqual(1_000_000)
        }
      }),
      { numRuns: 200, seed: 20_261_127 },
    )
  })

  it('inside a lane hold within four standard deviations for each model, however their requests are mixed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 }),
        fc.integer(),
        fc.integer({ min: 2, max: 5 }),
        (weights, seed, every) => {
          const places = (model: string) => weights.map((weight, index) => buildDeployment(`${model}/here${index}`, { weight }))
          const catalog = buildCatalog([buildModel('m', places('m')), buildModel('n', places('n'))])
          const chance = seededChance(seed)
          const firsts = new Map<string, number>()
          const count = { m: 0, n: 0 }
          for (let i = 0; i < 1_500; i++) {
            const model = i % every === 0 ? 'n' : 'm'
            count[model]++
            const plan = decide({ facts: buildFacts({ model, session: null }), catalog, situation: buildSituation({ strategyChance: chance() }) })
            const first = plan.steps[0]?.deployment.name ?? ''
            firsts.set(first, (firsts.get(first) ?? 0) + 1)
          }
          const total = weights.reduce((sum, each) => sum + each, 0)
          for (const model of ['m', 'n'] as const)
            for (const [index, weight] of weights.entries()) {
              const share = weight / total
              const wanted = count[model] * share
              const deviation = Math.sqrt(count[model] * share * (1 - share))
              expect(Math.abs((firsts.get(`${model}/here${index}`) ?? 0) - wanted)).toBeLessThanOrEqual(4 * deviation + 1)
            }
        },
      ),
      { numRuns: 25, seed: 20_261_128 },
    )
  })

  it('by round robin are equal within one turn, over any coming and going of places', () => {
    fc.assert(
      fc.property(fc.array(fc.subarray(['here1', 'here2', 'here3'], { minLength: 1 }), { minLength: 3, maxLength: 60 }), (present) => {
        const catalog = buildCatalog([
          buildModel(
            'm',
            ['here1', 'here2', 'here3'].map((name) => buildDeployment(`m/${name}`)),
            { strategy: 'round_robin' },
          ),
        ])
        const turns = new Map<string, number>()
        for (const names of present) {
          const states = Object.fromEntries(
            ['here1', 'here2', 'here3'].map((name) => [`m/${name}`, names.includes(name) ? {} : { health: 'out' as const }]),
          )
          const plan = decide({ facts: buildFacts({ session: null }), catalog, situation: buildSituation({ states, turns: new Map(turns) }) })
          const first = plan.steps[0]?.deployment.name as string
          expect(turns.get(first) ?? 0).toBe(Math.min(...names.map((name) => turns.get(`m/${name}`) ?? 0)))
          turns.set(first, (turns.get(first) ?? 0) + 1)
        }
      }),
      { numRuns: 200, seed: 20_261_129 },
    )
  })
})
