/** The policy alone, with every clock, timer, source of chance, file and connection poisoned. */
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { noRules, type RouteRule } from '../../../router/core/rules.ts'
import { bothLanes, buildCatalog, buildFacts, buildModel, buildSituation, override } from './build.ts'

const worldly = [
  'fs',
  'fs/promises',
  'net',
  'http',
  'https',
  'http2',
  'tls',
  'dgram',
  'dns',
  'dns/promises',
  'child_process',
  'worker_threads',
  'os',
  'timers',
] as const

/** Runs it while every function of those modules throws, whoever imported them in whatever form. */
function withoutWorld<Result>(poison: (name: string) => () => never, run: () => Result): Result {
  const require = createRequire(import.meta.url)
  const undo: (() => void)[] = []
  for (const name of worldly) {
    const module = require(`node:${name}`) as Record<string, unknown>
    // Classes stay: what loads late extends them.
    for (const [key, value] of Object.entries(module).filter(([each]) => /^[a-z]/.test(each))) {
      if (typeof value !== 'function' || Object.getOwnPropertyDescriptor(module, key)?.writable !== true) continue
      undo.push(() => void (module[key] = value))
      module[key] = poison(`node:${name} ${key}`)
    }
  }
  syncBuiltinESMExports()
  try {
    return run()
  } finally {
    for (const each of undo) each()
    syncBuiltinESMExports()
  }
}

describe('the policy', () => {
  const poison = (name: string) => (): never => {
    throw new Error(`the policy used ${name}`)
  }
  let policy: typeof import('../../../router/policy/index.ts')
  let compileCondition: typeof import('../../../router/policy/condition.ts')['compileCondition']

  beforeAll(async () => {
    vi.resetModules()
    // The door loads zod, which is not ours to judge, so loading happens first; then nothing may be touched while it decides.
    policy = await import('../../../router/policy/index.ts')
    compileCondition = (await import('../../../router/policy/condition.ts')).compileCondition
    vi.spyOn(Math, 'random').mockImplementation(poison('Math.random'))
    vi.spyOn(Date, 'now').mockImplementation(poison('Date.now'))
    vi.spyOn(performance, 'now').mockImplementation(poison('performance.now'))
    for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'Date'] as const) vi.stubGlobal(name, poison(name))
    vi.stubGlobal('console', new Proxy({}, { get: poison('console') }))
  })
  afterAll(() => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })

  it('decides and explains with every clock, timer and source of chance poisoned', () => {
    const catalog = buildCatalog([
      bothLanes(),
      ...policy.strategies.map((each) => buildModel(each.name, bothLanes().deployments, { strategy: each.name })),
    ])
    const sentences = ['m', 'auto', 'm@away', 'new@away', ...policy.strategies.map((each) => each.name)].map((model) =>
      policy.sentence(policy.decide({ facts: buildFacts({ model }), catalog, situation: buildSituation({ split: override(30) }) })),
    )
    expect(sentences.every((each) => each.includes(' goes to '))).toBe(true)
  })

  it('decides by rules, conditions and chains with files, connections and processes poisoned too', () => {
    const rule = (kind: RouteRule['kind'], name: string, more: Partial<RouteRule> = {}): RouteRule => ({
      kind,
      rule: name,
      source: 'routing.yaml:1',
      providers: ['away', 'here'],
      models: [],
      minModelSize: null,
      minContext: null,
      strategy: null,
      chain: null,
      ...more,
    })
    const sentences = withoutWorld(poison, () => {
      const link = { provider: 'here', model: null, condition: compileCondition('away_unavailable or prompt_tokens > 3'), source: 'routing.yaml:2' }
      const chain = { name: 'default', links: [link], attempts: null, delayMs: null, source: 'routing.yaml:2' }
      const rules = {
        ...noRules,
        metadata: [{ ...rule('metadata', 'high'), condition: compileCondition('header.x-priority == "high" and hour < 24') }],
        exact: new Map([['group', rule('exact', 'group', { providers: [], models: ['m'], strategy: 'usage_based' })]]),
        patterns: [{ ...rule('pattern', '^p/', { providers: ['away'], chain }), matches: (name: string) => name.startsWith('p/') }],
        capabilities: new Map([['code', rule('capability', 'code')]]),
        sizes: [{ ...rule('size', '> 13B'), range: { min: 13, minIncluded: false, max: 99, maxIncluded: true } }],
        smart: { rules: [{ condition: compileCondition('is_code'), use: 'm', source: 'routing.yaml:3' }], names: new Map() },
        defaultChain: chain,
        prefersWarm: true,
        headers: ['x-priority'],
      }
      const catalog = buildCatalog([bothLanes()], { rules })
      const prompt = policy.promptFeatures('```js\nconst a = (1)\n```', 1)
      return [
        { model: 'x', headers: { 'x-priority': 'high' } },
        { model: 'group' },
        { model: 'p/a' },
        { model: null, capability: 'code' },
        { model: 'llama-70b' },
        { model: 'auto', prompt },
      ].map((some) => policy.decide({ facts: buildFacts(some), catalog, situation: buildSituation() }))
    }).map((plan) => [plan.route.kind, policy.sentence(plan).includes(' goes to ')])
    expect(sentences).toEqual([
      ['metadata', true],
      ['exact', true],
      ['pattern', true],
      ['capability', true],
      ['size', true],
      ['smart', true],
    ])
  })
})
