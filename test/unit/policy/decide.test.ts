/** The chain of rules, the plan's order, every reason to leave a deployment out, and the words of a refusal. */
import { describe, expect, it } from 'vitest'
import type { Deployment, Model } from '../../../router/core/deployment.ts'
import type { Hold, RequestFacts } from '../../../router/core/plan.ts'
import { decide, explainPlan, sentence } from '../../../router/policy/index.ts'
import { bothLanes, buildCatalog, buildDeployment, buildFacts, buildModel, buildSituation, exclusionReasons, override, stepNames } from './build.ts'

const needs = { tools: false, vision: false, json: false, embeddings: false, many: false }
const noFeatures = { tools: null, vision: null, json: null, reasoning: null, embeddings: null }
type SituationParts = Parameters<typeof buildSituation>[0]

function plan(facts: Partial<RequestFacts>, situation: SituationParts = {}, models: readonly Model[] = [bothLanes()]) {
  return decide({ facts: buildFacts(facts), catalog: buildCatalog(models), situation: buildSituation(situation) })
}

const modelOf = (...deployments: Deployment[]) => [buildModel('m', deployments)]
const here = (some: Partial<Deployment> = {}) => buildDeployment('m/here', some)
const away = (some: Partial<Deployment> = {}) => buildDeployment('m/away', some)
const holdAt = (deployment: Deployment, some: Partial<Hold> = {}): Hold => ({
  deployment: deployment.name,
  lane: deployment.lane,
  failedOver: false,
  splitVersion: 1,
  ...some,
})

describe('a deployment is left out', () => {
  it.each<[string, Partial<Deployment>, Partial<RequestFacts>, SituationParts, string, RegExp]>([
    ['disabled', { disabled: 'LAB_URL is not set' }, {}, {}, 'disabled', /^LAB_URL is not set$/],
    ['in the other lane of a lock', {}, {}, { split: override(0, { lock: 'local' }) }, 'lock', /locked to local \(override\), this one is remote/],
    ['in the other lane than asked', {}, { askedLane: 'local' }, {}, 'lane', /asks for the local lane/],
    ['at another provider than asked', {}, { model: 'm@here' }, {}, 'route', /names provider here, this one is at away/],
    ['without tools', { features: { ...noFeatures, tools: false } }, { needs: { ...needs, tools: true } }, {}, 'feature', /needs tools/],
    ['without vision', { features: { ...noFeatures, vision: false } }, { needs: { ...needs, vision: true } }, {}, 'feature', /needs vision/],
    ['without json', { features: { ...noFeatures, json: false } }, { needs: { ...needs, json: true } }, {}, 'feature', /needs json/],
    ['too small', { context: 4096 }, { promptTokens: 8192 }, {}, 'context', /8192 prompt tokens .* context of 4096/],
    ['with a bad credential', {}, {}, { states: { 'm/away': { credentialOutForMs: 90_500 } } }, 'credential', /next look in 91 s/],
    [
      'without the model upstream',
      {},
      {},
      { states: { 'm/away': { modelUnknownForMs: 1 } } },
      'model-unknown',
      /away says that it has no model up-m/,
    ],
    ['rate limited', {}, {}, { states: { 'm/away': { limitedForMs: 850 } } }, 'limited', /another 850 ms/],
    ['out', {}, {}, { states: { 'm/away': { health: 'out', detail: '6/10 failed since 10:02:11' } } }, 'out', /^6\/10 failed since 10:02:11$/],
    ['on trial without a canary', {}, {}, { states: { 'm/away': { health: 'on-trial' } } }, 'out', /on trial/],
  ])('that is %s, with reason and detail', (_, some, facts, situation, reason, detail) => {
    const decided = plan(facts, situation, modelOf(here(), away(some)))
    expect(stepNames(decided)).toEqual(['m/here'])
    expect(decided.excluded).toHaveLength(1)
    expect(decided.excluded[0]).toMatchObject({ deployment: { name: 'm/away' }, reason })
    expect(decided.excluded[0]?.detail).toMatch(detail)
  })

  it('but never for a feature or a context that is not known, and not while one token of output fits', () => {
    expect(plan({ needs: { ...needs, tools: true, vision: true, json: true }, promptTokens: 1e6 }).excluded).toEqual([])
    // The estimate is rough: what may fit by half is for the place to count.
    expect(plan({ promptTokens: 8190 }, {}, modelOf(here({ context: 4096 }))).steps).toHaveLength(1)
  })

  it('that is called local but lives at another address, under a lock to local', () => {
    const lab = buildDeployment('m/lab', { lane: 'local', address: 'network' })
    const decided = plan({}, { split: override(0, { lock: 'local' }) }, modelOf(lab, here()))
    expect(stepNames(decided)).toEqual(['m/here'])
    expect(decided.excluded[0]).toMatchObject({ reason: 'lock', detail: expect.stringContaining('another address of the network') })
  })

  it('that is the engine, for a request of several answers, wherever it stands in the plan', () => {
    const engine = here({ kind: 'engine', address: 'engine', endpoint: null })
    const several = { needs: { ...needs, many: true } }
    expect(exclusionReasons(plan(several, {}, modelOf(engine, away())))).toEqual({ 'm/here': 'feature' })
    expect(stepNames(plan(several, {}, modelOf(here(), away())))).toEqual(['m/here', 'm/away'])
    const behind = [
      buildModel('m', [away()], { fallbacks: ['n'] }),
      buildModel('n', [buildDeployment('n/here', { address: 'engine', endpoint: null })]),
    ]
    expect(exclusionReasons(plan(several, {}, behind))).toEqual({ 'n/here': 'feature' })
  })

  it('in the lane that was not drawn, when Fallback is off', () => {
    const decided = plan({}, { split: override(100, { fallback: false }) })
    expect(stepNames(decided)).toEqual(['m/away'])
    expect(exclusionReasons(decided)).toEqual({ 'm/here': 'lane' })
  })

  it('for embeddings of a model that is not declared to be the same', () => {
    const embed = { needs: { ...needs, embeddings: true }, session: null }
    const cloud = away({ upstreamModel: 'text-embedding-3-small' })
    expect(exclusionReasons(plan(embed, { split: override(100) }, modelOf(here(), cloud)))).toEqual({ 'm/away': 'feature' })
    expect(stepNames(plan(embed, { split: override(100) }, modelOf(here(), away())))[0]).toBe('m/away')
    const declared = { ...noFeatures, embeddings: true }
    const both = modelOf(here({ features: declared }), away({ features: declared, upstreamModel: 'other-name' }))
    expect(stepNames(plan(embed, { split: override(100) }, both))[0]).toBe('m/away')
    const homeIsOut = plan(embed, { states: { 'm/here': { health: 'out' } } }, modelOf(here(), cloud))
    expect(homeIsOut.steps.map((step) => [step.deployment.name, step.reason])).toEqual([['m/here', 'panic']])
  })
})

