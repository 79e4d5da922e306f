/** The data folder belongs to one router; whatever ends it gives the folder back. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dataFolderPath, openDataFolder, readAdminToken, readRuntime } from '../../../router/host/data-folder.ts'

let base: string
let path: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'headgate-data-'))
  path = join(base, 'data')
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const modeOf = (file: string) => statSync(join(path, file)).mode & 0o777

/** Another process that holds the folder. Resolves when it does. */
async function heldElsewhere(): Promise<ReturnType<typeof fork>> {
  const script = join(base, 'holder.ts')
  const source = fileURLToPath(new URL('../../../router/host/data-folder.ts', import.meta.url))
  writeFileSync(
    script,
    `import { openDataFolder } from ${JSON.stringify(source)}
const folder = openDataFolder(${JSON.stringify(path)})
folder.writeRuntime({ pid: process.pid, url: 'http://127.0.0.1:4777', version: '0' })
process.send('held')
setInterval(() => folder, 60_000)
`,
  )
  const child = fork(script, { execArgv: [] })
  await once(child, 'message')
  return child
}

describe('a second router on the same folder', () => {
  test('is refused, and told who the first is and what to do', async () => {
    const child = await heldElsewhere()
    try {
      expect(() => openDataFolder(path)).toThrow(`${path} is in use by Headgate with process ${child.pid} at http://127.0.0.1:4777.`)
      expect(() => openDataFolder(path)).toThrow('--data')
      expect(readRuntime(path)?.pid).toBe(child.pid)
    } finally {
      child.kill('SIGKILL')
    }
  })

  test('is let in as soon as the first was killed, with nothing to clean up', async () => {
    const child = await heldElsewhere()
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    expect(readRuntime(path)).toBeNull()
    openDataFolder(path).release()
  })

  test('is no router any more when its lock is free, also where another program has its pid now', () => {
    const folder = openDataFolder(path)
    const info = { pid: process.pid, url: 'http://127.0.0.1:1', version: '0' }
    folder.writeRuntime(info)
    expect(readRuntime(path)).toEqual(info)
    const left = readFileSync(join(path, 'runtime.json'))
    folder.release()
    writeFileSync(join(path, 'runtime.json'), left)
    expect(readRuntime(path)).toBeNull()
    openDataFolder(path).release() // a look leaves no lock behind
  })

  test('is refused within one process too, and let in after a release', () => {
    const first = openDataFolder(path)
    expect(() => openDataFolder(path)).toThrow('is in use')
    first.release()
    openDataFolder(path).release()
  })
})

describe('what lies in it', () => {
  test('is for the owner alone: the folder, the admin token and runtime.json', () => {
    const folder = openDataFolder(path)
    folder.writeRuntime({ pid: process.pid, url: 'http://127.0.0.1:1', version: '0' })
    expect([statSync(path).mode & 0o777, modeOf('admin-token'), modeOf('runtime.json'), modeOf('models')]).toEqual([0o700, 0o600, 0o600, 0o700])
    folder.release()
    expect(existsSync(join(path, 'runtime.json'))).toBe(false)
  })

  test('is for the owner alone also where the folder and the lock were open to others before', () => {
    mkdirSync(path)
    chmodSync(path, 0o755)
    writeFileSync(join(path, 'lock'), '', { mode: 0o644 })
    const folder = openDataFolder(path)
    expect([statSync(path).mode & 0o777, modeOf('lock')]).toEqual([0o700, 0o600])
    expect(() => openDataFolder(path)).toThrow('is in use')
    folder.release()
  })

  test('keeps its admin token over starts; one that is too short to be safe is made anew', () => {
    const first = openDataFolder(path)
    const token = first.adminToken.reveal()
    expect(token).toMatch(/^[\w-]{43}$/)
    first.release()
    const second = openDataFolder(path)
    expect(second.adminToken.reveal()).toBe(token)
    expect(readAdminToken(path)?.reveal()).toBe(token)
    second.release()
    writeFileSync(join(path, 'admin-token'), 'short\n')
    const third = openDataFolder(path)
    expect(third.adminToken.reveal()).toHaveLength(43)
    expect(readFileSync(join(path, 'admin-token'), 'utf8').trim()).toBe(third.adminToken.reveal())
    third.release()
  })
})

test.each<[string, Record<string, string>, NodeJS.Platform, string]>([
  ['HEADGATE_DATA wins', { HEADGATE_DATA: '/else', HOME: '/home/a' }, 'linux', '/else'],
  ['XDG_DATA_HOME on Linux', { XDG_DATA_HOME: '/xdg', HOME: '/home/a' }, 'linux', '/xdg/headgate'],
  ['an empty variable counts as unset', { HEADGATE_DATA: '', XDG_DATA_HOME: '', HOME: '/home/a' }, 'linux', '/home/a/.local/share/headgate'],
  ['macOS', { HOME: '/Users/a' }, 'darwin', '/Users/a/Library/Application Support/Headgate'],
])('its place: %s', (_, environment, platform, expected) => {
  expect(dataFolderPath(environment, platform)).toBe(expected)
})
