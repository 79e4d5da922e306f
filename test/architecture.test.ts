/** The shape of the code, as ARCHITECTURE.md states it: what may import what, complete lists, names and sizes. Who may touch the world is in `architecture/world.test.ts`. */
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesBelow, readSource, root, type SourceFile, sourcesBelow } from './architecture/source-tree.ts'

const router = sourcesBelow('router')
const renderer = sourcesBelow('renderer')
const electron = sourcesBelow('electron')
const product = [...router, ...renderer, ...electron]
const paths = new Set(product.map(({ path }) => path))

/** `router/policy/split.ts` → `policy`; `router/pipeline.ts` → `pipeline.ts`. */
const partOf = (path: string) => path.split('/')[1] as string

// Level 1 imports core and nothing beside it. The others name what they may import.
const level0 = ['core']
const level1 = ['dialects', 'providers', 'policy', 'health', 'engine', 'registry', 'telemetry', 'admission', 'host', 'cache', 'limits', 'guardrails']
const below2 = [...level0, ...level1]
const below3 = [...below2, 'backends', 'execution', 'config']
const below4 = [...below3, 'control', 'pipeline.ts']
const below5 = [...below4, 'http', 'jobs', 'cluster']
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ...Object.fromEntries(level1.map((folder) => [folder, level0])),
  backends: ['core', 'dialects', 'providers'],
  execution: ['core'],
  config: ['core', 'policy', 'providers'],
  control: below3,
  'pipeline.ts': [...below3, 'control'],
  http: below4,
  jobs: below4,
  cluster: below4,
  wiring: below5,
  'index.ts': [...below5, 'wiring'],
  cli: [...below5, 'index.ts'],
  'main.ts': ['cli'],
}

describe('imports', () => {
  test('every folder and file of the router has a level', () => {
    expect([...new Set(router.map(({ path }) => partOf(path)))].filter((part) => !(part in mayImport))).toEqual([])
  })

  test('go down only, level 1 never sideways', () => {
    const wrong = router.flatMap(({ path, imports }) =>
      imports
        .filter(({ isPackage, target }) => !isPackage && !(target.startsWith('router/') && isAllowed(partOf(path), partOf(target))))
        .map(({ target }) => `${path} → ${target}`),
    )
    expect(wrong).toEqual([])
    function isAllowed(from: string, to: string): boolean {
      return from === to || (mayImport[from] ?? []).includes(to)
    }
  })

  test('of the panel stay in the panel, but for types; those of the app reach the router through its door', () => {
    const wrong = [...renderer, ...electron].flatMap(({ path, imports }) =>
      imports.filter((each) => !each.isPackage && !isAllowed(path, each)).map(({ target }) => `${path} → ${target}`),
    )
    expect(wrong).toEqual([])
    function isAllowed(path: string, { target, isType }: { target: string; isType: boolean }): boolean {
      const [from] = path.split('/')
      if (target.startsWith(`${from}/`)) return true
      return target.startsWith('router/') && (isType || (from === 'electron' && target === 'router/index.ts'))
    }
  })

  test('lead to files that exist', () => {
    const missing = product.flatMap(({ path, imports }) =>
      imports.filter(({ isPackage, target }) => !isPackage && !existsSync(join(root, target))).map(({ target }) => `${path} → ${target}`),
    )
    expect(missing).toEqual([])
  })

  test('have no cycles, types included', () => {
    expect(cyclesOf(product)).toEqual([])
  })

  test('enter a folder by its door', () => {
    // Named files that may be imported past the door, each with its reason.
    const sideDoors: Readonly<Record<string, string>> = {
      'router/admission/tool-name.ts': 'names a caller, also before a gate has seen the request',
      'router/dialects/sse-splitter.ts': 'the framing under every dialect; the HTTP backend needs it without the dialects',
      'router/policy/auto-model.ts': 'the catalog lists `auto` and the default models of providers; configuration loads nothing else of the policy',
      'router/policy/condition.ts': 'conditions are compiled when they are loaded',
      'router/policy/model-size.ts': 'sizes and ranges are read when they are loaded',
      'router/policy/near-names.ts': 'configuration names the nearest known key',
      'router/policy/strategies/index.ts': 'option schemas: the configuration derives from the list of strategies',
      'router/engine/gguf-check.ts': 'inspects a model file without the engine',
      'router/engine/starter-model.ts': 'fetches the starter model; the door stays free of downloads',
      'router/engine/download.ts': 'fetches files of the hub into partial ones; the door stays free of downloads',
      'router/engine/file-hash.ts': 'verifies what was downloaded',
      'router/engine/memory-fit.ts': 'says what a model needs before there is anything to load',
    }
    const used = new Set<string>()
    const wrong = router.flatMap(({ path, imports }) =>
      imports.filter(({ isPackage, target }) => !isPackage && !isByDoor(path, target)).map(({ target }) => `${path} → ${target}`),
    )
    expect(wrong).toEqual([])
    expect(Object.keys(sideDoors).filter((path) => !used.has(path))).toEqual([]) // an exception that nothing needs is taken out

    function isByDoor(from: string, target: string): boolean {
      const door = `router/${partOf(target)}/index.ts`
      if (!paths.has(door) || partOf(from) === partOf(target) || target === door) return true
      used.add(target)
      return target in sideDoors
    }
  })

  test('of packages are dependencies of the product, not of its tools', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }
    const packages = router.flatMap(({ imports }) => imports.filter(({ isPackage }) => isPackage).map(({ target }) => packageName(target)))
    expect([...new Set(packages)].filter((name) => !name.startsWith('node:') && !(name in dependencies))).toEqual([])
  })

  test('of the engine’s door load no native code', () => {
    expect([...loadedWith('router/engine/index.ts')].filter((target) => target === 'node-llama-cpp')).toEqual([])
    expect(loadedWith('router/engine/worker.ts').has('node-llama-cpp')).toBe(true)
  })
})

