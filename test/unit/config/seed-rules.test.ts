/** The rules of seed 003, snippet by snippet, with the parents that its prose gives them: each loads as it stands and does what the seed says. Numbers are sections of the seed. */
import { describe, expect, test } from 'vitest'
import type { Catalog } from '../../../router/core/catalog.ts'
import type { RequestFacts } from '../../../router/core/plan.ts'
import { decide } from '../../../router/policy/index.ts'
import { buildFacts, buildSituation } from '../policy/build.ts'
import { load, refusal, warningsOf } from './configuration-files.ts'

type Situations = Parameters<typeof buildSituation>[0]
const planOf = (catalog: Catalog, facts: Partial<RequestFacts>, situation: Situations = {}) =>
  decide({ facts: buildFacts({ session: null, ...facts }), catalog, situation: buildSituation(situation) })
const places = (catalog: Catalog, facts: Partial<RequestFacts>, situation: Situations = {}) =>
  planOf(catalog, facts, situation).steps.map(({ deployment }) => deployment.provider)

describe('1. exact model names', () => {
  const files = {
    'model-mappings.yaml': `exact_matches:
  "llama3.1:8b":
    provider: ollama
    priority: primary
    fallback: null
    description: "General-purpose chat model"
`,
  }
  test('go to their provider and nowhere else', async () => {
    const catalog = await load(files)
    const plan = planOf(catalog, { model: 'llama3.1:8b' })
    expect(plan.route).toEqual({ kind: 'exact', rule: 'llama3.1:8b', source: 'model-mappings.yaml:2' })
    expect(plan.steps.map(({ deployment, reason }) => [deployment.provider, deployment.upstreamModel, reason])).toEqual([
      ['ollama', 'llama3.1:8b', 'route'],
    ])
    expect(plan.draw).toBeNull()
  })
})

describe('2. patterns', () => {
  const files = {
    'model-mappings.yaml': String.raw`patterns:
  - pattern: "^meta-llama/.*"
    provider: vllm
    fallback: ollama
    description: "HuggingFace Llama models prefer vLLM"
  - pattern: "^mistralai/.*"
    provider: vllm
    fallback: ollama
  - pattern: ".*:\\d+[bB]$"
    provider: ollama
    description: "Ollama naming (model:size)"
  - pattern: ".*\\.gguf$"
    provider: llama_cpp_python
    fallback: llama_cpp_native
    description: "Quantized GGUF models"
`,
  }
  test('the first that matches decides, its fallback follows, whatever the split says', async () => {
    const catalog = await load(files)
    for (const remoteShare of [0, 1]) {
      const split = { split: { remoteShare, source: 'override' } }
      expect(places(catalog, { model: 'meta-llama/Llama-2-7b-chat-hf' }, split)).toEqual(['vllm', 'ollama'])
      expect(planOf(catalog, { model: 'meta-llama/Llama-2-7b-chat-hf' }, split).steps.map(({ reason }) => reason)).toEqual(['route', 'fallback'])
      expect(places(catalog, { model: 'qwen2.5-coder:7b' }, split)).toEqual(['ollama'])
    }
    expect(planOf(catalog, { model: 'mistralai/x' }).route).toMatchObject({ kind: 'pattern', rule: '^mistralai/.*', source: 'model-mappings.yaml:6' })
    expect(places(catalog, { model: 'some/file.gguf' })[0]).toBe('llama_cpp_python')
  })
  test('are as anchored as they are written, and take no time for a name made to hurt', async () => {
    const catalog = await load({ 'routing.yaml': 'patterns: [{pattern: "(a+)+$", provider: ollama}, {pattern: "llama", provider: vllm}]\n' })
    expect(planOf(catalog, { model: 'my-llama-x' }).route.rule).toBe('llama')
    expect(() => planOf(catalog, { model: `${'a'.repeat(500)}!` })).toThrow('There is no model')
  })
  test('that take the same name are warned of, with both lines', async () => {
    expect(warningsOf(await load(files)).filter((warning) => warning.includes('both take'))[0]).toMatch(
      /^model-mappings\.yaml:9: patterns "\^meta-llama\/\.\*" \(model-mappings\.yaml:2\) and ".*" both take "meta-llama\/.*"; the first one wins$/,
    )
  })
})

