// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configuration files write variables so
import { expect, test } from 'vitest'
import { load, refusal, warningsOf } from './configuration-files.ts'

const models = (entry: string) => ({ 'models.yaml': `models:\n${entry}` })

test.each<[string, Record<string, string>, string]>([
  [
    'an unknown key names the nearest known one',
    { 'routing.yaml': 'strategy: p2c\nsplitt: {}\n' },
    'routing.yaml:2: unknown key "splitt"; did you mean "split"?',
  ],
  [
    'a mistyped key is reported before what it makes missing',
    { 'models.yaml': 'providers:\n  - name: lab\n    bas_url: http://10.0.0.7\n' },
    'models.yaml:3: unknown key "bas_url"; did you mean "base_url"?',
  ],
  [
    'a key deep inside has its own line',
    models('  - name: m\n    deployments:\n      - provider: engine\n        wieght: 1\n'),
    'models.yaml:5: unknown key "wieght"; did you mean "weight"?',
  ],
  [
    "a mistyped key of a fallback is not taken for LiteLLM's form",
    { 'routing.yaml': 'router_settings:\n  fallbacks:\n    - model: a\n      falback_models: [b]\n' },
    'routing.yaml:4: unknown key "falback_models"; did you mean "fallback_models"?',
  ],
  [
    'the other key of a fallback too',
    { 'routing.yaml': 'router_settings:\n  fallbacks:\n    - modle: a\n      fallback_models: [b]\n' },
    'routing.yaml:3: unknown key "modle"; did you mean "model"?',
  ],
  [
    'both keys of a fallback too',
    { 'routing.yaml': 'router_settings:\n  fallbacks:\n    - modle: a\n      falback_models: [b]\n' },
    'routing.yaml:3: unknown key "modle"; did you mean "model"?',
  ],
  [
    'a fallback without models says what is missing',
    { 'routing.yaml': 'router_settings:\n  fallbacks: [{model: a}]\n' },
    'routing.yaml:2: router_settings.fallbacks[0].fallback_models is missing',
  ],
  [
    'a wrong value of a fallback says where',
    { 'routing.yaml': 'router_settings:\n  fallbacks: [{a: [7]}]\n' },
    'routing.yaml:2: router_settings.fallbacks[0].a[0]: expected string, received number',
  ],
  [
    'a mistyped key of a way to balance names the nearest one',
    { 'routing.yaml': 'load_balancing:\n  round_robin:\n    aplicable_to: [x]\n' },
    'routing.yaml:3: unknown key "aplicable_to"; did you mean "applicable_to"?',
  ],
  [
    'a mistyped key of a weight names the nearest one',
    { 'routing.yaml': 'load_balancing:\n  usage_based:\n    weight_factors:\n      - latency: 0.5\n      - cots: 0.5\n' },
    'routing.yaml:5: unknown key "cots"; did you mean "cost"?',
  ],
  [
    'a mistyped key that only explains names that key',
    { 'routing.yaml': 'split: {descripton: x}\n' },
    'routing.yaml:1: unknown key "descripton"; did you mean "description"?',
  ],
  [
    'a mistyped key of a model_list entry is reported before what it makes missing',
    { 'routing.yaml': 'model_list:\n  - modelname: m\n    litellm_params: {model: openai/m}\n' },
    'routing.yaml:2: unknown key "modelname"; did you mean "model_name"?',
  ],
  [
    'a mistyped model of a model_list entry too',
    { 'routing.yaml': 'model_list:\n  - model_name: m\n    litellm_params:\n      modell: openai/m\n' },
    'routing.yaml:4: unknown key "modell"; did you mean "model"?',
  ],
  ['a missing key has the line of its entry', models('  - aliases: [a]\n'), 'models.yaml:2: models[0].name is missing'],
  ['a wrong type says what was expected', models('  - name: [m]\n'), 'models.yaml:2: models[0].name: expected string, received array'],
  [
    'a share in percent is refused with a hint',
    { 'routing.yaml': 'split:\n  remote_share: 30\n' },
    'routing.yaml:2: split.remote_share: a share lies between 0 and 1 (30 % is 0.3)',
  ],
  [
    'a word outside a list names the list',
    { 'routing.yaml': 'split: {unit: turn}\n' },
    'routing.yaml:1: split.unit: expected one of "session"|"request"',
  ],
  [
    'an unknown provider names near ones',
    models('  - name: m\n    deployments:\n      - provider: olama\n'),
    'models.yaml:4: unknown provider "olama"; did you mean "ollama"?',
  ],
  [
    'an unknown default provider is refused',
    { 'routing.yaml': 'default: {provider: opnai}\n' },
    'routing.yaml:1: unknown provider "opnai"; did you mean "openai"?',
  ],
  [
    'an unknown kind names near ones',
    { 'models.yaml': 'providers:\n  - name: lab\n    kind: vlm\n    base_url: http://x\n' },
    'models.yaml:3: unknown kind "vlm"; did you mean "vllm"?',
  ],
  ['an unknown strategy is refused', { 'routing.yaml': 'strategy: p3c\n' }, 'routing.yaml:1: unknown strategy "p3c"; did you mean "p2c"?'],
  ['a provider without an address is refused', { 'models.yaml': 'providers:\n  - name: lab\n' }, 'models.yaml:2: provider "lab" needs a base_url'],
  [
    'two providers of one name are refused',
    { 'models.yaml': 'providers:\n  - {name: lab, base_url: http://a}\n  - {name: lab, base_url: http://b}\n' },
    'models.yaml:3: the provider "lab" is already set at models.yaml:2',
  ],
  [
    'two models of one name are refused',
    models('  - name: m\n  - name: m\n'),
    'models.yaml:3: the name "m" is already that of a model or alias at models.yaml:2',
  ],
  [
    'an alias that is a model is refused',
    models('  - name: m\n  - name: n\n    aliases: [m]\n'),
    'models.yaml:4: the name "m" is already that of a model or alias at models.yaml:2',
  ],
  [
    'a key that two files set names both',
    { 'models.yaml': 'strategy: p2c\n', 'routing.yaml': '# ours\nstrategy: random\n' },
    'routing.yaml:2: strategy is set in models.yaml:1 and in routing.yaml:2',
  ],
  [
    'a key that two files of different endings set names both',
    { 'a.yml': 'models: []\n', 'b.yaml': 'models: []\n' },
    'b.yaml:1: models is set in a.yml:1 and in b.yaml:1',
  ],
  [
    'both forms of the split are refused',
    { 'routing.yaml': 'split: {remote_share: 0.3}\nrouting_strategy: fixed\nrouting_parameter: {local_fraction: 0.6}\n' },
    'routing.yaml:3: the split is set in routing.yaml:1 and in routing.yaml:3',
  ],
  [
    "a unit of draws beside seed 000's form is refused",
    { 'routing.yaml': 'split: {unit: session}\nrouting_parameter: {local_fraction: 0.6}\n' },
    'routing.yaml:2: the split is set in routing.yaml:1 and in routing.yaml:2',
  ],
  [
    'both forms of a timeout are refused',
    { 'routing.yaml': 'timeouts: {probe: 1}\ntimeout: 2\n' },
    'routing.yaml:2: timeouts.probe is set in routing.yaml:1 and in routing.yaml:2',
  ],
  [
    'an unset variable outside an endpoint or credential is refused',
    { 'routing.yaml': 'logging:\n  output: ${LOG}\n' },
    'routing.yaml:2: LOG is not set; set it, or give a default: ${LOG:-…}',
  ],
  [
    'an unset variable in a key that does nothing yet is refused too',
    { 'a.yaml': 'patterns:\n  - pattern: ${P}\n' },
    'a.yaml:2: P is not set; set it, or give a default: ${P:-…}',
  ],
  [
    'a log file outside the data folder is refused',
    { 'routing.yaml': 'logging:\n  output: ../x.log\n' },
    'routing.yaml:2: logging.output must be a file inside the data folder',
  ],
  [
    'a log file by an absolute path elsewhere is refused',
    { 'routing.yaml': 'logging: {output: /etc/x.log}\n' },
    'routing.yaml:1: logging.output must be a file inside the data folder',
  ],
  ['an empty file is broken, not a removal', { 'routing.yaml': '' }, 'routing.yaml:1: the file is empty; delete it to remove what it sets'],
  ['a file of comments is empty', { 'routing.yaml': '# nothing\n\n' }, 'routing.yaml:1: the file is empty; delete it to remove what it sets'],
  ['a list at the top is refused', { 'routing.yaml': '- a\n' }, 'routing.yaml:1: the top level must be a map of keys'],
  [
    'a key that is there twice is refused',
    { 'routing.yaml': 'strategy: p2c\nstrategy: random\n' },
    'routing.yaml:2: the key "strategy" is there twice',
  ],
  ['a tag is refused', { 'routing.yaml': 'strategy: !!str p2c\n' }, 'routing.yaml:1: tags are not taken'],
  ['a merge key is refused', { 'routing.yaml': 'split: &s {seed: 1}\ntimeouts:\n  <<: *s\n' }, 'routing.yaml:3: merge keys (<<) are not taken'],
  [
    'a second document is refused',
    { 'routing.yaml': 'strategy: p2c\n---\nstrategy: p2c\n' },
    'routing.yaml:2: not valid YAML: a file holds one document; a second one begins here',
  ],
  [
    'a directive is refused',
    { 'routing.yaml': '%YAML 1.1\n---\nstrategy: p2c\n' },
    'routing.yaml:1: directives (lines that begin with %) are not taken',
  ],
  [
    'YAML that does not parse has its line',
    { 'routing.yaml': 'strategy: p2c\nsplit: {remote_share: 0.3\n' },
    'routing.yaml:3: not valid YAML: wrong indentation',
  ],
  [
    'a second base URL of one provider is refused',
    { 'models.yaml': 'providers:\n  - {name: a, base_url: http://a, endpoint: http://b}\n' },
    'models.yaml:2: base_url and endpoint mean the same; set one',
  ],
  [
    'a URL for the engine is refused',
    { 'models.yaml': 'providers:\n  - {name: engine, base_url: http://a}\n' },
    'models.yaml:2: the engine runs here and has no URL; give another kind to redefine this name',
  ],
  [
    'a name that means a lane is refused',
    { 'models.yaml': 'providers:\n  - {name: local, base_url: http://a}\n' },
    'models.yaml:2: providers[0].name: local and remote are lanes, not names of providers',
  ],
  [
    'a deployment name that is taken is refused',
    models('  - name: m\n    deployments:\n      - {provider: ollama, name: d}\n      - {provider: vllm, name: d}\n'),
    'models.yaml:5: a deployment is already named "d"',
  ],
])('%s', async (_, files, expected) => {
  expect(await refusal(files)).toBe(expected)
})

