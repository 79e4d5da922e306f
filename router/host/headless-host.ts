/** The plain host of a router without a desktop: secrets in a 0600 file, children by fork, no battery, no heat, nobody to notify. */
import { fork } from 'node:child_process'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Child, Host, SpawnOptions } from '../core/host.ts'
import { Secret } from '../core/secret.ts'

export function createHeadlessHost(dataFolder: string): Host {
  const file = join(dataFolder, 'secrets.json')
  const read = () => (existsSync(file) ? parsed(file) : {})
  const write = (secrets: Readonly<Record<string, string>>) => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    // A new file, so that no earlier one's mode and no link decides who can read it; whole on the disk before it takes the old one's place.
    rmSync(`${file}.part`, { force: true })
    const handle = openSync(`${file}.part`, 'wx', 0o600)
    try {
      writeFileSync(handle, JSON.stringify(secrets))
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(`${file}.part`, file)
  }
  return {
    name: 'headless',
    secrets: {
      isProtected: false,
      async get(name) {
        const text = read()[name]
        return text === undefined ? null : new Secret(text)
      },
      async set(name, secret) {
        write({ ...read(), [name]: secret.reveal() })
      },
      async remove(name) {
        const { [name]: _, ...rest } = read()
        write(rest)
      },
    },
    spawn: forked,
    power: () => 'unknown',
    thermal: () => 'unknown',
    onConditions: () => () => {},
    notify() {},
  }
}

/** Throws a sentence where the file is not what was written: nothing is overwritten then. */
function parsed(file: string): Readonly<Record<string, string>> {
  const text = readFileSync(file, 'utf8')
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string'))
      return value as Readonly<Record<string, string>>
  } catch {
    // said below, without a word of what is in it
  }
  throw new Error(`${file} is damaged; move it away and paste the keys again`)
}

function forked({ modulePath, env }: SpawnOptions): Child {
  const child = fork(modulePath, [], { env: { ...env }, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'json', execArgv: [] })
  child.on('error', () => {}) // told by `exit`
  let isGone = false
  return {
    pid: child.pid,
    send(message) {
      if (!isGone && child.connected) child.send(message as object, () => {})
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) =>
      void child.once('exit', (code, signal) => {
        isGone = true
        listener(code, signal)
      }),
    kill: (signal) => void child.kill(signal),
  }
}
