/**
 * Every snippet of seed 003 as a file of its own (`test/fixtures/config/seed-snippets/LINE-name.yaml`), with the parents that the seed's prose gives
 * it: each loads as it stands, and does what the seed says beside it. The rules in their variants are in `seed-rules.test.ts`; seed 000's pair of
 * files is in `load-configuration.test.ts` and `test/journeys/configuration/seed-000.test.ts`. Numbers are lines of the seed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createHealthControl } from '../../../router/control/health-control.ts'
import { routerLines } from '../../../router/control/router-lines.ts'
import { createRoutingMetrics } from '../../../router/control/routing-metrics.ts'
import { createUsageMetrics } from '../../../router/control/usage-metrics.ts'
import type { Catalog } from '../../../router/core/catalog.ts'
import { seededChance } from '../../../router/core/clock.ts'
import type { ErrorKind } from '../../../router/core/errors.ts'
import { type AttemptEnd, createEventBus, type RequestInfo, type RouterEvent } from '../../../router/core/events.ts'
import type { DeploymentState, Plan, RequestFacts } from '../../../router/core/plan.ts'
import { createHeadlessHost } from '../../../router/host/headless-host.ts'
import { decide } from '../../../router/policy/index.ts'
import { attemptEnded } from '../../fakes/attempt-end.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { buildFacts, buildSituation } from '../policy/build.ts'
import { fixtures, load, warningsOf } from './configuration-files.ts'

const folder = join(fixtures, 'seed-snippets')
const names = readdirSync(folder).sort()
const snippet = (name: string) => readFileSync(join(folder, name), 'utf8')
/** The snippet as `routing.yaml`, and what else the test needs. */
const withSnippet = (name: string, others: Readonly<Record<string, string>> = {}) => load({ 'routing.yaml': snippet(name), ...others })

type Situations = NonNullable<Parameters<typeof buildSituation>[0]>
const planOf = (catalog: Catalog, facts: Partial<RequestFacts>, situation: Situations = {}) =>
  decide({ facts: buildFacts({ session: null, ...facts }), catalog, situation: buildSituation(situation) })
const providersOf = (plan: Plan) => plan.steps.map(({ deployment }) => deployment.provider)
const modelsOf = (plan: Plan) => plan.steps.map(({ deployment }) => deployment.upstreamModel)
const usage = (latencyMs: number, successRate = 1, p95FirstOutputMs: number | null = null) => ({
  latencyMs,
  successRate,
  p95FirstOutputMs,
  wholeAnswerMs: null,
})

/** One model at two servers of this machine, so that nothing but the strategy decides. */
const twoPlaces = { 'models.yaml': 'models: [{name: m, deployments: [{provider: ollama}, {provider: vllm}]}]\n' }

test('there is a file for each of the 28 snippets', () => expect(names).toHaveLength(28))

/** What a snippet names and another one defines: alone in a folder it is missing, and said. */
const missingAlone: Readonly<Record<string, readonly string[]>> = {
  '229-round-robin.yaml': ['6: there is no capability "general_chat"', '7: there is no capability "code_generation"'],
  '244-least-loaded.yaml': ['6: there is no capability "high_throughput"'],
  '279-fastest-response.yaml': ['7: there is no capability "low_latency"'],
  '329-code-generation-chain.yaml': ['3: the chain "code_generation" is never used'],
  '340-high-availability.yaml': ['3: the chain "high_availability" is never used'],
}

test.each(names)('seed 003, line %s loads as it stands', async (name) => {
  const catalog = await withSnippet(name)
  expect(catalog.files).toEqual(['routing.yaml'])
  // What is known and not in force is said; nothing else is.
  const said = warningsOf(catalog).filter(
    (each) => !/there is no model|no file lists such a model|not in force yet: router_settings\.redis/.test(each),
  )
  expect(said).toEqual((missingAlone[name] ?? []).map((words) => expect.stringContaining(`routing.yaml:${words}`)))
})

