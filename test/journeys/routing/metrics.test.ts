/** The routing metrics as people read them. */
import { afterEach, expect, test } from 'vitest'
import { type Lanes, startLanes } from '../with-lanes.ts'

let lanes: Lanes
afterEach(() => lanes.stop())

test('GET /routing shows the metrics that routing_metrics lists, and counts a request whose fallback failed too', async () => {
  lanes = await startLanes({ routing: 'routing_metrics: [fallback_trigger_rate, cache_hit_rate]\n' })
  const metrics = async () => ((await (await fetch(`${lanes.router.url}/routing`)).json()) as { metrics: Record<string, unknown> }).metrics
  expect(await metrics()).toEqual({ requests: 0, fallback_trigger_rate: null, cache_hit_rate: null })
  lanes.here.fault = lanes.away.fault = 'status-500'
  const reply = await lanes.router.chat({ model: 'm' })
  await reply.text()
  expect([reply.status, await metrics()]).toMatchObject([502, { requests: 1, fallback_trigger_rate: 1 }])
})