describe('the lane', () => {
  it('is drawn, and the other lane follows with Fallback on', () => {
    const decided = plan({}, { split: override(100) })
    expect(decided.steps.map((step) => [step.deployment.name, step.reason])).toEqual([
      ['m/away', 'drawn'],
      ['m/here', 'fallback'],
    ])
    expect(decided).toMatchObject({ mayFallBack: true, keepsSession: true, refusal: null })
  })

  it('says why it is the only one, where the share could have given the other', () => {
    const small = modelOf(here({ context: 100 }), away())
    expect(plan({ promptTokens: 500 }, { split: override(0) }, small).steps[0]).toMatchObject({ reason: 'context', deployment: { lane: 'remote' } })
    expect(plan({ promptTokens: 500 }, { split: override(100) }, small).steps[0]?.reason).toBe('only-lane')
    const blind = modelOf(here({ features: { ...noFeatures, vision: false } }), away())
    expect(plan({ needs: { ...needs, vision: true } }, {}, blind).steps[0]?.reason).toBe('feature')
    expect(plan({}, { split: override(100, { fallback: false }) }, modelOf(here())).steps[0]).toMatchObject({ reason: 'only-lane' })
  })

  it('is as asked, before a soft hold and the draw', () => {
    const decided = plan({ askedLane: 'remote', startsSession: false }, { hold: holdAt(here()) })
    expect(decided).toMatchObject({ draw: null, booking: null, steps: [{ reason: 'asked', deployment: { name: 'm/away' } }] })
  })

  it('falls to the other one with the reason when the drawn one cannot now, and not with Fallback off', () => {
    const states = { 'm/away': { health: 'out', detail: '4 in a row' } } as const
    const on = plan({}, { split: override(100), states })
    expect(on).toMatchObject({ draw: { lane: 'remote' }, steps: [{ reason: 'out', deployment: { name: 'm/here' } }] })
    expect(on.booking).not.toBeNull()
    const off = plan({}, { split: override(100, { fallback: false }), states })
    expect(off.steps.map((step) => [step.deployment.name, step.reason])).toEqual([['m/away', 'panic']])
  })

  it('does not move because a deployment is busy: it queues behind the idle ones of its lane', () => {
    const one = here({ maxInFlight: 1 })
    const busy = { 'm/here': { inFlight: 1 } }
    expect(plan({}, { states: busy }, modelOf(one, away())).steps[0]).toMatchObject({
      reason: 'drawn',
      deployment: { name: 'm/here' },
      detail: expect.stringContaining('all 1 slots are taken'),
    })
    const second = buildDeployment('m/here2', { priority: 5 })
    expect(stepNames(plan({}, { states: busy }, modelOf(one, second, away())))).toEqual(['m/here2', 'm/here', 'm/away'])
  })
})