describe('exact names, models and patterns', () => {
  test('36–42: llama3.1:8b goes to ollama', async () => {
    expect(providersOf(planOf(await withSnippet('036-exact-name.yaml'), { model: 'llama3.1:8b' }))).toEqual(['ollama'])
  })
  test('47–52: LiteLLM’s entry is a deployment at its address, asked for without the prefix', async () => {
    const [step] = planOf(await withSnippet('047-model-list.yaml'), { model: 'llama3.1:8b' }).steps
    expect(step?.deployment).toMatchObject({ kind: 'ollama', upstreamModel: 'llama3.1:8b', endpoint: { baseUrl: 'http://127.0.0.1:11434/v1' } })
  })
  test.each([
    ['090-pattern.yaml', 'meta-llama/Llama-2-7b-chat-hf', ['vllm', 'ollama']],
    ['102-hub-paths.yaml', 'mistralai/Mistral-7B', ['vllm', 'ollama']],
    ['113-ollama-names.yaml', 'model:7b', ['ollama']],
    ['113-ollama-names.yaml', 'model:13B', ['ollama']],
  ])('%s: %s goes to %j', async (name, model, expected) => {
    const plan = planOf(await withSnippet(name), { model })
    expect([providersOf(plan), plan.route.kind, plan.model]).toEqual([expected, 'pattern', model])
  })
  test('120–123: a GGUF file goes to llama_cpp_python, then to the engine, which answers with what it has', async () => {
    const catalog = await load(
      { 'routing.yaml': snippet('120-gguf-files.yaml') },
      { localModels: [{ name: 'tiny', file: '/data/models/tiny.gguf', context: 512, isStarter: false }] },
    )
    expect(planOf(catalog, { model: 'tiny.gguf' }).steps.map(({ deployment }) => [deployment.provider, deployment.upstreamModel])).toEqual([
      ['llama_cpp_python', 'tiny.gguf'],
      ['engine', '/data/models/tiny.gguf'],
    ])
  })
})

describe('capabilities', () => {
  test.each(['149-capability.yaml', '164-code-generation.yaml'])('%s: X-Capability takes the preferred models at ollama, in turns', async (name) => {
    const plan = planOf(await withSnippet(name), { model: null, capability: 'code_generation' })
    expect([providersOf(plan), modelsOf(plan)]).toEqual([
      ['ollama', 'ollama'],
      ['qwen2.5-coder:7b', 'deepseek-coder-v2'],
    ])
  })
  test('174–178: high_throughput takes a model of 13B or more at vllm', async () => {
    const models = 'models: [{name: a-7b, deployments: [{provider: vllm}]}, {name: b-70b, deployments: [{provider: vllm}]}]\n'
    const catalog = await withSnippet('174-high-throughput.yaml', { 'models.yaml': models })
    expect(modelsOf(planOf(catalog, { model: null, capability: 'high_throughput' }))).toEqual(['b-70b'])
  })
  test('183–187: low_latency takes the engine, then llama_cpp_python', async () => {
    const catalog = await load(
      { 'routing.yaml': snippet('183-low-latency.yaml'), 'models.yaml': 'models: [{name: cpp, deployments: [{provider: llama_cpp_python}]}]\n' },
      { localModels: [{ name: 'tiny', file: '/data/models/tiny.gguf', context: 512, isStarter: false }] },
    )
    expect(providersOf(planOf(catalog, { model: null, capability: 'low_latency' }))).toEqual(['engine', 'llama_cpp_python'])
  })
  test('192–197: general_chat takes the better of its two models by use', async () => {
    const models = 'models: [{name: "llama3.1:8b", deployments: [{provider: ollama}]}, {name: llama2-13b-vllm, deployments: [{provider: vllm}]}]\n'
    const catalog = await withSnippet('192-general-chat.yaml', { 'models.yaml': models })
    const states = { 'llama3.1:8b/ollama': { usage: usage(900) }, 'llama2-13b-vllm/vllm': { usage: usage(100) } }
    expect(modelsOf(planOf(catalog, { model: null, capability: 'general_chat' }, { states }))).toEqual(['llama2-13b-vllm', 'llama3.1:8b'])
  })
  test('202–208: large_context leaves out what has less than 8192', async () => {
    const models =
      'models: [{name: s, deployments: [{provider: vllm, context: 4096}]}, {name: l, deployments: [{provider: llama_cpp_python, context: 8192}]}]\n'
    const catalog = await withSnippet('202-large-context.yaml', { 'models.yaml': models })
    expect(providersOf(planOf(catalog, { model: null, capability: 'large_context' }))).toEqual(['llama_cpp_python'])
  })
})

