/** One YAML text as plain values, with the line of each. Invariant: hostile text costs bounded time and memory (security page, e36). */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, Scalar, visit } from 'yaml'
import { ConfigurationError, quote } from './configuration-error.ts'

export const yamlLimits = { bytes: 256 * 1024, aliases: 20, depth: 20, values: 100_000 } as const

export type Path = readonly (string | number)[]

export interface YamlText {
  /** File name as it is shown. */
  readonly file: string
  readonly value: Readonly<Record<string, unknown>>
  /** Line of a value (of its key, in a map), or of the nearest thing above it that exists. From 1. */
  lineOf(path: Path): number
}

/** Replaces the text of one scalar; may return another kind of value or throw. */
export type ReplaceScalar = (text: string, place: { readonly path: Path; readonly line: number }) => unknown

/**
 * Parses YAML 1.2 with the core schema into maps without a prototype, arrays and scalars. Refused with the line: more than the limits above, an
 * empty text, a top level that is no map, tags, merge keys, directives, a second document, duplicate keys.
 */
export function parseYamlText(file: string, text: string, replace: ReplaceScalar): YamlText {
  const lines = new LineCounter()
  const lineAt = (offset: number | undefined) => (offset === undefined ? null : Math.max(1, lines.linePos(offset).line))
  const fail = (node: { readonly range?: readonly number[] | null | undefined } | null | undefined, message: string): never => {
    throw new ConfigurationError(file, lineAt(node?.range?.[0]) ?? 1, message)
  }
  if (Buffer.byteLength(text) > yamlLimits.bytes) fail(null, `the file is larger than ${yamlLimits.bytes / 1024} KiB`)
  const document = parse(text, lines)
  if (document === null) throw new ConfigurationError(file, 1, `nested deeper than ${yamlLimits.depth} levels`)
  const broken = document.errors[0]
  if (broken) throw new ConfigurationError(file, lineAt(broken.pos[0]), sentence(broken))
  if (document.directives?.yaml.explicit || Object.keys(document.directives?.tags ?? {}).some((handle) => handle !== '!!'))
    fail(null, 'directives (lines that begin with %) are not taken')
  const root = document.contents as Node | null
  if (root === null || (isScalar(root) && root.value === null)) fail(null, 'the file is empty; delete it to remove what it sets')
  if (!isMap(root)) fail(root, 'the top level must be a map of keys')
  const targets = aliasTargets(document, fail)

  let values = 0
  const building = new Set<Node>()
  const lineOfNode = (node: Node) => lineAt(node.range?.[0]) ?? 1

  function build(node: Node | null, path: Path, line: number): unknown {
    if (++values > yamlLimits.values) throw new ConfigurationError(file, line, `more than ${yamlLimits.values} values`)
    if (path.length > yamlLimits.depth) throw new ConfigurationError(file, line, `nested deeper than ${yamlLimits.depth} levels`)
    if (node === null) return null
    if (isAlias(node)) {
      const target = targets.get(node) as Node
      if (building.has(target)) fail(node, `the alias *${node.source} stands inside what it names`)
      return build(target, path, line)
    }
    if (node.tag !== undefined) fail(node, 'tags are not taken')
    if (isScalar(node)) return typeof node.value === 'string' ? replace(node.value, { path, line }) : node.value
    building.add(node)
    const built = isSeq(node) ? buildList(node.items as (Node | null)[], path) : isMap(node) ? buildMap(node.items as Pair[], path) : null
    building.delete(node)
    return built
  }

  function buildList(items: readonly (Node | null)[], path: Path): unknown[] {
    return items.map((item, index) => {
      // `[a: 1]` holds a bare pair where a list expects a node.
      if (item !== null && !('range' in item)) throw new ConfigurationError(file, null, 'a key stands where a list item is expected')
      return build(item, [...path, index], item === null ? 1 : lineOfNode(item))
    })
  }

  function buildMap(items: readonly Pair[], path: Path): Record<string, unknown> {
    const map: Record<string, unknown> = Object.create(null)
    const seen = new Set<string>()
    for (const pair of items) {
      const key = pair.key as Node | null
      if (key === null || !isScalar(key)) throw new ConfigurationError(file, key ? lineOfNode(key) : 1, 'a key must be a plain word')
      if (key.tag !== undefined) fail(key, 'tags are not taken')
      const name = keyName(key)
      if (name === '<<' && key.type === Scalar.PLAIN) fail(key, 'merge keys (<<) are not taken')
      if (name === '__proto__') fail(key, 'the key __proto__ is not taken')
      if (seen.has(name)) fail(key, `the key ${quote(name)} is there twice`)
      seen.add(name)
      map[name] = build(pair.value as Node | null, [...path, name], lineOfNode(key))
    }
    return map
  }

  function lineOf(path: Path): number {
    let node: Node | null = root
    let line = root ? lineOfNode(root) : 1
    for (const step of path) {
      if (node !== null && isAlias(node)) node = targets.get(node) ?? null
      if (isSeq(node) && typeof step === 'number') {
        node = (node.items[step] as Node | null | undefined) ?? null
        if (node === null) return line
        line = lineOfNode(node)
      } else if (isMap(node)) {
        const pair: Pair | undefined = (node.items as Pair[]).find((each) => isScalar(each.key) && keyName(each.key) === String(step))
        if (!pair) return line
        line = lineOfNode(pair.key as Node)
        node = pair.value as Node | null
      } else return line
    }
    return line
  }

  return { file, value: build(root, [], 1) as Record<string, unknown>, lineOf }
}