describe('a hold', () => {
  const turn = { startsSession: false }

  it('that is soft keeps lane and deployment through other turns', () => {
    const decided = plan(turn, { hold: holdAt(away()), split: override(0) })
    expect(decided.steps.map((step) => [step.deployment.name, step.reason])).toEqual([
      ['m/away', 'held'],
      ['m/here', 'fallback'],
    ])
    expect(decided).toMatchObject({ draw: null, booking: null })
  })

  it('that is soft ends when the split changes or a conversation begins without a session header', () => {
    expect(plan(turn, { hold: holdAt(away()), splitVersion: 2 }).steps[0]).toMatchObject({ reason: 'drawn', deployment: { name: 'm/here' } })
    expect(plan({}, { hold: holdAt(away()) }).steps[0]).toMatchObject({ reason: 'drawn', deployment: { name: 'm/here' } })
    expect(plan({ session: { id: 's', fromHeader: true } }, { hold: holdAt(away()) }).steps[0]).toMatchObject({ reason: 'held' })
  })

  it('that is hard survives a change of the split and an asked lane or provider, and not a lock', () => {
    const loop = { ...turn, inToolLoop: true }
    const hold = holdAt(away())
    expect(plan(loop, { hold, splitVersion: 2 }).steps[0]).toMatchObject({ reason: 'held', deployment: { name: 'm/away' } })
    expect(plan({ ...loop, askedLane: 'local' }, { hold }).steps[0]).toMatchObject({ reason: 'held', deployment: { name: 'm/away' } })
    expect(plan({ ...loop, model: 'm@here' }, { hold }).steps[0]).toMatchObject({ reason: 'held', deployment: { name: 'm/away' } })
    const locked = plan(loop, { hold, split: override(0, { lock: 'local' }) })
    expect(locked.steps.map((step) => [step.deployment.name, step.reason])).toEqual([['m/here', 'lock']])
  })

  it('is passed over while its deployment is out or limited: the lane first, then the other', () => {
    const models = modelOf(here(), away(), buildDeployment('m/far'))
    const decided = plan(turn, { hold: holdAt(away()), states: { 'm/away': { limitedForMs: 5000 } } }, models)
    expect(decided.steps.map((step) => [step.deployment.name, step.reason])).toEqual([
      ['m/far', 'limited'],
      ['m/here', 'fallback'],
    ])
    expect(decided.booking).toBeNull()
  })

  it('keeps the lane when its deployment is gone from the configuration, and names what made it too small', () => {
    const gone = plan(turn, { hold: holdAt(buildDeployment('m/old')) })
    expect(gone.steps[0]).toMatchObject({ reason: 'held', deployment: { name: 'm/away' } })
    const models = modelOf(here(), away({ context: 100 }), buildDeployment('m/far'))
    expect(plan({ ...turn, promptTokens: 500 }, { hold: holdAt(away()) }, models).steps[0]).toMatchObject({
      reason: 'context',
      deployment: { name: 'm/far' },
    })
  })

  it('of a session that failed over stays with its own reason, also at a fallback model', () => {
    expect(plan(turn, { hold: holdAt(away(), { failedOver: true }) }).steps[0]).toMatchObject({
      reason: 'failed-over',
      deployment: { name: 'm/away' },
    })
    const other = buildModel('n', [buildDeployment('n/away')])
    const models = [buildModel('m', [here(), away()], { fallbacks: ['n'] }), other]
    const decided = plan(turn, { hold: holdAt(buildDeployment('n/away'), { failedOver: true }) }, models)
    expect(decided.steps[0]).toMatchObject({ reason: 'failed-over', deployment: { name: 'n/away' } })
  })
})