describe('load balancing', () => {
  const capabilities = (name: string) => ({
    'capabilities.yaml': `capabilities: {${name}: {preferred_models: [m]}}\n`,
    ...twoPlaces,
  })
  test('229–233: round_robin for general_chat and code_generation takes the place that came first least often', async () => {
    for (const name of ['general_chat', 'code_generation']) {
      const catalog = await withSnippet('229-round-robin.yaml', capabilities(name))
      const turns = new Map<string, number>()
      const firsts = Array.from({ length: 6 }, () => {
        const first = planOf(catalog, { model: null, capability: name }, { turns: new Map(turns) }).steps[0]?.deployment.name ?? ''
        turns.set(first, (turns.get(first) ?? 0) + 1)
        return first
      })
      expect(firsts).toEqual(['m/ollama', 'm/vllm', 'm/ollama', 'm/vllm', 'm/ollama', 'm/vllm'])
    }
  })
  test('244–247: least_loaded for high_throughput takes the place with the fewest active requests', async () => {
    const catalog = await withSnippet('244-least-loaded.yaml', capabilities('high_throughput'))
    for (const [ollama, vllm, first] of [
      [3, 2, 'vllm'],
      [1, 2, 'ollama'],
    ] as const) {
      const states = { 'm/ollama': { inFlight: ollama }, 'm/vllm': { inFlight: vllm } }
      expect(providersOf(planOf(catalog, { model: null, capability: 'high_throughput' }, { states }))[0]).toBe(first)
    }
  })
  test('258–263: usage_based weighs latency, success and cost as the list of factors says', async () => {
    const catalog = await withSnippet('258-usage-based.yaml', {
      'models.yaml': 'strategy: usage_based\nmodels: [{name: m, deployments: [{provider: ollama}, {provider: vllm}]}]\n',
    })
    expect(catalog.rules.strategyOptions.get('usage_based')).toEqual({ latency: 0.4, success_rate: 0.4, cost: 0.2 })
    const first = (ollama: DeploymentState['usage'], vllm: DeploymentState['usage'], from = catalog) =>
      providersOf(planOf(from, { model: 'm' }, { states: { 'm/ollama': { usage: ollama }, 'm/vllm': { usage: vllm } } }))[0]
    expect(first(usage(100), usage(200))).toBe('ollama')
    expect(first(usage(100, 0.4), usage(200, 1))).toBe('vllm') // 0.4 + 0.16 against 0.2 + 0.4
    const other = await load({
      'models.yaml': 'strategy: usage_based\nmodels: [{name: m, deployments: [{provider: ollama}, {provider: vllm}]}]\n',
      'routing.yaml': snippet('258-usage-based.yaml').replace('success_rate: 0.4', 'success_rate: 0.1').replace('latency: 0.4', 'latency: 0.7'),
    })
    expect(first(usage(100, 0.4), usage(200, 1), other)).toBe('ollama')
  })
  test('258–275: the figures of usage_based are read anew every ten requests', () => {
    const metrics = createUsageMetrics(manualClock())
    for (let i = 0; i < 10; i++) metrics.read(attemptEnded('m/ollama', { ms: 100 }))
    for (let i = 0; i < 9; i++) metrics.read(attemptEnded('m/ollama', { ms: 1100 }))
    const before = metrics.of('m/ollama')?.latencyMs
    for (let i = 0; i < 2; i++) metrics.read(attemptEnded('m/ollama', { ms: 1100 }))
    expect([before, metrics.of('m/ollama')?.latencyMs === before]).toEqual([expect.any(Number), false])
  })
  test('279–290: fastest_response for low_latency takes the lowest 95th percentile, not the lowest average', async () => {
    const catalog = await withSnippet('279-fastest-response.yaml', capabilities('low_latency'))
    const states = {
      'm/ollama': { firstOutputMs: 50, usage: usage(60, 1, 900) },
      'm/vllm': { firstOutputMs: 90, usage: usage(95, 1, 120) },
    }
    expect(providersOf(planOf(catalog, { model: null, capability: 'low_latency' }, { states }))).toEqual(['vllm', 'ollama'])
  })
  test('297–303: redundant_models gives ollama 70 % of 10 000 seeded draws and llama_cpp_python 30 %', async () => {
    const catalog = await withSnippet('297-redundant-models.yaml')
    const chance = seededChance(2026)
    let first = 0
    for (let i = 0; i < 10_000; i++)
      if (providersOf(planOf(catalog, { model: 'llama3.1:8b' }, { strategyChance: chance(), laneChance: chance() }))[0] === 'ollama') first++
    expect(Math.abs(first / 10_000 - 0.7)).toBeLessThan(0.014) // three standard deviations
  })
})

