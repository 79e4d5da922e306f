/** What loads and cannot be meant: each is a warning with file and line, and what is meant well gets none. */
import { describe, expect, test } from 'vitest'
import { load, warningsOf } from './configuration-files.ts'

const models = (...entries: string[]) => `models:\n${entries.map((entry) => `  - {deployments: [{provider: ollama}], ${entry}}\n`).join('')}`
const warned = async (text: string) => warningsOf(await load({ 'routing.yaml': text }))

describe('fallbacks', () => {
  test.each<[string, string, string[]]>([
    ['that go in a circle', models('name: a, fallbacks: [b]', 'name: b, fallbacks: [a]'), ['routing.yaml:3: fallbacks go in a circle: a → b → a']],
    ['to themselves', models('name: a, fallbacks: [a]'), ['routing.yaml:2: fallbacks go in a circle: a → a']],
    [
      'that go in a circle by an alias',
      models('name: a, fallbacks: [bee]', 'name: b, aliases: [bee], fallbacks: [c]', 'name: c, fallbacks: [b]'),
      ['routing.yaml:4: fallbacks go in a circle: b → c → b'],
    ],
    [
      'that go in a circle by a group',
      `${models('name: a, fallbacks: [g]', 'name: b, fallbacks: [a]', 'name: c')}router_settings: {model_group_alias: {g: [c, b]}}\n`,
      ['routing.yaml:3: fallbacks go in a circle: a → b → a'],
    ],
    [
      'that go in a circle in router_settings, in both forms',
      `${models('name: a', 'name: b')}router_settings:\n  fallbacks:\n    - model: a\n      fallback_models: [b]\n    - b:\n        - a\n`,
      ['routing.yaml:9: fallbacks go in a circle: a → b → a'],
    ],
    [
      'that nobody has, in all three places',
      `${models('name: abc, fallbacks: [abd]', 'name: b', 'name: c')}router_settings:\n  fallbacks:\n    - {model: b, fallback_models: [c, abd]}\n    - c: [abe]\n`,
      [
        'routing.yaml:2: there is no model "abd"; did you mean "abc"?',
        'routing.yaml:7: there is no model "abd"; did you mean "abc"?',
        'routing.yaml:8: there is no model "abe"; did you mean "abc"?',
      ],
    ],
    [
      'with a place',
      models('name: a, fallbacks: [zz@vllm, b@ollama, a@remote]', 'name: b'),
      [
        'routing.yaml:2: there is no model "zz@vllm", and a place is not taken here',
        'routing.yaml:2: there is no model "b@ollama", and a place is not taken here; did you mean "b"?',
        'routing.yaml:2: there is no model "a@remote", and a place is not taken here; did you mean "a"?',
      ],
    ],
  ])('%s are warned of', async (_, text, expected) => expect(await warned(text)).toEqual(expected))

  test.each([
    models('name: a, fallbacks: [b, c]', 'name: b, fallbacks: [c]', 'name: c'),
    models('name: a, fallbacks: ["b@lab"]', 'name: "b@lab"'),
    `${models('name: a, fallbacks: [g]', 'name: b')}router_settings: {model_group_alias: {g: [a, b]}}\n`,
    `${models('name: a, fallbacks: [b]', 'name: b', 'name: c')}router_settings: {fallbacks: [{b: [c]}, {a: [c]}]}\n`,
    // What router_settings says of a model that names its own is not in force.
    `${models('name: a, fallbacks: [c]', 'name: b, fallbacks: [a]', 'name: c')}router_settings: {fallbacks: [{a: [b]}]}\n`,
  ])('%j has nothing odd', async (text) => expect(await warned(text)).toEqual([]))

  test('to a group go to its models, those of an alias to its model', async () => {
    const catalog = await load({
      'routing.yaml': `${models('name: a, aliases: [ay]', 'name: b', 'name: c')}router_settings: {model_group_alias: {g: [a, c, b]}, fallbacks: [{ay: [g]}]}\n`,
    })
    expect(catalog.modelsByName.get('a')?.fallbacks).toEqual(['c', 'b'])
  })
})

