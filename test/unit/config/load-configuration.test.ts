// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configuration files write variables so
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { engineSettings, type LocalModel, serverSettings } from '../../../router/config/index.ts'
import { Secret } from '../../../router/core/secret.ts'
import { defaultSplit } from '../../../router/core/split.ts'
import { deploymentOf, fixtures, folderWith, load, loadFolder, refusal, settingOf, warningsOf } from './configuration-files.ts'

const starter: LocalModel = { name: 'smol', file: '/data/models/smol.gguf', context: 8192, isStarter: true, disabled: null }
const found: LocalModel = { name: 'qwen', file: '/data/models/qwen.gguf', context: null, isStarter: false, disabled: null }

test('without files everything is a default, and every setting says so', async () => {
  const catalog = await load({})
  expect(catalog.split).toEqual(defaultSplit)
  expect(catalog.splitIsSet).toBe(false)
  expect(catalog.timeouts).toEqual({ connectMs: 5000, connectLoopbackMs: 2000, probeMs: 2000, startMs: 60_000 })
  expect([catalog.strategy, catalog.healthCheckMs, catalog.allowedFails, catalog.default, catalog.logFile]).toEqual(['p2c', null, 3, null, null])
  expect(serverSettings(catalog)).toEqual({ requireKey: false, hostNames: [], corsOrigins: [] })
  expect(engineSettings(catalog)).toEqual({
    isolation: 'auto',
    slots: 4,
    threads: null,
    contextTokens: 8192,
    idleUnloadMs: 900_000,
    memoryBudgetBytes: null,
  })
  expect(new Set(catalog.settings.map(({ source }) => source))).toEqual(new Set(['default']))
  expect(catalog.models.map(({ name }) => name)).toEqual(['auto'])
})

test("the seed's pair of files loads as it stands", async () => {
  const catalog = await loadFolder(join(fixtures, 'seed-000'), { environment: { LLAMA_BASE_URL: 'https://llama.example.com/' } })
  expect(catalog.split).toEqual({
    remoteShare: 0.4,
    fallback: true,
    lock: null,
    unit: 'request',
    selection: 'random',
    seed: null,
    source: 'routing.yaml:3',
  })
  expect(catalog.splitIsSet).toBe(true)
  expect(catalog.timeouts).toEqual({ connectMs: 2000, connectLoopbackMs: 2000, probeMs: 2000, startMs: 60_000 })
  expect(catalog.healthCheckMs).toBe(30_000)
  expect(catalog.logFile).toBe('/data/output.log')
  expect(deploymentOf(catalog, 'llama-3.3-70b-instruct/localhost:8000')).toMatchObject({
    kind: 'openai-compatible',
    upstreamModel: 'llama-3.3-70b-instruct',
    lane: 'local',
    address: 'loopback',
    endpoint: { baseUrl: 'http://localhost:8000/v1', credential: null },
    source: 'routing.yaml:11',
    disabled: null,
  })
  expect(deploymentOf(catalog, 'llama-3.3-70b-instruct/llama.example.com:443')).toMatchObject({
    lane: 'remote',
    address: 'network',
    endpoint: { baseUrl: 'https://llama.example.com/v1' },
  })
  expect(catalog.modelsByName.get('llama-4-scout')?.deployments.map(({ name }) => name)).toEqual(['llama-4-scout/localhost:8000'])
  expect(catalog.warnings).toEqual([])
})

test('a model file offers the usual context of the engine, less where it was trained for less, and what a person sets', async () => {
  const large = { ...found, context: 131_072 }
  const contextOf = async (files: Record<string, string>, local: LocalModel) =>
    deploymentOf(await load(files, { localModels: [local] }), 'qwen/engine').context
  expect(await contextOf({}, large)).toBe(8192)
  expect(await contextOf({}, { ...found, context: 2048 })).toBe(2048)
  expect(await contextOf({}, found)).toBeNull()
  expect(await contextOf({ 'a.yaml': 'engine: {context: 32768}\n' }, large)).toBe(32_768)
  const own = 'models:\n  - {name: qwen, deployments: [{provider: engine, context: 65536}]}\n'
  expect(await contextOf({ 'a.yaml': own }, large)).toBe(65_536)
})