describe('chains, sizes and request rules', () => {
  test('315–324: the default chain asks vllm only from 13B on', async () => {
    const catalog = await withSnippet('315-default-chain.yaml', { 'models.yaml': 'patterns: [{pattern: "^x/", provider: sglang}]\n' })
    expect(providersOf(planOf(catalog, { model: 'x/a-13b' }))).toEqual(['sglang', 'vllm', 'ollama', 'llama_cpp_python'])
    expect(providersOf(planOf(catalog, { model: 'x/a-12b' }))).toEqual(['sglang', 'ollama', 'llama_cpp_python'])
  })
  test('329–335: the chain code_generation serves that capability; llama_cpp_python comes only where ollama is gone or has failed in this very plan', async () => {
    const rule =
      'capabilities: {code_generation: {provider: vllm, preferred_models: [coder]}}\nmodels: [{name: cpp, deployments: [{provider: llama_cpp_python}]}]\n'
    const catalog = await withSnippet('329-code-generation-chain.yaml', { 'models.yaml': rule })
    expect(providersOf(planOf(catalog, { model: null, capability: 'code_generation' }))).toEqual(['vllm', 'ollama', 'llama_cpp_python'])
  })
  test('340–347: high_availability goes through three places with four attempts each, 500 ms apart', async () => {
    const rule = 'patterns: [{pattern: "^ha-", provider: vllm, fallback: high_availability}]\n'
    const catalog = await withSnippet('340-high-availability.yaml', { 'models.yaml': rule })
    const plan = planOf(catalog, { model: 'ha-m' })
    expect([providersOf(plan), plan.retry]).toEqual([['vllm', 'ollama', 'llama_cpp_python'], { attempts: 4, delayMs: 500 }])
  })
  test.each([
    ['phi-3b', ['ollama']],
    ['llama-8b', ['ollama', 'llama_cpp_python']],
    ['llama-13b', ['ollama', 'llama_cpp_python']],
    ['llama-14b', ['vllm', 'ollama']],
  ])('373–386: %s goes to %j by its size', async (model, expected) => {
    expect(providersOf(planOf(await withSnippet('373-model-sizes.yaml'), { model }))).toEqual(expected)
  })
  test.each<[string, Partial<RequestFacts>, string]>([
    ['X-Priority: high', { headers: { 'x-priority': 'high' } }, 'vllm'],
    ['two answers', { answers: 2 }, 'vllm'],
    ['a stream', { stream: true }, 'ollama'],
  ])('401–412: %s goes its own way, whatever the name says', async (_, facts, provider) => {
    expect(providersOf(planOf(await withSnippet('401-request-metadata.yaml'), { model: 'llama3.1:8b', ...facts }))).toEqual([provider])
  })
})

