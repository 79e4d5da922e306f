/** Conditions about a provider look at what the request could use there. */
import { describe, expect, test } from 'vitest'
import type { DeploymentState } from '../../../router/core/plan.ts'
import { type Chain, noRules } from '../../../router/core/rules.ts'
import { compileCondition } from '../../../router/policy/condition.ts'
import { decide } from '../../../router/policy/index.ts'
import { conditionFacts, linkFollows } from '../../../router/policy/match-rule.ts'
import { buildCatalog, buildDeployment, buildFacts, buildModel, buildSituation, buildState, exclusionReasons, stepNames } from './build.ts'

const k = buildDeployment('k/ollama')
const other = buildDeployment('u1/ollama')
const backup = buildDeployment('k/vllm')
const catalog = buildCatalog([buildModel('k', [k]), buildModel('u1', [other])])
const limited = { limitedForMs: 30_000 }
const out = { health: 'out' } as const

type States = Readonly<Record<string, Partial<DeploymentState>>>
const ask = (states: States, model: string | null, planned?: readonly (typeof k)[]) =>
  conditionFacts(buildFacts({ model }), model, { catalog, situation: buildSituation({ states }), ...(planned ? { planned } : {}) })

describe('X_limited and X_unavailable', () => {
  test('hold when the place of this model is limited or out, whatever other models of the provider do', () => {
    expect([ask({ 'k/ollama': limited }, 'k').isLimited('ollama'), ask({ 'k/ollama': limited }, 'k').isUnavailable('ollama')]).toEqual([true, true])
    expect([ask({ 'k/ollama': out }, 'k').isLimited('ollama'), ask({ 'k/ollama': out }, 'k').isUnavailable('ollama')]).toEqual([false, true])
  })

  test('do not hold because of another model', () => {
    expect(ask({ 'u1/ollama': limited }, 'k').isLimited('ollama')).toBe(false)
    expect(ask({ 'u1/ollama': out }, 'k').isUnavailable('ollama')).toBe(false)
  })

  test('look at the places of the plan where they are handed in, also those that no file lists', () => {
    const unlisted = buildDeployment('k-2/ollama')
    expect(ask({ 'k-2/ollama': limited }, 'k-2', [unlisted]).isLimited('ollama')).toBe(true)
    expect(ask({ 'k/ollama': limited, 'u1/ollama': limited }, 'k-2', [unlisted]).isLimited('ollama')).toBe(false)
  })

  test('look at everything of a provider at which the plan has no place', () => {
    expect(ask({ 'k/ollama': limited }, 'k', [backup]).isLimited('ollama')).toBe(false)
    expect(ask({ 'k/ollama': limited, 'u1/ollama': limited }, 'k', [backup]).isLimited('ollama')).toBe(true)
    expect(ask({ 'k/ollama': limited, 'u1/ollama': limited }, null).isLimited('ollama')).toBe(true)
    expect(ask({}, 'k').isUnavailable('nobody')).toBe(false)
  })

  test('a provider whose places are all switched off is unavailable and not limited', () => {
    const off = [buildDeployment('k/ollama', { disabled: 'off' })]
    expect([ask({}, 'k', off).isUnavailable('ollama'), ask({}, 'k', off).isLimited('ollama')]).toEqual([true, false])
  })
})

describe('a link of a chain', () => {
  const follows = (text: string, states: States = {}) =>
    linkFollows(compileCondition(text), {
      facts: buildFacts({ model: 'k' }),
      model: 'k',
      catalog,
      situation: buildSituation({ states }),
      planned: [k, backup],
      failedBefore: new Set(['ollama']),
    })

  test('that asks for a failure follows a place of this very plan, one that asks for a rate limit only after one', () => {
    expect([follows('ollama_limited'), follows('ollama_unavailable'), follows('vllm_limited'), follows('vllm_unavailable')]).toEqual([
      ['ollama'],
      'yes',
      'no',
      'no',
    ])
    expect(follows('not ollama_limited')).toBe('yes')
    expect(follows('not ollama_unavailable')).toBe('no')
  })

  test('that asks for a rate limit does not follow a place that is out: nothing asks it, so nothing limits it', () => {
    expect(follows('ollama_limited', { 'k/ollama': out })).toBe('no')
    expect(follows('ollama_limited', { 'k/ollama': limited })).toBe('yes')
    expect(follows('not ollama_limited', { 'k/ollama': limited })).toBe('no')
  })
})

describe('a link that asks for a rate limit and is kept back by a budget', () => {
  const primary = buildDeployment('k/a')
  const secondary = buildDeployment('k/b')
  const chain: Chain = {
    name: 'c',
    links: [{ provider: 'b', model: null, condition: compileCondition('a_limited'), source: 'routing.yaml:4' }],
    attempts: null,
    delayMs: null,
    source: 'routing.yaml:3',
  }
  const catalog = buildCatalog([buildModel('k', [primary]), buildModel('x', [secondary])], {
    rules: { ...noRules, chains: new Map([['default', chain]]), defaultChain: chain },
  })
  const over = buildState({ overBudget: 'used up' })

  test('still waits for the rate limit', () => {
    const plan = decide({ facts: buildFacts({ model: 'k' }), catalog, situation: buildSituation({ states: { 'k/b': over } }) })
    expect(plan.steps.map(({ deployment, onlyAfterLimitOf }) => [deployment.name, onlyAfterLimitOf])).toEqual([
      ['k/a', undefined],
      ['k/b', ['a']],
    ])
  })

  test('is not asked where nothing before it is', () => {
    const plan = decide({
      facts: buildFacts({ model: 'k' }),
      catalog,
      situation: buildSituation({ states: { 'k/a': buildState({ health: 'on-trial' }), 'k/b': over } }),
    })
    expect(stepNames(plan)).toEqual(['k/a'])
    expect(exclusionReasons(plan)).toEqual({ 'k/b': 'route' })
  })
})
