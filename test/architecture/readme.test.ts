/** What README.md promises is there: its configuration loads, its commands exist, its lists of what is missing are the code's own. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfiguration, noStoredEntries } from '../../router/config/index.ts'
import { laterKinds } from '../../router/config/schema/index.ts'
import { laterRouterSettings, routerSettings } from '../../router/config/schema/settings.ts'
import type { Catalog } from '../../router/core/catalog.ts'
import { dialects } from '../../router/dialects/index.ts'
import { builtInProviderNames, kindAliases } from '../../router/providers/index.ts'
import { root } from './source-tree.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const sectionOf = (heading: string) => readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
const codeIn = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string)

describe('the configuration of the README', () => {
  let folder: string
  let catalog: Catalog
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'headgate-readme-'))
    const [, yaml] = sectionOf('Configure').match(/```yaml\n([\s\S]*?)```/) ?? []
    writeFileSync(join(folder, 'models.yaml'), yaml ?? '')
    const environment = { OPENAI_API_KEY: 'test' }
    catalog = await loadConfiguration({ folder, environment, dataFolder: folder, rows: noStoredEntries, localModels: [], version: 1 })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('loads without a warning and does what the text says', () => {
    expect(catalog.warnings).toEqual([])
    expect(catalog.split).toMatchObject({ remoteShare: 0.3, fallback: true, lock: null })
    expect(catalog.modelsByName.get('general')?.deployments.map(({ name, lane }) => [name, lane])).toEqual([
      ['llama-70b/engine', 'local'],
      ['llama-70b/lab', 'remote'],
    ])
  })

  test('names every built-in provider', () => {
    const [, list] = sectionOf('Configure').match(/Built-in providers: (.*?);/) ?? []
    const names = builtInProviderNames.filter((name) => !(name in kindAliases))
    expect(codeIn(list ?? '').toSorted()).toEqual(names.toSorted())
  })
})

describe('the limits of the README', () => {
  const limits = sectionOf('Limits of this version')

  test('name every key and kind that is known and does nothing yet', () => {
    const named = codeIn(limits)
    expect(laterKinds.filter((name) => !named.includes(name))).toEqual([])
    const inForce = Object.keys(routerSettings.out.shape).filter((key) => !(laterRouterSettings as readonly string[]).includes(key))
    expect(inForce.filter((name) => !named.includes(name))).toEqual([])
  })

  test('name the dialects that are there', () => {
    expect(dialects.map(({ paths }) => paths)).toEqual([['/v1/chat/completions']])
    expect(limits).toContain('`POST /v1/chat/completions`')
  })
})

describe('the commands of the README', () => {
  test('are those of the program, all of them', () => {
    const help = execFileSync(process.execPath, [join(root, 'router/main.ts'), '--help'], { encoding: 'utf8' })
    const [, list] = help.match(/Commands:\n([\s\S]*)/) ?? []
    const commands = [...(list ?? '').matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name as string).filter((name) => name !== 'help')
    const table = sectionOf('Commands')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
    const named = table.flatMap((line) => codeIn(line.split(' | ')[0] as string)).map((code) => code.split(' ')[0] as string)
    expect([...new Set(named)].toSorted()).toEqual(commands.toSorted())
  })

  test('that run through npm are scripts', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    const documents = ['README.md', 'CONTRIBUTING.md'].map((path) => readFileSync(join(root, path), 'utf8')).join('\n')
    const run = [...documents.matchAll(/(?:^|`|&& )npm (?:run )?([a-z]+(?::[a-z]+)?)/gm)]
      .map(([, name]) => name as string)
      .filter((name) => name !== 'ci')
    expect([...new Set(run)].filter((name) => !(name in scripts))).toEqual([])
    const files = Object.values(scripts).flatMap((script) => [...script.matchAll(/node ([\w./-]+\.[jt]s)/g)].map(([, file]) => file as string))
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })
})