describe('3. capabilities', () => {
  const files = {
    'model-mappings.yaml': `capabilities:
  code_generation:
    description: "Models specialized for code"
    preferred_models:
      - qwen2.5-coder:7b
      - deepseek-coder-v2
    provider: ollama
    routing_strategy: load_balance
  high_throughput:
    description: "Many concurrent requests"
    min_model_size: "13B"
    provider: vllm
    routing_strategy: least_loaded
  low_latency:
    description: "Single-request speed priority"
    provider: llama_cpp_native
    fallback: llama_cpp_python
    routing_strategy: fastest_response
  large_context:
    description: "Large context windows"
    min_context: 8192
    providers:
      - llama_cpp_python  # 8192 configured
      - vllm              # 4096 default
    routing_strategy: most_capacity
`,
    'models.yaml': `models:
  - {name: small, deployments: [{provider: vllm, model: small-7b, context: 4096}]}
  - {name: big, deployments: [{provider: vllm, model: big-70b, context: 32768}]}
  - {name: cpp, deployments: [{provider: llama_cpp_python, model: cpp, context: 8192}]}
`,
  }
  test('X-Capability picks the preferred models at their provider, in turns', async () => {
    const catalog = await load(files)
    const plan = planOf(catalog, { model: null, capability: 'code_generation' })
    expect(plan.route).toMatchObject({ kind: 'capability', rule: 'code_generation' })
    expect(new Set(plan.steps.map(({ deployment }) => deployment.upstreamModel))).toEqual(new Set(['qwen2.5-coder:7b', 'deepseek-coder-v2']))
    const second = planOf(catalog, { model: null, capability: 'code_generation' }, { turns: new Map([[plan.steps[0]?.deployment.name ?? '', 1]]) })
    expect(second.steps[0]?.deployment.name).toBe(plan.steps[1]?.deployment.name)
  })
  test('a smallest size and a smallest context leave out what is below', async () => {
    const catalog = await load(files)
    expect(planOf(catalog, { model: null, capability: 'high_throughput' }).steps.map(({ deployment }) => deployment.upstreamModel)).toEqual([
      'big-70b',
    ])
    const large = planOf(catalog, { model: null, capability: 'large_context' }).steps.map(({ deployment }) => deployment.upstreamModel)
    expect(new Set(large)).toEqual(new Set(['cpp', 'big-70b']))
  })
  test('a long prompt without a model asks for large_context by itself', async () => {
    expect(planOf(await load(files), { model: null, promptTokens: 7_000 }).route).toMatchObject({ kind: 'capability', rule: 'large_context' })
  })
  test('an exact name wins over the header', async () => {
    expect(planOf(await load(files), { model: 'small', capability: 'code_generation' }).route).toMatchObject({ kind: 'exact', rule: 'small' })
  })
})

describe('5. fallback chains', () => {
  const chains = `fallback_chains:
  default:
    description: "Standard fallback for most requests"
    chain:
      - primary: vllm
        condition: model_size >= "13B"
      - secondary: ollama
        condition: always
      - tertiary: llama_cpp_python
        condition: always
  code_generation:
    description: "Fallback for code tasks"
    chain:
      - primary: ollama
        preferred_model: qwen2.5-coder:7b
      - secondary: llama_cpp_python
        condition: ollama_unavailable
  high_availability:
    description: "Maximum uptime priority"
    chain:
      - primary: ollama
      - secondary: llama_cpp_python
      - tertiary: llama_cpp_native
    retry_attempts: 3
    retry_delay_ms: 500
`
  test('default follows every route that says nothing, and its conditions look at the model', async () => {
    const catalog = await load({ 'routing.yaml': `${chains}patterns: [{pattern: "^x/", provider: sglang}]\n` })
    expect(places(catalog, { model: 'x/llama-13b' })).toEqual(['sglang', 'vllm', 'ollama', 'llama_cpp_python'])
    const small = planOf(catalog, { model: 'x/llama-7b' })
    expect(small.steps.map(({ deployment }) => deployment.provider)).toEqual(['sglang', 'ollama', 'llama_cpp_python'])
    expect(small.excluded).toContainEqual(
      expect.objectContaining({ reason: 'route', detail: 'chain default: model_size >= "13B" does not hold (routing.yaml:5)' }),
    )
  })
  test('fallback: null ends the route', async () => {
    const catalog = await load({ 'routing.yaml': `${chains}patterns: [{pattern: "^x/", provider: vllm, fallback: null}]\n` })
    expect(places(catalog, { model: 'x/llama-13b' })).toEqual(['vllm'])
  })
  test('a chain serves the capability of its name, and a link asks whether what stands before it is gone', async () => {
    const catalog = await load({ 'routing.yaml': `${chains}capabilities: {code_generation: {provider: vllm, preferred_models: [coder]}}\n` })
    const plan = planOf(catalog, { model: null, capability: 'code_generation' })
    expect(plan.steps.map(({ deployment }) => [deployment.provider, deployment.upstreamModel])).toEqual([
      ['vllm', 'coder'],
      ['ollama', 'qwen2.5-coder:7b'],
    ])
  })
  test('retry_attempts and retry_delay_ms travel with the plan', async () => {
    const catalog = await load({ 'routing.yaml': `${chains}patterns: [{pattern: "^ha/", provider: vllm, fallback: high_availability}]\n` })
    expect(planOf(catalog, { model: 'ha/x' }).retry).toEqual({ attempts: 4, delayMs: 500 })
  })
})

