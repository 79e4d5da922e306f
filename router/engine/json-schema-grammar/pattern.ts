/** Regular expressions of `pattern` as grammar: the regular subset of ECMAScript; every string that the grammar lets through matches. Pure. */
import { inClass, literal } from './rules.ts'

type Range = readonly [from: number, to: number]

type Node =
  | { readonly type: 'class'; readonly ranges: readonly Range[] }
  | { readonly type: 'sequence'; readonly items: readonly Node[] }
  | { readonly type: 'choice'; readonly ways: readonly Node[] }
  | { readonly type: 'repeat'; readonly item: Node; readonly least: number; readonly most: number | null }

export interface Lengths {
  readonly least: number
  /** Null = no bound. */
  readonly most: number | null
}

/** Grammar of the text between the quotes of strings that match `pattern` and have such lengths in code points; null = not in the subset. */
export function patternGrammar(pattern: string, lengths: Lengths): string | null {
  if (pattern.length > 2000) return null
  try {
    const node = withLengths(new Parser(pattern).whole(), lengths)
    return node === null || weightOf(node) > MOST_WEIGHT ? null : emit(node)
  } catch (error) {
    if (error instanceof Outside) return null
    throw error
  }
}

/** The pattern uses something that a grammar cannot say, or is not a pattern. */
class Outside extends Error {}

const MOST_REPEATS = 500
/** llama.cpp writes every repetition out. */
const MOST_WEIGHT = 20_000
const MOST_DEPTH = 50
const TOP = 0xffff // the basic plane only: there, one code point is one unit with and without the `u` flag
const DIGIT: readonly Range[] = [[48, 57]]
const WORD: readonly Range[] = [[48, 57], [65, 90], [95, 95], [97, 122]] // biome-ignore format: ranges
const SPACE: readonly Range[] = [[9, 13], [32, 32], [160, 160]] // biome-ignore format: ranges
const ANY: Node = { type: 'repeat', item: { type: 'class', ranges: [[32, 0xd7ff], [0xe000, TOP]] }, least: 0, most: null } // biome-ignore format: ranges

/** Cuts a lone repetition to the lengths; anything else must have fitting lengths by itself. */
function withLengths(node: Node, lengths: Lengths): Node | null {
  if (lengths.least === 0 && lengths.most === null) return node
  const only = node.type === 'sequence' && node.items.length === 1 ? node.items[0]! : node
  if (only.type === 'repeat' && only.item.type === 'class') {
    const least = Math.max(only.least, lengths.least)
    const most = only.most === null ? lengths.most : Math.min(only.most, lengths.most ?? only.most)
    return (most ?? least) < least || Math.max(least, most ?? 0) > MOST_REPEATS ? null : { ...only, least, most }
  }
  const own = lengthsOf(node)
  const isShortEnough = lengths.most === null || (own.most !== null && own.most <= lengths.most)
  return own.least >= lengths.least && isShortEnough ? node : null
}

function lengthsOf(node: Node): Lengths {
  switch (node.type) {
    case 'class':
      return { least: 1, most: 1 }
    case 'repeat': {
      const item = lengthsOf(node.item)
      return { least: item.least * node.least, most: node.most === null || item.most === null ? null : item.most * node.most }
    }
    case 'sequence':
      return node.items
        .map(lengthsOf)
        .reduce((sum, item) => ({ least: sum.least + item.least, most: plus(sum.most, item.most) }), { least: 0, most: 0 })
    case 'choice': {
      const ways = node.ways.map(lengthsOf)
      return {
        least: Math.min(...ways.map((way) => way.least)),
        most: ways.some((way) => way.most === null) ? null : Math.max(...ways.map((way) => way.most ?? 0)),
      }
    }
  }
}

function weightOf(node: Node): number {
  switch (node.type) {
    case 'class':
      return 1
    case 'repeat':
      return weightOf(node.item) * Math.max(1, node.least, node.most ?? 1)
    case 'sequence':
      return node.items.reduce((sum, item) => sum + weightOf(item), 1)
    case 'choice':
      return node.ways.reduce((sum, way) => sum + weightOf(way), 1)
  }
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}

