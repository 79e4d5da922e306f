/** `npm start`: the menu-bar app where there is a desktop and Electron's binary can be had, else the same router headless, saying in one line which and why. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve } from './serve.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** A download of about 110 MB; who has to wait longer starts headless and gets it with `npx install-electron`. */
const INSTALL_MS = 300_000

type Environment = Readonly<Record<string, string | undefined>>

export interface Surroundings {
  readonly platform: string
  readonly environment: Environment
  /** Folder of the installed package `electron`; null = it is not installed (a production install). */
  readonly electronFolder: string | null
  readonly isRoot: boolean
}

/** Why no app can be shown here, as the end of "Running headless: …"; null = one can. Needs no network. */
export function whyHeadless({ platform, environment, electronFolder, isRoot }: Surroundings): string | null {
  if (environment['HEADGATE_HEADLESS']) return 'HEADGATE_HEADLESS is set.'
  if (platform === 'darwin') {
    if (environment['SSH_CONNECTION']) return 'this is a remote shell, without a desktop.'
  } else if (platform === 'linux') {
    if (!environment['DISPLAY'] && !environment['WAYLAND_DISPLAY']) return 'there is no desktop here.'
    if (isRoot) return 'Electron does not run as root.'
  } else return `there is no app for ${platform} yet.`
  return electronFolder === null ? 'Electron is not installed (npm ci brings it).' : null
}

/** Resolves when the app or the headless router has ended. Throws a sentence when it cannot start. */
export async function start(environment: Environment): Promise<void> {
  const folder = join(root, 'node_modules/electron')
  const electronFolder = existsSync(folder) ? folder : null
  const reason = whyHeadless({ platform: process.platform, environment, electronFolder, isRoot: process.getuid?.() === 0 })
  const binary = reason === null && electronFolder !== null ? (binaryOf(electronFolder, environment) ?? install(electronFolder)) : null
  if (binary === null) {
    process.stdout.write(`Running headless: ${reason ?? "Electron's binary cannot be had (npx install-electron says why)."}\n`)
    return await serve({}, environment)
  }
  process.stdout.write('Starting the menu-bar app.\n')
  await runApp(binary)
}

/** The executable that the package has got already; null = none yet. */
export function binaryOf(electronFolder: string, environment: Environment): string | null {
  const named = join(electronFolder, 'path.txt')
  const name = existsSync(named) ? readFileSync(named, 'utf8') : null
  const folder = environment['ELECTRON_OVERRIDE_DIST_PATH']
  const binary = folder ? join(folder, name ?? 'electron') : name === null ? null : join(electronFolder, 'dist', name)
  return binary !== null && existsSync(binary) ? binary : null
}

function install(electronFolder: string): string | null {
  process.stdout.write('Getting Electron, once (about 110 MB) …\n')
  spawnSync(process.execPath, [join(electronFolder, 'install.js')], { stdio: 'ignore', timeout: INSTALL_MS })
  return binaryOf(electronFolder, {})
}

async function runApp(binary: string): Promise<void> {
  const built = spawnSync('npm', ['run', '-s', 'build:app'], { cwd: root, stdio: 'inherit' })
  if (built.status !== 0) throw new Error('The app could not be built; what npm printed above says why.')
  const app = spawn(binary, [root], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void app.kill(signal))
  await new Promise<void>((resolve, reject) => {
    app.once('error', reject)
    app.once('exit', (code) => (code === 0 || code === null ? resolve() : reject(new Error(`The app ended with code ${code}.`))))
  })
}
