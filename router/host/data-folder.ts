/** The data folder of one router: its lock, the admin token and `runtime.json`. Invariant: one router per folder; a crash releases it. */

import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Secret } from '../core/secret.ts'

export interface RuntimeInfo {
  readonly pid: number
  readonly url: string
  readonly version: string
}

export interface DataFolder {
  readonly path: string
  readonly databaseFile: string
  readonly modelsFolder: string
  readonly logFile: string
  readonly adminToken: Secret
  writeRuntime(info: RuntimeInfo): void
  /** Removes `runtime.json` and gives the lock back. */
  release(): void
}

/** Where the data folder is: `HEADGATE_DATA`, else the platform's own place. */
export function dataFolderPath(environment: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string {
  const set = environment['HEADGATE_DATA']
  if (set) return set
  const home = environment['HOME'] || homedir()
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Headgate')
  return join(environment['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'headgate')
}

/** Opens and locks the folder. Throws a sentence that names the first router when another one has it. */
export function openDataFolder(path: string): DataFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const modelsFolder = join(path, 'models')
  mkdirSync(modelsFolder, { recursive: true, mode: 0o700 })
  const runtimeFile = join(path, 'runtime.json')
  const unlock = lock(path, runtimeFile)
  return {
    path,
    databaseFile: join(path, 'headgate.db'),
    modelsFolder,
    logFile: join(path, 'logs', 'headgate.log'),
    adminToken: adminToken(join(path, 'admin-token')),
    writeRuntime: (info) => writePrivate(runtimeFile, `${JSON.stringify(info)}\n`),
    release() {
      rmSync(runtimeFile, { force: true })
      unlock()
    },
  }
}

/** `runtime.json` of a folder whose router runs; null where there is none (left by a crash, or never started). */
export function readRuntime(path: string): RuntimeInfo | null {
  try {
    const info = JSON.parse(readFileSync(join(path, 'runtime.json'), 'utf8')) as RuntimeInfo
    process.kill(info.pid, 0)
    return info
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM' ? (JSON.parse(readFileSync(join(path, 'runtime.json'), 'utf8')) as RuntimeInfo) : null
  }
}

export function readAdminToken(path: string): Secret | null {
  try {
    return new Secret(readFileSync(join(path, 'admin-token'), 'utf8').trim())
  } catch {
    return null
  }
}

/** An exclusive transaction on a file of its own: the operating system ends it with the process, however that ends. */
function lock(path: string, runtimeFile: string): () => void {
  const db = new Database(join(path, 'lock'), { timeout: 0 })
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('begin exclusive')
  } catch (error) {
    db.close()
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    const first = existsSync(runtimeFile) ? readRuntime(path) : null
    const who = first ? `Headgate with process ${first.pid} at ${first.url}` : 'another Headgate'
    throw new Error(`${path} is in use by ${who}. Stop it, or give this one another folder with --data.`)
  }
  return () => db.close()
}

function adminToken(file: string): Secret {
  if (existsSync(file)) {
    chmodSync(file, 0o600)
    const text = readFileSync(file, 'utf8').trim()
    if (text.length >= 32) return new Secret(text)
  }
  const text = randomBytes(32).toString('base64url')
  writePrivate(file, `${text}\n`)
  return new Secret(text)
}

/** Mode 0600 from the first byte on; complete or not there. */
function writePrivate(file: string, text: string): void {
  const part = `${file}.${process.pid}.part`
  const descriptor = openSync(part, 'w', 0o600)
  try {
    writeSync(descriptor, text)
  } finally {
    closeSync(descriptor)
  }
  renameSync(part, file)
}
