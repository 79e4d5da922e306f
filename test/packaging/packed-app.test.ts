/** The packed app, as far as it can be made without Electron's binary and a Mac: electron-builder packs against a stand-in distribution, for macOS and Linux, and what comes out is looked at. */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { extractAll, listPackage } from '@electron/asar'
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { checkPacked } from '../../tools/check-packed.ts'
import { writeStubElectron } from '../../tools/stub-electron.ts'
import { builtPanel } from '../app/built-panel.ts'
import { root } from '../architecture/source-tree.ts'
import { builtApp } from '../electron/built-app.ts'
import { closeBrowser, startApp, type TestApp } from '../electron/with-app.ts'
import { starterFile } from '../fixtures/starter-file.ts'

const run = promisify(execFile)
const work = mkdtempSync(join(tmpdir(), 'headgate-packed-'))
const { version } = JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8')) as { version: string }
const models = join(work, 'models')
const { file: starterName, name: starterModel } = JSON.parse(readFileSync(join(root, 'resources/starter-model.json'), 'utf8')) as {
  file: string
  name: string
}
const places = { darwin: join(work, 'darwin/mac-arm64/Headgate.app'), linux: join(work, 'linux/linux-unpacked') } as const
let hasStarter = false
let app: TestApp | null = null

/** Packs with the configuration of `npm run dist`: only the distribution, the folders and what needs a Mac are others. */
async function pack(platform: 'darwin' | 'linux'): Promise<void> {
  const stub = join(work, `stub-${platform}`)
  writeStubElectron(platform, stub, version)
  const { extraResources, electronFuses, ...config } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'))
  const file = join(work, `${platform}.json`)
  writeFileSync(
    file,
    JSON.stringify({
      ...config,
      electronDist: stub,
      directories: { ...config.directories, output: join(work, platform) },
      extraResources: extraResources.map((each: { from: string }) => (each.from === 'build/starter/models' ? { ...each, from: models } : each)),
      electronFuses: { ...electronFuses, resetAdHocDarwinSignature: false },
      mac: { ...config.mac, identity: null },
    }),
  )
  const target = platform === 'darwin' ? ['--mac', 'dir', '--arm64'] : ['--linux', 'dir', '--x64']
  await run(join(root, 'node_modules/.bin/electron-builder'), [...target, '--publish', 'never', '--config', file], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  })
}

beforeAll(async () => {
  await builtPanel()
  await builtApp()
  const starter = await starterFile()
  hasStarter = starter !== null
  mkdirSync(models)
  if (starter) cpSync(starter, join(models, starterName)) // a copy: a link would be packed as a link
  // Not under the lock of the builds: they change nothing while their sources do not change.
  await pack('darwin')
  await pack('linux')
}, 300_000)
afterAll(async () => {
  await app?.end()
  await closeBrowser()
  rmSync(work, { recursive: true, force: true })
})

/** Without the starter model's sources it cannot be inside; that is the only thing forgiven. */
const forgiven = (problems: readonly string[]) => (hasStarter ? problems : problems.filter((problem) => !problem.includes('starter model')))

describe.each(['darwin', 'linux'] as const)('packed for %s', (platform) => {
  test('has its fuses, its contents and nothing else', async () => {
    // A Linux install has no llama.cpp for the Mac: that one is checked where it is packed.
    const problems = await checkPacked(places[platform], {
      platform,
      engineArch: platform === 'linux' && process.platform === 'linux' ? 'x64' : null,
    })
    expect(forgiven(problems)).toEqual([])
  })

  test('carries only the native packages and what they import: the rest is bundled', () => {
    const archive = join(places[platform], platform === 'darwin' ? 'Contents/Resources' : 'resources', 'app.asar')
    const inside = listPackage(archive, { isPack: false }).flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1] ?? [],
    )
    const needed = importedBy(['better-sqlite3', 'node-llama-cpp'])
    expect(inside.filter((name) => !needed.has(name))).toEqual([])
    expect(inside).toEqual(expect.arrayContaining(['better-sqlite3', 'node-llama-cpp']))
  })
})

