/** The model hub as the panel asks it: search, files of a repository with their fit, and the token for gated ones. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeHub, startFakeHub } from '../../fakes/fake-hub.ts'
import { encodeGguf, tinyGgufParts } from '../../fixtures/tiny-gguf.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

const tiny = Buffer.from(encodeGguf(tinyGgufParts({ seed: 3 })))
const listed = (gigabytes: number) => ({ bytes: tiny, listedBytes: Math.round(gigabytes * 1e9) })

let hub: FakeHub
let router: TestRouter

beforeEach(async () => {
  hub = await startFakeHub({
    'lab/Many-8B-GGUF': {
      licence: 'mit',
      gguf: { total: 8.19e9, architecture: 'qwen3', context_length: 40_960 },
      files: {
        'Many-8B-Q8_0.gguf': listed(8.7),
        'Many-8B-Q4_K_M.gguf': listed(5),
        'BF16/Many-8B-BF16-00002-of-00002.gguf': listed(400),
        'BF16/Many-8B-BF16-00001-of-00002.gguf': listed(500),
        'lost-Q2_K-00001-of-00003.gguf': listed(1),
        'mmproj-Many-8B-F16.gguf': listed(1),
        'imatrix.gguf': listed(1),
        'README.md': listed(0.001),
        '../escape.gguf': listed(1),
      },
    },
    'lab/gated': { token: 'hf_goodtoken', files: { 'g.gguf': { bytes: tiny } } },
  })
  router = await startRouter({
    environment: { HEADGATE_HUB_URL: hub.url, HEADGATE_LOCAL_SERVERS: 'off' },
    files: { 'routing.yaml': 'engine: {memory_budget: 12}\n' },
  })
})
afterEach(async () => {
  await router.stop()
  await hub.close()
})

const model = (repo: string) => router.admin('GET', `/admin/hub/model?repo=${encodeURIComponent(repo)}`)

test('a search names repositories, the most downloaded first, and which are gated', async () => {
  const { body } = await router.admin('GET', '/admin/hub/search?q=lab')
  expect(body.results).toEqual([
    { repo: 'lab/Many-8B-GGUF', downloads: 48_210, likes: 42, gated: false },
    { repo: 'lab/gated', downloads: 48_209, likes: 42, gated: true },
  ])
  expect(hub.requests.map(({ path }) => path)).toEqual(['/api/models'])
  expect((await router.admin('GET', '/admin/hub/search?q=')).status).toBe(400)
})

test('files come by quantisation, smallest first, with size, sum and fit; what is no model, incomplete or would leave the folder is not offered', async () => {
  const { body } = await model('lab/Many-8B-GGUF')
  expect(body).toMatchObject({ repo: 'lab/Many-8B-GGUF', licence: 'mit', parameters: 8.19e9, context: 40_960, architecture: 'qwen3', gated: false })
  expect(
    body.files.map((file: Record<string, unknown>) => [
      file['file'],
      file['quantization'],
      file['parts'],
      (file['fit'] as { word: string }).word,
      file['problem'],
    ]),
  ).toEqual([
    ['lost-Q2_K-00001-of-00003.gguf', 'Q2_K', 1, 'fits', 'Only 1 of its 3 parts are there.'],
    ['Many-8B-Q4_K_M.gguf', 'Q4_K_M', 1, 'fits', null],
    ['Many-8B-Q8_0.gguf', 'Q8_0', 1, 'fits', null],
    ['BF16/Many-8B-BF16-00001-of-00002.gguf', 'BF16', 2, 'too-large', null],
  ])
  expect(body.files[1]).toMatchObject({
    size_bytes: 5e9,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    fit: {
      of_bytes: 12 * 2 ** 30,
      why: expect.stringMatching(/^Needs about \d+\.\d GB with a context of \d+ tokens; models may take 12\.9 GB of this machine\.$/),
    },
  })
  expect(body.disk_free_bytes).toBeGreaterThan(0)
})

describe('a gated repository', () => {
  test('says how to get in, and opens with a token that is never shown and goes to the hub only', async () => {
    expect(await model('lab/gated')).toMatchObject({
      status: 409,
      body: { error: { code: 'repository_gated', message: expect.stringMatching(/gated.*store a hub token/) } },
    })
    expect((await router.admin('PUT', '/admin/hub/token', { token: 'two words' })).status).toBe(400)
    expect((await router.admin('PUT', '/admin/hub/token', { token: 'hf_goodtoken' })).body).toEqual({ origin: hub.url, has_token: true })
    expect(await model('lab/gated')).toMatchObject({ status: 200, body: { gated: true } })

    // A second host gets no token, even where it may serve files.
    const seen: (string | undefined)[] = []
    const cdn = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(200, { 'content-length': tiny.length }).end(tiny)
    })
    await new Promise<void>((listening) => cdn.listen(0, '127.0.0.1', listening))
    const second = `http://127.0.0.1:${(cdn.address() as AddressInfo).port}`
    await router.stop()
    router = await startRouter({ environment: { HEADGATE_HUB_URL: `${hub.url}, ${second}`, HEADGATE_LOCAL_SERVERS: 'off' } })
    await router.admin('PUT', '/admin/hub/token', { token: 'hf_goodtoken' })
    hub.repositories['lab/gated']!.files['g.gguf']!.fault = { redirectTo: `${second}/g.gguf` }
    await router.admin('POST', '/admin/downloads', { repo: 'lab/gated', file: 'g.gguf' })
    await expect.poll(async () => (await router.admin('GET', '/admin/downloads')).body.downloads[0].state).toBe('ready')
    expect(hub.requests.at(-1)?.authorization).toBe('Bearer hf_goodtoken')
    expect(seen).toEqual([undefined])
    cdn.close()

    for (const file of ['headgate.db', 'headgate.db-wal', 'logs/headgate.log', 'headgate.log'])
      expect(textOf(join(router.data, file))).not.toContain('hf_goodtoken')
    expect((await router.admin('PUT', '/admin/hub/token', { token: null })).body).toEqual({ origin: hub.url, has_token: false })
    expect((await model('lab/gated')).status).toBe(409)
  })
})

test('a hub that cannot be reached, that is none, and one that is overloaded are told in words', async () => {
  expect(await model('no/body')).toMatchObject({
    status: 404,
    body: { error: { message: expect.stringMatching(/^no\/body is not on 127\.0\.0\.1:\d+\.$/) } },
  })
  await hub.close()
  expect(await model('lab/gated')).toMatchObject({
    status: 503,
    body: { error: { message: expect.stringMatching(/^127\.0\.0\.1:\d+ cannot be reached: the connection was refused\.$/) } },
  })
  const odd = createServer((request, response) => void response.writeHead(request.url?.includes('busy') ? 429 : 200).end('<html>'))
  await new Promise<void>((listening) => odd.listen(Number(new URL(hub.url).port), '127.0.0.1', listening))
  expect(await model('lab/gated')).toMatchObject({
    status: 502,
    body: { error: { message: expect.stringMatching(/did not answer as a model hub does/) } },
  })
  expect(await model('lab/busy')).toMatchObject({ status: 503, body: { error: { message: expect.stringMatching(/asks to wait/) } } })
  await new Promise((closed) => odd.close(closed))
  hub = await startFakeHub()
})

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
