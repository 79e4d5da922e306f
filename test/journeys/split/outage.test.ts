import { afterEach, expect, test } from 'vitest'
import { type AdminEvents, followAdminEvents } from '../../fakes/admin-events.ts'
import { type Lanes, laneOf, startLanes } from '../with-lanes.ts'

let lanes: Lanes
let events: AdminEvents
afterEach(async () => {
  events.close()
  await lanes.stop()
})

test('after an outage of one lane the split is what it was at once: nothing is made up for', async () => {
  lanes = await startLanes({ routing: 'split: {remote_share: 0.5}\n' })
  events = await followAdminEvents(lanes.router.url, lanes.router.adminToken)
  let session = 0
  const newSessions = async (count: number) => {
    const drawn: string[] = []
    for (let i = 0; i < count; i++) {
      const reply = await lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: `session ${session++}` }] })
      await reply.arrayBuffer()
      drawn.push(laneOf(reply))
    }
    return drawn.filter((lane) => lane === 'local').length
  }
  expect(await newSessions(20)).toBe(10)
  await lanes.here.close()
  expect(await newSessions(20)).toBe(0)
  await lanes.here.listen()
  await events.next(({ type, deployment, to }) => type === 'deployment' && deployment?.name === 'm/here' && ['ramping', 'healthy'].includes(to))
  expect(await newSessions(10)).toBe(5)
  expect(await newSessions(10)).toBe(5)
})