describe('special cases', () => {
  test('435–445: the first request of a session goes to what is warm, even if it comes second; later ones do not', async () => {
    const catalog = await load(
      {
        'routing.yaml': snippet('435-first-request.yaml'),
        'models.yaml': 'models: [{name: m, deployments: [{provider: engine, model: ./m.gguf}, {provider: ollama, priority: secondary}]}]\n',
      },
      { localModels: [{ name: 'm', file: '/data/models/m.gguf', context: null, isStarter: false }] },
    )
    const engineOn: Catalog = {
      ...catalog,
      modelsByName: new Map(
        [...catalog.modelsByName].map(([name, model]) => [
          name,
          { ...model, deployments: model.deployments.map((each) => ({ ...each, disabled: null })) },
        ]),
      ),
    }
    const at = (startsSession: boolean, loaded: boolean) => providersOf(planOf(engineOn, { startsSession }, { states: { 'm/engine': { loaded } } }))
    expect(at(true, false)).toEqual(['ollama', 'engine'])
    expect(at(false, false)).toEqual(['engine', 'ollama'])
    expect(at(true, true)).toEqual(['engine', 'ollama'])
  })

  test('449–459: a place that answers 429 is passed over for 60 s, then it is back', async () => {
    const catalog = await withSnippet('449-rate-limited.yaml', twoPlaces)
    const world = health(catalog)
    world.fails('m/ollama', 'rate-limited-upstream')
    expect(world.states().get('m/ollama')?.limitedForMs).toBe(60_000)
    const plan = world.plan()
    expect([providersOf(plan), plan.excluded[0]?.reason]).toEqual([['vllm'], 'limited'])
    world.clock.advance(59_000)
    expect(providersOf(world.plan())).toEqual(['vllm'])
    world.clock.advance(1_001)
    expect(providersOf(world.plan()).sort()).toEqual(['ollama', 'vllm'])
  })

  test('463–475: more than three failures in 300 s halve a place’s part, and it is back when they are past', async () => {
    const catalog = await withSnippet('463-error-based.yaml', {
      'models.yaml': 'strategy: weighted\nmodels: [{name: m, deployments: [{provider: ollama}, {provider: vllm}]}]\n',
    })
    const world = health(catalog)
    const part = () => {
      const chance = seededChance(7)
      let first = 0
      for (let i = 0; i < 4_000; i++) if (providersOf(world.plan(chance()))[0] === 'ollama') first++
      return first / 4_000
    }
    for (let i = 0; i < 3; i++) {
      world.fails('m/ollama', 'failed-upstream')
      world.answers('m/ollama')
    }
    expect(part()).toBeCloseTo(0.5, 1)
    world.fails('m/ollama', 'failed-upstream')
    world.answers('m/ollama', 3)
    expect(world.states().get('m/ollama')?.detail).toContain('4 failures in 300 s: half its weight')
    expect(part()).toBeGreaterThan(0.2)
    expect(part()).toBeLessThan(0.36)
    world.clock.advance(300_001)
    expect(part()).toBeCloseTo(0.5, 1)
  })

  test('463–475: what a caller asked wrongly is no failure of the place', async () => {
    const world = health(await withSnippet('463-error-based.yaml', twoPlaces))
    for (let i = 0; i < 9; i++) world.fails('m/ollama', 'invalid-request')
    expect(world.states().get('m/ollama')).toMatchObject({ rampShare: 1, detail: null, usage: null })
  })
})

