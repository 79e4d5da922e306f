/** The shape of the code, as ARCHITECTURE.md states it: what may import what, who may touch the world, names, sizes and complete lists. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
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
  'index.ts': below5,
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
      'router/policy/auto-model.ts': 'the catalog lists `auto`; configuration loads nothing else of the policy',
      'router/policy/near-names.ts': 'configuration names the nearest known key',
      'router/policy/strategies/index.ts': 'option schemas: the configuration derives from the list of strategies',
      'router/engine/gguf-check.ts': 'inspects a model file without the engine',
      'router/engine/starter-model.ts': 'fetches the starter model; the door stays free of downloads',
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

interface Ban {
  readonly what: string
  /** What is banned: a name of an import, or a global as the source tree writes it. */
  readonly isBanned: (name: string) => boolean
  readonly kind: 'import' | 'global'
  /** File or folder (with a trailing slash) → why it may. */
  readonly allowed: Readonly<Record<string, string>>
}

const oneOf =
  (...names: readonly string[]) =>
  (name: string) =>
    names.includes(name)

const bans: readonly Ban[] = [
  {
    what: 'the clock',
    kind: 'global',
    isBanned: (name) => ['Date', 'Date.now', 'new Date()', 'performance', 'globalThis'].includes(name) || name.startsWith('performance.'),
    allowed: { 'router/core/clock.ts': 'the clock', 'router/cli/probe.ts': 'a program of its own that measures a server' },
  },
  {
    what: 'timers',
    kind: 'global',
    isBanned: oneOf('setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'),
    allowed: {
      'router/core/clock.ts': 'the clock',
      'router/engine/child.ts': 'a process of its own: lets its last message out before it exits',
      'router/engine/tokenise.ts': 'no time passes: yields to other work between blocks of a long prompt',
    },
  },
  {
    what: 'timers by import',
    kind: 'import',
    isBanned: (name) => name.startsWith('node:timers'),
    allowed: { 'router/cli/logs.ts': 'a program of its own that looks at a file twice a second' },
  },
  {
    what: 'deadlines by AbortSignal',
    kind: 'global',
    isBanned: oneOf('AbortSignal', 'AbortSignal.timeout'),
    allowed: { 'router/backends/': 'a probe’s deadline, handed to the transport as a signal', 'router/cli/probe.ts': 'a program of its own' },
  },
  { what: 'chance', kind: 'global', isBanned: oneOf('Math.random', 'Math', 'crypto'), allowed: { 'router/core/clock.ts': 'the clock' } },
  {
    what: 'cryptography',
    kind: 'import',
    isBanned: oneOf('node:crypto'),
    allowed: {
      'router/core/clock.ts': 'ids',
      'router/registry/keys.ts': 'makes keys and keeps their hashes',
      'router/http/admin/access.ts': 'makes and compares the panel’s tokens',
      'router/host/data-folder.ts': 'makes the admin token',
      'router/dialects/openai-chat/session-key.ts': 'a hash, which is pure',
      'router/engine/starter-model.ts': 'the SHA-256 of what was downloaded',
    },
  },
  {
    what: 'the environment and the process',
    kind: 'global',
    isBanned: (name) => name === 'process' || name.startsWith('process.'),
    allowed: {
      'router/main.ts': 'reads the environment once and hands it down as a value',
      'router/cli/': 'the command line: output, signals, platform',
      'router/host/': 'the program around the router',
      'router/index.ts': 'its own pid for runtime.json; standard error when a reader of events throws',
      'router/engine/child.ts': 'a process of its own',
      'router/engine/memory-budget.ts': 'the platform decides what free memory means',
      'router/engine/worker.ts': 'its own resident memory, for the budget',
    },
  },
  {
    what: 'the console',
    kind: 'global',
    isBanned: (name) => name === 'console' || name.startsWith('console.'),
    allowed: { 'router/main.ts': 'the command line', 'router/cli/': 'the command line' },
  },
  { what: 'connections by global', kind: 'global', isBanned: oneOf('fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'), allowed: {} },
  {
    what: 'connections by import',
    kind: 'import',
    isBanned: oneOf('undici', 'node:net', 'node:http', 'node:https', 'node:http2', 'node:tls', 'node:dgram', 'node:dns', 'node:dns/promises'),
    allowed: {
      'router/backends/transport.ts': 'the only file that opens a connection for a request',
      'router/backends/model-download.ts': 'the only file that opens a connection for a download',
      'router/http/server.ts': 'listens; connects to nothing',
      'router/cli/client.ts': 'a program of its own that talks to the running router',
      'router/cli/probe.ts': 'a program of its own that asks a server',
    },
  },
  {
    what: 'child processes and threads',
    kind: 'import',
    isBanned: oneOf('node:child_process', 'node:worker_threads', 'node:cluster', 'node:vm'),
    allowed: {
      'router/host/headless-host.ts': 'spawn, as the seam of the host names it',
      'router/cli/build-panel.ts': 'runs the panel’s build',
      'router/cli/port-holder.ts': 'asks the system who holds a port',
      'router/engine/starter-model.ts': 'runs pip where the model hub cannot be reached',
    },
  },
  {
    what: 'SQLite',
    kind: 'import',
    isBanned: oneOf('better-sqlite3', 'node:sqlite'),
    allowed: { 'router/registry/database.ts': 'the database', 'router/host/data-folder.ts': 'the lock is an exclusive transaction' },
  },
  { what: 'llama.cpp', kind: 'import', isBanned: oneOf('node-llama-cpp'), allowed: { 'router/engine/': 'the engine' } },
  {
    what: 'the web framework',
    kind: 'import',
    isBanned: (name) => /^@?fastify/.test(name),
    allowed: { 'router/http/': 'the HTTP side' },
  },
  { what: 'Electron', kind: 'import', isBanned: (name) => /^electron($|\/|-)/.test(name), allowed: {} },
]