// Every map of fixed keys, with one key that is one letter short.
test.each([
  ['providers: [{name: a, base_ur: x}]', 'base_ur', 'base_url'],
  ['models: [{name: a, fallback: [b]}]', 'fallback', 'fallbacks'],
  ['models: [{name: a, deployments: [{provider: ollama, pric: {}}]}]', 'pric', 'price'],
  ['models: [{name: a, deployments: [{provider: ollama, price: {inpt: 1, output: 1}}]}]', 'inpt', 'input'],
  ['default: {modl: a}', 'modl', 'model'],
  ['timeouts: {conect: 1}', 'conect', 'connect'],
  ['engine: {slot: 1}', 'slot', 'slots'],
  ['guards: {ofline: true}', 'ofline', 'offline'],
  ['logging: {outpt: a}', 'outpt', 'output'],
  ['routing_parameter: {local_fracton: 0.5}', 'local_fracton', 'local_fraction'],
  ['local_deployment: [{endpont: "http://a", models: [m]}]', 'endpont', 'endpoint'],
  ['router_settings: {num_retry: 1}', 'num_retry', 'num_retries'],
  ['exact_matches: {a: {provder: ollama}}', 'provder', 'provider'],
  ['patterns: [{pattern: a, provider: ollama, falback: vllm}]', 'falback', 'fallback'],
  ['capabilities: {a: {min_contxt: 1}}', 'min_contxt', 'min_context'],
  ['model_size_routing: [{sise: "< 8B", provider: ollama}]', 'sise', 'size'],
  ['request_metadata_routing: {a: {conditon: always, provider: ollama}}', 'conditon', 'condition'],
  ['fallback_chains: {a: {chain: [{primry: ollama}]}}', 'primry', 'primary'],
  ['fallback_chains: {a: {retry_attempt: 1, chain: []}}', 'retry_attempt', 'retry_attempts'],
  ['redundant_models: {a: {providers: [{provider: ollama, wight: 1}]}}', 'wight', 'weight'],
  ['redundant_models: {a: {provider: []}}', 'provider', 'providers'],
  ['first_request_routing: {strateg: prefer_warm}', 'strateg', 'strategy'],
  ['rate_limited_fallback: {fallback_duration_second: 1}', 'fallback_duration_second', 'fallback_duration_seconds'],
  ['error_based_routing: {error_treshold: 1}', 'error_treshold', 'error_threshold'],
  ['load_balancing: {round_robin: {measur: x}}', 'measur', 'measure'],
  ['smart_routing: {smal: m}', 'smal', 'small'],
  ['smart_routing: {rules: [{wen: always, use: small}]}', 'wen', 'when'],
])('%s names the nearest known key', async (text, key, near) => {
  expect(await refusal({ 'routing.yaml': `${text}\n` })).toBe(`routing.yaml:1: unknown key "${key}"; did you mean "${near}"?`)
})