describe('483–521: the settings of LiteLLM’s router', () => {
  const models = `models:
  - {name: llama3.1-ollama, deployments: [{provider: ollama, model: "llama3.1:8b"}]}
  - {name: llama2-13b-vllm, deployments: [{provider: vllm}]}
  - {name: llama-cpp-python, deployments: [{provider: llama_cpp_python}]}
  - {name: "llama3.1:8b", deployments: [{provider: ollama}]}
  - {name: llama3.1-backup, deployments: [{provider: sglang}]}
`
  const loaded = () => withSnippet('483-router-settings.yaml', { 'models.yaml': models })
  test('strategy, attempts, forgiven failures, start deadline and longest wait', async () => {
    const { strategy, attempts, allowedFails, timeouts, longestWaitMs } = await loaded()
    expect([strategy, attempts, allowedFails, timeouts.startMs, longestWaitMs]).toEqual(['usage_based', 3, 3, 30_000, 60_000])
  })
  test('a group is shared out by the strategy', async () => {
    const states = {
      'llama3.1-ollama/ollama': { usage: usage(500) },
      'llama2-13b-vllm/vllm': { usage: usage(100) },
      'llama-cpp-python/llama_cpp_python': { usage: usage(300) },
    }
    const plan = planOf(await loaded(), { model: 'general_chat' }, { states })
    expect(modelsOf(plan)).toEqual(['llama2-13b-vllm', 'llama-cpp-python', 'llama3.1:8b'])
    expect(plan.route).toEqual({ kind: 'exact', rule: 'general_chat', source: 'routing.yaml:10' })
  })
  test('fallback models follow in their order', async () => {
    expect(providersOf(planOf(await loaded(), { model: 'llama3.1:8b' }))).toEqual(['ollama', 'sglang', 'llama_cpp_python'])
    expect(providersOf(planOf(await loaded(), { model: 'llama2-13b-vllm' }))).toEqual(['vllm', 'ollama'])
  })
  test('Redis is known and not in force, which is said', async () => {
    expect(warningsOf(await loaded()).filter((warning) => warning.includes('redis'))).toEqual([
      'routing.yaml:28: known, not in force yet: router_settings.redis_host',
      'routing.yaml:29: known, not in force yet: router_settings.redis_port',
    ])
  })
})

