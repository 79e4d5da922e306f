/** Updates: never a downgrade, downloaded as set, installed only when asked; without a signature no server is asked. */
import { EventEmitter } from 'node:events'
import { expect, test, vi } from 'vitest'
import { createUpdates, type Updater } from '../../../electron/updates.ts'

function createUpdater(found: (updater: EventEmitter) => void | Promise<void>) {
  const updater = Object.assign(new EventEmitter(), {
    autoDownload: true,
    autoInstallOnAppQuit: false,
    allowDowngrade: true,
    checkForUpdates: vi.fn(async () => found(updater)),
    quitAndInstall: vi.fn(),
  })
  return updater
}

test('where they are off, nothing is loaded or asked, and the reason is said', async () => {
  const load = vi.fn()
  const updates = createUpdates({ isAutomatic: () => true, onReady: () => {}, load, whyOff: 'This build is not signed.' })
  expect(await updates.check()).toEqual({ state: 'off', detail: 'This build is not signed.' })
  expect(load).not.toHaveBeenCalled()
})

test('one that is downloaded waits for a restart, is told once, and a downgrade is never taken', async () => {
  const updater = createUpdater((each) => {
    each.emit('update-available', { version: '1.4.2' })
    each.emit('update-downloaded', { version: '1.4.2' })
  })
  const onReady = vi.fn()
  const updates = createUpdates({ isAutomatic: () => true, onReady, load: async () => updater as unknown as Updater, whyOff: null })
  expect(updates.ready()).toBeNull()
  expect(await updates.check()).toMatchObject({ state: 'ready' })
  expect([updates.ready(), updater.allowDowngrade, updater.autoDownload]).toEqual(['1.4.2', false, true])
  expect(onReady).toHaveBeenCalledExactlyOnceWith('1.4.2')
  await updates.check()
  expect(updater.checkForUpdates).toHaveBeenCalledTimes(1)
  updates.install()
  await vi.waitFor(() => expect(updater.quitAndInstall).toHaveBeenCalled())
})

test('without automatic downloads one is only named', async () => {
  const updater = createUpdater((each) => void each.emit('update-available', { version: '2.0.0' }))
  const updates = createUpdates({ isAutomatic: () => false, onReady: () => {}, load: async () => updater as unknown as Updater, whyOff: null })
  expect(await updates.check()).toEqual({ state: 'available', detail: 'Version 2.0.0 is there.' })
  expect(updater.autoDownload).toBe(false)
})

test('a server that does not answer is a sentence, and is asked again next time', async () => {
  const updater = createUpdater(() => Promise.reject(new Error('getaddrinfo ENOTFOUND\n  at …')))
  const updates = createUpdates({ isAutomatic: () => true, onReady: () => {}, load: async () => updater as unknown as Updater, whyOff: null })
  expect(await updates.check()).toEqual({ state: 'failed', detail: 'The update server did not answer: getaddrinfo ENOTFOUND' })
  await updates.check()
  expect(updater.checkForUpdates).toHaveBeenCalledTimes(2)
})