test('words that only explain are known everywhere', async () => {
  const catalog = await load({
    'models.yaml':
      'description: ours\nmodels:\n  - name: m\n    reason: because\n    deployments:\n      - {provider: ollama, description: x, applicable_to: [y]}\n',
    'routing.yaml': 'description: rules\nsplit: {remote_share: 0.1, reason: why}\n',
  })
  expect(catalog.split.remoteShare).toBe(0.1)
  expect(catalog.warnings).toEqual([])
})

test('what is odd and not wrong is a warning with file and line', async () => {
  const catalog = await load({
    'models.yaml':
      'providers:\n  - {name: claude, kind: anthropic, base_url: https://api.anthropic.com}\nmodels:\n  - name: m\n    fallbacks: [auot, gpt-4o-mini@openai, auto@remote]\ndefault: {model: nowhere}\n',
    'routing.yaml': 'routing_strategy: fixed\npatterns: []\n',
  })
  expect(warningsOf(catalog)).toEqual([
    'routing.yaml:1: routing_strategy: fixed sets nothing without routing_parameter.local_fraction',
    'models.yaml:2: known, not in force yet: kind anthropic (provider claude is off)',
    'models.yaml:5: there is no model "auot"; did you mean "auto"?',
    'models.yaml:5: there is no model "gpt-4o-mini@openai", and a place is not taken here',
    'models.yaml:5: there is no model "auto@remote", and a place is not taken here; did you mean "auto"?',
    'models.yaml:4: model "m" has no deployment',
    'models.yaml:6: there is no model "nowhere"; known: m, auto',
  ])
  expect(catalog.providers.get('claude')?.disabled).toBe('kind anthropic is not in force yet')
})