test("seed, fallback and lock may stand beside seed 000's form of the split, each with its own source", async () => {
  const catalog = await load({
    'routing.yaml': 'routing_strategy: fixed\nrouting_parameter: {local_fraction: 0.6}\nsplit:\n  seed: 7\n  fallback: false\n',
  })
  expect(catalog.split).toMatchObject({ remoteShare: 0.4, unit: 'request', selection: 'random', seed: 7, fallback: false, lock: null })
  expect(settingOf(catalog, 'split.seed')).toEqual({ value: 7, source: 'routing.yaml:4' })
  expect(settingOf(catalog, 'split.unit')).toEqual({ value: 'request', source: 'routing.yaml:2' })
  expect(settingOf(catalog, 'split.lock')).toEqual({ value: null, source: 'default' })
})

test.each([
  ['gpt-oss:120b-cloud', 'remote', 'network'],
  ['kimi-k2:cloud', 'remote', 'network'],
  ['Qwen3-Coder:480b-CLOUD', 'remote', 'network'],
  ['soundcloud', 'local', 'loopback'],
  ['cloud:7b', 'local', 'loopback'],
  ['llama3.1:8b', 'local', 'loopback'],
])('Ollama serves %s in the %s lane, and a server without that mark serves it here', async (model, lane, address) => {
  const at = (provider: string) => `models:\n  - {name: m, deployments: [{provider: ${provider}, model: "${model}"}]}\n`
  expect(deploymentOf(await load({ 'm.yaml': at('ollama') }), 'm/ollama')).toMatchObject({ lane, address })
  expect(deploymentOf(await load({ 'm.yaml': at('vllm') }), 'm/vllm')).toMatchObject({ lane: 'local', address: 'loopback' })
})

test.each([{}, { LLAMA_BASE_URL: '' }])('an endpoint whose variable is not set switches off that deployment alone: %j', async (environment) => {
  const catalog = await loadFolder(join(fixtures, 'seed-000'), { environment })
  expect(deploymentOf(catalog, 'llama-3.3-70b-instruct/LLAMA_BASE_URL')).toMatchObject({
    disabled: 'LLAMA_BASE_URL is not set',
    endpoint: null,
    lane: 'remote',
  })
  expect(catalog.modelsByName.get('llama-3.3-70b-instruct')?.deployments.map(({ disabled }) => disabled)).toEqual([null, 'LLAMA_BASE_URL is not set'])
})

test("the interface's example loads as it stands", async () => {
  const catalog = await loadFolder(join(fixtures, 'interface'), { environment: { OPENAI_API_KEY: 'sk-1' } })
  const model = catalog.modelsByName.get('general')
  expect(model).toBe(catalog.modelsByName.get('llama-3.3-70b-instruct'))
  expect(model).toMatchObject({ remoteShare: 0.4, weightedShare: null, fallbacks: ['gpt-4o-mini'], source: 'models.yaml:11' })
  expect(deploymentOf(catalog, 'llama-3.3-70b-instruct/engine')).toMatchObject({
    kind: 'engine',
    lane: 'local',
    address: 'engine',
    endpoint: null,
    upstreamModel: join(fixtures, 'interface/models/llama-3.3.gguf'),
    context: 32_768,
    maxInFlight: 4,
    disabled: './models/llama-3.3.gguf is not there',
  })
  expect(deploymentOf(catalog, 'llama-3.3-70b-instruct/lab')).toMatchObject({
    kind: 'vllm',
    lane: 'remote',
    address: 'network',
    weight: 0.7,
    context: 131_072,
    price: { inputUsdPerMillionTokens: 0.12, outputUsdPerMillionTokens: 0.3 },
    features: { tools: true, json: true, vision: true, reasoning: false, embeddings: false },
    startDeadlineMs: 30_000,
    maxInFlight: 64,
    endpoint: { baseUrl: 'http://10.0.0.7:8000/v1', credential: null },
  })
  expect(catalog.providers.get('openai')?.endpoint?.credential?.reveal()).toBe('sk-1')
  expect(catalog.default).toEqual({ model: 'auto', provider: null, source: 'models.yaml:20' })
  expect(catalog.split).toMatchObject({ remoteShare: 0.3, unit: 'session', source: 'routing.yaml:2' })
  expect(catalog.timeouts).toMatchObject({ connectMs: 2000, connectLoopbackMs: 2000, probeMs: 2000 })
})

