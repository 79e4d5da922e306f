import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startFakeUpstream } from '../../fakes/fake-upstream.ts'
import { startRouter } from '../with-router.ts'

const logOf = (data: string) =>
  readdirSync(join(data, 'logs'))
    .map((name) => readFileSync(join(data, 'logs', name), 'utf8'))
    .join('')

test.each([
  ['true', 1],
  ['false', 0],
])('debug_router: %s writes %i line of the seed’s form for a decision (seed 003, 530–543)', async (debug, lines) => {
  const upstream = await startFakeUpstream()
  const router = await startRouter({
    files: {
      'routing.yaml': `debug_router: ${debug}\nproviders: [{name: lab, base_url: "${upstream.url}"}]\npatterns: [{pattern: "^meta-llama/", provider: lab}]\n`,
    },
  })
  onTestFinished(async () => {
    await router.stop()
    await upstream.close()
  })
  const reply = await router.chat({ model: 'meta-llama/Llama-2-7b' })
  expect(reply.status).toBe(200)
  await reply.arrayBuffer()
  await expect.poll(() => logOf(router.data)).toContain('"msg":"request"')
  expect(logOf(router.data).split('[ROUTER] Model: meta-llama/Llama-2-7b -> Provider: lab (pattern match)').length - 1).toBe(lines)
})
