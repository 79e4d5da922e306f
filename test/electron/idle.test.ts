/** Idle, the app does nothing: what it starts with is all that it asks for, and no interval runs. */
import { afterAll, expect, test, vi } from 'vitest'
import { closeBrowser, startApp, type TestApp } from './with-app.ts'

let app: TestApp | null = null
afterAll(async () => {
  vi.restoreAllMocks()
  await app?.end()
  await closeBrowser()
})

test('no interval runs in the main process, with or without a model that is loaded', async () => {
  const intervals = new Set<unknown>()
  const { setInterval: set, clearInterval: clear } = globalThis
  vi.spyOn(globalThis, 'setInterval').mockImplementation(((run: () => void, ms: number) => {
    const timer = set(run, ms)
    intervals.add(timer)
    return timer
  }) as typeof setInterval)
  vi.spyOn(globalThis, 'clearInterval').mockImplementation((timer) => {
    intervals.delete(timer)
    clear(timer as NodeJS.Timeout)
  })
  app = await startApp({ tiny: true })
  await app.admin('GET', '/admin/overview')
  const own = () => intervals.size
  const before = own()
  await app.chat({ model: 'tiny', max_tokens: 2 })
  await vi.waitFor(() => expect(app?.tray.image.file).toBe('trayLoadedTemplate.png'), 20_000)
  expect(before).toBe(0)
  await vi.waitFor(() => expect(own()).toBe(0), 20_000)
})
