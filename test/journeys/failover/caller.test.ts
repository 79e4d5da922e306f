import { afterEach, describe, expect, test } from 'vitest'
import { callRaw, rawPost } from '../../fakes/raw-caller.ts'
import { type Lanes, startLanes } from '../with-lanes.ts'

let lanes: Lanes
afterEach(() => lanes.stop())

const post = (body: Record<string, unknown>) =>
  rawPost(lanes.router.url, '/v1/chat/completions', JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...body }))

async function inFlight(): Promise<number> {
  const { body } = await lanes.router.admin('GET', '/admin/deployments')
  return body.deployments.reduce((sum: number, { in_flight }: { in_flight: number }) => sum + in_flight, 0)
}

async function lastRequest(): Promise<unknown> {
  const { body } = await lanes.router.admin('GET', '/admin/requests?limit=1')
  return body.requests.length === 0 ? null : (await lanes.router.admin('GET', `/admin/requests/${body.requests[0].id}`)).body
}

async function expectNobodyBlamed(): Promise<void> {
  await expect.poll(inFlight).toBe(0)
  const { body } = await lanes.router.admin('GET', '/admin/deployments')
  for (const { state } of body.deployments) expect(['healthy', 'unknown', 'disabled', 'not-loaded']).toContain(state)
}

describe('a caller that goes away', () => {
  test.each([
    ['in the middle of a stream', 'held', true],
    ['while a whole answer is made', 'held', false],
    ['before the headers of a stream', 'hang', true],
    ['between pings', 'ping-forever', true],
  ])('%s ends the request at the upstream, and nobody is blamed', async (_, fault, stream) => {
    lanes = await startLanes()
    lanes.here.fault = fault
    const call = callRaw(lanes.router.url, [post({ stream })])
    await expect.poll(() => lanes.here.requests.length).toBe(1)
    if (fault === 'held' && stream) await call.until(({ body }) => body.includes('One '))
    const leftAt = performance.now()
    call.socket.destroy()
    await expect.poll(() => lanes.here.requests[0]!.abortedAt, { interval: 5 }).not.toBeNull()
    const ms = lanes.here.requests[0]!.abortedAt! - leftAt
    console.log(`the upstream saw the abort after ${ms.toFixed(1)} ms`)
    expect(ms).toBeLessThan(1_000) // the promise is 100 ms; the bound leaves room for a busy machine
    await expectNobodyBlamed()
    expect(lanes.away.requests.length).toBe(0)
    await expect.poll(lastRequest).toMatchObject({ status: 499, error: { kind: 'aborted-by-caller' }, attempts: [{ outcome: 'aborted' }] })
  })

  test('during a backoff starts no further attempt', async () => {
    lanes = await startLanes({ limits: { backoffBaseMs: 60_000, backoffCapMs: 60_000, gapMs: 60_000 } })
    lanes.here.fault = '500'
    const call = callRaw(lanes.router.url, [post({})])
    await expect.poll(() => lanes.here.requests.length).toBe(1)
    await expect.poll(inFlight).toBe(0) // the attempt has ended; the wait has begun
    call.socket.destroy()
    await expect.poll(lastRequest).toMatchObject({ status: 499 })
    expect([lanes.here.requests.length, lanes.away.requests.length]).toEqual([1, 0])
  })

  test('while it waits in the line leaves the line', async () => {
    lanes = await startLanes({
      models: (here) =>
        `providers: [{name: here, base_url: "${here.url}"}]\nmodels: [{name: m, deployments: [{provider: here, max_in_flight: 1}]}]\n`,
    })
    lanes.here.fault = 'held'
    const first = lanes.router.chat({ model: 'm' })
    await expect.poll(() => lanes.here.requests.length).toBe(1)
    const call = callRaw(lanes.router.url, [post({})])
    await expect.poll(() => lanes.router.router.running()).toBe(2)
    call.socket.destroy()
    await expect.poll(() => lanes.router.router.running()).toBe(1)
    lanes.here.release()
    expect((await first).status).toBe(200)
    await expectNobodyBlamed()
    expect(lanes.here.requests.length).toBe(1)
    expect(await lanes.router.admin('GET', '/admin/requests?status=499')).toMatchObject({ body: { requests: [{ status: 499, attempts: 0 }] } })
  })
})

describe('a caller that reads slowly', () => {
  test('holds the upstream back, costs little memory, and nobody is blamed', async () => {
    lanes = await startLanes({ limits: { progressLocalMs: 500, transportMs: 500 } })
    lanes.here.fault = 'flood'
    const call = callRaw(lanes.router.url, [post({ stream: true })])
    await call.until(({ body }) => body.length > 0)
    call.socket.pause()
    const { flood } = lanes.here
    let before = -1
    // Blocked = nothing more was taken between two looks, longer apart than the clocks of the deployment.
    await expect
      .poll(
        () => {
          const isBlocked = flood.writtenBytes === before
          before = flood.writtenBytes
          return isBlocked
        },
        { interval: 800 },
      )
      .toBe(true)
    console.log(`the upstream was held back after ${(flood.writtenBytes / 1024 / 1024).toFixed(1)} MiB`)
    expect(flood.writtenBytes).toBeLessThan(24 * 1024 * 1024) // the kernel's socket buffers and 256 KiB of ours
    call.socket.removeAllListeners('data')
    let length = 0
    let tail = ''
    call.socket.on('data', (chunk) => {
      length += chunk.length
      tail = (tail + chunk.toString('latin1')).slice(-64)
    })
    call.socket.resume()
    await expect.poll(() => tail.endsWith('data: [DONE]\n\n\r\n0\r\n\r\n')).toBe(true)
    expect(length).toBeGreaterThan(flood.offeredBytes - 24 * 1024 * 1024)
    call.socket.destroy()
    await expectNobodyBlamed()
    expect(await lastRequest()).toMatchObject({ status: 200, attempts: [{ outcome: 'answered' }] })
  })
})