describe('health', () => {
  it('never leaves a model without its last deployment: it is tried in panic, one on trial before one that is out', () => {
    const states = { 'm/here': { health: 'out' }, 'm/away': { health: 'on-trial' } } as const
    const decided = plan({}, { states })
    expect(decided.steps.map((step) => [step.deployment.name, step.reason])).toEqual([['m/away', 'panic']])
    expect(exclusionReasons(decided)).toEqual({ 'm/here': 'out' })
  })

  it('panics inside the lock only, and not with a bad credential', () => {
    const states = { 'm/here': { health: 'out' } } as const
    expect(plan({}, { states, split: override(0, { lock: 'local' }) }).steps).toMatchObject([{ reason: 'panic', deployment: { name: 'm/here' } }])
    const bad = plan({}, { states: { 'm/here': { health: 'out', credentialOutForMs: 1000 } } }, modelOf(here()))
    expect(bad).toMatchObject({ steps: [], refusal: { reason: 'credential', retryAfterMs: 1000 } })
  })

  it('lets one on trial lead as a canary only with a ready one behind it that may be tried', () => {
    const states = { 'm/away': { health: 'on-trial', acceptsCanary: true } } as const
    const split = override(100)
    expect(stepNames(plan({}, { states, split }))).toEqual(['m/away', 'm/here'])
    expect(plan({}, { states, split }).steps[0]?.detail).toMatch(/^canary/)
    expect(stepNames(plan({ noFallback: true }, { states, split }))).toEqual(['m/here'])
    expect(stepNames(plan({}, { states, split: override(0) }))).toEqual(['m/here'])
    expect(plan({}, { states, split }, modelOf(away())).steps[0]?.reason).toBe('panic')
  })

  it('gives a ramping deployment a quarter of its turns at 25 %', () => {
    const models = modelOf(buildDeployment('m/away1'), buildDeployment('m/away2'))
    const states = { 'm/away2': { health: 'ramping', rampShare: 0.25, firstOutputMs: 1 }, 'm/away1': { firstOutputMs: 1000 } } as const
    let first = 0
    for (let n = 0; n < 400; n++) if (stepNames(plan({}, { states, strategyChance: (n + 0.5) / 400 }, models))[0] === 'm/away2') first++
    expect(first).toBe(100) // it is the faster one: whenever it takes part it wins
  })
})

describe('the order inside a lane', () => {
  const three = [buildDeployment('m/a'), buildDeployment('m/b'), buildDeployment('m/c')]

  it('is priority before strategy', () => {
    const [a, b, c] = three as [Deployment, Deployment, Deployment]
    const models = modelOf({ ...a, priority: 2 }, { ...b, priority: 1 }, { ...c, priority: 0 })
    for (const strategyChance of [0, 0.3, 0.6, 0.99]) expect(stepNames(plan({}, { strategyChance }, models))).toEqual(['m/c', 'm/b', 'm/a'])
  })

  it('follows weights where nobody chose a strategy', () => {
    const models = modelOf(buildDeployment('m/a', { weight: 0.7 }), buildDeployment('m/b', { weight: 0.3 }))
    let first = 0
    for (let n = 0; n < 1000; n++) if (stepNames(plan({}, { strategyChance: (n + 0.5) / 1000 }, models))[0] === 'm/a') first++
    expect(first).toBe(700)
    const own = [buildModel('m', models[0]?.deployments ?? [], { strategy: 'highest_priority' })]
    for (const strategyChance of [0.1, 0.9]) expect(stepNames(plan({}, { strategyChance }, own))).toEqual(['m/a', 'm/b'])
  })
})

describe('other models', () => {
  const models = [buildModel('m', [here({ context: 100 })], { fallbacks: ['n', 'nowhere'] }), buildModel('n', [buildDeployment('n/away')])]

  it('follow in the plan, with the reason why they lead when they do', () => {
    expect(plan({}, {}, models).steps.map((step) => [step.deployment.name, step.reason])).toEqual([
      ['m/here', 'only-lane'],
      ['n/away', 'fallback'],
    ])
    const long = plan({ promptTokens: 500 }, {}, models)
    expect(long).toMatchObject({
      model: 'm',
      steps: [{ reason: 'context', deployment: { name: 'n/away' }, detail: expect.stringContaining('model n') }],
    })
  })

  it('leave a deployment in panic last', () => {
    const decided = plan({}, { states: { 'm/here': { health: 'out' } } }, models)
    expect(decided.steps.map((step) => [step.deployment.name, step.reason])).toEqual([
      ['n/away', 'out'],
      ['m/here', 'panic'],
    ])
  })

  it('do not follow where the caller forbids it, names a provider, wants embeddings, or the lock and Fallback forbid their lane', () => {
    const only = ['m/here']
    expect(stepNames(plan({ noFallback: true }, {}, models))).toEqual(only)
    expect(stepNames(plan({ model: 'm@here' }, {}, models))).toEqual(only)
    expect(stepNames(plan({ needs: { ...needs, embeddings: true } }, {}, models))).toEqual(only)
    expect(stepNames(plan({}, { split: override(0, { fallback: false }) }, models))).toEqual(only)
    expect(stepNames(plan({}, { split: override(0, { lock: 'local' }) }, models))).toEqual(only)
  })
})

