/** Who may touch the world: the clock, chance, the environment, connections, processes, SQL. Each has its place; an exception is listed with its reason, and goes when nothing needs it. */
import { describe, expect, test } from 'vitest'
import { type SourceFile, sourcesBelow } from './source-tree.ts'

const router = sourcesBelow('router')

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
    allowed: {
      'router/backends/': 'a probe’s deadline, handed to the transport as a signal',
      'router/core/cancel.ts': 'makes one of the lighter signal, for those who take nothing else',
      'router/cli/probe.ts': 'a program of its own',
    },
  },
  { what: 'chance', kind: 'global', isBanned: oneOf('Math.random', 'Math', 'crypto'), allowed: { 'router/core/clock.ts': 'the clock' } },
  {
    what: 'cryptography',
    kind: 'import',
    isBanned: oneOf('node:crypto'),
    allowed: {
      'router/core/clock.ts': 'ids',
      'router/core/secret.ts': 'a hash that tells one secret from another',
      'router/registry/keys.ts': 'makes keys and keeps their hashes',
      'router/http/admin/access.ts': 'makes and compares the panel’s tokens',
      'router/host/data-folder.ts': 'makes the admin token',
      'router/engine/file-hash.ts': 'the SHA-256 of what was downloaded',
    },
  },
  {
    what: 'the environment',
    kind: 'global',
    isBanned: oneOf('process.env'),
    allowed: {
      'router/main.ts': 'reads it once and hands it down as a value',
      'router/engine/python-package.ts': 'passes on what pip needs of it, by name',
    },
  },
  {
    what: 'the process',
    kind: 'global',
    isBanned: (name) => name === 'process' || (name.startsWith('process.') && name !== 'process.env'),
    allowed: {
      'router/main.ts': 'the command line: exit code',
      'router/cli/': 'the command line: output, signals, platform',
      'router/host/': 'the program around the router',
      'router/index.ts': 'its own pid for runtime.json; standard error when a part does not close',
      'router/wiring/foundation.ts': 'standard error when a reader of events throws: the log is one of them',
      'router/engine/child.ts': 'a process of its own',
      'router/engine/memory-budget.ts': 'the platform decides what free memory means',
      'router/engine/worker.ts': 'its own resident memory, for the budget',
      'router/engine/sequence-copy.ts': 'its own pid in a folder’s name: leftovers of dead processes are removed',
      'router/engine/starter-model.ts': 'its own pid in a lock: that of a dead process is taken over',
      'router/engine/python-package.ts': 'ends the group of a child',
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
      'router/backends/local-servers.ts': 'looks for other model servers, on loopback only',
      'router/backends/public-address.ts': 'reads addresses; connects to nothing',
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
      'router/cli/start.ts': 'starts the app',
      'router/host/port-holder.ts': 'asks the system who holds a port',
      'router/engine/python-package.ts': 'runs pip where the model hub cannot be reached',
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
      return (
        ['zod', '@datadog/sketches-js', '@marcbachmann/cel-js', 're2js'].includes(target) ||
        (target === 'node:crypto' && names.every((name) => name === 'hash'))
      )
    }
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
