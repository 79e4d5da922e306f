/** Other model servers of this machine, told apart by what they answer: found, offered, used when asked, left alone otherwise. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { findLocalServers } from '../../../router/backends/index.ts'
import { createFoundServers } from '../../../router/control/found-servers.ts'
import { startFakeUpstream } from '../../fakes/fake-upstream.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

const servers: Server[] = []
let router: TestRouter | null = null
afterEach(async () => {
  await router?.stop()
  router = null
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Seen {
  readonly port: number
  readonly requests: string[]
}

/** A server that answers these paths with JSON, and all others with 404 or as told. */
async function serve(
  answers: Readonly<Record<string, unknown>>,
  elsewhere: { status: number; body: string } = { status: 404, body: 'not here' },
): Promise<Seen> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const answer = answers[request.url ?? '']
    if (answer === undefined) response.writeHead(elsewhere.status, { 'content-type': 'text/plain' }).end(elsewhere.body)
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  servers.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return { port: (server.address() as AddressInfo).port, requests }
}

const ollama = {
  '/api/version': { version: '0.12.3' },
  '/api/tags': {
    models: [
      { name: 'qwen3:8b', details: { family: 'qwen3' } },
      { name: 'gpt-oss:120b-cloud' },
      { name: 'nomic-embed-text:latest', details: { family: 'nomic-bert' } },
    ],
  },
  '/v1/models': { object: 'list', data: [{ id: 'qwen3:8b', owned_by: 'library' }] },
}
const lmStudio = {
  '/api/v0/models': {
    data: [
      { id: 'qwen2-vl-7b', type: 'vlm', state: 'loaded', max_context_length: 32_768, loaded_context_length: 8192 },
      { id: 'nomic', type: 'embeddings', max_context_length: 2048 },
    ],
  },
  '/v1/models': { data: [{ id: 'qwen2-vl-7b', owned_by: 'organization_owner' }] },
}
const llamaServer = {
  '/health': { status: 'ok' },
  '/props': { default_generation_settings: { n_ctx: 4096 }, model_path: '/m/x.gguf' },
  '/v1/models': { data: [{ id: '/m/Big-Q4.gguf', owned_by: 'llamacpp' }] },
}
const vllm = { '/version': { version: '0.11.0' }, '/v1/models': { data: [{ id: 'Qwen/Qwen3-8B', owned_by: 'vllm', max_model_len: 40_960 }] } }

describe('each server', () => {
  test.each([
    [
      'Ollama',
      ollama,
      {
        kind: 'ollama',
        models: [
          { id: 'qwen3:8b', context: null, isEmbedding: false },
          { id: 'nomic-embed-text:latest', isEmbedding: true },
        ],
      },
    ],
    [
      'LM Studio',
      lmStudio,
      {
        kind: 'lm-studio',
        models: [
          { id: 'qwen2-vl-7b', context: 8192, isEmbedding: false },
          { id: 'nomic', context: 2048, isEmbedding: true },
        ],
      },
    ],
    ['llama-server', llamaServer, { kind: 'llama-server', models: [{ id: '/m/Big-Q4.gguf', context: 4096 }] }],
    ['vLLM', vllm, { kind: 'vllm', models: [{ id: 'Qwen/Qwen3-8B', context: 40_960 }] }],
    ['SGLang', { '/get_model_info': { model_path: 'q' }, '/v1/models': { data: [{ id: 'q', owned_by: 'sglang' }] } }, { kind: 'sglang' }],
    ['something that speaks the same', { '/v1/models': { data: [{ id: 'm' }] } }, { kind: 'openai-compatible', models: [{ id: 'm' }] }],
  ])('%s is known by what it answers, with GET requests alone', async (_, answers, expected) => {
    const { port, requests } = await serve(answers)
    expect(await findLocalServers([port])).toMatchObject([{ ...expected, origin: `http://127.0.0.1:${port}` }])
    expect(requests.every((line) => line.startsWith('GET '))).toBe(true)
  })

  test.each([
    ['a web site', { status: 200, body: '<html>hello</html>' }, {}],
    ['one that answers everything with JSON', { status: 200, body: '{"error":"Unexpected endpoint"}' }, {}],
    ['another Headgate', { status: 404, body: '' }, { '/v1/models': { data: [{ id: 'm', headgate: { lane: 'local' } }] } }],
    ['one with a flood of a list', { status: 404, body: '' }, { '/v1/models': { data: [{ id: 'x'.repeat(2_000_000) }] } }],
  ])('%s is none', async (_, elsewhere, answers) => {
    const { port } = await serve(answers, elsewhere)
    expect(await findLocalServers([port])).toEqual([])
  })

  test('one that never answers, and a port where nobody is, hold nothing up', async () => {
    const silent = createServer(() => {})
    servers.push(silent)
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening))
    const good = await serve(vllm)
    expect(await findLocalServers([(silent.address() as AddressInfo).port, 1, good.port])).toMatchObject([{ kind: 'vllm' }])
  })
})