describe('a refusal', () => {
  it('under a lock names the lock and the way out, both ways', () => {
    const local = plan({}, { split: override(0, { lock: 'local' }) }, modelOf(away()))
    expect(local.refusal).toMatchObject({ kind: 'no-eligible-deployment', reason: 'lock', retryAfterMs: null })
    expect(local.refusal?.message).toContain('m/away (lock: locked to local')
    expect(local.refusal?.howToFix).toContain('Remove the lock (Local Only)')
    expect(plan({}, { split: override(0, { lock: 'remote' }) }, modelOf(here())).refusal?.howToFix).toContain('Remote Only')
    expect(plan({ askedLane: 'remote' }, { split: override(0, { lock: 'local' }) }).refusal?.reason).toBe('lock')
  })

  it('for a prompt that is too long has both numbers and its own kind', () => {
    const refusal = plan({ promptTokens: 19_000 }, {}, modelOf(here({ context: 2048 }), away({ context: 8192 }))).refusal
    expect(refusal).toMatchObject({ kind: 'context-too-long', reason: 'context' })
    expect(refusal?.message).toContain('19000')
    expect(refusal?.message).toContain('8192')
  })

  it('is no context refusal where a larger deployment only has to wait', () => {
    const states = { 'm/away': { limitedForMs: 4000 } }
    expect(plan({ promptTokens: 9000 }, { states }, modelOf(here({ context: 2048 }), away())).refusal).toMatchObject({
      kind: 'no-eligible-deployment',
      reason: 'limited',
      retryAfterMs: 4000,
    })
  })

  it('for several answers where only the engine is left is the fault of the request, and not one of the place', () => {
    const engine = here({ kind: 'engine', address: 'engine', endpoint: null })
    const several = { needs: { ...needs, many: true } }
    for (const models of [modelOf(engine), modelOf(engine, away())])
      expect(plan(several, { split: override(0, { lock: 'local' }) }, models).refusal).toMatchObject({
        kind: 'invalid-request',
        reason: 'feature',
        message: expect.stringContaining('n must be 1 here'),
      })
    const isWaiting = plan(several, { states: { 'm/away': { limitedForMs: 4000 } } }, modelOf(engine, away()))
    expect(isWaiting.refusal).toMatchObject({ kind: 'no-eligible-deployment', reason: 'limited', retryAfterMs: 4000 })
  })

  it('says how long to wait: the nearest next look of all', () => {
    const states = { 'm/here': { limitedForMs: 9000 }, 'm/away': { limitedForMs: 4000 } }
    expect(plan({}, { states }).refusal?.retryAfterMs).toBe(4000)
  })
})

describe('an explained plan', () => {
  it('has the fields of POST /routing/explain', () => {
    const states = { 'm/away': { health: 'out', detail: '6/10 failed since 10:02:11' } } as const
    const explained = explainPlan(plan({}, { split: override(30), states }))
    expect(JSON.parse(JSON.stringify(explained))).toEqual({
      model: 'm',
      route: { kind: 'exact', rule: 'm', source: 'models.yaml:1' },
      draw: { lane: 'local', reason: 'drawn', remote_share: 0.3, source: 'override' },
      plan: [
        { deployment: 'm/here', provider: 'here', lane: 'local', model: 'm', reason: 'drawn', score: 1000, detail: 'no history yet, 0 in flight' },
      ],
      excluded: [{ deployment: 'm/away', provider: 'away', lane: 'remote', model: 'm', reason: 'out', detail: '6/10 failed since 10:02:11' }],
      fallback_allowed: true,
      refusal: null,
      sentence:
        'm goes to m/here (local): drawn local at 30 % remote (override). 1 of 2 candidates left out: m/away (out: 6/10 failed since 10:02:11).',
    })
  })

  it('tells a refusal in its sentence and its fields', () => {
    const refused = plan({}, { split: override(0, { lock: 'local' }) }, modelOf(away()))
    expect(explainPlan(refused)).toMatchObject({ draw: null, plan: [], refusal: { reason: 'lock', how_to_fix: expect.any(String) } })
    expect(sentence(refused)).toContain('Remove the lock')
  })

  it('says that the drawn lane was not taken, and why', () => {
    expect(sentence(plan({}, { split: override(100), states: { 'm/away': { health: 'out' } } }))).toMatch(
      /drawn remote at 100 % remote \(override\), but the first choice is out/,
    )
  })
})
