/** What `npm start` starts: the app where one can be shown, else the router headless with the reason. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { binaryOf, whyHeadless } from '../../../router/cli/start.ts'

const desktop = { platform: 'linux', environment: { DISPLAY: ':0' }, electronFolder: '/somewhere', isRoot: false }

describe('the app', () => {
  test('is started on a Mac, and on Linux with a desktop', () => {
    expect(whyHeadless(desktop)).toBeNull()
    expect(whyHeadless({ ...desktop, platform: 'darwin', environment: {} })).toBeNull()
    expect(whyHeadless({ ...desktop, environment: { WAYLAND_DISPLAY: 'wayland-0' } })).toBeNull()
  })

  test.each([
    ['without a desktop', { ...desktop, environment: {} }, 'there is no desktop here.'],
    [
      'in a remote shell of a Mac',
      { ...desktop, platform: 'darwin', environment: { SSH_CONNECTION: 'a b' } },
      'this is a remote shell, without a desktop.',
    ],
    ['as root', { ...desktop, isRoot: true }, 'Electron does not run as root.'],
    ['in a production install', { ...desktop, electronFolder: null }, 'Electron is not installed (npm ci brings it).'],
    ['where it is switched off', { ...desktop, environment: { DISPLAY: ':0', HEADGATE_HEADLESS: '1' } }, 'HEADGATE_HEADLESS is set.'],
  ])('is not started %s', (_where, surroundings, reason) => {
    expect(whyHeadless(surroundings)).toBe(reason)
  })

  test('is run by the binary that is there, also one of somebody else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'headgate-electron-'))
    expect(binaryOf(folder, {})).toBeNull()
    writeFileSync(join(folder, 'path.txt'), 'electron')
    expect(binaryOf(folder, {})).toBeNull()
    mkdirSync(join(folder, 'dist'))
    writeFileSync(join(folder, 'dist/electron'), '')
    expect(binaryOf(folder, {})).toBe(join(folder, 'dist/electron'))
    expect(binaryOf('/nowhere', { ELECTRON_OVERRIDE_DIST_PATH: join(folder, 'dist') })).toBe(join(folder, 'dist/electron'))
  })
})
