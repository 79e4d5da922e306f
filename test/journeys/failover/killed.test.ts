import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { type FakeUpstream, startFakeUpstream } from '../../fakes/fake-upstream.ts'
import { callRaw, rawPost } from '../../fakes/raw-caller.ts'
import { rawReply, startRawUpstream } from '../../fakes/raw-upstream.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
})

/** A router whose first deployment is a process of its own that answers as `fault` says, and whose second is here. */
async function startBeside(fault: string): Promise<{ router: TestRouter; other: FakeUpstream; kill: () => void }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../fakes/fake-upstream.ts', import.meta.url)), '0', fault], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanUp.push(() => child.kill('SIGKILL'))
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const other = await startFakeUpstream()
  cleanUp.push(() => other.close())
  const router = await startRouter({
    files: {
      'models.yaml': `providers: [{name: dying, base_url: "http://127.0.0.1:${port}/v1"}, {name: other, base_url: "${other.url}"}]
models: [{name: m, deployments: [{provider: dying, priority: 0}, {provider: other, priority: 1}]}]\n`,
    },
  })
  cleanUp.push(() => router.stop())
  return { router, other, kill: () => void child.kill('SIGKILL') }
}

describe('an upstream process that is killed (SIGKILL)', () => {
  test('in the middle of 100 whole requests, 50 at a time, costs the callers nothing', async () => {
    const { router, other, kill } = await startBeside('slow')
    const statuses: number[] = []
    let asked = 0
    const caller = async () => {
      while (asked < 100) {
        const number = asked++
        if (number === 60) kill() // about 50 are being answered there
        const reply = await router.chat({ model: 'm', messages: [{ role: 'user', content: `${number}` }] })
        statuses.push(reply.status)
        await reply.arrayBuffer()
      }
    }
    await Promise.all(Array.from({ length: 50 }, caller))
    expect(statuses).toEqual(Array(100).fill(200))
    const { body } = await router.admin('GET', '/admin/requests?limit=100')
    const servedBy = (name: string) => body.requests.filter(({ deployment }: { deployment: string }) => deployment === name).length
    expect(servedBy('m/dying')).toBeGreaterThan(0)
    expect(servedBy('m/other')).toBe(other.requests.length)
    expect(servedBy('m/dying') + servedBy('m/other')).toBe(100)
    expect(body.requests.some(({ attempts }: { attempts: number }) => attempts > 1)).toBe(true)
  })

  test('in the middle of streams ends each with an error event, and the next one goes elsewhere', async () => {
    const { router, kill } = await startBeside('held')
    const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'Hi' }] })
    const calls = Array.from({ length: 10 }, () => callRaw(router.url, [rawPost(router.url, '/v1/chat/completions', body)]))
    await Promise.all(calls.map((call) => call.until((reply) => reply.body.includes('One '))))
    kill()
    for (const call of calls) {
      const reply = await call.reply()
      expect(reply.isClosed && !reply.isWhole).toBe(true)
      expect(reply.body.toString()).toMatch(/"One "[\s\S]*data: \{"error":\{.*"code":"upstream_stream_cut".*\n\n$/)
    }
    const next = await router.chat({ model: 'm', stream: true })
    expect(next.headers.get('x-headgate-deployment')).toBe('m/other')
    expect(await next.text()).toMatch(/\[DONE\]\n\n$/)
    const { body: view } = await router.admin('GET', '/admin/deployments')
    expect(view.deployments.find(({ name }: { name: string }) => name === 'm/dying').state).toMatch(/out|on-trial/)
  })
})

test('a kept connection that the server closes just then is asked once more on a new one, and counts as one attempt', async () => {
  const answer = JSON.stringify({
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
  })
  const upstream = await startRawUpstream((socket, { number }) => {
    if (number === 1) socket.write(rawReply(answer))
    else socket.resetAndDestroy()
  })
  cleanUp.push(() => upstream.close())
  const router = await startRouter({
    files: { 'models.yaml': `providers: [{name: raw, base_url: "${upstream.url}"}]\nmodels: [{name: m, deployments: [{provider: raw}]}]\n` },
  })
  cleanUp.push(() => router.stop())
  for (let i = 0; i < 3; i++) {
    const reply = await router.chat({ model: 'm' })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('x-headgate-attempts')).toBe('1')
    await reply.arrayBuffer()
  }
  const { body } = await router.admin('GET', '/admin/requests?limit=1')
  expect((await router.admin('GET', `/admin/requests/${body.requests[0].id}`)).body.attempts).toMatchObject([{ outcome: 'answered' }])
  // the second connection's only request was the repeated one
  expect(upstream.requests.filter(({ number }) => number > 1).length).toBeGreaterThan(0)
})
