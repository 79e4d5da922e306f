/** Rules that were added in the panel, over the admin API of a real router: applied at once, kept over a restart, after those of the files; what does not compile is not kept, and what breaks later harms nothing. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Lanes, providersOf, startLanes } from '../with-lanes.ts'

const routing = `patterns:
  - {pattern: "^file/.*", provider: here, fallback: null}
exact_matches:
  "taken": {provider: here, fallback: null}
fallback_chains:
  of_file: {chain: [{primary: here}, {secondary: away}]}
split: {remote_share: 0, fallback: true}
`
const models = (here: Lanes['here'], away: Lanes['away']) =>
  `${providersOf(here, away)}models:\n  - {name: m, deployments: [{provider: here, model: m-here, lane: local}]}\n`

let lanes: Lanes
beforeAll(async () => {
  lanes = await startLanes({ routing, models })
})
afterAll(() => lanes?.stop())
afterEach(async () => {
  lanes.router.write({ 'routing.yaml': routing, 'models.yaml': models(lanes.here, lanes.away) })
  await expect.poll(async () => (await view()).rules.exact.map(({ rule }: { rule: string }) => rule)).toContain('taken')
  expect((await put({})).status).toBe(200)
})

const put = (rules: object) => lanes.router.admin('PUT', '/admin/rules', rules)
const view = async () => (await lanes.router.admin('GET', '/admin/rules')).body
const check = async (text: object) => (await lanes.router.admin('POST', '/admin/rules/check', text)).body
const explain = async (model: string, headers: Record<string, string> = {}) => {
  const reply = await fetch(`${lanes.router.url}/routing/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ body: { model, messages: [{ role: 'user', content: 'hi' }] }, headers }),
  })
  return (await reply.json()) as { route: { kind: string; rule: string; source: string }; plan: { provider: string }[] }
}

describe('a rule of the panel', () => {
  test('of every kind decides at once, and again after a restart', async () => {
    const rules = {
      request_metadata_routing: { urgent: { condition: 'header.x-priority == "high"', provider: 'away' } },
      exact_matches: { short: { provider: 'away', model: 'm-away', fallback: 'spare' } },
      patterns: [{ pattern: '^panel/', provider: 'away', fallback: 'here' }],
      capabilities: { Code: { preferred_models: ['m'], routing_strategy: 'least-busy' } },
      model_size_routing: [{ size: '> 13B', provider: 'away' }],
      smart_routing: { small: 'm', rules: [{ when: 'always', use: 'small' }] },
      fallback_chains: { spare: { chain: [{ provider: 'here', preferred_model: 'm-here' }], retry_attempts: 1 } },
    }
    const applied = await put(rules)
    expect(applied.status).toBe(200)
    expect(applied.body.left_out).toEqual([])
    const asked = async () => [
      (await explain('m', { 'x-priority': 'high' })).route,
      (await explain('short')).route,
      (await explain('panel/x')).route,
      (await explain('auto', { 'x-capability': 'code' })).route,
      (await explain('mystery-70b')).route,
      (await explain('auto')).route,
    ]
    const expected = [
      { kind: 'metadata', rule: 'urgent', source: 'panel' },
      { kind: 'exact', rule: 'short', source: 'panel' },
      { kind: 'pattern', rule: '^panel/', source: 'panel' },
      { kind: 'capability', rule: 'Code', source: 'panel' },
      { kind: 'size', rule: '> 13B', source: 'panel' },
      { kind: 'smart', rule: 'always → m', source: 'panel' },
    ]
    expect(await asked()).toEqual(expected)
    expect((await explain('short')).plan.map(({ provider }) => provider)).toEqual(['away', 'here'])
    const { rules: seen } = await view()
    expect(seen.capabilities).toMatchObject([{ rule: 'Code', strategy: 'least_loaded' }])
    expect(seen.chains.map(({ name }: { name: string }) => name)).toEqual(['of_file', 'spare'])

    lanes.router = await lanes.router.restart()
    expect(await asked()).toEqual(expected)
    expect((await view()).stored).toEqual(rules)
  })

  test('stands after those of the files, and the log says that it changed', async () => {
    await put({ patterns: [{ pattern: '^file/own', provider: 'away' }], exact_matches: { m: { provider: 'away' } } })
    expect((await explain('file/own')).route).toEqual({ kind: 'pattern', rule: '^file/.*', source: 'routing.yaml:2' })
    expect((await explain('m')).route).toMatchObject({ kind: 'exact', rule: 'm', source: 'panel' })
    const { warnings } = await view()
    expect(warnings).toMatchObject([
      { file: 'panel', line: null, rule: { kind: 'pattern', name: '^file/own' } },
      { file: 'routing.yaml', line: 6, rule: { kind: 'chain', name: 'of_file' } }, // which nothing names here
    ])
    expect(warnings[0].message).toContain('(routing.yaml:2) and "^file/own" both take')
    const { lines } = (await lanes.router.admin('GET', '/admin/logs?q=rule&limit=200')).body as { lines: object[] }
    expect(JSON.stringify(lines)).toContain('"rule","by":"panel","detail":"exact_matches, patterns"')
  })

  test('may name a chain of a file, and its default chain follows rules of the files that name nothing', async () => {
    await put({ patterns: [{ pattern: '^two/', providers: ['here'], fallback: 'of_file' }] })
    expect((await explain('two/x')).plan.map(({ provider }) => provider)).toEqual(['here', 'away'])
    lanes.router.write({ 'routing.yaml': `${routing}model_size_routing:\n  - {size: "> 13B", provider: here}\n` })
    await put({ fallback_chains: { default: { chain: [{ provider: 'away' }] } } })
    await expect.poll(async () => (await explain('mystery-70b')).plan?.map(({ provider }) => provider)).toEqual(['here', 'away'])
  })
})

describe('what does not compile', () => {
  test.each([
    [{ patterns: [{ pattern: '(', provider: 'away' }] }, 'patterns[0].pattern', 'cannot be read'],
    [
      {
        patterns: [
          { pattern: 'a', provider: 'away' },
          { pattern: 'b', provider: 'awai' },
        ],
      },
      'patterns[1].provider',
      'did you mean "away"',
    ],
    [{ exact_matches: { 'a:b': { provder: 'away' } } }, 'exact_matches."a:b".provder', 'unknown key "provder"; did you mean "provider"?'],
    [{ exact_matches: { taken: { provider: 'away' } } }, 'exact_matches.taken', 'a file sets it'],
    [{ capabilities: { a: { min_context: 'much' } } }, 'capabilities.a.min_context', 'expected'],
    [{ capabilities: { a: { strategy: 'fastest' } } }, 'capabilities.a.strategy', 'unknown strategy "fastest"'],
    [{ model_size_routing: [{ size: 'big', provider: 'away' }] }, 'model_size_routing[0].size', 'is no range'],
    [
      { request_metadata_routing: { r: { condition: 'stream ==', provider: 'away' } } },
      'request_metadata_routing.r.condition',
      'condition "stream =="',
    ],
    [{ request_metadata_routing: { r: { condition: 'header.authorization == "x"' } } }, 'request_metadata_routing.r.condition', 'credential'],
    [{ fallback_chains: { c: { chain: [] } } }, 'fallback_chains.c.chain', 'expected'],
    [{ smart_routing: { rules: [{ when: 'gone_unavailable', use: 'small' }] } }, 'smart_routing.rules[0].when', 'there is no provider "gone"'],
  ])('is refused with its place and the reason, and changes nothing: %j', async (rules, place, reason) => {
    const kept = { patterns: [{ pattern: '^panel/', provider: 'away' }] }
    await put(kept)
    const refused = await put(rules)
    expect(refused.status).toBe(400)
    expect(refused.body.error.message).toContain(`${place}: `)
    expect(refused.body.error.message).toContain(reason)
    expect((await view()).stored).toEqual(kept)
    expect((await explain('panel/x')).route.kind).toBe('pattern')
  })

  test('by its shape is refused too: an unknown kind, a list for a map, a name that is a trap', async () => {
    for (const rules of [{ pattern: [] }, { patterns: {} }, { exact_matches: [] }]) expect((await put(rules)).status).toBe(400)
    const trap = await fetch(`${lanes.router.url}/admin/rules`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${lanes.router.adminToken}`, 'content-type': 'application/json' },
      body: '{"exact_matches":{"__proto__":{"provider":"away"}}}',
    })
    expect(trap.status).toBe(400)
  })

  test('because a chain that others name is removed, is refused', async () => {
    const fallback_chains = { spare: { chain: [{ provider: 'here' }] } }
    const patterns = [{ pattern: '^panel/', provider: 'away', fallback: 'spare' }]
    expect((await put({ fallback_chains, patterns })).status).toBe(200)
    expect((await put({ patterns })).body.error.message).toContain('patterns[0].fallback: there is no provider or chain "spare"')
  })
})

describe('a rule that breaks later', () => {
  const rules = {
    patterns: [
      { pattern: '^gone/', provider: 'away' },
      { pattern: '^panel/', provider: 'here' },
    ],
    exact_matches: { later: { provider: 'here' } },
  }
  const broken = (here: Lanes['here']) => `providers:\n  - {name: here, base_url: "${here.url}", api_key: k}\n`

  test('is left out with a warning while the rest serves, and does not keep the others from being changed', async () => {
    await put(rules)
    lanes.router.write({
      'models.yaml': broken(lanes.here),
      'routing.yaml': 'exact_matches:\n  taken: {provider: here}\n  later: {provider: here}\n',
    })
    await expect.poll(async () => (await view()).left_out.length).toBe(2)
    const { left_out, warnings, stored } = await view()
    expect(left_out).toMatchObject([
      { key: 'exact_matches', at: 'later', kind: 'exact', name: 'later', path: 'exact_matches.later', message: 'a file sets it' },
      { key: 'patterns', at: 0, kind: 'pattern', name: '^gone/', path: 'patterns[0].provider' },
    ])
    expect(warnings.map(({ rule }: { rule: object }) => rule)).toContainEqual({ kind: 'pattern', name: '^gone/' })
    expect(stored).toEqual(rules)
    expect((await explain('panel/x')).route).toMatchObject({ rule: '^panel/' })

    const more = { ...rules, patterns: [{ pattern: '^new/', provider: 'here' }, ...rules.patterns] }
    expect((await put(more)).status).toBe(200)
    expect((await explain('new/x')).route).toMatchObject({ rule: '^new/' })
    expect((await put({ ...more, patterns: [{ pattern: '^x/', provider: 'away' }, ...more.patterns] })).status).toBe(400)
  })

  test('and files that do not load are named instead of the rules', async () => {
    lanes.router.write({ 'routing.yaml': 'patterns: 3\n' })
    await expect.poll(async () => (await (await fetch(`${lanes.router.url}/health`)).json()).status).toBe('degraded')
    const refused = await put({ patterns: [{ pattern: 'a', provider: 'here' }] })
    expect(refused.status).toBe(409)
    expect(refused.body.error.message).toContain('routing.yaml:1')
    expect((await view()).stored).toEqual({})
  })
})

describe('the check while somebody types', () => {
  test('reads conditions, patterns and sizes, and says what they take', async () => {
    expect(await check({ condition: 'header.X-Priority == "high" and not away_unavailable' })).toEqual({
      problem: null,
      takes: [],
      reads: ['x-priority', 'away'],
    })
    expect((await check({ condition: 'prompt_tokens > "a"' })).problem).toMatch(/\.$/)
    expect((await check({ condition: 'turns' })).problem).toContain('not a yes or no')
    expect(await check({ pattern: '^m$' })).toEqual({ problem: null, takes: ['m'], reads: [] })
    expect((await check({ pattern: '[' })).problem).not.toBeNull()
    expect((await check({ size: '8B - 13B' })).problem).toBeNull()
    expect((await check({ size: 'big' })).problem).toContain('"8B - 13B"')
    expect((await lanes.router.admin('POST', '/admin/rules/check', { pattern: 'a', size: 'b' })).status).toBe(400)
  })
  test('and the page is told which words a condition may use', async () => {
    const { variables, strategies, providers } = await view()
    expect(variables).toContainEqual({ name: 'prompt_tokens', type: 'int' })
    expect(strategies.map(({ name }: { name: string }) => name)).toContain('p2c')
    expect(providers).toEqual(expect.arrayContaining(['here', 'away']))
  })
})
