/** The plain host of a router without a desktop: secrets in a 0600 file, children by fork, no battery, nobody to notify. */
import { fork } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Child, Host, SpawnOptions } from '../core/host.ts'
import { Secret } from '../core/secret.ts'

export function createHeadlessHost(dataFolder: string): Host {
  const file = join(dataFolder, 'secrets.json')
  const read = (): Record<string, string> => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {})
  const write = (secrets: Record<string, string>) => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(`${file}.part`, JSON.stringify(secrets), { mode: 0o600 })
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
    notify() {},
  }
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