test('the files of seed 003 load as they stand, and what is not in force says so', async () => {
  const catalog = await loadFolder(join(fixtures, 'seed-003'))
  expect(warningsOf(catalog)).toContain('litellm-unified.yaml:17: known, not in force yet: router_settings.redis_host')
  expect(warningsOf(catalog).filter((warning) => warning.includes('not in force'))).toHaveLength(2)
  expect([catalog.timeouts.startMs, catalog.allowedFails, catalog.attempts, catalog.longestWaitMs]).toEqual([30_000, 3, 3, 60_000])
  expect([catalog.strategy, catalog.rateLimitFallbackMs, catalog.errorRouting]).toEqual(['usage_based', 60_000, { threshold: 3, windowMs: 300_000 }])
  // One model of two files: the list gives the place, the other its weight.
  expect(catalog.modelsByName.get('llama3.1:8b')?.deployments.map(({ provider, weight }) => [provider, weight])).toEqual([
    ['ollama', 0.7],
    ['llama_cpp_python', 0.3],
  ])
  expect(catalog.modelsByName.get('llama3.1:8b')?.fallbacks).toEqual(['llama3.1-backup'])
})

test('the process environment wins over .env, and an empty variable counts as unset in both', async () => {
  const files = {
    '.env': '# ours\nA="from file"\nB=from file\nC=\'quoted # not a comment\' # comment\nexport D=d\nE=\n',
    'r.yaml': 'host_names: ["${A}", "${B}", "${C}", "${D}", "${E:-fallback}", "${F:-}x", "a${B}b${D}"]\n',
  }
  const catalog = await load(files, { environment: { A: 'from process', B: '' } })
  expect(serverSettings(catalog).hostNames).toEqual(['from process', 'from file', 'quoted # not a comment', 'd', 'fallback', 'x', 'afrom filebd'])
})

test('a value is replaced once and never parsed again', async () => {
  const catalog = await load({ 'r.yaml': 'host_names: ["${A}"]\n' }, { environment: { A: '${B}\nstrategy: random', B: 'b' } })
  expect(serverSettings(catalog).hostNames).toEqual(['${B}\nstrategy: random'])
  expect(catalog.strategy).toBe('p2c')
})

test.each(['${A', '${A-b}', '${1A}', '${A:-${B}}', '$${A'])('a variable written as %s is refused', async (text) => {
  expect(await refusal({ 'r.yaml': `host_names: ["${text}"]\n` })).toBe('r.yaml:1: write a variable as ${NAME} or ${NAME:-default}')
})

test('numbers and switches may come from variables', async () => {
  const catalog = await load(
    { 'r.yaml': 'split: {remote_share: "${S}", fallback: "${F}"}\nhealth_check: ${H}\nengine: {slots: "${N:-2}"}\n' },
    { environment: { S: '0.25', F: 'false', H: '0' } },
  )
  expect(catalog.split).toMatchObject({ remoteShare: 0.25, fallback: false })
  expect([catalog.healthCheckMs, engineSettings(catalog).slots]).toEqual([0, 2])
})

test('lanes: engine and loopback are local, the rest is remote, an explicit lane wins, and a cloud model leaves the machine whatever it is called', async () => {
  const entries = [
    ['a', 'engine'],
    ['b', 'ollama'],
    ['c', 'openai'],
    ['d', 'ollama', 'model: gpt-oss:120b-cloud'],
    ['e', 'ollama', 'model: gpt-oss:120b-cloud, lane: local'],
    ['f', 'lan', 'lane: local'],
    ['g', 'ollama', 'lane: remote'],
    ['h', 'six'],
  ].map(([name, provider, more]) => `  - {name: ${name}, deployments: [{provider: ${provider}${more ? `, ${more}` : ''}}]}`)
  const catalog = await load({
    'models.yaml': `providers:\n  - {name: lan, base_url: http://192.168.1.5:8000}\n  - {name: six, base_url: "http://[::1]:9"}\nmodels:\n${entries.join('\n')}\n`,
  })
  const places = catalog.models.flatMap(({ name, deployments: [first] }) =>
    name === 'auto' || !first ? [] : [`${name} ${first.lane} ${first.address}`],
  )
  expect(places).toEqual([
    'a local engine',
    'b local loopback',
    'c remote network',
    'd remote network',
    'e local network',
    'f local network',
    'g remote loopback',
    'h local loopback',
  ])
})