test('what is wrong with a packed app is said', async () => {
  const broken = join(work, 'broken')
  cpSync(places.linux, broken, { recursive: true, verbatimSymlinks: true })
  await flipFuses(join(broken, 'headgate'), { version: FuseVersion.V1, [FuseV1Options.RunAsNode]: true })
  rmSync(join(broken, 'resources/app.asar.unpacked/node_modules/@node-llama-cpp'), { recursive: true, force: true })
  if (existsSync(join(broken, 'resources/models')))
    for (const name of readdirSync(join(broken, 'resources/models'))) writeFileSync(join(broken, 'resources/models', name), 'not a model')
  const problems = await checkPacked(broken, { platform: 'linux', engineArch: 'x64' })
  expect(problems).toContain('Fuse RunAsNode is not off.')
  expect(problems).toContain('llama.cpp for linux-x64 is not unpacked.')
  if (hasStarter) expect(problems.join()).toContain('is damaged')
})

// The archive's natives are this machine's only on Linux; on a Mac the workflow starts what it packed.
test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'what is packed starts: window, health, ledger, and the engine in its child',
  async () => {
    const resources = join(places.linux, 'resources')
    const packed = { root: join(work, 'extracted'), resources }
    extractAll(join(resources, 'app.asar'), packed.root) // with what lies unpacked beside it
    // The starter model of the app is the first local model, where it can be packed.
    const model = hasStarter ? starterModel : 'tiny'
    app = await startApp({
      platform: 'linux',
      packed,
      tiny: !hasStarter,
      environment: { HEADGATE_STARTER_MODEL: '', HEADGATE_HUB_URL: 'http://127.0.0.1:9' },
    })
    app.tray.choose('open')
    await (await app.page()).getByRole('heading', { name: 'Where requests go' }).waitFor()
    expect((await fetch(`${app.url}/health`)).status).toBe(200)
    expect(app.control.protocolClients).toEqual(['headgate'])

    const reply = await vi.waitFor(async () => {
      const answered = await app?.chat({ model, max_tokens: 3 })
      expect(answered?.status).toBe(200)
      return answered
    }, 120_000)
    expect(reply?.headers.get('x-headgate-lane')).toBe('local')
    const [child] = app.control.children
    expect(child?.child.spawnargs).toContain(join(packed.root, 'dist/electron/engine-child.js'))
    const loaded = readFileSync(`/proc/${child?.pid}/maps`, 'utf8').match(/\S*llama\S*/g) ?? []
    expect(new Set(loaded.map((file) => file.startsWith(join(packed.root, 'node_modules/@node-llama-cpp/linux-x64'))))).toEqual(new Set([true]))
    const { requests } = await app.admin('GET', '/admin/requests?limit=1')
    expect(requests).toEqual([expect.objectContaining({ model, lane: 'local', status: 200 })])
  },
  180_000,
)

/** Names of these packages and of all that they depend on, by the lockfile. */
function importedBy(names: readonly string[]): ReadonlySet<string> {
  type Package = Readonly<Record<'dependencies' | 'optionalDependencies', Readonly<Record<string, string>> | undefined>>
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Readonly<Record<string, Package>> }
  const paths = new Set<string>()
  const visit = (from: string, name: string): void => {
    const path = `${from}node_modules/${name}`
    const found = packages[path]
    if (!found && from !== '') visit(from.slice(0, from.lastIndexOf('node_modules/')), name)
    if (!found || paths.has(path)) return
    paths.add(path)
    for (const each of Object.keys({ ...found.dependencies, ...found.optionalDependencies })) visit(`${path}/`, each)
  }
  for (const name of names) visit('', name)
  return new Set([...paths].map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)))
}
