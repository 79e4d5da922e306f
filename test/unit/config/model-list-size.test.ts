/** The size of a model that `model_list` says: seed 003 reads it from the name, from the entry's metadata, and from the provider's list. */
import { describe, expect, test } from 'vitest'
import { decide } from '../../../router/policy/index.ts'
import { buildFacts, buildSituation } from '../policy/build.ts'
import { load, warningsOf } from './configuration-files.ts'

describe("a model's size in model_list", () => {
  const entry = (info: string, name = 'm') => `  - {model_name: ${name}, litellm_params: {model: ollama/${name}}, model_info: ${info}}\n`
  test.each([
    ['{size: 70B}', 70],
    ['{size: 0.5b}', 0.5],
    ['{size: 13}', 13],
    ['{metadata: {size: 34B}}', 34],
    ['{mode: chat}', null],
  ])('%s is %s billions', async (info, size) => {
    const catalog = await load({ 'routing.yaml': `model_list:\n${entry(info)}` })
    expect([catalog.modelsByName.get('m')?.size, catalog.warnings]).toEqual([
      size,
      info.includes('mode') ? [expect.objectContaining({ message: 'known to LiteLLM, not used here: mode' })] : [],
    ])
  })
  test('may stand at any of the entries of a name', async () => {
    const catalog = await load({ 'routing.yaml': `model_list:\n${entry('{}')}${entry('{size: 70B}')}` })
    expect(catalog.modelsByName.get('m')).toMatchObject({ size: 70, deployments: [{}, {}] })
  })
  test('decides what min_model_size takes', async () => {
    const catalog = await load({
      'routing.yaml': `capabilities: {big: {min_model_size: 13B, provider: ollama}}\nmodel_list:\n${entry('{size: 7B}', 'small')}${entry('{size: 70B}', 'large')}`,
    })
    const plan = decide({ facts: buildFacts({ model: null, capability: 'big', session: null }), catalog, situation: buildSituation() })
    expect(plan.steps.map(({ deployment }) => deployment.model)).toEqual(['large'])
  })
  test('that cannot be read is said and harms nothing else', async () => {
    const catalog = await load({ 'routing.yaml': `model_list:\n${entry('{size: large}')}` })
    expect(catalog.modelsByName.get('m')?.size).toBeNull()
    expect(warningsOf(catalog)).toEqual(['routing.yaml:2: model_info.size "large" is no size: write it as 13B or 135M'])
  })
})
