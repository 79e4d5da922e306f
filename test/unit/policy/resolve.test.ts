/** Names become models, and nothing but models. */
import { describe, expect, it } from 'vitest'
import { HeadgateError } from '../../../router/core/errors.ts'
import type { RequestFacts } from '../../../router/core/plan.ts'
import { noRules, type Rules } from '../../../router/core/rules.ts'
import { decide, nearNames, resolveModel, sessionKey } from '../../../router/policy/index.ts'
import { bothLanes, buildCatalog, buildDeployment, buildFacts, buildModel, buildProvider, buildSituation, override, stepNames } from './build.ts'

const llama = buildModel('llama3.1:8b', [buildDeployment('llama3.1:8b/here'), buildDeployment('llama3.1:8b/away')], { aliases: ['general'] })
const catalog = buildCatalog([bothLanes(), llama])
const named = (model: string | null, some: Partial<RequestFacts> = {}) => resolveModel(buildFacts({ model, ...some }), catalog, buildSituation())
const plan = (facts: Partial<RequestFacts>, percent = 0, among = catalog) =>
  decide({ facts: buildFacts(facts), catalog: among, situation: buildSituation({ split: override(percent) }) })

function refusal(run: () => unknown): HeadgateError {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof HeadgateError) return thrown
  }
  return expect.fail('nothing was refused')
}

describe('a model name', () => {
  it('resolves exactly and by alias, with the place that says so', () => {
    expect(named('m').route).toEqual({ kind: 'exact', rule: 'm', source: 'models.yaml:1' })
    expect(named('general')).toMatchObject({ model: { name: 'llama3.1:8b' }, route: { kind: 'alias', rule: 'general' } })
  })

  it('may carry a lane, whether or not the dialect has taken it off', () => {
    expect(named('m@remote')).toMatchObject({ model: { name: 'm' }, lane: 'remote' })
    expect(named('m@remote', { askedLane: 'remote' })).toMatchObject({ model: { name: 'm' }, lane: 'remote' })
    expect(named('m', { askedLane: 'local' })).toMatchObject({ model: { name: 'm' }, lane: 'local' })
  })

  it.each([
    '../../etc/passwd',
    '%2e%2e',
    'http://169.254.169.254/',
    'a\r\nX: y',
    '${OPENAI_API_KEY}',
    "'; DROP TABLE models",
    '__proto__',
    'constructor',
    '',
    'm@',
    'm@nobody',
  ])('%j is a literal that nobody serves', (model) => {
    const error = refusal(() => named(model))
    expect(error).toMatchObject({ kind: 'model-not-found', status: 404, details: { param: 'model' } })
    expect(error.message).not.toMatch(/[\r\n]/)
  })

  it('that is unknown is refused with at most five near names', () => {
    const error = refusal(() => named('lama3.1:8b'))
    expect(error.message).toContain('"llama3.1:8b"')
    const many = ['gpt-4o', 'gpt-4oa', 'gpt-4.1', 'gpt-4', 'gpt-4ob', 'gpt-4t', 'claude']
    expect(nearNames('gpt-4oo', many)).toHaveLength(5)
    expect(nearNames('gpt-4oo', many)[0]).toBe('gpt-4o')
    expect(nearNames('zzzzzzzz', many)).toEqual([])
    expect(nearNames('x'.repeat(100_000), many)).toEqual([])
  })

  it('that is missing is refused as a missing parameter, or takes the default', () => {
    expect(refusal(() => named(null))).toMatchObject({ kind: 'invalid-request', code: 'missing_required_parameter', details: { param: 'model' } })
    const withDefault = buildCatalog([bothLanes()], { default: { model: 'm', provider: null, source: 'models.yaml:9' } })
    for (const model of [null, 'unknown'])
      expect(resolveModel(buildFacts({ model }), withDefault, buildSituation())).toMatchObject({
        model: { name: 'm' },
        route: { kind: 'default', rule: 'm', source: 'models.yaml:9' },
      })
  })

  it('that nobody serves is not told that no default is set where the default leads nowhere', () => {
    const sizes = [
      { kind: 'size', rule: '> 13B', range: { min: 13, minIncluded: false, max: Infinity, maxIncluded: true } } as unknown as Rules['sizes'][number],
    ]
    const leadsNowhere = { model: null, provider: 'empty', source: 'routing.yaml:9' }
    const among = buildCatalog([bothLanes()], { default: leadsNowhere, rules: { ...noRules, sizes } })
    for (const model of [null, 'unknown'])
      expect(refusal(() => resolveModel(buildFacts({ model }), among, buildSituation())).message).toContain(
        'the default ("empty", routing.yaml:9) leads to no place that is known',
      )
    const atProvider = buildFacts({ model: null, askedProvider: 'away' })
    expect(refusal(() => resolveModel(atProvider, among, buildSituation())).message).toBe(
      'The request names no model, and "away" has no default model.',
    )
  })

  it('that is unknown becomes the first model of the default provider', () => {
    const withDefault = buildCatalog([llama, bothLanes()], { default: { model: null, provider: 'away', source: 'models.yaml:9' } })
    const decided = plan({ model: 'unknown' }, 0, withDefault)
    expect(decided).toMatchObject({ model: 'llama3.1:8b', route: { kind: 'default', rule: 'away' } })
    expect(stepNames(decided)).toEqual(['llama3.1:8b/away'])
  })
})

