/** Smart routing of `auto`: what a prompt looks like, the rules that read it, and the model that they name. */
import { describe, expect, test } from 'vitest'
import { decide } from '../../../router/policy/index.ts'
import { promptFeatures } from '../../../router/policy/prompt-features.ts'
import { load } from '../config/configuration-files.ts'
import { buildFacts, buildSituation } from './build.ts'

describe('the look of a prompt', () => {
  test.each([
    ['hello there', { isCode: false, isMath: false }],
    ['```python\nprint(1)\n```\nWhy does this fail?', { isCode: true }],
    ['Write a Python function that reverses a list', { isCode: true }],
    ['SELECT name FROM users WHERE id = 1', { isCode: true }],
    ['What is 17 * 23?', { isMath: true, isCode: false }],
    ['Solve x^2 + 3x = 10', { isMath: true }],
    ['Compute \\int_0^1 x^2 dx', { isMath: true }],
    ['I have 3 apples', { isMath: false, isCode: false }],
    ['const x = 2 + 2;', { isCode: true, isMath: false }],
  ])('%j', (text, expected) => expect(promptFeatures(text, 1)).toMatchObject(expected))

  test('hard prompts are harder than simple ones, and say why', () => {
    const simple = promptFeatures('What is the capital of France?', 1)
    const hard = promptFeatures('Compare three designs step by step:\n- cost\n- speed\n- risk\nWhich is best? Why? What would you change?', 1)
    expect(simple.hardness).toBeLessThan(0.1)
    expect(hard.hardness).toBeGreaterThanOrEqual(0.5)
    expect(hard.seen).toEqual(expect.arrayContaining(['care is asked for', 'analysis is asked for', 'several questions', 'a list of demands']))
  })

  test('a megabyte is looked at in bounded time, with the end in view', () => {
    expect(promptFeatures(`${'a '.repeat(500_000)} solve x + 1 = 2`, 1).isMath).toBe(true)
    expect(promptFeatures('- '.repeat(2_000), 1).hardness).toBeLessThanOrEqual(1)
  })
})

const files = {
  'models.yaml': `providers: [{name: lab, base_url: "http://10.0.0.7:8000/v1"}]
models:
  - {name: small-3b, deployments: [{provider: ollama, model: small-3b}]}
  - {name: middle-8b, deployments: [{provider: ollama, model: middle-8b}]}
  - {name: coder, deployments: [{provider: ollama, model: coder-7b}]}
  - {name: big, size: 70B, deployments: [{provider: lab, model: big}]}
  - {name: eyes, deployments: [{provider: lab, model: eyes-11b, features: [vision]}]}
`,
}
const smart = { ...files, 'routing.yaml': 'smart_routing: {specialists: {code: coder}}\n' }
const choose = async (prompt: string, some: Parameters<typeof buildFacts>[0] = {}, config: Record<string, string> = smart) => {
  const catalog = await load(config)
  return decide({
    facts: buildFacts({ model: 'auto', session: null, prompt: promptFeatures(prompt, 1), ...some }),
    catalog,
    situation: buildSituation(),
  })
}

describe('auto', () => {
  test('short and simple prompts go to the smallest local model', async () => {
    const plan = await choose('Say hello')
    expect(plan.steps[0]?.deployment.model).toBe('small-3b')
    expect(plan.route).toMatchObject({ kind: 'smart', rule: 'always → small-3b', source: 'routing.yaml:1' })
  })
  test('long, hard and tool-using prompts go to a capable model', async () => {
    for (const some of [{ promptTokens: 2_000 }, { needs: { tools: true, vision: false, json: false, embeddings: false, many: false } }])
      expect((await choose('Say hello', some)).steps[0]?.deployment.model).toBe('big')
    expect((await choose('Analyse and compare both plans step by step, in detail. Which? Why? When?')).steps[0]?.deployment.model).toBe('big')
  })
  test('code goes to the specialist that is named, and says what was seen', async () => {
    const plan = await choose('```js\nx\n```')
    expect(plan.steps[0]?.deployment.model).toBe('coder')
    expect(plan.route.rule).toBe('is_code (a code block) → coder')
  })
  test('mathematics without a specialist goes by the other rules', async () => {
    expect((await choose('What is 2 + 2?')).steps[0]?.deployment.model).toBe('small-3b')
  })
  test('images go to a model that sees', async () => {
    const needs = { tools: false, vision: true, json: false, embeddings: false, many: false }
    expect((await choose('What is this?', { needs })).steps[0]?.deployment.model).toBe('eyes')
  })
  test('the rules are the configuration’s to write', async () => {
    const config = {
      ...files,
      'routing.yaml': 'smart_routing:\n  capable: middle-8b\n  rules:\n    - {when: "turns > 3", use: capable}\n    - {when: always, use: coder}\n',
    }
    expect((await choose('Say hello', {}, config)).steps[0]?.deployment.model).toBe('coder')
    expect((await choose('Say hello', { prompt: { ...promptFeatures('x', 5) } }, config)).steps[0]?.deployment.model).toBe('middle-8b')
  })
  test('a capability that the caller names comes first, with `auto` and without a model', async () => {
    const catalog = await load({ ...files, 'rules.yaml': 'capabilities: {code: {preferred_models: [middle-8b]}}\n' })
    for (const model of ['auto', null])
      expect(decide({ facts: buildFacts({ model, capability: 'code' }), catalog, situation: buildSituation() }).route).toMatchObject({
        kind: 'capability',
        rule: 'code',
      })
  })
  test('is as before where smart routing is off', async () => {
    expect((await choose('```js\nx\n```', {}, files)).route).toMatchObject({ kind: 'exact', rule: 'auto' })
  })
})