test('names: model/provider, #2 for the second, or its own; two servers of one list are told apart', async () => {
  const catalog = await load({
    'models.yaml':
      'models:\n  - name: m\n    deployments:\n      - {provider: ollama}\n      - {provider: ollama, priority: secondary}\n      - {provider: ollama, name: third}\n      - {provider: ollama}\n',
    'routing.yaml':
      'local_deployment:\n  - {endpoint: "http://127.0.0.1:1", models: m}\n  - {endpoint: "http://127.0.0.1:1/other/v1/", models: [m], api_key: k}\n',
  })
  expect(catalog.modelsByName.get('m')?.deployments.map(({ name, priority }) => `${name} ${priority}`)).toEqual([
    'm/ollama 0',
    'm/ollama#2 1',
    'third 0',
    'm/ollama#3 0',
    'm/127.0.0.1:1 0',
    'm/127.0.0.1:1#2 0',
  ])
  expect(deploymentOf(catalog, 'm/127.0.0.1:1#2').endpoint?.baseUrl).toBe('http://127.0.0.1:1/other/v1')
})

test.each([
  ['{provider: ollama, weight: 0.7}, {provider: openai, weight: 0.3}', 0.3],
  ['{provider: ollama, weight: 1}, {provider: ollama, weight: 1}, {provider: openai, weight: 2}', 0.5],
  ['{provider: ollama, weight: 0.7}, {provider: vllm, weight: 0.3}', null],
  ['{provider: ollama}, {provider: openai, weight: 0.3}', null],
  ['{provider: ollama, weight: 0}, {provider: openai, weight: 0}', null],
])('weights across lanes give the share: %s is %s', async (deployments, expected) => {
  const catalog = await load({ 'models.yaml': `models:\n  - {name: m, deployments: [${deployments}]}\n` })
  const share = catalog.modelsByName.get('m')?.weightedShare
  if (expected === null) expect(share).toBeNull()
  else expect(share).toBeCloseTo(expected, 12)
  expect(catalog.splitIsSet).toBe(false)
})

test("a built-in provider's key comes from its variable, and only goes to its own origin", async () => {
  const environment = { OPENAI_API_KEY: 'sk-env' }
  const untouched = await load({}, { environment })
  expect(untouched.providers.get('openai')).toMatchObject({ disabled: null, source: 'built-in' })
  expect(untouched.providers.get('openai')?.endpoint?.credential?.reveal()).toBe('sk-env')
  expect((await load({})).providers.get('openai')?.disabled).toBe('OPENAI_API_KEY is not set')
  const elsewhere = await load({ 'm.yaml': 'providers:\n  - {name: openai, base_url: https://proxy.example.com}\n' }, { environment })
  expect(elsewhere.providers.get('openai')).toMatchObject({ disabled: null, endpoint: { baseUrl: 'https://proxy.example.com/v1', credential: null } })
})

test('an explicit key wins, and one whose variable is not set switches the provider off', async () => {
  const file = { 'm.yaml': 'providers:\n  - {name: openai, api_key: "${MINE}"}\n  - {name: lab, base_url: http://lab, api_key: "${LAB}"}\n' }
  const catalog = await load(file, { environment: { OPENAI_API_KEY: 'sk-env', MINE: 'sk-mine' } })
  expect(catalog.providers.get('openai')?.endpoint?.credential?.reveal()).toBe('sk-mine')
  expect(catalog.providers.get('lab')).toMatchObject({ disabled: 'LAB is not set', endpoint: { credential: null } })
  expect((await load(file, { environment: { OPENAI_API_KEY: 'sk-env' } })).providers.get('openai')?.disabled).toBe('MINE is not set')
})

test('a file may redefine a built-in provider, kind included', async () => {
  const catalog = await load({
    'm.yaml': 'providers:\n  - {name: vllm, kind: ollama, base_url: http://gpu:9999}\n  - {name: llama_cpp_native, kind: llama-server}\n',
  })
  expect(catalog.providers.get('vllm')).toMatchObject({ kind: 'ollama', endpoint: { baseUrl: 'http://gpu:9999/v1' }, source: 'm.yaml:2' })
  expect(catalog.providers.get('llama_cpp_native')).toMatchObject({ kind: 'llama-server', endpoint: { baseUrl: 'http://127.0.0.1:8080/v1' } })
})