describe('in the router', () => {
  test.each(bans.map((ban) => [ban.what, ban] as const))('%s: only where it is listed, with the reason', (_, ban) => {
    const uses = router.filter((file) => namesOf(file, ban).some(ban.isBanned)).map(({ path }) => path)
    const entryFor = (path: string) => Object.keys(ban.allowed).find((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))
    expect(uses.filter((path) => entryFor(path) === undefined)).toEqual([])
    const stale = Object.keys(ban.allowed).filter((place) => !uses.some((path) => entryFor(path) === place))
    expect(stale).toEqual([]) // an exception that nothing needs is taken out
  })

  test('policy, health and dialects touch nothing of the world', () => {
    const pure = router.filter(({ path }) => /^router\/(policy|health|dialects)\//.test(path))
    expect(pure.length).toBeGreaterThan(50)
    const wrong = pure.flatMap(({ path, globals, imports }) => [
      ...[...globals].filter((name) => !name.startsWith('Math.') || name === 'Math.random').map((name) => `${path} reads ${name}`),
      ...imports.filter((each) => each.isPackage && !isPurePackage(each)).map(({ target }) => `${path} imports ${target}`),
    ])
    expect(wrong).toEqual([])
    function isPurePackage({ target, names }: { target: string; names: readonly string[] }): boolean {
      return ['zod', '@datadog/sketches-js'].includes(target) || (target === 'node:crypto' && names.every((name) => name === 'hash'))
    }
  })

  test('process.env is read in one place', () => {
    expect(router.filter(({ globals }) => globals.has('process.env')).map(({ path }) => path)).toEqual(['router/main.ts'])
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

describe('documents', () => {
  const documents = ['ARCHITECTURE.md', 'README.md', 'CONTRIBUTING.md', ...filesBelow('docs').filter((path) => path.endsWith('.md'))]
  const textOf = (path: string) => readFileSync(join(root, path), 'utf8')

  test.each(documents)('%s names only paths that exist', (document) => {
    const named = [...textOf(document).matchAll(/`([^`\n]+)`/g)].map(([, text]) => text as string).filter(isRepositoryPath)
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test.each(documents)('%s links only to what exists', (document) => {
    const links = [...textOf(document).matchAll(/(?<!!)\[[^\]]*\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target as string)
    const local = links.filter((target) => !/^[a-z]+:/.test(target)).map((target) => posix.join(dirname(document), target))
    expect(local.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('ARCHITECTURE.md stays readable in one sitting, and its map has every folder of the router', () => {
    const text = textOf('ARCHITECTURE.md')
    expect(text.split('\n').length).toBeLessThanOrEqual(151)
    const folders = [...new Set(router.map(({ path }) => path.split('/')).flatMap((parts) => (parts.length > 2 ? [`router/${parts[1]}/`] : [])))]
    expect(folders.filter((folder) => !text.includes(folder))).toEqual([])
  })

  /** `router/core/clock.ts`, `docs/decisions/`, `package.json`; not a pattern, a command or a path of the data folder. */
  function isRepositoryPath(text: string): boolean {
    return /^(router|renderer|electron|test|docs|bench|bin|resources|tools)(\/[\w.-]+)*\/?$|^[\w.-]+\.(ts|md|json)$/.test(text) && /[/.]/.test(text)
  }
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

/** Types of a banned package are erased and open nothing. */
function namesOf(file: SourceFile, { kind }: Ban): readonly string[] {
  if (kind === 'global') return [...file.globals]
  return file.imports
    .filter(({ isPackage, isType, names }) => isPackage && !isType && !(names.length > 0 && names.every((name) => opensNothing.has(name))))
    .map(({ target }) => target)
}

/** Of `node:net` and `node:http`: functions of a text, tables, and types that came in the same line. */
const opensNothing: ReadonlySet<string> = new Set(['isIP', 'STATUS_CODES', 'Socket', 'IncomingMessage', 'ServerResponse', 'AddressInfo'])

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
