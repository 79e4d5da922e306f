/** What surrounds the packed app: how it is signed, its cask, its list of parts, the workflows that make it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { caskOf, sha256 } from '../../tools/cask.ts'
import { signingOf } from '../../tools/dist.ts'
import { root } from '../architecture/source-tree.ts'

const folder = mkdtempSync(join(tmpdir(), 'headgate-release-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('signing', () => {
  test('without a certificate is ad hoc, has no update feed, and says what to expect', () => {
    const signing = signingOf({})
    expect(signing).toMatchObject({ isSigned: false, isNotarised: false })
    expect(signing.options).toEqual(['-c.mac.identity=-', '-c.mac.notarize=false'])
    expect(signing.notice).toContain('Open Anyway')
  })

  test('an empty secret is none', () => {
    expect(signingOf({ CSC_LINK: '', APPLE_API_KEY: '' }).isSigned).toBe(false)
  })

  test('with a certificate and the keys of Apple is signed, notarised, and fed from the releases', () => {
    const signing = signingOf({ CSC_LINK: 'c', APPLE_API_KEY: 'k', APPLE_API_KEY_ID: 'i', APPLE_API_ISSUER: 's', GITHUB_REPOSITORY: 'owner/name' })
    expect(signing).toMatchObject({ isSigned: true, isNotarised: true, notice: null })
    expect(signing.options).toEqual(['-c.mac.notarize=true', '-c.publish.provider=github', '-c.publish.owner=owner', '-c.publish.repo=name'])
  })
})

test('the cask names the version and the real sums of both images', async () => {
  const image = join(folder, 'image.dmg')
  writeFileSync(image, 'bytes')
  const sum = await sha256(image)
  const cask = caskOf({ repository: 'owner/name', version: '1.2.3', sums: { arm64: sum, x64: 'b'.repeat(64) } })
  expect(cask).toContain('version "1.2.3"')
  expect(cask).toContain(`arm:   "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9"`)
  expect(cask).not.toMatch(/\{\{/)
  expect(cask).toContain('https://github.com/owner/name/releases/download/v#{version}/Headgate-#{version}-#{arch}.dmg')
})

test('the list of parts names what ships, and nothing that only builds it', () => {
  const sbom = JSON.parse(execFileSync('npm', ['run', '-s', 'sbom'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })) as {
    bomFormat: string
    components: { name: string; group?: string; version: string }[]
  }
  expect(sbom.bomFormat).toBe('CycloneDX')
  const names = sbom.components.map(({ group, name }) => (group ? `${group}/${name}` : name))
  expect(names).toEqual(expect.arrayContaining(['fastify', 'better-sqlite3', 'node-llama-cpp']))
  expect(names.filter((name) => ['vitest', 'electron-builder', 'playwright', 'typescript'].includes(name))).toEqual([])
})

describe('the workflows', () => {
  const workflows = readdirSync(join(root, '.github/workflows')).map(
    (name) => [name, readFileSync(join(root, '.github/workflows', name), 'utf8')] as const,
  )

  test.each(workflows)('%s pins every action by its commit and starts without rights to write', (_name, text) => {
    const uses = [...text.matchAll(/uses: *(\S+)/g)].map(([, action]) => action as string)
    expect(uses.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([])
    expect((parse(text) as { permissions: unknown }).permissions).toEqual({ contents: 'read' })
  })

  test('the job that may publish runs nothing of ours or of the packages', () => {
    const release = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8')) as {
      jobs: { publish: { steps: { run?: string; uses?: string }[] } }
    }
    const runs = release.jobs.publish.steps.flatMap(({ run }) => (run === undefined ? [] : [run]))
    expect(runs.filter((run) => /npm|node|npx/.test(run))).toEqual([])
    expect(release.jobs.publish.steps.some(({ uses }) => uses?.startsWith('actions/checkout@'))).toBe(false)
  })

  test('they run the README command on Linux, and build, start, sign and keep the app on a Mac', () => {
    const ci = workflows.find(([name]) => name === 'ci.yml')?.[1] ?? ''
    for (const part of ['.ci/run', 'npm run test:app', 'npm run dist', 'codesign --verify', 'release/*.dmg']) expect(ci).toContain(part)
  })
})
