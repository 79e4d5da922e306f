import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createEventStream } from '../../../router/http/admin/event-stream.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { openRaw } from '../../journeys/http/raw-connection.ts'

test('a silent event stream shows every 20 s that it lives, and nothing wakes when nobody listens', async () => {
  const clock = manualClock()
  const events = createEventStream(clock.now, 'run', clock.after)
  expect(clock.waiting()).toBe(0)
  const attached = Promise.withResolvers<ServerResponse>()
  const server = createServer((_message, raw) => {
    events.attach(raw, null)
    attached.resolve(raw)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const panel = await openRaw((server.address() as AddressInfo).port)
  panel.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  const raw = await attached.promise
  clock.advance(19_999)
  await expect.poll(() => panel.rest()).toContain(': connected')
  expect(panel.rest()).not.toContain(': still here')
  clock.advance(40_001)
  await expect.poll(() => panel.rest().split(': still here\n\n').length - 1).toBe(3)
  const closed = new Promise((resolve) => raw.once('close', resolve))
  panel.end()
  await closed
  clock.advance(20_000)
  expect(clock.waiting()).toBe(0)
  await new Promise((resolve) => server.close(resolve))
})
