/** Builds the panel, and the app's bundles, when their sources are newer than what was built. A packaged Headgate brings it built. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const built = join(root, 'dist', 'renderer', 'index.html')

const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')

/** Null when the panel is there, else one sentence why it is not. */
export async function buildPanelIfStale(): Promise<string | null> {
  if (!existsSync(join(root, 'renderer'))) return existsSync(built) ? null : 'The control panel is not in this package.'
  if (!isStale(built, ['renderer', 'vite.config.ts', 'package.json'])) return null
  if (!existsSync(vite)) return existsSync(built) ? null : 'The control panel cannot be built: run `npm ci` first.'
  return await build('The control panel', [])
}

/** The app's bundles. Null when they are there, else one sentence why they are not. */
export async function buildAppIfStale(): Promise<string | null> {
  const config = 'vite.electron.config.ts'
  if (!isStale(join(root, 'dist', 'electron', 'preload.cjs'), ['electron', 'router', config, 'package.json'])) return null
  if (!existsSync(vite)) return 'The app cannot be built: run `npm ci` first.'
  const bundle = (mode: string) => build('The app', ['-c', config, '--mode', mode])
  return (await bundle('main')) ?? (await bundle('preload'))
}

const isStale = (output: string, sources: readonly string[]): boolean =>
  !existsSync(output) || newest(sources.map((source) => join(root, source))) > statSync(output).mtimeMs

function build(what: string, options: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [vite, 'build', ...options, '--logLevel', 'warn'], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString('utf8').slice(0, 2_000)
    })
    child.on('error', (error) => resolve(`${what} could not be built: ${error.message}`))
    child.on('exit', (code) => resolve(code === 0 ? null : `${what} could not be built: ${errors.trim().split('\n')[0] ?? ''}`))
  })
}

function newest(paths: readonly string[]): number {
  let latest = 0
  for (const path of paths) {
    const stat = statSync(path)
    latest = Math.max(latest, stat.isDirectory() ? newest(readdirSync(path).map((name) => join(path, name))) : stat.mtimeMs)
  }
  return latest
}