function emit(node: Node): string {
  switch (node.type) {
    case 'class':
      return emitClass(node.ranges)
    case 'sequence':
      return node.items.length === 0 ? '""' : node.items.map(emit).join(' ')
    case 'choice':
      return `(${node.ways.map(emit).join(' | ')})`
    case 'repeat': {
      const { least, most } = node
      if (most === 0) return '""'
      return `(${emit(node.item)})${most === null ? (least === 0 ? '*' : least === 1 ? '+' : `{${least},}`) : `{${least},${most}}`}`
    }
  }
}

/** What must be escaped in JSON stands as its escape; other control characters and lone surrogates are left out. */
function emitClass(ranges: readonly Range[]): string {
  const bare = without(ranges, [[0, 31], [34, 34], [92, 92], [127, 127], [0xd800, 0xdfff]]) // biome-ignore format: ranges
  const ways: string[] = []
  if (bare.length === 1 && bare[0]![0] === bare[0]![1]) ways.push(literal(String.fromCharCode(bare[0]![0])))
  else if (bare.length > 0) ways.push(`[${bare.map(([from, to]) => (from === to ? inClass(from) : `${inClass(from)}-${inClass(to)}`)).join('')}]`)
  for (const character of '"\\\n\t\r\b\f') {
    const code = character.charCodeAt(0)
    if (ranges.some(([from, to]) => from <= code && code <= to)) ways.push(literal(JSON.stringify(character).slice(1, -1)))
  }
  if (ways.length === 0) throw new Outside()
  return ways.length === 1 ? ways[0]! : `(${ways.join(' | ')})`
}

function without(ranges: readonly Range[], removed: readonly Range[]): Range[] {
  let left: Range[] = [...ranges]
  for (const [from, to] of removed)
    left = left.flatMap(([a, b]) => {
      const kept: Range[] = []
      if (a < from) kept.push([a, Math.min(b, from - 1)])
      if (b > to) kept.push([Math.max(a, to + 1), b])
      return kept
    })
  return left
}

function negated(ranges: readonly Range[]): readonly Range[] {
  return without([[0, TOP]], ranges)
}

class Parser {
  readonly #source: string
  #at = 0
  #depth = 0

  constructor(source: string) {
    this.#source = source
  }