describe('rules that no request reaches', () => {
  const sizes = (...ranges: string[]) => `model_size_routing:\n${ranges.map((range) => `  - {size: "${range}", provider: ollama}\n`).join('')}`
  test.each<[string[], string[]]>([
    [['> 8B', '> 13B'], ['routing.yaml:3: the size "> 13B" is never reached: "> 8B" (routing.yaml:2) before it takes all of it']],
    [
      ['8B - 13B', '13B', '9B - 10B'],
      ['"13B"', '"9B - 10B"'],
    ],
    [['< 8B', '>= 8B', '5B - 10B'], ['"5B - 10B" is never reached: "< 8B" (routing.yaml:2) and ">= 8B" (routing.yaml:3) before it take all of it']],
    [['< 8B', '8B - 13B', '> 13B'], []],
    [['< 8B', '> 8B', '8B'], []],
    [['8B - 13B', '13B - 20B', '> 13B'], []],
    [['> 13B', '>= 13B'], []],
  ])('sizes %j: %j', async (ranges, expected) => {
    const warnings = await warned(sizes(...ranges))
    expect(warnings).toHaveLength(expected.length)
    for (const [index, words] of expected.entries()) expect(warnings[index]).toContain(words)
  })

  test.each(['always', 'true', '(always)'])('request rules after %s', async (condition) => {
    const text = `request_metadata_routing:\n  a: {provider: ollama, condition: stream}\n  b: {provider: ollama, condition: "${condition}"}\n  c: {provider: ollama, condition: stream}\n`
    expect(await warned(text)).toEqual(['routing.yaml:4: the request rule "c" is never reached: "b" before it (routing.yaml:3) takes every request'])
  })
  test('rules of smart routing after always', async () => {
    const text = `${models('name: a')}smart_routing:\n  rules:\n    - {when: always, use: a}\n    - {when: is_code, use: a}\n`
    expect(await warned(text)).toEqual([
      'routing.yaml:6: this rule of smart_routing (is_code → a) comes after "always" (routing.yaml:5), which takes every prompt while "a" is there',
    ])
  })
  test('rules of the panel after one of a file', async () => {
    const rules = { request_metadata_routing: { mine: { provider: 'ollama', condition: 'stream' } } }
    const catalog = await load({ 'routing.yaml': 'request_metadata_routing: {all: {provider: ollama, condition: always}}\n' }, { rows: { rules } })
    expect(warningsOf(catalog)).toEqual([
      'panel:null: the request rule "mine" is never reached: "all" before it (routing.yaml:1) takes every request',
    ])
    expect(catalog.warnings[0]?.rule).toEqual({ kind: 'metadata', name: 'mine' })
  })
  test('a link after one without a condition, or with always, at the same place', async () => {
    const chain = (first: string) =>
      `fallback_chains:\n  default:\n    chain:\n      - ${first}\n      - {secondary: ollama, condition: vllm_unavailable}\n`
    for (const first of ['{primary: ollama}', '{primary: ollama, condition: always}'])
      expect(await warned(chain(first))).toEqual(['routing.yaml:5: chain "default" is never here: ollama was tried before without a condition'])
    expect(await warned(chain('{primary: ollama, condition: stream}'))).toEqual([])
    expect(await warned(chain('{primary: ollama, preferred_model: a}'))).toEqual([])
  })
})

describe('what is written and never used', () => {
  const chains = 'fallback_chains:\n  default: {chain: [{primary: vllm}]}\n  spare: {chain: [{primary: ollama}]}\n'
  test('a chain that no rule names', async () => {
    expect(await warned(chains)).toEqual([
      'routing.yaml:3: the chain "spare" is never used: no rule names it as its fallback, and no capability of that name leaves its fallback open',
    ])
  })
  test.each([
    'capabilities: {spare: {provider: vllm}}',
    'patterns: [{pattern: "^x", provider: vllm, fallback: spare}]',
    'exact_matches: {x: {provider: vllm, fallback: spare}}',
    'request_metadata_routing: {x: {condition: stream, provider: vllm, fallback: spare}}',
    'model_size_routing: [{size: "> 1B", provider: vllm, fallback: spare}]',
    'router_settings: {model_group_alias: {spare: []}}',
  ])('a chain is used by %s', async (rule) => expect(await warned(`${chains}${rule}\n`)).toEqual([]))

  test('load_balancing for a capability that is not there', async () => {
    const text = 'capabilities: {Chat: {provider: ollama}}\nload_balancing:\n  round_robin:\n    applicable_to:\n      - chat\n      - caht\n'
    expect(await warned(text)).toEqual(['routing.yaml:6: there is no capability "caht"; did you mean "Chat"?'])
  })

  const weights = 'redundant_models:\n  m: {providers: [{provider: ollama, weight: 0.7}, {provider: vllm, weight: 0.3}]}\n'
  test.each([
    ['{provider: ollama}', true],
    ['{providers: [ollama, vllm]}', true],
    ['{providers: [ollama, vllm], strategy: weighted}', false],
    ['{providers: [ollama], strategy: weighted}', true],
    ['{model: m}', false],
    ['{model: m, preferred_models: [m]}', false],
  ])('weights of a name with the exact rule %s: %s', async (rule, isOdd) => {
    expect(await warned(`${weights}exact_matches: {m: ${rule}}\n`)).toEqual(
      isOdd ? ['routing.yaml:2: the weights of "m" are never used: the exact rule of that name (routing.yaml:3) decides first'] : [],
    )
  })
  test('weights of seed 003, line 297, behind the exact rule of line 37', async () => {
    const text =
      'exact_matches:\n  "llama3.1:8b": {provider: ollama, priority: primary, fallback: null}\nredundant_models:\n  "llama3.1:8b":\n    providers:\n      - {provider: ollama, weight: 0.7}\n      - {provider: llama_cpp_python, weight: 0.3}\n'
    expect(await warned(text)).toEqual([
      'routing.yaml:4: the weights of "llama3.1:8b" are never used: the exact rule of that name (routing.yaml:2) decides first',
    ])
  })

  test('a group with the name of an exact rule or of a listed model', async () => {
    const text = `${models('name: m', 'name: n, aliases: [nn]')}exact_matches: {x: {provider: ollama}}\nrouter_settings:\n  model_group_alias:\n    x: [m]\n    m: [n]\n    nn: [m]\n    fine: [m, n]\n`
    expect(await warned(text)).toEqual([
      'routing.yaml:7: the group "x" is never used: the exact rule of that name (routing.yaml:4) goes first',
      'routing.yaml:8: the group "m" goes before the listed model of that name',
      'routing.yaml:9: the group "nn" goes before the listed model of that name',
    ])
  })
})
