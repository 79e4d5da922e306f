/** Every ban of biome.json fires: the real configuration over files that break one rule each, in a folder of their own. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from './source-tree.ts'

const globals = 'lint/style/noRestrictedGlobals'
const imports = 'lint/style/noRestrictedImports'

const pureGlobals = ['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'AbortSignal', 'crypto', 'process']
const pureImports = [
  'node:fs',
  'node:fs/promises',
  'node:net',
  'node:timers/promises',
  'node:process',
  'node:crypto',
  'undici',
  'better-sqlite3',
  'pino',
]

interface Case {
  readonly file: string
  readonly text: string
  /** The rule that has to fire, at least once; null = none may. */
  readonly rule: string | null
}

const reads = (name: string) => `export const value = ${name}\n`
const takes = (name: string) => `import { value } from '${name}'\n\nexport const taken = value\n`

const cases: readonly Case[] = [
  ...['policy', 'health', 'dialects'].flatMap((folder) => [
    ...[...pureGlobals, 'globalThis', 'fetch', 'WebSocket', 'console'].map((name) => ({ file: folder, text: reads(name), rule: globals })),
    ...pureImports.map((name) => ({ file: folder, text: takes(name), rule: imports })),
    { file: folder, text: `import { hash } from 'node:crypto'\n\nexport const taken = hash\n`, rule: null },
    { file: folder, text: takes('zod'), rule: null },
  ]),
  ...['http', 'execution', 'registry', 'engine'].flatMap((folder) => [
    ...['fetch', 'WebSocket', 'setTimeout', 'setInterval', 'performance'].map((name) => ({ file: folder, text: reads(name), rule: globals })),
    ...['undici', 'electron'].map((name) => ({ file: folder, text: takes(name), rule: imports })),
    { file: folder, text: `console.log('x')\n`, rule: 'lint/suspicious/noConsole' },
    { file: folder, text: 'export default 1\n', rule: 'lint/style/noDefaultExport' },
    { file: folder, text: `import { join } from 'path'\n\nexport const taken = join\n`, rule: 'lint/style/useNodejsImportProtocol' },
  ]),
  { file: 'execution', text: takes('better-sqlite3'), rule: imports },
  { file: 'backends/transport.ts', text: takes('undici'), rule: null },
  { file: 'core/clock.ts', text: reads('setTimeout'), rule: null },
  { file: 'main.ts', text: `console.log('x')\n`, rule: null },
]

describe('the linter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-lint-'))
  const placed = cases.map((each, at) => ({ ...each, path: each.file.endsWith('.ts') ? `router/${each.file}` : `router/${each.file}/case-${at}.ts` }))
  const found = new Map<string, Set<string>>()

  beforeAll(() => {
    cpSync(join(root, 'biome.json'), join(folder, 'biome.json'))
    for (const { path, text } of placed) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const report = JSON.parse(lint(folder)) as { diagnostics: { category: string; location: { path: string } }[] }
    for (const { category, location } of report.diagnostics) {
      const path = location.path.replaceAll('\\', '/')
      found.set(path, (found.get(path) ?? new Set()).add(category))
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(placed.map((each) => [each.path, each.text.split('\n')[0] as string, each] as const))('in %s meets: %s', (_, __, { path, rule }) => {
    const rules = [...(found.get(path) ?? [])]
    if (rule === null) expect(rules).toEqual([])
    else expect(rules).toContain(rule)
  })
})

/** Biome's report as JSON; its exit code is 1 as soon as a rule fires. */
function lint(folder: string): string {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome')
  const options = ['lint', '--reporter=json', '--max-diagnostics=1000', '.']
  try {
    return execFileSync(process.execPath, [biome, ...options], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