  whole(): Node {
    const ways = [this.#anchored()]
    while (this.#eat('|')) ways.push(this.#anchored())
    if (this.#at < this.#source.length) throw new Outside()
    return ways.length === 1 ? ways[0]! : { type: 'choice', ways }
  }

  /** Where an anchor is missing the pattern may stand anywhere in the string. */
  #anchored(): Node {
    const starts = this.#eat('^')
    const items = this.#items()
    const ends = this.#eat('$')
    return { type: 'sequence', items: [...(starts ? [] : [ANY]), ...items, ...(ends ? [] : [ANY])] }
  }

  #choice(): Node {
    if (++this.#depth > MOST_DEPTH) throw new Outside()
    const ways: Node[] = [{ type: 'sequence', items: this.#items() }]
    while (this.#eat('|')) ways.push({ type: 'sequence', items: this.#items() })
    this.#depth--
    return ways.length === 1 ? ways[0]! : { type: 'choice', ways }
  }

  #items(): Node[] {
    const items: Node[] = []
    while (this.#at < this.#source.length && !'|)$'.includes(this.#source[this.#at]!)) items.push(this.#quantified(this.#atom()))
    return items
  }

  #atom(): Node {
    const character = this.#next()
    if (character === '(') {
      if (this.#eat('?') && !this.#eat(':')) {
        if (!/^<[A-Za-z_$][\w$]*>/.test(this.#source.slice(this.#at))) throw new Outside()
        this.#at = this.#source.indexOf('>', this.#at) + 1
      }
      const inner = this.#choice()
      if (!this.#eat(')')) throw new Outside()
      return inner
    }
    if (character === '[') return { type: 'class', ranges: this.#class() }
    if (character === '.') return { type: 'class', ranges: negated([[10, 10], [13, 13], [0x2028, 0x2029]]) } // biome-ignore format: ranges
    if (character === '\\') return { type: 'class', ranges: this.#escape() }
    if ('^*+?{'.includes(character)) throw new Outside()
    return { type: 'class', ranges: [this.#single(character)] }
  }

  #quantified(item: Node): Node {
    const bounds = /^(?:[*+?]|\{(\d{1,5})(,(\d{1,5})?)?\})\??/.exec(this.#source.slice(this.#at, this.#at + 20))
    if (!bounds) return item
    this.#at += bounds[0].length
    if (/^[*+?{]/.test(this.#source.slice(this.#at, this.#at + 1))) throw new Outside()
    const sign = bounds[0][0]
    const least = sign === '{' ? Number(bounds[1]) : sign === '+' ? 1 : 0
    const most = sign === '{' ? (bounds[2] === undefined ? least : bounds[3] === undefined ? null : Number(bounds[3])) : sign === '?' ? 1 : null
    if (Math.max(least, most ?? 0) > MOST_REPEATS || (most !== null && most < least)) throw new Outside()
    return { type: 'repeat', item, least, most }
  }

  #class(): readonly Range[] {
    const isNegated = this.#eat('^')
    const ranges: Range[] = []
    while (!this.#eat(']')) {
      const from = this.#classItem()
      if (from.length === 1 && from[0]![0] === from[0]![1] && this.#source[this.#at] === '-' && this.#source[this.#at + 1] !== ']') {
        this.#at++
        const to = this.#classItem()
        if (to.length !== 1 || to[0]![0] !== to[0]![1] || to[0]![0] < from[0]![0]) throw new Outside()
        ranges.push([from[0]![0], to[0]![0]])
      } else ranges.push(...from)
    }
    return isNegated ? negated(ranges) : merged(ranges)
  }

  #classItem(): readonly Range[] {
    const character = this.#next()
    if (character !== '\\') return [this.#single(character)]
    return this.#eat('b') ? [[8, 8]] : this.#escape()
  }

  #escape(): readonly Range[] {
    const character = this.#next()
    switch (character) {
      case 'd':
        return DIGIT
      case 'D':
        return negated(DIGIT)
      case 'w':
        return WORD
      case 'W':
        return negated(WORD)
      case 's':
        return SPACE
      case 'S':
        return without(negated(SPACE), [[0x1680, 0x1680], [0x2000, 0x200a], [0x2028, 0x2029], [0x202f, 0x202f], [0x205f, 0x205f], [0x3000, 0x3000], [0xfeff, 0xfeff]]) // biome-ignore format: ranges
      case 'n':
        return [[10, 10]]
      case 't':
        return [[9, 9]]
      case 'r':
        return [[13, 13]]
      case 'f':
        return [[12, 12]]
      case 'x':
        return this.#hex(2)
      case 'u':
        return this.#hex(4)
      default:
        if (/[A-Za-z0-9]/.test(character)) throw new Outside() // \b, \B, \p{…}, back-references
        return [this.#single(character)]
    }
  }

  #hex(width: number): readonly Range[] {
    const text = this.#source.slice(this.#at, this.#at + width)
    if (text.length !== width || !/^[0-9a-fA-F]+$/.test(text)) throw new Outside()
    this.#at += width
    const code = Number.parseInt(text, 16)
    return [[code, code]]
  }

  #single(character: string): Range {
    const code = character.charCodeAt(0)
    if (code >= 0xd800 && code <= 0xdfff) throw new Outside()
    return [code, code]
  }

  #next(): string {
    const character = this.#source[this.#at++]
    if (character === undefined) throw new Outside()
    return character
  }

  #eat(character: string): boolean {
    if (this.#source[this.#at] !== character) return false
    this.#at++
    return true
  }
}

/** Sorted, without overlaps. */
function merged(ranges: readonly Range[]): readonly Range[] {
  const out: [number, number][] = []
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else out.push([from, to])
  }
  return out
}