async function start(ports: readonly number[], files: Readonly<Record<string, string>> = {}): Promise<TestRouter> {
  router = await startRouter({ files, environment: { HEADGATE_LOCAL_SERVERS: ports.join(','), HEADGATE_HUB_URL: 'http://127.0.0.1:1' } })
  return router
}
const list = async ({ admin }: TestRouter) => (await admin('GET', '/admin/found-servers')).body.servers as Record<string, unknown>[]

describe('a found server', () => {
  test('is offered and used by nobody until it is asked for; then it is a local deployment that answers', async () => {
    const upstream = await startFakeUpstream()
    const { port } = await serve(ollama)
    const upstreamPort = Number(new URL(upstream.url).port)
    const router = await start([port, upstreamPort])
    expect(await list(router)).toMatchObject([
      { kind: 'ollama', label: 'Ollama', url: `http://127.0.0.1:${port}`, configured: false, dismissed: false },
      { kind: 'openai-compatible' },
    ])
    expect((await router.admin('GET', '/admin/models')).body.models.filter(({ name }: { name: string }) => name !== 'auto')).toEqual([])

    const url = `http://127.0.0.1:${port}`
    const used = await router.admin('POST', '/admin/found-servers/use', { url, models: ['qwen3:8b'] })
    expect(used).toMatchObject({ status: 200, body: { provider: `ollama-${port}`, models: ['qwen3:8b'], failed: [] } })
    const { models } = (await router.admin('GET', '/admin/models')).body
    expect(models.find(({ name }: { name: string }) => name === 'qwen3:8b')).toMatchObject({
      deployments: [{ lane: 'local', provider: `ollama-${port}` }],
    })
    expect(await list(router)).toMatchObject([{ configured: true }, { configured: false }])

    const other = await router.admin('POST', '/admin/found-servers/use', { url: `http://127.0.0.1:${upstreamPort}` })
    const reply = await router.chat({ model: other.body.models[0] })
    expect([reply.status, reply.headers.get('x-headgate-lane')]).toEqual([200, 'local'])
    await upstream.close()
  })

  test('is not offered again after "not now", over restarts; one that the files name is known', async () => {
    const [one, two] = [await serve(vllm), await serve(lmStudio)]
    let router = await start([one.port, two.port], {
      'models.yaml': `providers:\n  - {name: mine, kind: lm-studio, base_url: "http://localhost:${two.port}/v1"}\nmodels:\n  - name: m\n    deployments: [{provider: mine, model: qwen2-vl-7b}]\n`,
    })
    expect(await list(router)).toMatchObject([{ dismissed: false, configured: false }, { configured: true }])
    expect((await router.admin('POST', '/admin/found-servers/dismiss', { url: `http://127.0.0.1:${one.port}` })).status).toBe(204)
    router = await router.restart()
    expect(await list(router)).toMatchObject([{ dismissed: true }, { configured: true }])
    await router.stop()
  })

  test('is looked for once and not again at every look of the panel; a name that is taken gets the provider beside it', async () => {
    const { port, requests } = await serve(vllm)
    const router = await start([port], {
      'models.yaml':
        'providers:\n  - {name: p, base_url: "http://127.0.0.1:1/v1"}\nmodels:\n  - name: Qwen/Qwen3-8B\n    deployments: [{provider: p}]\n',
    })
    await list(router)
    const asked = requests.length
    await list(router)
    await list(router)
    expect(requests.length).toBe(asked)
    const used = await router.admin('POST', '/admin/found-servers/use', { url: `http://127.0.0.1:${port}` })
    expect(used.body.models).toEqual([`Qwen/Qwen3-8B (vllm-${port})`])
  })

  test('at the usual address of its kind needs no provider of its own', async () => {
    const { port } = await serve(ollama)
    const added: unknown[] = []
    const found = createFoundServers({
      look: () => findLocalServers([port]),
      clock: { monotonic: () => 0 },
      catalog: () => ({ providers: new Map(), models: [], modelsByName: new Map() }) as never,
      labelOf: (kind) => kind,
      builtInUrl: () => `http://127.0.0.1:${port}/v1`,
      models: { add: async (entry) => void added.push(entry) as never },
      providers: { add: async () => expect.fail('it is there already') },
      dismissed: { get: () => [], set: () => {} },
    })
    expect(await found.use(`http://127.0.0.1:${port}`, ['nomic-embed-text:latest'])).toMatchObject({ provider: 'ollama' })
    expect(added).toEqual([
      { name: 'nomic-embed-text:latest', deployments: [{ provider: 'ollama', model: 'nomic-embed-text:latest', features: ['embeddings'] }] },
    ])
  })

  test('must have been found: no other address is taken, and our own port is never looked at', async () => {
    const { port } = await serve(vllm)
    const router = await start([port])
    for (const url of ['http://127.0.0.1:9', 'http://169.254.169.254', 'https://example.com'])
      expect(await router.admin('POST', '/admin/found-servers/use', { url })).toMatchObject({ status: 404 })
    expect((await router.admin('POST', '/admin/found-servers/use', { url: `http://127.0.0.1:${port}`, models: ['none'] })).status).toBe(400)
    expect(await list(router)).toHaveLength(1)
  })
})
