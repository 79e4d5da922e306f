/** Builds the panel when its sources are newer than what was built. A packaged Headgate brings it built. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const built = join(root, 'dist', 'renderer', 'index.html')

/** Null when the panel is there, else one sentence why it is not. */
export async function buildPanelIfStale(): Promise<string | null> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  if (!existsSync(join(root, 'renderer'))) return existsSync(built) ? null : 'The control panel is not in this package.'
  if (existsSync(built) && newest([join(root, 'renderer'), join(root, 'vite.config.ts'), join(root, 'package.json')]) <= statSync(built).mtimeMs)
    return null
  if (!existsSync(vite)) return existsSync(built) ? null : 'The control panel cannot be built: run `npm ci` first.'
  return await new Promise((resolve) => {
    const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString('utf8').slice(0, 2_000)
    })
    child.on('error', (error) => resolve(`The control panel could not be built: ${error.message}`))
    child.on('exit', (code) => resolve(code === 0 ? null : `The control panel could not be built: ${errors.trim().split('\n')[0] ?? ''}`))
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