/** Null when the text is nested so deeply that the parser's own recursion gave up. */
function parse(text: string, lineCounter: LineCounter): Document | null {
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    strict: true,
    // Checked here instead: the library compares every key with every other, seconds for one file of 256 KiB.
    uniqueKeys: false,
    // Pretty messages quote the source, credentials included.
    prettyErrors: false,
    // Not 'silent': that would also pass over a second document.
    logLevel: 'error',
    lineCounter,
  })
  return document.errors.some((error) => error.message.includes('call stack')) ? null : document
}

/** What every alias means, by the order in which anchors are written. */
function aliasTargets(document: Document, fail: (node: Node, message: string) => never): Map<Node, Node> {
  const anchors = new Map<string, Node>()
  const targets = new Map<Node, Node>()
  visit(document, {
    Alias(_, alias) {
      if (targets.size >= yamlLimits.aliases) fail(alias, `more than ${yamlLimits.aliases} aliases`)
      targets.set(alias, anchors.get(alias.source) ?? fail(alias, `nothing is anchored as &${alias.source} before this alias`))
    },
    Value(_, node) {
      if (node.anchor) anchors.set(node.anchor, node)
    },
  })
  return targets
}

function keyName(key: Scalar): string {
  // As written: `1.0`, `yes` and `0x10` are names here, not numbers.
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}

/** The parser's message without source text: the first line, and nothing after a quotation of what was read. */
function sentence(error: { readonly code: string; readonly message: string }): string {
  const known: Record<string, string> = {
    MULTIPLE_DOCS: 'a file holds one document; a second one begins here',
    TAB_AS_INDENT: 'tabs cannot indent',
    BAD_INDENT: 'wrong indentation',
    MISSING_CHAR: 'a closing character or a space is missing',
    UNEXPECTED_TOKEN: 'something stands where it cannot stand',
    DUPLICATE_KEY: 'a key is there twice',
    TAG_RESOLVE_FAILED: 'tags are not taken',
    BLOCK_AS_IMPLICIT_KEY: 'nested mappings are not allowed here; is the line indented wrongly, or a text with ": " not quoted?',
    MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; is a colon missing?',
    BAD_ALIAS: 'an alias is malformed',
    BAD_DQ_ESCAPE: 'an unknown escape in a double-quoted text',
    BAD_SCALAR_START: 'a plain text cannot begin with this character; quote it',
  }
  return `not valid YAML: ${known[error.code] ?? error.code.toLowerCase().replaceAll('_', ' ')}`
}
