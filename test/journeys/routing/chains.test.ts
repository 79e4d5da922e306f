/** Chains, capabilities and `auto` over three real servers, with the seed's own provider names: every place is tried, nothing is asked for a name that is none, and a provider that was named without a model is asked for what it lists. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeProvider, json, models, startFakeProvider } from '../../fakes/fake-provider.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

let places: Record<'vllm' | 'ollama' | 'llama_cpp_python', FakeProvider>
let router: TestRouter
beforeEach(async () => {
  const [vllm, ollama, cpp] = await Promise.all([startFakeProvider(), startFakeProvider(), startFakeProvider()])
  places = { vllm, ollama, llama_cpp_python: cpp }
})
afterEach(async () => {
  await router.stop()
  await Promise.all(Object.values(places).map((place) => place.close()))
})

const start = async (routing: string, listed = '') => {
  const providers = Object.entries(places).map(([name, { url }]) => `  - {name: ${name}, base_url: "${url}"}\n`)
  router = await startRouter({ files: { 'models.yaml': `providers:\n${providers.join('')}${listed}`, 'routing.yaml': routing } })
}
const asked = () =>
  Object.entries(places).flatMap(([name, { seen }]) =>
    seen.filter(({ path }) => path.endsWith('/chat/completions')).map(({ body }) => `${name} ${(JSON.parse(body) as { model: string }).model}`),
  )
const fails = (...names: (keyof typeof places)[]) => {
  for (const name of names) places[name].chat = json(500, { error: { message: 'broken' } })
}
const ask = async (model: string | null, headers: Record<string, string> = {}, more: object = {}) => {
  const reply = await fetch(`${router.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...(model === null ? {} : { model }), messages: [{ role: 'user', content: 'hi' }], ...more }),
  })
  const body = (await reply.json()) as { error?: { message: string } }
  return { status: reply.status, deployment: reply.headers.get('x-headgate-deployment'), message: body.error?.message ?? '' }
}

const chain = 'fallback_chains: {default: {chain: [{primary: vllm}, {secondary: ollama}, {tertiary: llama_cpp_python}]}}\n'

describe('a chain', () => {
  test('reaches its tertiary provider although the ones before could be asked twice', async () => {
    await start(`${chain}patterns: [{pattern: "^d-", provider: vllm}]\n`)
    fails('vllm', 'ollama')
    expect(await ask('d-m')).toMatchObject({ status: 200, deployment: 'd-m/llama_cpp_python' })
    expect(asked()).toEqual(['vllm d-m', 'ollama d-m', 'llama_cpp_python d-m'])
  })

  test('of one place is tried as often as retry_attempts says', async () => {
    await start(
      'fallback_chains: {only: {chain: [{primary: vllm}], retry_attempts: 3, retry_delay_ms: 1}}\nexact_matches: {x: {provider: vllm, fallback: only}}\n',
    )
    fails('vllm')
    expect((await ask('x')).status).toBe(502)
    expect(asked()).toHaveLength(4)
  })

  test('after a rule with a model of its own asks for that model, after `$1` for what it makes', async () => {
    await start(
      'exact_matches: {gpt-4: {provider: vllm, model: meta-llama/Big, fallback: ollama}}\npatterns: [{pattern: "^oai/(.*)$", provider: vllm, model: "$1", fallback: ollama}]\n',
    )
    fails('vllm')
    await ask('gpt-4', {}, { stream: false })
    await ask('oai/gpt-x')
    expect(asked().filter((each) => each.startsWith('ollama'))).toEqual(['ollama meta-llama/Big', 'ollama gpt-x'])
  })
})

describe('a provider that a rule names without a model', () => {
  test('is asked for the first model that it lists, for `auto`, for no model and for a capability', async () => {
    places.ollama.list = models('served-8b', 'another')
    await start(`request_metadata_routing: {streaming: {provider: ollama, condition: 'header.x-priority == "high"'}}
capabilities: {high_throughput: {min_model_size: "7B", provider: ollama}}
`)
    await expect.poll(async () => (await ask('auto', { 'x-priority': 'high' })).deployment).toBe('served-8b/ollama')
    expect((await ask(null, { 'x-priority': 'high' })).deployment).toBe('served-8b/ollama')
    expect((await ask(null, { 'x-capability': 'high_throughput' })).deployment).toBe('served-8b/ollama')
    expect(asked().every((each) => each === 'ollama served-8b')).toBe(true)
  })

  test('that lists nothing is told as such, and an unknown capability with those that there are', async () => {
    for (const place of Object.values(places)) place.list = models()
    await start('capabilities: {high_throughput: {provider: vllm}}\n')
    expect((await ask(null, { 'x-capability': 'high_throughput' })).message).toContain('The capability "high_throughput" has no place that is known')
    expect((await ask(null, { 'x-capability': 'nosuch' })).message).toContain('There is no capability "nosuch" (configured: high_throughput).')
  })
})

test('the size of a model that no name tells comes from the provider’s list', async () => {
  places.vllm.list = json(200, { data: [{ id: 'house-model', root: 'meta-llama/Llama-3.1-70B-Instruct' }] })
  await start('model_size_routing: [{size: "> 13B", provider: vllm}, {size: "<= 13B", provider: ollama}]\n')
  await expect.poll(async () => (await ask('house-model')).deployment).toBe('house-model/vllm')
})

test('a name that no rule takes is refused with what was asked and why', async () => {
  await start('patterns: [{pattern: "^a", provider: vllm}]\nmodel_size_routing: [{size: "> 13B", provider: vllm}]\n')
  const { status, message } = await ask('phi-9b')
  expect(status).toBe(404)
  expect(message).toContain('No rule took it: no pattern of 1 matches; its size (9 B) is in no range of 1; no default is set.')
})

test('a rule that says nothing of what follows leaves the model’s own fallbacks, and `fallback: null` ends there', async () => {
  await start(
    'exact_matches: {m: {provider: vllm}, n: {provider: vllm, fallback: null}}\n',
    `models:
  - {name: m, fallbacks: [spare], deployments: [{provider: vllm}]}
  - {name: n, fallbacks: [spare], deployments: [{provider: vllm}]}
  - {name: spare, deployments: [{provider: ollama}]}
`,
  )
  fails('vllm')
  expect((await ask('m')).deployment).toBe('spare/ollama')
  expect((await ask('n')).status).toBe(502)
})

describe('smart auto', () => {
  const listed = `models:
  - {name: big-70b, deployments: [{provider: llama_cpp_python, lane: remote, context: 4096, features: [json]}]}
  - {name: mid-14b, deployments: [{provider: vllm, context: 131072, features: [tools, json]}]}
  - {name: see-3b, deployments: [{provider: ollama, features: [vision]}]}
  - {name: vlm-30b, deployments: [{provider: vllm, features: [vision, tools]}]}
  - {name: small-1b, deployments: [{provider: ollama}]}
`
  const tools = { tools: [{ type: 'function', function: { name: 'f', parameters: {} } }] }
  test.each([
    ['tools that the largest lacks', {}, tools, 'vlm-30b/vllm'],
    ['a prompt that does not fit the largest', {}, { messages: [{ role: 'user', content: 'word '.repeat(20_000) }] }, 'vlm-30b/vllm'],
    ['the local lane', { 'x-headgate-route': 'local' }, tools, 'vlm-30b/vllm'],
    [
      'an image and tools',
      {},
      { ...tools, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }] },
      'vlm-30b/vllm',
    ],
  ])('chooses among those that can serve %s', async (_, headers, more, expected) => {
    await start('smart_routing: {}\n', listed)
    expect(await ask('auto', headers as Record<string, string>, more)).toMatchObject({ status: 200, deployment: expected })
  })

  test('goes on to the next that can when the chosen one fails', async () => {
    await start('smart_routing: {}\n', listed)
    fails('llama_cpp_python')
    const hard = 'Analyse and compare both plans step by step, in detail. Which? Why? When?'
    expect(await ask('auto', {}, { messages: [{ role: 'user', content: hard }] })).toMatchObject({ status: 200, deployment: 'vlm-30b/vllm' })
  })
})

test('a link whose provider has nothing to offer is left out with the reason', async () => {
  for (const place of Object.values(places)) place.list = models()
  places.vllm.list = models('only')
  await start('capabilities: {code: {provider: vllm}}\nfallback_chains: {code: {chain: [{primary: vllm}, {secondary: ollama}]}}\n')
  await expect.poll(async () => (await ask(null, { 'x-capability': 'code' })).deployment).toBe('only/vllm')
  const reply = await fetch(`${router.url}/routing/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ body: { messages: [] }, headers: { 'x-capability': 'code' } }),
  })
  const { excluded } = (await reply.json()) as { excluded: { provider: string; detail: string }[] }
  expect(excluded).toMatchObject([{ provider: 'ollama', detail: expect.stringContaining('no model is named') }])
})

describe('a link that asks for a rate limit', () => {
  const routing =
    'exact_matches: {k: {provider: ollama, fallback: c}}\nfallback_chains: {c: {chain: [{primary: ollama}, {secondary: vllm, condition: ollama_limited}]}}\n'

  test('follows a 429 of this very request, and a limit that is known', async () => {
    await start(routing)
    places.ollama.chat = json(429, { error: { message: 'slow down' } }, { 'retry-after': '30' })
    expect((await ask('k')).deployment).toBe('k/vllm')
    expect((await ask('k')).deployment).toBe('k/vllm')
    expect(asked()).toEqual(['vllm k', 'vllm k', 'ollama k'])
  })

  test('does not follow any other failure', async () => {
    await start(routing)
    fails('ollama')
    expect((await ask('k')).status).toBe(502)
    expect(asked().every((each) => each.startsWith('ollama'))).toBe(true)
  })
})

test('a place that a rule made of a name goes out like any other', async () => {
  await start('patterns: [{pattern: "^d-", provider: vllm, fallback: ollama}]\n')
  fails('vllm')
  places.vllm.list = json(500, { error: { message: 'broken' } })
  for (let turn = 0; turn < 6; turn++) expect((await ask('d-m')).deployment).toBe('d-m/ollama')
  const before = asked().filter((each) => each === 'vllm d-m').length
  expect((await ask('d-m')).deployment).toBe('d-m/ollama')
  expect(asked().filter((each) => each === 'vllm d-m')).toHaveLength(before)
  const reply = await fetch(`${router.url}/routing/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ body: { model: 'd-m', messages: [] } }),
  })
  expect(((await reply.json()) as { plan: unknown[] }).plan[0]).toMatchObject({ deployment: 'd-m/ollama', reason: 'out' })
})

test('fallbacks that nobody has leave the chain that follows where nothing is said', async () => {
  await start(chain, 'models:\n  - {name: m1, fallbacks: [nope], deployments: [{provider: vllm}]}\n')
  fails('vllm')
  expect((await ask('m1')).deployment).toBe('m1/ollama')
})

test('a link that was left out has not failed: the next one is not told that its provider is unavailable', async () => {
  await start(`exact_matches: {p1: {provider: vllm, fallback: c1}, p2: {provider: vllm, fallback: c2}}
fallback_chains:
  c1: {chain: [{primary: ollama, condition: stream == true}, {secondary: llama_cpp_python, condition: ollama_unavailable}]}
  c2: {chain: [{primary: ollama, condition: 'header.x-t == "a"'}, {secondary: llama_cpp_python, condition: not ollama_unavailable}]}
`)
  fails('vllm')
  expect((await ask('p1')).status).toBe(502)
  expect((await ask('p2')).deployment).toBe('p2/llama_cpp_python')
})

test('a smallest size picks the first model of the provider that is large enough', async () => {
  places.vllm.list = models('Llama-2-7b-chat-hf', 'Llama-2-13b-chat-hf')
  await start('capabilities: {high_throughput: {min_model_size: "13B", provider: vllm}}\n')
  await expect.poll(async () => (await ask(null, { 'x-capability': 'high_throughput' })).deployment).toBe('Llama-2-13b-chat-hf/vllm')
})
