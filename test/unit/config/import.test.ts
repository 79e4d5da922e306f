/** Foreign configurations as ours: every fixture loads and routes as it did there, and nothing is lost without a word. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigurationError, importConfiguration } from '../../../router/config/index.ts'
import { decide } from '../../../router/policy/index.ts'
import { buildFacts, buildSituation } from '../policy/build.ts'
import { deploymentOf, load, warningsOf } from './configuration-files.ts'

const folder = new URL('../../fixtures/import/', import.meta.url).pathname
const fixture = (name: string) => ({ name, text: readFileSync(join(folder, name), 'utf8') })
const importOf = (...names: string[]) => importConfiguration(names.map(fixture))
const notesOf = ({ notes }: ReturnType<typeof importConfiguration>) => notes.map(({ kind, file, line, text }) => `${kind} ${file}:${line}: ${text}`)
const keys = {
  OPENAI_API_KEY: 'sk-openai-1',
  VLLM_BASE_URL: 'http://127.0.0.1:8001',
  GROQ_API_KEY: 'gk',
  LLAMA_BASE_URL: 'https://llama.example',
  LLAMA_API_KEY: 'lk',
}
const inline = (text: string) => importConfiguration([{ name: 'config.yaml', text }])
function refusalOf(text: string): string {
  try {
    inline(text)
  } catch (error) {
    if (error instanceof ConfigurationError) return `${error.file}:${error.line}: ${error.message}`
    throw error
  }
  return 'imported'
}

describe('a LiteLLM file', () => {
  const imported = importOf('litellm.yaml')
  const loaded = () => load({ 'imported-litellm.yaml': imported.text }, { environment: keys })

  test('loads, with entries of one name as deployments of one model', async () => {
    const catalog = await loaded()
    expect(catalog.models.filter(({ source }) => source !== 'built-in').map(({ name }) => name)).toEqual([
      'gpt-4o',
      'llama3.1:8b',
      'llama2-13b-vllm',
      'mixtral',
      'embed',
    ])
    expect(deploymentOf(catalog, 'gpt-4o/openai')).toMatchObject({
      context: 128_000,
      price: { inputUsdPerMillionTokens: 2.5, outputUsdPerMillionTokens: 10 },
      features: { tools: true, vision: true, json: true },
    })
    expect(deploymentOf(catalog, 'gpt-4o/openai-compatible')).toMatchObject({ weight: 2, priority: 1, startDeadlineMs: 20_000, maxInFlight: 8 })
    expect(deploymentOf(catalog, 'llama2-13b-vllm/vllm')).toMatchObject({
      upstreamModel: 'meta-llama/Llama-2-13b-chat-hf',
      lane: 'local',
      disabled: null,
    })
    expect(deploymentOf(catalog, 'mixtral/groq')).toMatchObject({
      kind: 'openai-compatible',
      endpoint: { baseUrl: 'https://api.groq.com/openai/v1' },
    })
    expect(deploymentOf(catalog, 'embed/openai').features.embeddings).toBe(true)
    expect(catalog.modelsByName.get('gpt-4')?.name).toBe('gpt-4o')
    expect(catalog.modelsByName.get('hidden')?.name).toBe('mixtral')
  })

  test('keeps its settings where there are such', async () => {
    const catalog = await loaded()
    expect([
      catalog.strategy,
      catalog.attempts,
      catalog.allowedFails,
      catalog.longestWaitMs,
      catalog.timeouts.startMs,
      catalog.logsDecisions,
    ]).toEqual(['fastest_response', 3, 3, 30_000, 40_000, true])
    expect(catalog.settings).toContainEqual({ path: 'require_key', value: true, source: expect.stringContaining('imported-litellm.yaml') })
    expect(catalog.modelsByName.get('gpt-4o')?.fallbacks).toEqual(['mixtral'])
    expect(catalog.modelsByName.get('mixtral')?.fallbacks).toEqual(['llama3.1:8b'])
    expect(catalog.modelsByName.get('llama3.1:8b')?.fallbacks).toEqual(['gpt-4o'])
    expect(catalog.rules.exact.get('general_chat')?.models).toEqual(['llama3.1:8b', 'llama2-13b-vllm'])
  })

  const models = 'model_list: [{model_name: a, litellm_params: {model: ollama/a}}, {model_name: b, litellm_params: {model: ollama/b}}]\n'
  const settings = 'router_settings: {num_retries: 1, fallbacks: [{a: [b]}], model_group_alias: {c: a}}\n'
  test('may lie in several files, in any order', async () => {
    const files = [
      { name: 'm1.yaml', text: models },
      { name: 'r1.yaml', text: settings },
    ]
    const [one, other] = [importConfiguration(files), importConfiguration(files.toReversed())]
    const body = ({ text }: typeof one) => text.split('\n').slice(1)
    expect(body(other)).toEqual(body(one))
    expect(new Set(notesOf(other))).toEqual(new Set(notesOf(one)))
    const catalog = await load({ 'imported.yaml': other.text })
    expect([catalog.modelsByName.get('a')?.fallbacks, catalog.modelsByName.get('c')?.name]).toEqual([['b'], 'a'])
    expect(notesOf(other).filter((note) => note.startsWith('left out'))).toEqual([])
  })

  test.each([
    ['litellm_settings: {num_retries: 5}\nrouter_settings: {num_retries: 2}\n', 'config.yaml:1', 'config.yaml:2'],
    ['router_settings: {num_retries: 2}\nlitellm_settings: {num_retries: 5}\n', 'config.yaml:2', 'config.yaml:1'],
  ])('says that router_settings are in force over litellm_settings: %j', async (text, left, used) => {
    const imported = inline(text)
    expect((await load({ 'imported.yaml': imported.text })).attempts).toBe(3)
    expect(new Set(notesOf(imported))).toEqual(
      new Set([
        `left out ${left}: litellm_settings.num_retries: 5 does not count, router_settings.num_retries (${used}): 2 is in force`,
        `mapped ${used}: router_settings.num_retries → router_settings.num_retries: 2`,
      ]),
    )
  })

  test('says which of several timeouts is in force', async () => {
    const imported = inline('litellm_settings: {request_timeout: 40}\nrouter_settings:\n  timeout: 30\n  stream_timeout: 20\n')
    expect((await load({ 'imported.yaml': imported.text })).timeouts.startMs).toBe(20_000)
    expect(notesOf(imported)).toEqual([
      'left out config.yaml:1: litellm_settings.request_timeout: 40 does not count, router_settings.stream_timeout (config.yaml:4): 20 is in force',
      'left out config.yaml:3: router_settings.timeout: 30 does not count, router_settings.stream_timeout (config.yaml:4): 20 is in force',
      'changed config.yaml:4: router_settings.stream_timeout → timeouts.start: 20 s until an answer begins; one that runs is never cut',
    ])
  })

  test.each([
    ['groq/mixtral', 'm'],
    ['groq/*', 'groq/*'],
    ['xai/grok-x', 'm'],
    ['mistral/x', 'm'],
    ['openai/x, api_key: "${OTHER_KEY}"', 'm'],
  ])('%s adds no default model that no file names', async (model, name) => {
    const imported = inline(`model_list: [{model_name: "${name}", litellm_params: {model: ${model}}}]\n`)
    const environment = { GROQ_API_KEY: 'k', XAI_API_KEY: 'k', MISTRAL_API_KEY: 'k', OTHER_KEY: 'k' }
    const catalog = await load({ 'imported.yaml': imported.text }, { environment })
    expect(catalog.models.map((each) => each.name)).toEqual(name === 'm' ? ['m', 'auto'] : ['auto'])
  })

  test('never gives the address of one place to another that uses the built-in provider', async () => {
    const catalog = await load({
      'imported.yaml': inline(
        'model_list: [{model_name: a, litellm_params: {model: ollama/a}}, {model_name: b, litellm_params: {model: ollama/b, api_base: "http://10.0.0.9:1"}}]\n',
      ).text,
    })
    expect(['a', 'b'].map((name) => catalog.modelsByName.get(name)?.deployments[0]?.endpoint?.baseUrl)).toEqual([
      'http://127.0.0.1:11434/v1',
      'http://10.0.0.9:1/v1',
    ])
  })

  test('keeps the size of a model, and says what it cannot read of one', async () => {
    const imported = inline(`model_list:
  - {model_name: a, litellm_params: {model: ollama/a}, model_info: {size: 70B}}
  - {model_name: b, litellm_params: {model: ollama/b}, model_info: {metadata: {size: 7B, team: x}}}
  - {model_name: c, litellm_params: {model: ollama/c}, model_info: {size: large}}
`)
    const catalog = await load({ 'imported.yaml': imported.text })
    expect(['a', 'b', 'c'].map((name) => catalog.modelsByName.get(name)?.size)).toEqual([70, 7, null])
    expect(notesOf(imported).filter((note) => note.startsWith('left out'))).toEqual([
      'left out config.yaml:3: model_info.metadata: "team"',
      'left out config.yaml:4: size: write it as 13B or 135M',
    ])
  })

  test('has wildcards as patterns, and the provider is asked for what the star stands for', async () => {
    const catalog = await loaded()
    const planOf = (model: string) => decide({ facts: buildFacts({ model, session: null }), catalog, situation: buildSituation() })
    expect(planOf('openai/gpt-4.1').steps.map(({ deployment }) => [deployment.provider, deployment.upstreamModel])).toEqual([['openai', 'gpt-4.1']])
    expect(planOf('openai/gpt-4.1').model).toBe('openai/gpt-4.1')
    expect(planOf('anything/else').route.rule).toBe('^(.*)$')
  })

  test('shows no key, holds it all the same, and says that a variable is better', () => {
    expect(imported.holdsKey).toBe(true)
    expect(imported.text).toContain('sk-lab-0123456789')
    for (const secret of ['sk-lab-0123456789', 'sk-master-0123456789', 'sk-lf-0123456789']) {
      expect(imported.shown).not.toContain(secret)
      expect(JSON.stringify(imported.notes)).not.toContain(secret)
    }
    expect(notesOf(imported)).toContain('changed litellm.yaml:17: the file holds the key itself; a variable, with its value in .env, is better')
  })

  test.each([
    ['left out litellm.yaml:7: rpm'],
    ['left out litellm.yaml:15: model_info: "base_model"'],
    ['left out litellm.yaml:34: litellm_params.temperature'],
    ['left out litellm.yaml:37: titan: bedrock is a provider that speaks nothing'],
    ['left out litellm.yaml:48: "*" for every provider'],
    ['left out litellm.yaml:50: an entry without model_name'],
    ['left out litellm.yaml:52: litellm_settings.drop_params'],
    ['changed litellm.yaml:54: context_window_fallbacks → fallbacks'],
    ['left out litellm.yaml:62: router_settings.redis_host'],
    ['left out litellm.yaml:67: model_group_alias nobody'],
    ['left out litellm.yaml:72: fallbacks of "absent"'],
    ['changed litellm.yaml:74: master_key → require_key'],
    ['left out litellm.yaml:77: environment_variables.LANGFUSE_SECRET_KEY'],
    ['left out litellm.yaml:79: mystery'],
  ])('says %s', (words) => {
    expect(notesOf(imported).filter((note) => note.startsWith(words))).toHaveLength(1)
  })

  test('of seed 003 (47–52, 484–522) becomes the same as it is when it stands in the folder itself', async () => {
    const text = readFileSync(new URL('../../fixtures/config/seed-003/litellm-unified.yaml', import.meta.url), 'utf8')
    const [here, there] = [await load({ 'imported.yaml': inline(text).text }), await load({ 'litellm-unified.yaml': text })]
    for (const key of ['strategy', 'attempts', 'allowedFails', 'longestWaitMs', 'timeouts', 'logsDecisions'] as const)
      expect(here[key]).toEqual(there[key])
    const placesOf = (catalog: typeof here) =>
      catalog.models.map(({ name, fallbacks, deployments }) => [name, fallbacks, deployments.map((each) => each.name)])
    expect(placesOf(here)).toEqual(placesOf(there))
    expect([...here.rules.exact.keys()]).toEqual([...there.rules.exact.keys()])
  })
})

describe('a pair of HybridInference files', () => {
  const imported = importOf('hybrid-models.yaml', 'hybrid-routing.yaml')
  const loaded = (environment = {}) => load({ 'imported.yaml': imported.text }, { environment })

  test('loads: ids are names, routes are deployments with their weights, routing.yaml stays as it is', async () => {
    const catalog = await loaded({ ...keys, LOCAL_BASE_URL: 'http://localhost:8000' })
    const model = catalog.modelsByName.get('llama-70b')
    expect(model?.name).toBe('llama-3.3-70b-instruct')
    expect(model?.deployments.slice(0, 2)).toMatchObject([
      {
        provider: 'vllm',
        upstreamModel: '/models/llama-3.3-70b',
        lane: 'local',
        weight: 0.6,
        context: 131_072,
        features: { tools: true, vision: false },
      },
      { provider: 'llama', upstreamModel: 'Llama-3.3-70B-Instruct', lane: 'remote', weight: 0.4, disabled: null },
    ])
    expect(catalog.split).toMatchObject({ remoteShare: 0.4, unit: 'request', selection: 'random' })
    expect(deploymentOf(catalog, 'deepseek-chat/deepseek')).toMatchObject({
      features: { vision: true },
      price: { inputUsdPerMillionTokens: 0.28, outputUsdPerMillionTokens: 0.42, cachedInputUsdPerMillionTokens: 0.028 },
    })
  })

  test('never sends a key to another address than that beside which it is written', async () => {
    const catalog = await loaded({ ...keys, LOCAL_BASE_URL: 'http://localhost:8000' })
    expect(deploymentOf(catalog, 'llama-3.3-70b-instruct/vllm').endpoint?.credential).toBeNull()
    expect(deploymentOf(catalog, 'llama-3.3-70b-instruct/llama').endpoint?.credential?.reveal()).toBe('lk')
  })

  test('without the variables every place is off by name, and it loads', async () => {
    const catalog = await loaded()
    expect(deploymentOf(catalog, 'llama-3.3-70b-instruct/llama').disabled).toBe('LLAMA_BASE_URL is not set')
    expect(deploymentOf(catalog, 'gpt-5/openai').disabled).toBe('OPENAI_BASE_URL is not set')
  })

  test('an alias that is another model’s name gives way, a second key and unknown words are said', () => {
    expect(notesOf(imported)).toEqual(
      expect.arrayContaining([
        'left out hybrid-models.yaml:53: alias "chat" of gpt-5: the name is that of deepseek-chat already',
        'left out hybrid-models.yaml:52: all keys of gpt-5 at openai but the first: a deployment has one',
        'changed hybrid-models.yaml:57: kind zhipu → openai-compatible',
        'left out hybrid-models.yaml:60: quota of a route: nothing here corresponds to it',
        'left out hybrid-models.yaml:63: nowhere: no place of it can be used',
        'mapped hybrid-routing.yaml:3: routing_parameter as it stands',
      ]),
    )
  })
})

describe('the deprecated deployment file', () => {
  test('as a list of typed places gives lanes, weights and the split', async () => {
    const catalog = await load({ 'imported.yaml': importOf('deployment.example.yaml').text }, { environment: keys })
    expect(catalog.modelsByName.get('llama-3.3-70b-instruct')?.deployments.map(({ lane, weight }) => [lane, weight])).toEqual([
      ['local', 3],
      ['remote', 1],
    ])
    expect(catalog.split).toMatchObject({ remoteShare: 0.4, unit: 'request', selection: 'random' })
    expect(catalog.timeouts.connectMs).toBe(2000)
  })
  test('as two single maps, with a ratio in percent', async () => {
    const catalog = await load({ 'imported.yaml': importOf('deployment-single.yaml').text }, { environment: keys })
    expect(catalog.modelsByName.get('m')?.deployments.map(({ lane, disabled }) => [lane, disabled])).toEqual([
      ['local', null],
      ['remote', null],
    ])
    expect(catalog.split.remoteShare).toBe(0.3)
  })
  test('as a map by name, with a strategy that orders', async () => {
    const text =
      'strategy: round_robin\ndeployments: {gpu: {type: local, base_url: "http://localhost:1", model: m}, cloud: {type: remote, url: "https://x.example", models: [m]}}\n'
    const catalog = await load({ 'imported.yaml': inline(text).text })
    expect([catalog.strategy, catalog.splitIsSet]).toEqual(['round_robin', false])
    expect(catalog.modelsByName.get('m')?.deployments.map(({ lane }) => lane)).toEqual(['local', 'remote'])
  })
  test('a place keeps its name, as that of its provider', async () => {
    const imported = inline(
      'deployments: [{name: gpu box, url: "http://localhost:1", model: m}, {name: local, url: "http://localhost:2", model: m}, {name: openai, url: "http://localhost:3", model: m}, {name: mine, kind: ollama, url: "http://127.0.0.1:11434", model: m}]\n',
    )
    const catalog = await load({ 'imported.yaml': imported.text })
    expect(catalog.modelsByName.get('m')?.deployments.map(({ provider }) => provider)).toEqual(['gpu-box', 'local-server', 'openai-server', 'ollama'])
    expect(notesOf(imported).filter((note) => note.startsWith('changed'))).toEqual([
      'changed config.yaml:1: the place "gpu box" → provider gpu-box',
      'changed config.yaml:1: the place "local" → provider local-server',
      'changed config.yaml:1: the place "openai" → provider openai-server',
      'changed config.yaml:1: the place "mine" → provider ollama',
    ])
    const named = await load({ 'imported.yaml': importOf('deployment.example.yaml').text }, { environment: keys })
    expect(named.modelsByName.get('llama-3.3-70b-instruct')?.deployments.map(({ provider }) => provider)).toEqual(['gpu-box', 'remote-server'])
  })
  test.each([
    ['routing_strategy: fixed\nlocal_ratio: 0.6\n', 'mapped config.yaml:1: strategy fixed → split'],
    ['routing_strategy: fixed\n', 'left out config.yaml:1: strategy fixed: it sets nothing without local_ratio or local_fraction'],
    [
      'strategy: fixed\nrouting_strategy: round_robin\n',
      'left out config.yaml:2: the same is said elsewhere in this file already; the first one counts',
    ],
    ['local_ratio: 0.6\nlocal_fraction: 0.5\n', 'left out config.yaml:2: the same is said elsewhere in this file already; the first one counts'],
    ['local_deployment: {url: "http://a", base_url: "http://b", model: m}\n', 'left out config.yaml:1: url: base_url counts'],
    ['local_deployment: {url: "http://a", type: remote, model: m}\n', 'left out config.yaml:1: type: remote does not count in local_deployment'],
  ])('nothing vanishes of %j', (text, note) => {
    expect(notesOf(inline(`${text}deployments: []\n`))).toContain(note)
  })

  test.each([
    ['deployments: {gpu: {type: cloud, url: "http://a", model: m}}', 'type is local or remote, not "cloud"'],
    ['deployments: [{url: "http://a"}]', 'a place without model or models'],
    ['deployments: [{model: m}]', 'a place without endpoint, base_url or url'],
    ['deployments: [{url: "http://a", model: m, region: eu}]', '"region" is no key of a place'],
    ['deployments: 3', 'expected places: a list, or a map by name'],
    ['deployments: []\nregions: []', '"regions" is no key of the old deployment file'],
    ['deployments: []\nlocal_ratio: half', 'expected a share between 0 and 1, or a percentage'],
  ])('%j is refused with a sentence', (text, words) => {
    expect(refusalOf(text)).toMatch(/^config\.yaml:\d: /)
    expect(refusalOf(text)).toContain(words)
  })
})

describe('what is no foreign configuration', () => {
  test.each([
    ['services: {web: {image: nginx}}', 'this is no configuration of LiteLLM'],
    ['models: [{name: m, deployments: []}]', 'own form already'],
    ['model_list: [', 'not valid YAML'],
  ])('%j is refused', (text, words) => expect(refusalOf(text)).toContain(words))

  test('the key of a provider’s own address goes to no other address', () => {
    const { text } = inline(
      'model_list: [{model_name: a, litellm_params: {model: groq/a, api_base: "https://elsewhere.example/v1"}}, {model_name: b, litellm_params: {model: groq/b}}]\n',
    )
    expect(text.match(/GROQ_API_KEY/g)).toHaveLength(1)
    expect(text).toMatch(/base_url: https:\/\/api\.groq\.com\/openai\/v1\n {4}api_key: \$\{GROQ_API_KEY\}/)
  })

  test('odd values inside a LiteLLM file lose themselves and nothing else', async () => {
    const imported = inline(`model_list:
  - 7
  - {model_name: a, litellm_params: {model: os.environ/MODEL}}
  - {model_name: b, litellm_params: {model: openai/b, api_base: "ftp://x"}}
  - {model_name: c, litellm_params: {model: openai/c, weight: heavy, timeout: [1], order: -1}}
  - {model_name: "a*b*c", litellm_params: {model: openai/*}}
router_settings: {num_retries: many, fallbacks: [3, {c: [d, d, c]}], routing_strategy: custom, model_group_alias: 5}
`)
    const catalog = await load({ 'imported.yaml': imported.text })
    expect(catalog.models.map(({ name }) => name)).toEqual(['c', 'auto'])
    expect(catalog.modelsByName.get('c')?.fallbacks).toEqual(['d'])
    expect(notesOf(imported).filter((note) => note.startsWith('left out')).length).toBe(6)
    expect(warningsOf(catalog)).toHaveLength(1)
  })
})