test('auto is the local default and the default models of configured providers; a key in the environment alone adds nothing', async () => {
  const auto = async (files: Record<string, string>, localModels = [starter, found]) => {
    const catalog = await load(files, { environment: { OPENAI_API_KEY: 'sk', DEEPSEEK_API_KEY: 'sk' }, localModels })
    return catalog.modelsByName.get('auto')?.deployments.map(({ name }) => name)
  }
  expect(await auto({})).toEqual(['qwen/engine'])
  expect(await auto({}, [starter])).toEqual(['smol/engine'])
  expect(await auto({ 'm.yaml': 'providers:\n  - name: openai\n  - {name: lab, base_url: http://lab, default_model: big}\n' })).toEqual([
    'qwen/engine',
    'gpt-4o-mini/openai',
    'big/lab',
  ])
  expect(await auto({ 'm.yaml': 'default: {provider: deepseek}\n' })).toEqual(['qwen/engine', 'deepseek-flash/deepseek'])
  expect(await auto({ 'm.yaml': 'models:\n  - {name: auto, deployments: [{provider: vllm, model: x}]}\n' })).toEqual(['auto/vllm'])
})

test('a GGUF file is a model of its own, joins a model of its name, and stays away where that one has an engine deployment', async () => {
  const alone = await load({}, { localModels: [starter] })
  expect(deploymentOf(alone, 'smol/engine')).toMatchObject({ upstreamModel: starter.file, context: 8192, source: 'models folder', lane: 'local' })
  const joined = await load(
    { 'm.yaml': 'models:\n  - {name: smol, remote_share: 0.2, deployments: [{provider: openai}]}\n' },
    { localModels: [starter] },
  )
  expect(joined.modelsByName.get('smol')).toMatchObject({ remoteShare: 0.2, deployments: [{ name: 'smol/openai' }, { name: 'smol/engine' }] })
  const covered = await load({ 'm.yaml': 'models:\n  - {name: smol, deployments: [{provider: llama_cpp_native}]}\n' }, { localModels: [starter] })
  expect(covered.modelsByName.get('smol')?.deployments).toMatchObject([
    { name: 'smol/llama_cpp_native', kind: 'engine', upstreamModel: starter.file, disabled: null },
  ])
  const aliased = await load({ 'm.yaml': 'models:\n  - {name: m, aliases: [smol], deployments: [{provider: vllm}]}\n' }, { localModels: [starter] })
  expect(aliased.modelsByName.get('smol')?.name).toBe('m')
  expect(warningsOf(aliased)).toEqual(['/data/models/smol.gguf:null: no model is named after this file: "smol" is an alias at m.yaml:2'])
})

test('a model file that is on its way is listed, off with the reason, and auto stands for it', async () => {
  const arriving = { ...starter, disabled: 'downloading, 40 %' }
  const catalog = await load({}, { localModels: [arriving] })
  expect(catalog.modelsByName.get('smol')?.deployments).toMatchObject([{ name: 'smol/engine', disabled: 'downloading, 40 %' }])
  expect(catalog.modelsByName.get('auto')?.deployments).toMatchObject([{ name: 'smol/engine', disabled: 'downloading, 40 %' }])
  const beside = await load({}, { localModels: [arriving, found] })
  expect(beside.modelsByName.get('auto')?.deployments).toMatchObject([{ name: 'qwen/engine', disabled: null }])
})

test('a GGUF path starts at the configuration folder', async () => {
  const folder = await folderWith({
    'm.yaml': 'models:\n  - {name: m, deployments: [{provider: engine, model: models/x.gguf}, {provider: engine, model: nothing}]}\n',
    'models/x.gguf': 'GGUF',
  })
  const catalog = await loadFolder(folder)
  expect(deploymentOf(catalog, 'm/engine')).toMatchObject({ upstreamModel: join(folder, 'models/x.gguf'), disabled: null })
  expect(deploymentOf(catalog, 'm/engine#2').disabled).toBe('there is no GGUF file named nothing')
})

