/** The end of the app: nothing is cut without a word, and a shutdown of the machine waits for nobody. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type AppLanes, startLanes } from './lanes.ts'
import { closeBrowser, startApp, type TestApp } from './with-app.ts'

let lanes: AppLanes
let app: TestApp
beforeEach(async () => {
  lanes = await startLanes()
  app = await startApp({ files: lanes.files })
})
afterEach(async () => {
  lanes.here.release()
  await app.end()
  await lanes.close()
})
afterAll(closeBrowser)

const becomes = (check: () => void) => vi.waitFor(check, 20_000)

/** Three requests that wait for the server. */
async function running(): Promise<readonly Promise<Response>[]> {
  lanes.here.fault = 'held'
  const answers = [1, 2, 3].map((number) => app.chat({ model: 'm', messages: [{ role: 'user', content: `${number}` }] }))
  await becomes(() => expect(lanes.here.requests).toHaveLength(3))
  return answers
}

test('without running requests it ends at once, gives the folder back and asks nothing', async () => {
  app.tray.choose('quit')
  expect(await app.control.quit.promise).toBe(0)
  expect(app.control.dialogs).toEqual([])
  expect(existsSync(join(app.data, 'runtime.json'))).toBe(false)
})

test('Cancel: everything goes on', async () => {
  app.control.replies.push({ response: 2 })
  const answers = await running()
  app.tray.choose('quit')
  await becomes(() => expect(app.control.dialogs[0]?.options.message).toBe('3 requests are running.'))
  expect(app.control.dialogs[0]?.options).toMatchObject({ buttons: ['Quit When Done', 'Quit Now', 'Cancel'], cancelId: 2 })
  lanes.here.release()
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200])
  expect(app.tray.isDestroyed()).toBe(false)
})

test('Quit when done: nothing new is let in, the answers end, then the app', async () => {
  app.control.replies.push({ response: 0 })
  const answers = await running()
  app.tray.choose('quit')
  await becomes(() => expect(app.tray.rows()).toContain('Quitting after 3 requests'))
  expect((await app.chat({ model: 'm' })).status).toBe(503)
  lanes.here.release()
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200])
  expect(await app.control.quit.promise).toBe(0)
})

test('Quit now: the answers end with an error that says so', async () => {
  app.control.replies.push({ response: 1 })
  const answers = await running()
  app.double.app.quit()
  const replies = await Promise.all(answers)
  expect(replies.map(({ status }) => status)).toEqual([503, 503, 503])
  expect((await replies[0]!.json()).error.code).toBe('router_shutting_down')
  await app.control.quit.promise
})

test('after Quit when done the menu can still end it now', async () => {
  app.control.replies.push({ response: 0 })
  const answers = await running()
  app.tray.choose('quit')
  await becomes(() => expect(app.tray.rows()).toContain('Quit Now'))
  app.tray.choose('quit-now')
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([503, 503, 503])
  await app.control.quit.promise
})

test('a shutdown of the machine asks nothing, even while the question is open', async () => {
  const asked = Promise.withResolvers<{ response: number }>()
  app.control.replies.push(asked.promise)
  const answers = await running()
  app.double.app.quit()
  await becomes(() => expect(app.control.dialogs).toHaveLength(1))
  app.double.powerMonitor.emit('shutdown')
  await app.control.quit.promise
  asked.resolve({ response: 2 })
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([503, 503, 503])
})

test('the panel can quit the app', async () => {
  app.tray.choose('open')
  const page = await app.page()
  await page.evaluate(() => void (window as unknown as { headgate: { quit(): Promise<void> } }).headgate.quit())
  expect(await app.control.quit.promise).toBe(0)
})
