// Finds a Chromium for the browser tests or installs one; quiet when there is nothing to do. `npm test` runs it first.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'

const usable = (p: string | undefined): p is string => {
  try {
    accessSync(p ?? '', constants.X_OK)
    return Boolean(p)
  } catch {
    return false
  }
}
const system = [
  '/usr/lib/chromium/chromium', // Debian's binary itself: its wrapper script writes noise to stderr
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
/** undefined when none is installed */
export const chromiumPath = (): string | undefined => [process.env.CHROMIUM_PATH, chromium.executablePath(), ...system].find(usable)

const run = (cmd: string, args: string[], seconds: number) =>
  spawnSync(cmd, args, { encoding: 'utf8', timeout: seconds * 1000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })

function install(): string {
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright/package.json')), 'cli.js')
  const log: string[] = []
  const attempt = (cmd: string, args: string[], seconds: number) => {
    const r = run(cmd, args, seconds)
    if (r.status !== 0)
      log.push(`${cmd} ${args.join(' ')}: ${(r.stderr || r.stdout || String(r.error ?? r.signal)).trim().split('\n').slice(-3).join(' | ')}`)
    return r.status === 0
  }
  process.stderr.write('no Chromium found; installing one (once)\n')
  attempt(process.execPath, [cli, 'install', 'chromium'], 180)
  if (!chromiumPath() && process.platform === 'linux' && usable('/usr/bin/apt-get')) {
    const root = process.getuid?.() === 0
    const apt = (args: string[], seconds: number) => (root ? attempt('apt-get', args, seconds) : attempt('sudo', ['-n', 'apt-get', ...args], seconds))
    const pkg = ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'chromium', 'fonts-dejavu-core']
    apt(pkg, 300) || (apt(['update', '-qq'], 120) && apt(pkg, 300))
  }
  const found = chromiumPath()
  if (!found) throw new Error(`no Chromium: set CHROMIUM_PATH, or run "npx playwright install chromium"\n${log.join('\n')}`)
  return found
}

export const ensureChromium = (): string => chromiumPath() ?? install()
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    ensureChromium()
  } catch (e) {
    console.error((e as Error).message)
    process.exitCode = 1
  }
}
