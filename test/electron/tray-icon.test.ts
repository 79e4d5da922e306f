/** The icon by itself: it moves only while a local model answers, its menu is built only when something changed, and never under the pointer. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TrayAction } from '../../electron/tray/menu-row.ts'
import type { Situation } from '../../electron/tray/situation.ts'
import { engine, router, situation, split } from '../unit/electron/situations.ts'
import { root } from './built-app.ts'
import { boot, control } from './double.ts'
import type { TrayDouble } from './menus.ts'

const { createTrayIcon } = await import('../../electron/tray/tray-icon.ts')
await boot(async () => {})

let now: Situation
let acts: TrayAction[]
let icon: ReturnType<typeof createTrayIcon>
let tray: TrayDouble
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
  control.reducedMotion = false
  now = situation()
  acts = []
  icon = createTrayIcon({ iconFolder: join(root, 'resources'), situation: () => now, act: (action) => acts.push(action) })
  tray = control.trays.at(-1) as TrayDouble
  icon.update()
})
afterEach(() => {
  icon.destroy()
  vi.useRealTimers()
})

const answering = situation({ deployments: [engine({ loaded: true, in_flight: 1 })] })
const loaded = situation({ deployments: [engine({ loaded: true })] })

test('idle there is no timer at all', () => {
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(3_600_000)
  expect(tray.images).toEqual(['trayIdleTemplate.png'])
})

test('it pulses while a local model answers, and is still afterwards', () => {
  now = answering
  icon.update()
  vi.advanceTimersByTime(1_800)
  expect(tray.images.slice(-3)).toEqual(['trayPulseTemplate.png', 'trayLoadedTemplate.png', 'trayPulseTemplate.png'])
  icon.update() // more of the same starts no second one
  expect(vi.getTimerCount()).toBe(1)
  now = loaded
  icon.update()
  expect(vi.getTimerCount()).toBe(0)
  expect(tray.image.file).toBe('trayLoadedTemplate.png')
})

test('with less motion it does not pulse', () => {
  control.reducedMotion = true
  now = answering
  icon.update()
  expect(vi.getTimerCount()).toBe(0)
  expect(tray.image.file).toBe('trayLoadedTemplate.png')
})

test('the menu is the same object until a row is another', () => {
  const { menu } = tray
  icon.update()
  expect(tray.menu).toBe(menu)
  now = situation({ split: split({ preset: 'balanced', remoteShare: 0.5 }) })
  icon.update()
  expect(tray.menu).not.toBe(menu)
})

test('while it is open nothing is replaced; closed, it is up to date', async () => {
  const menu = tray.open()
  now = situation({ isPaused: true })
  icon.update()
  expect([tray.menu, tray.image.file]).toEqual([menu, 'trayPausedTemplate.png'])
  tray.dismiss()
  await new Promise((resolve) => setImmediate(resolve))
  expect(tray.menu?.getMenuItemById('state')?.label).toMatch(/^Headgate is paused/)
})

test('a click that comes to nothing leaves no check mark behind', () => {
  tray.choose('remote-only')
  expect(acts).toEqual([{ do: 'preset', preset: 'remote-only' }])
  expect(tray.menu?.items.filter(({ checked }) => checked).map(({ id }) => id)).toEqual(['prefer-local'])
})

test('shortcuts are shown, never registered for the whole system', () => {
  const withKeys = tray.menu?.items.filter(({ accelerator }) => accelerator !== '') ?? []
  expect(withKeys.map(({ id }) => id)).toEqual(['copy-url', 'open', 'pause', 'settings', 'quit'])
  expect(withKeys.every(({ registerAccelerator }) => !registerAccelerator)).toBe(true)
})

test('Copied stands beside the icon for a moment, then what stood there', () => {
  now = situation({ desktop: { ...router().desktop, trayText: 'share' } })
  icon.update()
  expect(tray.title).toBe('0 % remote')
  icon.flash('Copied')
  icon.update()
  expect(tray.title).toBe('Copied')
  vi.advanceTimersByTime(1_200)
  expect(tray.title).toBe('0 % remote')
})