describe('what can be looked at', () => {
  const decided = (plan: Plan, decisionMs = 0.1): RouterEvent => ({ type: 'request-decided', request, plan, decisionMs })
  const ended = (plan: Plan, index: number, more: Partial<Extract<RouterEvent, { type: 'request-ended' }>> = {}): RouterEvent => ({
    type: 'request-ended',
    request,
    plan,
    facts: null,
    session: null,
    status: 200,
    deployment: plan.steps[index]?.deployment.name ?? null,
    lane: 'local',
    reason: 'drawn',
    attempts: index + 1,
    firstOutputMs: 1,
    durationMs: 2,
    usage: null,
    costUsd: null,
    errorKind: null,
    errorCode: null,
    errorMessage: null,
    ...more,
  })

  test('530–543: debug_router switches the seed’s [ROUTER] lines on', async () => {
    expect((await withSnippet('530-debug.yaml')).logsDecisions).toBe(false)
    expect((await load({ 'routing.yaml': snippet('530-debug.yaml').replace('debug_router: false', 'debug_router: true') })).logsDecisions).toBe(true)
    const exact = planOf(await withSnippet('036-exact-name.yaml'), { model: 'llama3.1:8b' })
    const pattern = planOf(await withSnippet('090-pattern.yaml'), { model: 'meta-llama/Llama-2-7b' })
    expect(routerLines(decided(exact))).toEqual(['[ROUTER] Model: llama3.1:8b -> Provider: ollama (exact match)'])
    expect(routerLines(decided(pattern))).toEqual(['[ROUTER] Model: meta-llama/Llama-2-7b -> Provider: vllm (pattern match)'])
    expect(routerLines(ended(pattern, 1))).toEqual(['[ROUTER] Fallback triggered: vllm -> ollama'])
    expect(routerLines(ended(pattern, 0))).toEqual([])
  })

  test('592–599: the seven routing metrics are counted', async () => {
    const catalog = await load({
      'a.yaml': snippet('090-pattern.yaml'),
      'b.yaml': snippet('297-redundant-models.yaml'),
      'routing.yaml': snippet('592-routing-metrics.yaml'),
    })
    const metrics = createRoutingMetrics()
    const pattern = planOf(catalog, { model: 'meta-llama/x' })
    const redundant = planOf(catalog, { model: 'llama3.1:8b' })
    const indexOf = (provider: string) => providersOf(redundant).indexOf(provider)
    for (let i = 0; i < 10; i++) {
      metrics.read(decided(redundant, i + 1))
      metrics.read(ended(redundant, indexOf(i < 7 ? 'ollama' : 'llama_cpp_python')))
    }
    for (const index of [0, 1]) {
      metrics.read(decided(pattern))
      metrics.read(ended(pattern, index))
    }
    const now = metrics.now()
    expect(Object.keys(now)).toEqual(expect.arrayContaining(['requests', ...(catalogMetrics as readonly string[])]))
    expect(now.exact_match_rate).toBeCloseTo(10 / 12)
    expect(now.pattern_match_rate).toBeCloseTo(2 / 12)
    expect(now.load_balance_effectiveness).toBeCloseTo(1)
    expect(now.provider_distribution).toEqual({ ollama: 8 / 12, llama_cpp_python: 3 / 12, vllm: 1 / 12 })
    expect(now.routing_decision_time_ms).toMatchObject({ max: 10 })
  })
})

const catalogMetrics = [
  'routing_decision_time_ms',
  'exact_match_rate',
  'pattern_match_rate',
  'fallback_trigger_rate',
  'provider_distribution',
  'load_balance_effectiveness',
  'cache_hit_rate',
] as const

const request: RequestInfo = { id: 'req_1', at: 0, keyId: null, tool: 'test', dialect: 'openai-chat', model: 'm', stream: false }

/** The real health control on a clock that is advanced by hand. */
function health(catalog: Catalog) {
  const clock = manualClock()
  const bus = createEventBus((error) => {
    throw error
  })
  const control = createHealthControl({
    clock,
    host: createHeadlessHost('/nonexistent'),
    bus,
    catalog: () => catalog,
    backendOf: () => ({
      send: () => {
        throw new Error('no request here')
      },
      probe: async () => ({ ok: true, detail: 'fine', latencyMs: 1 }),
      tryOneToken: async () => ({ ok: true, detail: 'fine', latencyMs: 1 }),
    }),
    inFlight: () => 0,
    isLoaded: () => false,
    isLocalOnly: () => false,
    onWake: () => {},
  })
  control.catalogChanged(catalog)
  const end = (deployment: string, more: Partial<AttemptEnd>) => {
    bus.emit({ type: 'attempt-started', requestId: 'req_1', index: 0, deployment, lane: 'local' })
    bus.emit(attemptEnded(deployment, { startedMs: clock.monotonic(), ...more }))
  }
  return {
    clock,
    states: control.states,
    fails: (deployment: string, errorKind: ErrorKind) => end(deployment, { outcome: 'failed', errorKind, code: errorKind }),
    answers: (deployment: string, count = 1) => {
      for (let i = 0; i < count; i++) end(deployment, {})
    },
    plan: (strategyChance = 0.5) =>
      decide({ facts: buildFacts({ session: null }), catalog, situation: { ...buildSituation({ strategyChance }), deployments: control.states() } }),
  }
}
