import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createRunningRequests } from '../../../router/http/running-requests.ts'
import { openRaw } from '../../journeys/http/raw-connection.ts'

test('an answer whose connection is gone before it begins is aborted at once, and a stop does not wait for it', async () => {
  const arrived = Promise.withResolvers<ServerResponse>()
  const server = createServer((_message, raw) => arrived.resolve(raw))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const connection = await openRaw((server.address() as AddressInfo).port)
  connection.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}')
  const raw = await arrived.promise
  const closed = new Promise((resolve) => raw.once('close', resolve))
  connection.end()
  await closed
  const running = createRunningRequests()
  const signal = running.begin(raw)
  expect([signal.aborted, (signal.reason as { kind: string }).kind, running.count()]).toEqual([true, 'aborted-by-caller', 0])
  await running.drain()
  await new Promise((resolve) => server.close(resolve))
})
