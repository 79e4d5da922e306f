/** The rules of seed 003 over real sockets: what is written in routing.yaml decides where a request goes, what follows when that place fails, and what people read about it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Lanes, providersOf, startLanes } from '../with-lanes.ts'

const routing = String.raw`debug_router: true
patterns:
  - {pattern: "^meta-llama/.*", provider: away, fallback: here}
  - {pattern: ".*\\.gguf$", provider: here, fallback: null}
request_metadata_routing:
  high_priority_requests: {provider: away, condition: 'header.x-priority == "high"'}
capabilities:
  code_generation: {provider: here, preferred_models: [coder-7b], fallback: null}
model_size_routing:
  - {size: "> 13B", provider: away, fallback: null}
fallback_chains:
  high_availability:
    chain: [{primary: here}, {secondary: away, condition: here_unavailable}]
    retry_attempts: 3
    retry_delay_ms: 1
exact_matches:
  "safe": {provider: here, fallback: high_availability}
split: {remote_share: 0, fallback: false}
`
let lanes: Lanes
beforeAll(async () => {
  lanes = await startLanes({
    routing,
    models: (here, away) => `${providersOf(here, away)}models:\n  - {name: m, deployments: [{provider: here, model: m-here, lane: local}]}\n`,
  })
})
afterAll(() => lanes?.stop())
afterEach(() => {
  lanes.here.fault = null
  lanes.away.fault = null
})

const words = [{ role: 'user', content: 'hi' }]
const ask = async (model: string | null, headers: Record<string, string> = {}, more: object = {}) => {
  const reply = await fetch(`${lanes.router.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...(model === null ? {} : { model }), messages: words, ...more }),
  })
  await reply.arrayBuffer()
  return { status: reply.status, deployment: reply.headers.get('x-headgate-deployment'), reason: reply.headers.get('x-headgate-reason') }
}
const explain = async (model: string, headers: Record<string, string> = {}) => {
  const reply = await fetch(`${lanes.router.url}/routing/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ body: { model, messages: words }, headers }),
  })
  return (await reply.json()) as {
    route: { kind: string; rule: string; source: string }
    plan: { provider: string }[]
    sentence: string
    excluded: { detail: string }[]
  }
}

describe('a route', () => {
  test('by pattern goes to its provider under the name as asked, whatever the split says', async () => {
    expect(await ask('meta-llama/Llama-3-8B')).toEqual({ status: 200, deployment: 'meta-llama/Llama-3-8B/away', reason: 'route' })
    expect(JSON.parse(lanes.away.requests.at(-1)?.bytes.toString() ?? '{}')).toMatchObject({ model: 'meta-llama/Llama-3-8B' })
    expect((await explain('meta-llama/Llama-3-8B')).sentence).toContain('the pattern ^meta-llama/.* (routing.yaml:3) says so')
  })
  test('falls over to its fallback although Fallback is off: the order was written down', async () => {
    lanes.away.fault = '500'
    expect(await ask('meta-llama/Llama-3-8B')).toEqual({ status: 200, deployment: 'meta-llama/Llama-3-8B/here', reason: 'failed-over' })
  })
  test('with fallback: null ends there', async () => {
    lanes.here.fault = '500'
    expect((await ask('file.gguf')).status).toBe(502)
  })
  test('by header overrides the exact name', async () => {
    expect((await ask('m')).deployment).toBe('m/here')
    expect((await ask('m', { 'X-Priority': 'high' })).deployment).toBe('m/away')
    expect((await explain('m', { 'x-priority': 'high' })).route).toMatchObject({ kind: 'metadata', rule: 'high_priority_requests' })
  })
  test('by capability needs no model', async () => {
    expect((await ask(null, { 'X-Capability': 'code_generation' })).deployment).toBe('coder-7b/here')
  })
  test('by size reads the name', async () => {
    expect((await ask('mystery-70b')).deployment).toBe('mystery-70b/away')
    expect((await ask('mystery-7b')).status).toBe(404)
  })
})

describe('a chain', () => {
  test('tries the same place as often as it says, then the next whose condition holds', async () => {
    lanes.here.fault = '503'
    const before = lanes.here.requests.length
    expect((await ask('safe')).deployment).toBe('safe/away')
    expect(lanes.here.requests.length - before).toBeGreaterThanOrEqual(2)
  })
})

describe('what people read', () => {
  test('the rules with their places, and the seven metrics, in GET /routing', async () => {
    const routing = (await (await fetch(`${lanes.router.url}/routing`)).json()) as {
      rules: { patterns: { rule: string; source: string }[] }
      metrics: Record<string, unknown>
    }
    expect(routing.rules.patterns.map(({ rule, source }) => [rule, source])[0]).toEqual(['^meta-llama/.*', 'routing.yaml:3'])
    expect(Object.keys(routing.metrics)).toEqual([
      'requests',
      'routing_decision_time_ms',
      'exact_match_rate',
      'pattern_match_rate',
      'fallback_trigger_rate',
      'provider_distribution',
      'load_balance_effectiveness',
      'cache_hit_rate',
    ])
    expect(routing.metrics['fallback_trigger_rate']).toBeGreaterThan(0)
  })
  test('the seed’s [ROUTER] lines, with debug_router on', async () => {
    await ask('meta-llama/Llama-3-8B')
    const { lines } = (await lanes.router.admin('GET', '/admin/logs?q=ROUTER&limit=200')).body as { lines: { message: string }[] }
    const texts = lines.map(({ message }) => message)
    expect(texts).toContain('[ROUTER] Model: meta-llama/Llama-3-8B -> Provider: away (pattern match)')
    expect(texts).toContain('[ROUTER] Fallback triggered: away -> here')
  })
  test('a past request has the rule in its plan, and an unknown name says what was looked for', async () => {
    const { requests } = (await lanes.router.admin('GET', '/admin/requests?model=mystery-70b')).body as { requests: { id: string }[] }
    const detail = (await lanes.router.admin('GET', `/admin/requests/${requests[0]?.id}`)).body as { plan: { route: { kind: string; rule: string } } }
    expect(detail.plan.route).toMatchObject({ kind: 'size', rule: '> 13B' })
  })
})
