/** `npm run dist [-- electron-builder options]`: builds the bundles, gets the starter model and packs the app. Without a certificate it is signed ad hoc, and says what that means. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { getStarter } from './starter.ts'

export interface Signing {
  readonly isSigned: boolean
  readonly isNotarised: boolean
  /** Options for electron-builder. */
  readonly options: readonly string[]
  /** What a person who packs should know; null = nothing. */
  readonly notice: string | null
}

/**
 * What the secrets at hand allow. A certificate: `CSC_LINK` or `CSC_NAME`. Notarisation: `APPLE_API_KEY`, `APPLE_API_KEY_ID`,
 * `APPLE_API_ISSUER`, or `APPLE_ID`, `APPLE_APP_SPECIFIC_PASSWORD`, `APPLE_TEAM_ID`. Update feed: the releases of `GITHUB_REPOSITORY`.
 */
export function signingOf(environment: Readonly<Record<string, string | undefined>>): Signing {
  const has = (...names: string[]) => names.every((name) => (environment[name] ?? '') !== '')
  const isSigned = has('CSC_LINK') || has('CSC_NAME')
  if (!isSigned)
    return {
      isSigned,
      isNotarised: false,
      options: ['-c.mac.identity=-', '-c.mac.notarize=false'],
      notice:
        'No certificate (CSC_LINK or CSC_NAME): the app is signed ad hoc. macOS asks before it opens it the first time (System Settings → Privacy & Security → Open Anyway), and it does not update itself.',
    }
  const isNotarised = has('APPLE_API_KEY', 'APPLE_API_KEY_ID', 'APPLE_API_ISSUER') || has('APPLE_ID', 'APPLE_APP_SPECIFIC_PASSWORD', 'APPLE_TEAM_ID')
  const [owner, repository] = (environment['GITHUB_REPOSITORY'] ?? '').split('/')
  return {
    isSigned,
    isNotarised,
    options: [
      `-c.mac.notarize=${isNotarised}`,
      ...(owner && repository ? ['-c.publish.provider=github', `-c.publish.owner=${owner}`, `-c.publish.repo=${repository}`] : []),
    ],
    notice: isNotarised ? null : 'Signed, but not notarised: set APPLE_API_KEY, APPLE_API_KEY_ID and APPLE_API_ISSUER.',
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { isSigned, options, notice } = signingOf(process.env)
  if (notice) console.log(notice)
  await getStarter('build/starter')
  rmSync('dist', { recursive: true, force: true })
  run('npm', ['run', '-s', 'build:app'], { HEADGATE_SIGNED: isSigned ? '1' : '' })
  run('electron-builder', ['--publish', 'never', ...options, ...process.argv.slice(2)])
}

function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...environment } })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
