/** The suggested models: chosen without asking the hub, got through the queue, and told as here when they are. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeHub, startFakeHub } from '../../fakes/fake-hub.ts'
import { encodeGguf, tinyGgufParts } from '../../fixtures/tiny-gguf.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

const tiny = Buffer.from(encodeGguf(tinyGgufParts({ seed: 5 })))
const quick = { repo: 'Qwen/Qwen3-0.6B-GGUF', file: 'Qwen3-0.6B-Q8_0.gguf' }

let hub: FakeHub
let router: TestRouter

beforeEach(async () => {
  hub = await startFakeHub({ [quick.repo]: { files: { [quick.file]: { bytes: tiny } } } })
  router = await startRouter({
    environment: { HEADGATE_HUB_URL: hub.url, HEADGATE_LOCAL_SERVERS: 'off' },
    files: { 'routing.yaml': 'engine: {memory_budget: 5}\n' },
  })
})
afterEach(async () => {
  await router.stop()
  await hub.close()
})

const suggestions = async () => (await router.admin('GET', '/admin/hub/suggestions')).body

test('two are suggested with what they take of this machine, and the hub hears of it with the first download only', async () => {
  const { suggestions: both, without_best, origin, disk_free_bytes } = await suggestions()
  expect([without_best, origin]).toEqual([null, hub.url])
  expect(both).toMatchObject([
    { role: 'quick', name: 'Qwen3 0.6B', ...quick, size_bytes: 639_446_688, licence: 'Apache-2.0', model: null, fit: { word: 'fits' } },
    { role: 'best', name: 'Qwen3 4B', repo: 'Qwen/Qwen3-4B-GGUF', fit: { word: 'fits', of_bytes: 5 * 2 ** 30 }, disk_of_bytes: disk_free_bytes },
  ])
  expect(hub.requests).toEqual([])

  hub.repositories[quick.repo]!.files[quick.file]!.fault = { stallAfter: 1000 }
  const { body, status } = await router.admin('POST', '/admin/downloads', quick)
  expect([status, body.total_bytes]).toEqual([201, tiny.length]) // what the hub says, not what was published once
  await hub.stalled()
  expect((await suggestions()).suggestions[0]).toMatchObject({ ...quick, model: null })
  hub.release()
  await expect.poll(async () => (await suggestions()).suggestions[0].model).toBe('qwen3-0.6b-q8_0')
  expect((await suggestions()).suggestions[1]).toMatchObject({ role: 'best', model: null })
})

test('nothing larger than the quick one is suggested where it does not fit, with what keeps it away', async () => {
  await router.stop()
  router = await startRouter({
    environment: { HEADGATE_HUB_URL: hub.url, HEADGATE_LOCAL_SERVERS: 'off' },
    files: { 'routing.yaml': 'engine: {memory_budget: 2}\n' },
  })
  expect(await suggestions()).toMatchObject({ suggestions: [{ role: 'quick', fit: { word: 'fits' } }], without_best: 'memory' })
})

test('the way to them is described like its neighbours', async () => {
  const { paths } = (await router.admin('GET', '/admin/openapi.json')).body as { paths: Record<string, { get?: { summary: string } }> }
  expect(paths['/admin/hub/suggestions']?.get?.summary).toMatch(/^A quick model and the best that fits/)
})
