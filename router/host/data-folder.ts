/** The data folder of one router: its lock, the admin token and `runtime.json`. Invariants: one router per folder, and a crash releases it; everything in it is for its owner alone. */

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

/** Makes the folder where there is none. Nobody else may look into it, also where it was there before. */
export function makeDataFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    const { code } = error as { code?: string }
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'is not a folder' : `cannot be made (${code})`
    throw new Error(`The data folder ${path} ${why}. Choose another with --data or HEADGATE_DATA.`, { cause: error })
  }
  try {
    chmodSync(path, 0o700)
  } catch {
    // a file system without modes, or another owner's folder: the files have their own
  }
}

/** Opens and locks the folder. Throws a sentence that names the first router when another one has it. */
export function openDataFolder(path: string): DataFolder {
  makeDataFolder(path)
  const modelsFolder = join(path, 'models')
  mkdirSync(modelsFolder, { recursive: true, mode: 0o700 })
  const runtimeFile = join(path, 'runtime.json')
  const unlock = lock(path)
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

/** `runtime.json` of a folder whose router runs: somebody holds the lock. Null where there is none (left by a crash, or never started). */
export function readRuntime(path: string): RuntimeInfo | null {
  return isLocked(path) ? runtimeOf(path) : null
}

function runtimeOf(path: string): RuntimeInfo | null {
  try {
    return JSON.parse(readFileSync(join(path, 'runtime.json'), 'utf8')) as RuntimeInfo
  } catch {
    return null // none yet
  }
}

/** A pid may have been given to another program since; the lock ends with its process. */
function isLocked(path: string): boolean {
  const file = join(path, 'lock')
  if (!existsSync(file)) return false
  const db = new Database(file, { readonly: true, timeout: 0 })
  try {
    db.prepare('select 1 from sqlite_schema').get()
    return false
  } catch (error) {
    return (error as { code?: string }).code === 'SQLITE_BUSY'
  } finally {
    db.close()
  }
}

export function readAdminToken(path: string): Secret | null {
  try {
    return new Secret(readFileSync(join(path, 'admin-token'), 'utf8').trim())
  } catch {
    return null
  }
}

/** Who only looks whether the folder is in use holds the lock for an instant. */
const LOOKED_AT_MS = 200

/** An exclusive transaction on a file of its own: the operating system ends it with the process, however that ends. */
function lock(path: string): () => void {
  const file = join(path, 'lock')
  // Made before it is opened; never opened and closed beside it: that would end a lock that this process has.
  if (!existsSync(file)) closeSync(openSync(file, 'w', 0o600))
  chmodSync(file, 0o600)
  const db = new Database(file, { timeout: LOOKED_AT_MS })
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('begin exclusive')
  } catch (error) {
    db.close()
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    const first = runtimeOf(path)
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