test("the panel's rows add to the files and never change them; a broken row harms nothing but itself", async () => {
  const catalog = await load(
    { 'm.yaml': 'providers:\n  - {name: lab, base_url: http://lab}\nmodels:\n  - {name: m, deployments: [{provider: lab}]}\nengine: {slots: 2}\n' },
    {
      localModels: [starter],
      rows: {
        providers: [
          { name: 'mine', entry: { base_url: 'http://10.1.1.1:8000', default_model: 'big' } },
          { name: 'lab', entry: { base_url: 'http://other' } },
          { name: 'broken', entry: { base_url: 'ftp://x' } },
          { name: 'literal', entry: { base_url: 'http://${HOST}' } },
        ],
        credentials: new Map([['mine', { origin: 'http://10.1.1.1:8000', secret: new Secret('sk-stored') }]]),
        models: [
          { name: 'own', entry: { deployments: [{ provider: 'mine' }] } },
          { name: 'm', entry: { deployments: [{ provider: 'mine' }] } },
          { name: 'lost', entry: { deployments: [{ provider: 'nowhere' }] } },
        ],
        deployments: [
          { name: 'smol/mine', model: 'smol', entry: { provider: 'mine', model: 'small' } },
          { name: 'm/mine', model: 'm', entry: { provider: 'mine' } },
          { name: 'x/engine', model: 'x', entry: { provider: 'engine', model: '../../etc/secret.gguf' } },
        ],
        settings: { require_key: true, 'engine.slots': 8, 'engine.threads': 3, 'engine.context': 'much' },
      },
    },
  )
  expect(catalog.providers.get('mine')).toMatchObject({ source: 'panel', endpoint: { baseUrl: 'http://10.1.1.1:8000/v1' } })
  expect(catalog.providers.get('mine')?.endpoint?.credential?.reveal()).toBe('sk-stored')
  expect(catalog.providers.get('lab')).toMatchObject({ source: 'm.yaml:2', endpoint: { baseUrl: 'http://lab/v1' } })
  expect(catalog.models.map(({ name, deployments }) => `${name}: ${deployments.map((each) => each.name).join(' ')}`)).toEqual([
    'm: m/lab',
    'own: own/mine',
    'smol: smol/mine smol/engine',
    'big: big/mine', // a provider's default model is a model
    'auto: smol/engine m/lab big/mine',
  ])
  expect(settingOf(catalog, 'require_key')).toEqual({ value: true, source: 'panel' })
  expect(settingOf(catalog, 'engine.slots')).toEqual({ value: 2, source: 'm.yaml:5' })
  expect(settingOf(catalog, 'engine.threads')).toEqual({ value: 3, source: 'panel' })
  expect(settingOf(catalog, 'engine.context')).toEqual({ value: 8192, source: 'default' })
  expect(warningsOf(catalog)).toEqual([
    'panel:null: not used: engine.context: expected number, received string',
    'panel:null: provider "lab" of the panel is not used: a file sets it',
    'panel:null: provider "broken" of the panel is not used: base_url: only http: and https: URLs are taken',
    expect.stringMatching(/^panel:null: provider "literal" of the panel is not used: base_url: the host of a URL/),
    'panel:null: model "m" of the panel is not used: a file sets it',
    'panel:null: deployment "m/mine" of the panel is not used: a file sets the model "m"',
    expect.stringMatching(/^panel:null: model "lost" of the panel is not used: provider: unknown provider "nowhere"/),
    'panel:null: model "x" of the panel is not used: model: the file must lie in the models folder',
  ])
})

test('every setting of a file says which line it is from', async () => {
  const catalog = await load({
    'server.yaml':
      'require_key: true\nhost_names: [router.lan]\ncors_origins:\n  - https://tools.example\nprobes: {paid: 0.5}\nengine:\n  isolation: child\n  memory_budget: 8\n  idle_unload: 60\n',
  })
  expect(settingOf(catalog, 'require_key')).toEqual({ value: true, source: 'server.yaml:1' })
  expect(settingOf(catalog, 'cors_origins')).toEqual({ value: ['https://tools.example'], source: 'server.yaml:3' })
  expect(settingOf(catalog, 'engine.memory_budget')).toEqual({ value: 8, source: 'server.yaml:8' })
  expect(settingOf(catalog, 'engine.slots')).toEqual({ value: 4, source: 'default' })
  expect(engineSettings(catalog)).toMatchObject({ isolation: 'child', memoryBudgetBytes: 8 * 2 ** 30, idleUnloadMs: 60_000 })
})

test('a budget for paid probes is known and not in force yet, which a warning says', async () => {
  expect(warningsOf(await load({ 'server.yaml': 'require_key: false\nprobes:\n  paid: 0.5\n' }))).toContain(
    'server.yaml:3: known, not in force yet: probes.paid',
  )
  expect(warningsOf(await load({ 'server.yaml': 'probes: {}\n' }))).toEqual([])
})
