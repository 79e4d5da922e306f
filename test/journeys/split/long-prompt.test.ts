/** Prompts near the context of this machine: counted by the engine, not by an estimate, and answered elsewhere only when they really do not fit. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lanes, providersOf, startLanes } from '../with-lanes.ts'

let lanes: Lanes
beforeAll(async () => {
  lanes = await startLanes({
    tiny: true,
    models: (here, away) => `${providersOf(here, away)}models:
  - name: both
    deployments: [{provider: engine, model: tiny}, {provider: away, lane: remote}]
`,
  })
})
afterAll(() => lanes.stop())

const ask = (content: string) => lanes.router.chat({ model: 'both', max_tokens: 4, messages: [{ role: 'user', content }] })

test('a prompt whose estimate is over the context and whose tokens are not is answered here', async () => {
  // The tiny model has 4 096 tokens of context and one token per byte: 3 000 letters fit, and so do they by the estimate; spaces count the same.
  const reply = await ask('a'.repeat(3_000))
  expect([reply.status, reply.headers.get('x-headgate-lane')]).toEqual([200, 'local'])
})

test('a prompt that the engine counts as too long goes to the larger context, for that reason, and its conversation stays there', async () => {
  const reply = await ask('b'.repeat(6_000)) // about 1 500 tokens by the estimate, 6 000 in truth
  expect([reply.status, reply.headers.get('x-headgate-lane'), reply.headers.get('x-headgate-reason')]).toEqual([200, 'remote', 'context'])
  const row = (await lanes.router.admin('GET', '/admin/requests?limit=1')).body.requests[0]
  expect(row).toMatchObject({ lane: 'remote', reason: 'context', attempts: 2 })
  const deployments = (await lanes.router.admin('GET', '/admin/deployments')).body.deployments as { provider: string; state: string }[]
  expect(deployments.find(({ provider }) => provider === 'engine')?.state).toBe('healthy')
})

test('where nobody has room the refusal has both numbers and names the messages', async () => {
  const reply = await lanes.router.chat({ model: 'tiny', messages: [{ role: 'user', content: 'c'.repeat(6_000) }] })
  const { error } = (await reply.json()) as { error: { code: string; param: string; message: string } }
  expect([reply.status, error.code, error.param]).toEqual([400, 'context_length_exceeded', 'messages'])
  expect(error.message).toMatch(/6\d{3}/)
  expect(error.message).toContain('4096')
})
