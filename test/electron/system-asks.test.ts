/** What is asked of the person and of macOS: the login item, the move to Applications, where the icon went; in a signed build that is installed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openDesktopFile } from '../../electron/desktop-file.ts'
import { boot, control } from './double.ts'

const platform = process.platform
Object.defineProperty(process, 'platform', { value: 'darwin' })
const signature = vi.hoisted(() => ({ isSigned: true }))
vi.mock('../../electron/build.ts', () => signature)
const { loginItem, setLoginItem } = await import('../../electron/login-item.ts')
const { offerToMove } = await import('../../electron/move-to-applications.ts')
const { explainHiddenIcon, isVisible } = await import('../../electron/tray/hidden-icon.ts')
const { whyNoNotices } = await import('../../electron/notify.ts')
await boot(async () => {})

const folder = mkdtempSync(join(tmpdir(), 'headgate-asks-'))
let files = 0
let file: ReturnType<typeof openDesktopFile>
beforeEach(() => {
  signature.isSigned = true
  control.isPackaged = true
  control.inApplicationsFolder = true
  control.login = { openAtLogin: false, status: 'not-registered', wasOpenedAtLogin: false }
  control.dialogs.length = 0
  file = openDesktopFile(join(folder, `${++files}.json`))
})
afterAll(() => {
  Object.defineProperty(process, 'platform', { value: platform })
  rmSync(folder, { recursive: true, force: true })
})

describe('the login item', () => {
  test('is off until it is switched on, and off again', () => {
    expect(loginItem()).toEqual({ enabled: false, needsApproval: false, available: true, why: null })
    expect(setLoginItem(true)).toMatchObject({ enabled: true, needsApproval: false })
    expect(control.login.openAtLogin).toBe(true)
    expect(setLoginItem(false)).toMatchObject({ enabled: false })
  })

  test('that waits for a person says where', () => {
    control.login.status = 'requires-approval'
    expect(setLoginItem(true)).toEqual({
      enabled: true,
      needsApproval: true,
      available: true,
      why: 'macOS waits for you: System Settings → General → Login Items → allow Headgate.',
    })
  })

  test.each([
    ['the app is not signed', () => void (signature.isSigned = false), /not signed/],
    ['it runs from a disk image', () => void (control.inApplicationsFolder = false), /Applications folder/],
    ['it runs from source', () => void (control.isPackaged = false), /from source/],
  ])('is not there when %s, and the system is not asked', (_, make, why) => {
    make()
    const item = setLoginItem(true)
    expect(item).toMatchObject({ enabled: false, available: false })
    expect(item.why).toMatch(why)
    expect(control.login.openAtLogin).toBe(false)
  })
})

describe('the move to Applications', () => {
  beforeEach(() => {
    control.inApplicationsFolder = false
  })

  test('is offered once, and done when it is wanted', async () => {
    control.replies.push({ response: 1 })
    expect(await offerToMove(file)).toBe(false)
    expect(control.app?.moved).toBe(false)
    expect(await offerToMove(file)).toBe(false)
    expect(control.dialogs).toHaveLength(1)
  })

  test('moves the app, which starts again from there', async () => {
    control.replies.push({ response: 0 })
    expect(await offerToMove(file)).toBe(true)
    expect(control.app?.moved).toBe(true)
  })

  test('is not offered where the app is installed, or runs from source', async () => {
    control.inApplicationsFolder = true
    await offerToMove(file)
    control.inApplicationsFolder = false
    control.isPackaged = false
    await offerToMove(file)
    expect(control.dialogs).toEqual([])
  })
})

describe('an icon that has no place', () => {
  const displays = [{ x: 0, y: 0, width: 1440, height: 900 }]
  test.each([
    [{ x: 1000, y: 0, width: 24, height: 22 }, true],
    [{ x: 0, y: 0, width: 0, height: 0 }, false],
    [{ x: -4000, y: 0, width: 24, height: 22 }, false],
    [{ x: 1430, y: 0, width: 24, height: 22 }, false],
    [{ x: 1000, y: -30, width: 24, height: 22 }, false],
  ])('%o: visible %s', (icon, expected) => {
    expect(isVisible(icon, displays)).toBe(expected)
  })

  test('is explained once', () => {
    const hidden = { x: 0, y: 0, width: 0, height: 0 }
    explainHiddenIcon({ x: 1000, y: 0, width: 24, height: 22 }, file)
    expect(control.dialogs).toEqual([])
    explainHiddenIcon(hidden, file)
    explainHiddenIcon(hidden, file)
    expect(control.dialogs.map(({ options }) => options.message)).toEqual(['Headgate’s icon is hidden.'])
  })
})

test('macOS shows notifications of signed builds only', () => {
  expect(whyNoNotices()).toBeNull()
  signature.isSigned = false
  expect(whyNoNotices()).toMatch(/not signed/)
})

test('a file of the app that is damaged counts as empty, one that cannot be written harms nothing', () => {
  const damaged = openDesktopFile('/proc/version')
  expect(damaged.get()).toEqual({})
  damaged.set({ port: 4778 })
  expect(damaged.get()).toEqual({ port: 4778 })
})