describe('6. model sizes', () => {
  const files = {
    'routing.yaml': `model_size_routing:
  - size: "< 8B"
    provider: ollama
    reason: "Small models work well with Ollama"
  - size: "8B - 13B"
    provider: ollama
    fallback: llama_cpp_python
    reason: "Medium models, Ollama preferred"
  - size: "> 13B"
    provider: vllm
    fallback: ollama
    reason: "Large models benefit from vLLM batching"
`,
  }
  test.each([
    ['phi-3b', ['ollama']],
    ['llama-7b', ['ollama']],
    ['qwen:13b', ['ollama', 'llama_cpp_python']],
    ['llama-70b', ['vllm', 'ollama']],
  ])('%s goes to %j', async (model, expected) => expect(places(await load(files), { model })).toEqual(expected))
  test('a name without a size is unknown', async () => {
    const catalog = await load(files)
    expect(() => planOf(catalog, { model: 'gpt-x' })).toThrow('There is no model "gpt-x"')
  })
})

describe('7. request metadata', () => {
  const files = {
    'routing.yaml': `request_metadata_routing:
  high_priority_requests:
    provider: vllm
    condition: header.x-priority == "high"
  batch_requests:
    provider: vllm
    condition: batch_size > 1
  streaming_requests:
    provider: ollama
    condition: stream == true
exact_matches:
  "llama3.1:8b": {provider: llama_cpp_python, fallback: null}
`,
  }
  test('X-Priority: high overrides an exact match', async () => {
    const catalog = await load(files)
    expect(catalog.rules.headers).toEqual(['x-priority'])
    expect(places(catalog, { model: 'llama3.1:8b' })).toEqual(['llama_cpp_python'])
    const plan = planOf(catalog, { model: 'llama3.1:8b', headers: { 'x-priority': 'high' } })
    expect(plan.route).toEqual({ kind: 'metadata', rule: 'high_priority_requests', source: 'routing.yaml:2' })
    expect(plan.steps.map(({ deployment }) => deployment.provider)).toEqual(['vllm'])
  })
  test('several answers and streams have their rules', async () => {
    const catalog = await load(files)
    expect(places(catalog, { model: 'llama3.1:8b', answers: 2 })).toEqual(['vllm'])
    expect(places(catalog, { model: 'llama3.1:8b', stream: true })).toEqual(['ollama'])
  })
  test('a place that the caller names itself is not moved', async () => {
    const catalog = await load(files)
    expect(places(catalog, { model: 'llama3.1:8b', askedProvider: 'sglang', headers: { 'x-priority': 'high' } })).toEqual(['sglang'])
  })
})

describe('what is wrong', () => {
  test.each([
    ['patterns: [{pattern: "(", provider: ollama}]', 'pattern "(" cannot be read'],
    ['patterns: [{pattern: "a", provider: olama}]', 'there is no provider "olama"; did you mean "ollama"?'],
    ['patterns: [{pattern: "a", provider: ollama, fallback: nobody}]', 'there is no provider or chain "nobody"'],
    ['model_size_routing: [{size: "large", provider: ollama}]', '"large" is no range'],
    ['request_metadata_routing: {a: {provider: ollama, condition: "exit()"}}', 'condition "exit()"'],
    ['request_metadata_routing: {a: {provider: ollama, condition: "olama_unavailable"}}', 'there is no provider "olama"'],
    ['fallback_chains: {default: {chain: [{condition: always}]}}', 'exactly one of primary, secondary, tertiary, provider'],
    ['capabilities: {c: {provider: ollama, routing_strategy: fastest_respons}}', 'unknown strategy "fastest_respons"'],
    ['patterns: [{patern: "a", provider: ollama}]', 'unknown key "patern"; did you mean "pattern"?'],
  ])('%s is refused with file, line and reason', async (text, words) => {
    const sentence = await refusal({ 'routing.yaml': `${text}\n` })
    expect(sentence).toMatch(/^routing\.yaml:1: /)
    expect(sentence).toContain(words)
  })
})
