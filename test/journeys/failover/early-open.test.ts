import { afterEach, expect, test } from 'vitest'
import { callRaw, rawPost } from '../../fakes/raw-caller.ts'
import { type Lanes, startLanes } from '../with-lanes.ts'

let lanes: Lanes
afterEach(() => lanes.stop())

const call = () =>
  callRaw(lanes.router.url, [
    rawPost(lanes.router.url, '/v1/chat/completions', JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'Hi' }] })),
  ])

test('a stream whose first output is late opens with comments, and still fails over behind them', async () => {
  lanes = await startLanes({ limits: { earlyOpenMs: 50, keepAliveMs: 50 } })
  lanes.here.fault = 'late'
  const stream = call()
  const opened = await stream.until(({ body }) => body.toString().split(': keep-alive\n\n').length > 3)
  expect(opened.status).toBe(200)
  expect(opened.head).toMatch(/content-type: text\/event-stream/i)
  expect(opened.body.toString().replaceAll(': keep-alive\n\n', '')).toBe('') // nothing of an answer yet
  lanes.here.release() // now it fails
  const reply = await stream.reply()
  expect(reply.isWhole).toBe(true)
  const text = reply.body.toString().replaceAll(': keep-alive\n\n', '')
  expect(text).toMatch(/^data: .*"model":"m-away"[\s\S]*data: \[DONE\]\n\n$/)
  expect(text).not.toContain('error')
  expect(lanes.away.requests.length).toBe(1)
})

test('and when nobody is left, the failure is an event and the stream looks cut', async () => {
  lanes = await startLanes({ limits: { earlyOpenMs: 50, keepAliveMs: 50, gapMs: 5, backoffBaseMs: 10, backoffCapMs: 10 } })
  lanes.here.fault = 'late'
  lanes.away.fault = '500'
  const stream = call()
  await stream.until(({ body }) => body.includes(': keep-alive\n\n'))
  lanes.here.release()
  const reply = await stream.reply()
  expect(reply.isClosed && !reply.isWhole).toBe(true)
  const events = reply.body.toString().replaceAll(': keep-alive\n\n', '').trim().split('\n\n')
  expect(events.length).toBe(1)
  expect(JSON.parse(events[0]!.replace(/^data: /, ''))).toMatchObject({ error: { code: 'upstream_error' }, headgate: { attempts: [{}, {}, {}] } })
})

test('keep-alives stand between events only, while an answer pauses', async () => {
  lanes = await startLanes({ limits: { earlyOpenMs: 50, keepAliveMs: 50 } })
  lanes.here.fault = 'held'
  const stream = call()
  await stream.until(({ body }) => body.toString().split(': keep-alive\n\n').length > 2)
  lanes.here.release()
  const reply = await stream.reply()
  expect(reply.isWhole).toBe(true)
  for (const event of reply.body.toString().trim().split('\n\n')) expect(event).toMatch(/^(: keep-alive|data: (\[DONE\]|\{.*\}))$/)
})
