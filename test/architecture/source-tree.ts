/** The sources as the architecture tests see them: every file parsed once, with what it imports, exports and touches of the world around it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'vite'

export interface Import {
  /** Repository path of a file (`router/core/clock.ts`), or the name of a package (`undici`, `node:fs`). */
  readonly target: string
  readonly isPackage: boolean
  /** Erased before the code runs. */
  readonly isType: boolean
  /** `import()`: runs when it is reached, not when the file is loaded. */
  readonly isDynamic: boolean
  /** Imported names; empty for `import 'x'`, `import()` and `export *`. */
  readonly names: readonly string[]
}

export interface SourceFile {
  /** From the repository root, with `/`. */
  readonly path: string
  readonly text: string
  readonly lines: number
  readonly imports: readonly Import[]
  readonly hasDefaultExport: boolean
  /** Global names it reads, with one member where there is one: `Date.now`, `new Date()`, `process.env`, `fetch`. */
  readonly globals: ReadonlySet<string>
  /** Arrays of plain names that it exports, name → import targets of the elements: `dialects` → `router/dialects/openai-chat/index.ts`. */
  readonly lists: ReadonlyMap<string, readonly string[]>
}

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every file below a folder of the repository, as paths from the root; a folder that is not there (yet) has none. */
export function filesBelow(folder: string): string[] {
  const start = posix.join(root.split(sep).join('/'), folder)
  if (!existsSync(start)) return []
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, posix.join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

/** The parsed TypeScript sources below a folder. Throws where one does not parse. */
export function sourcesBelow(folder: string): SourceFile[] {
  return filesBelow(folder)
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readSource(path, readFileSync(posix.join(root, path), 'utf8')))
}

/** One source, parsed. Throws where it does not parse. */
export function readSource(path: string, text: string): SourceFile {
  const parsed = parseSync(path, text)
  if (parsed.errors.length > 0) throw new Error(`${path} does not parse: ${parsed.errors[0]?.message}`)
  const imports: Import[] = []
  const add = (specifier: string, rest: Omit<Import, 'target' | 'isPackage'>) => imports.push({ ...resolved(path, specifier), ...rest })
  const importOf = new Map<string, string>()
  for (const { moduleRequest, entries } of parsed.module.staticImports) {
    const names = entries.map(({ importName, localName }) => importName.name ?? localName.value)
    const isType = entries.length > 0 && entries.every((entry) => entry.isType)
    add(moduleRequest.value, { isType, isDynamic: false, names })
    for (const { localName } of entries) importOf.set(localName.value, resolved(path, moduleRequest.value).target)
  }
  let hasDefaultExport = false
  for (const { entries } of parsed.module.staticExports) {
    for (const { moduleRequest, isType, importName, exportName } of entries) {
      if (exportName.kind === 'Default') hasDefaultExport = true
      if (moduleRequest) add(moduleRequest.value, { isType, isDynamic: false, names: importName.name === null ? [] : [importName.name] })
    }
  }
  const globals = new Set<string>()
  const isRead = new WeakSet<object>()
  const lists = new Map<string, readonly string[]>()
  walk(parsed.program as unknown as Node, (node) => {
    if (node.type === 'ImportExpression' && isText(node['source'])) add(node['source'].value, { isType: false, isDynamic: true, names: [] })
    else if (node.type === 'TSImportType' && isText(node['source'])) add(node['source'].value, { isType: true, isDynamic: false, names: [] })
    else if (node.type === 'ExportNamedDeclaration') readLists(node, importOf, lists)
    else readGlobal(node, globals, isRead)
  })
  return { path, text, lines: text.split('\n').length - 1, imports, hasDefaultExport, globals, lists }
}

function resolved(from: string, specifier: string): { target: string; isPackage: boolean } {
  if (!specifier.startsWith('.')) return { target: specifier, isPackage: true }
  return { target: posix.normalize(posix.join(dirname(from), specifier)), isPackage: false }
}

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
const isText = (value: unknown): value is Node & { readonly value: string } => isNode(value) && typeof value['value'] === 'string'

/** Types that hold an expression; every other TS node is erased, and with it what it names. */
const keepsExpression = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression', 'TSInstantiationExpression'])

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  if (node.type === 'ImportDeclaration') return // read from the module record
  for (const [key, value] of Object.entries(node)) {
    // The key of a property and the member of `a.b` name nothing outside.
    if ((key === 'key' || key === 'property') && node['computed'] === false) continue
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!isNode(child)) continue
      if (child.type === 'TSImportType') visit(child)
      walk(child.type.startsWith('TS') && !keepsExpression.has(child.type) ? typesOnly(child) : child, visit)
    }
  }
}

/** A type is searched for `import('…')` only. */
function typesOnly(node: Node): Node {
  const found: Node[] = []
  const search = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(search)
    else if (isNode(value)) {
      if (value.type === 'TSImportType') found.push(value)
      Object.values(value).forEach(search)
    }
  }
  Object.values(node).forEach(search)
  return { type: 'Types', found }
}

const watched = new Set([
  'Date',
  'Math',
  'performance',
  'process',
  'console',
  'fetch',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'AbortSignal',
  'WebSocket',
  'EventSource',
  'XMLHttpRequest',
  'globalThis',
])

/** `isRead`: identifiers that were already written down with their member. */
function readGlobal(node: Node, globals: Set<string>, isRead: WeakSet<object>): void {
  const nameOf = (value: unknown) =>
    isNode(value) && value.type === 'Identifier' && watched.has(String(value['name'])) ? String(value['name']) : null
  const found = (identifier: unknown, text: string) => {
    isRead.add(identifier as object)
    globals.add(text)
  }
  if (node.type === 'MemberExpression') {
    const object = nameOf(node['object'])
    const member = node['property']
    if (object !== null && node['computed'] === false && isNode(member)) found(node['object'], `${object}.${member['name']}`)
  } else if (node.type === 'NewExpression' && nameOf(node['callee']) === 'Date') {
    found(node['callee'], (node['arguments'] as readonly unknown[]).length === 0 ? 'new Date()' : 'new Date(time)')
  } else if (nameOf(node) !== null && !isRead.has(node)) globals.add(String(node['name']))
}

function readLists(node: Node, importOf: ReadonlyMap<string, string>, lists: Map<string, readonly string[]>): void {
  const declaration = node['declaration']
  if (!isNode(declaration) || declaration.type !== 'VariableDeclaration') return
  for (const { id, init } of declaration['declarations'] as readonly { id: Node; init: Node | null }[]) {
    if (init?.type !== 'ArrayExpression') continue
    const elements = init['elements'] as readonly Node[]
    lists.set(
      String(id['name']),
      elements.map((element) => importOf.get(String(element['name'])) ?? `(${element.type})`),
    )
  }
}