describe('name@provider', () => {
  it('S9: is the plan at every share, without a draw, with the reason route', () => {
    for (const percent of [0, 50, 100]) {
      const decided = plan({ model: 'm@away' }, percent)
      expect(decided.draw).toBeNull()
      expect(decided.steps.map((step) => [step.deployment.name, step.reason])).toEqual([['m/away', 'route']])
      expect(decided.excluded.map((exclusion) => exclusion.reason)).toEqual(['route'])
    }
  })

  it('reaches a model that no file lists, as a literal', () => {
    for (const facts of [{ model: 'gpt-9@away' }, { model: 'gpt-9', askedProvider: 'away' }, { model: 'gpt-9@away', askedProvider: 'away' }]) {
      const first = plan(facts).steps[0]
      expect(first).toMatchObject({ reason: 'route', deployment: { name: 'gpt-9/away', upstreamModel: 'gpt-9', lane: 'remote', address: 'network' } })
    }
  })

  it('stays under the lock', () => {
    const decided = decide({
      facts: buildFacts({ model: 'gpt-9@away' }),
      catalog,
      situation: buildSituation({ split: override(0, { lock: 'local' }) }),
    })
    expect(decided).toMatchObject({ steps: [], refusal: { reason: 'lock', kind: 'no-eligible-deployment' } })
  })

  it('takes a loopback server for local, and a cloud model behind it for remote', () => {
    const loopback = { baseUrl: 'http://localhost:11434/v1', credential: null, headers: {} }
    const providers = new Map([['ollama', buildProvider('ollama', { endpoint: loopback, remoteModelSuffix: 'cloud' })]])
    const among = buildCatalog([], { providers })
    expect(plan({ model: 'phi@ollama' }, 0, among).steps[0]?.deployment).toMatchObject({ lane: 'local', address: 'loopback' })
    expect(plan({ model: 'gpt-oss:120b-cloud@ollama' }, 0, among).steps[0]?.deployment).toMatchObject({ lane: 'remote', address: 'network' })
  })

  it('takes the mark of a cloud model for a name like any other at a provider without that quirk', () => {
    const loopback = { baseUrl: 'http://localhost:8001/v1', credential: null, headers: {} }
    const among = buildCatalog([], { providers: new Map([['vllm', buildProvider('vllm', { endpoint: loopback })]]) })
    expect(plan({ model: 'my-cloud@vllm' }, 0, among).steps[0]?.deployment).toMatchObject({ lane: 'local', address: 'loopback' })
  })

  it('never asks the engine for a file that is not listed', () => {
    const providers = new Map([['engine', buildProvider('engine', { kind: 'engine', endpoint: null })]])
    const among = buildCatalog([], { providers })
    expect(refusal(() => plan({ model: '/etc/passwd@engine' }, 0, among)).kind).toBe('model-not-found')
  })

  it('gives way to a model that is literally called so', () => {
    const literal = buildCatalog([buildModel('m@away', [buildDeployment('odd/here')]), bothLanes()])
    expect(resolveModel(buildFacts({ model: 'm@away' }), literal, buildSituation())).toMatchObject({ model: { name: 'm@away' }, provider: null })
    expect(resolveModel(buildFacts({ model: 'm', askedProvider: 'away' }), literal, buildSituation())).toMatchObject({
      model: { name: 'm@away' },
      provider: null,
    })
  })
})

describe('auto', () => {
  const engine = buildDeployment('tiny/here', { provider: 'engine', kind: 'engine', address: 'engine', endpoint: null })
  const large = buildDeployment('large/away')
  const providers = new Map([
    ['engine', buildProvider('engine', { kind: 'engine', endpoint: null })],
    ['away', buildProvider('away', { defaultModel: 'up-large' })],
    ['far', buildProvider('far', { defaultModel: 'far-1' })],
    ['idle', buildProvider('idle')],
  ])
  const among = buildCatalog([buildModel('small', [buildDeployment('small/away')]), buildModel('tiny', [engine]), buildModel('large', [large])], {
    providers,
  })

  it("is the local default model and every provider's default model, chosen by the split", () => {
    expect(stepNames(plan({ model: 'auto' }, 0, among))[0]).toBe('tiny/here')
    expect(
      stepNames(plan({ model: 'auto' }, 100, among))
        .slice(0, 2)
        .sort(),
    ).toEqual(['far-1/far', 'large/away'])
    expect(plan({ model: 'auto' }, 0, among)).toMatchObject({ model: 'auto', draw: { lane: 'local' }, booking: { key: 'global:auto' } })
  })

  it('exists without any deployment, and then says what to do', () => {
    expect(plan({ model: 'auto' }, 0, buildCatalog([]))).toMatchObject({ steps: [], refusal: { kind: 'no-eligible-deployment' } })
  })
})

describe('the session key', () => {
  it('tells every tool, model and conversation apart', () => {
    const keys = [
      sessionKey(null, 'm', 's'),
      sessionKey('null', 'm', 's'),
      sessionKey('', 'm', 's'),
      sessionKey('k', 'm', 's'),
      sessionKey('k', 'm","s', ''),
      sessionKey('k","m', 's', ''),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })
})