describe('lists', () => {
  const lists = [
    { list: 'dialects', folder: 'router/dialects', others: ['router/dialects/sse-splitter.ts'] },
    { list: 'providers', folder: 'router/providers', others: [] },
    { list: 'strategies', folder: 'router/policy/strategies', others: [] },
    { list: 'gates', folder: 'router/admission', others: ['router/admission/keys.ts', 'router/admission/tool-name.ts'] },
    { list: 'migrations', folder: 'router/registry/migrations', others: [] },
  ]
  test.each(lists)('$list: every file of $folder is in the list of its door', ({ list, folder, others }) => {
    const listed = router.find(({ path }) => path === `${folder}/index.ts`)?.lists.get(list)
    const members = [...paths].filter((path) => path.startsWith(`${folder}/`) && path !== `${folder}/index.ts`)
    const plugIns = members.filter((path) => {
      const inside = path.slice(folder.length + 1)
      return inside.includes('/') ? posix.basename(inside) === 'index.ts' && inside.split('/').length === 2 : !others.includes(path)
    })
    expect(listed?.toSorted()).toEqual(plugIns.toSorted())
  })
})

describe('files', () => {
  const all = ['router', 'renderer', 'electron', 'test', 'bench', 'bin', 'tools']
    .flatMap(filesBelow)
    .filter((path) => !path.startsWith('test/fixtures/'))

  test('are named in kebab-case, and none is a drawer for everything', () => {
    const segment = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|sim|config|module|d))?(\.[a-z0-9]+)?$/
    expect(all.filter((path) => !path.split('/').every((part) => segment.test(part)))).toEqual([])
    expect(all.filter((path) => /(^|[/-])(utils?|helpers?|common|managers?|misc)([/.-]|$)/.test(path))).toEqual([])
  })

  test('of the product have at most 400 lines; those above 200 are printed', () => {
    const sizes = ['router', 'renderer', 'electron']
      .flatMap(filesBelow)
      .map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n').length - 1 }))
    const long = sizes.filter(({ lines }) => lines > 200).toSorted((a, b) => b.lines - a.lines)
    if (long.length > 0) process.stdout.write(`above 200 lines: ${long.map(({ path, lines }) => `${path} ${lines}`).join(', ')}\n`)
    expect(long.filter(({ lines }) => lines > 400)).toEqual([])
  })

  test('of the product open with one sentence that says what they are for', () => {
    expect(product.filter(({ text }) => !/^(\/\*\*|\/\/|#!)/.test(text)).map(({ path }) => path)).toEqual([])
  })

  test('export by name only', () => {
    expect(product.filter(({ hasDefaultExport }) => hasDefaultExport).map(({ path }) => path)).toEqual([])
  })

  test('mirror the source in the unit tests', () => {
    const folders = new Set(filesBelow('test/unit').map((path) => path.split('/').slice(2, 3)[0] as string))
    const known = new Set([...router, ...electron].map(({ path }) => (path.startsWith('electron/') ? 'electron' : partOf(path))))
    expect([...folders].filter((folder) => !known.has(folder) && folder !== 'renderer')).toEqual([])
  })
})

describe('the checks themselves', () => {
  test('see imports, types, dynamic imports and exports as what they are', () => {
    const file = readSource(
      'router/a/b.ts',
      `import type { A } from '../c/a.ts'\nimport { b, type B } from 'b'\nexport { d } from './d.ts'\nexport type T = import('node:http').Server\nconst e = await import('./e.ts')\nexport default e\n`,
    )
    expect(file.imports.map(({ target, isType, isDynamic }) => [target, isType, isDynamic])).toEqual([
      ['router/c/a.ts', true, false],
      ['b', false, false],
      ['router/a/d.ts', false, false],
      ['node:http', true, false],
      ['router/a/e.ts', false, true],
    ])
    expect(file.hasDefaultExport).toBe(true)
  })

  test('see what a file reads of the world, not what it merely names', () => {
    const read = (text: string) => [...readSource('router/a/b.ts', text).globals]
    expect(read(`Date.now(); new Date(); new Date(3); const { env } = process; run(fetch); Math['random']()`)).toEqual([
      'Date.now',
      'new Date()',
      'new Date(time)',
      'process',
      'fetch',
      'Math',
    ])
    expect(read(`const a: Date = b.process; c({ fetch: 1 }); // Date.now()\n'setTimeout()'; let d = e as Date`)).toEqual([])
  })

  test('see a cycle', () => {
    const files = [`import { b } from './b.ts'`, `import type { c } from './c.ts'`, `import { a } from './a.ts'`]
    expect(cyclesOf(files.map((text, at) => readSource(`router/x/${'abc'[at]}.ts`, text)))).toEqual([
      'router/x/a.ts → router/x/b.ts → router/x/c.ts → router/x/a.ts',
    ])
  })
})

function packageName(target: string): string {
  return target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.startsWith('node:') ? target : (target.split('/')[0] as string)
}

/** Everything that runs when a file is loaded: its imports and theirs, without types and without `import()`. */
function loadedWith(start: string): ReadonlySet<string> {
  const loaded = new Set<string>()
  const load = (target: string): void => {
    if (loaded.has(target)) return
    loaded.add(target)
    const file = router.find(({ path }) => path === target)
    for (const { target: next, isType, isDynamic } of file?.imports ?? []) if (!isType && !isDynamic) load(next)
  }
  load(start)
  return loaded
}

/** Each cycle once, as `a → b → a`. `import()` counts too. */
function cyclesOf(files: readonly SourceFile[]): string[] {
  const edges = new Map(files.map(({ path, imports }) => [path, imports.filter(({ isPackage }) => !isPackage).map(({ target }) => target)]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start !== -1) return void cycles.push([...trail.slice(start), path].join(' → '))
    if (done.has(path)) return
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return cycles
}
