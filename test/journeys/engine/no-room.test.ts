/** What the local engine has no room for, or cannot give, goes to the other lane where Fallback is on, and is nobody's fault. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startFakeUpstream } from '../../fakes/fake-upstream.ts'
import { writeTinyGguf } from '../../fixtures/tiny-gguf.ts'
import { startRouter } from '../with-router.ts'

/** `m`: the file in the local lane, a FakeUp in the remote one; the share is all local. */
async function start(context: number) {
  const away = await startFakeUpstream()
  const data = mkdtempSync(join(tmpdir(), 'headgate-no-room-'))
  for (const name of ['models', 'config']) mkdirSync(join(data, name))
  writeTinyGguf(join(data, 'models', 'long.gguf'), { contextLength: 1_048_576 })
  writeFileSync(
    join(data, 'config', 'all.yaml'),
    `engine: {memory_budget: 0.1, isolation: child}
providers:
  - {name: away, base_url: "${away.url}"}
models:
  - name: m
    deployments:
      - {provider: engine, model: long, context: ${context}}
      - {provider: away, lane: remote}
`,
  )
  const router = await startRouter({ data })
  onTestFinished(async () => {
    await router.stop()
    await away.close()
  })
  return router
}

test('a model that memory does not suffice for is answered by the other lane, again and again', async () => {
  const router = await start(1_048_576)
  for (let request = 0; request < 5; request++) {
    const reply = await router.chat({ model: 'm' })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('x-headgate-lane')).toBe('remote')
    // The engine is asked once; until it would try again the guard goes around it at once.
    expect([reply.headers.get('x-headgate-attempts'), reply.headers.get('x-headgate-reason')]).toEqual(
      request === 0 ? ['2', 'failed-over'] : ['1', 'memory'],
    )
    await reply.text()
  }
  const alone = await router.chat({ model: 'm@local' })
  expect(alone.status).toBe(503)
  expect(await alone.json()).toMatchObject({ error: { code: 'no_room', message: expect.stringMatching(/GB .* 1048576 tokens; .* GB/) } })
}, 60_000)

test('several answers to one request go where they can be had, whatever the share; where the engine alone is left the request is refused', async () => {
  const router = await start(2048)
  const two = await router.chat({ model: 'm', n: 2 })
  expect([two.status, two.headers.get('x-headgate-lane'), two.headers.get('x-headgate-reason')]).toEqual([200, 'remote', 'feature'])
  await two.text()
  const local = await router.chat({ model: 'long', n: 2 })
  expect(local.status).toBe(400)
  expect(await local.json()).toMatchObject({ error: { message: expect.stringContaining('n must be 1 here') }, headgate: { reason: 'feature' } })
}, 60_000)
