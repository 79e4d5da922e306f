/** The rules of a grammar while it grows: names are given here, shared ones are added when first used, and the size stays bounded. */
import { HeadgateError } from '../../core/errors.ts'

const MOST_CHARACTERS = 2_000_000
/** llama.cpp refuses a grammar with more repetitions of one item. */
const BLOCK = 500
export const MOST_REPETITIONS = 50_000

/** A JSON character that is one code point: no control characters, no surrogates, escapes of neither. */
const UNESCAPED = '[^"\\\\\\x00-\\x1F\\x7F\\uD800-\\uDFFF\\U00110000-\\U001FFFFF]'

const shared = {
  ws: '(" " | "\\n" " "{0,20})?',
  hex: '[0-9a-fA-F]',
  character: `${UNESCAPED} | "\\\\" (["\\\\/bfnrt] | "u" ([0-9a-cA-CefEF] hex hex hex | [dD] [0-7] hex hex))`,
  // Names of undeclared properties have no escapes, so that none can spell a declared one in another way.
  'key-rest': `${UNESCAPED}{0,100} "\\""`,
  string: '"\\"" character* "\\""',
  'any-key': '"\\"" key-rest',
  // As many digits as a double holds.
  integer: '"-"? ("0" | [1-9] [0-9]{0,14})',
  number: 'integer ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?',
  boolean: '"true" | "false"',
  null: '"null"',
  object: '"{" ws (any-key ":" ws value ("," ws any-key ":" ws value)*)? ws "}"',
  array: '"[" ws (value ("," ws value)*)? ws "]"',
  value: 'object | array | string | number | boolean | null',
} as const

export type SharedRule = keyof typeof shared

export class Rules {
  readonly #bodies = new Map<string, string>()
  readonly #byBody = new Map<string, string>()
  #characters = 0

  /** Name of a shared rule, defined on first use with everything that it needs. */
  use(name: SharedRule): string {
    if (this.#bodies.has(name)) return name
    const body: string = shared[name]
    this.define(name, body)
    for (const needed of body.replace(/"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]/g, ' ').match(/[a-z][a-z-]*/g) ?? [])
      if (Object.hasOwn(shared, needed)) this.use(needed as SharedRule)
    return name
  }

  /** A name for a rule whose body comes later. */
  reserve(): string {
    const name = `r${this.#bodies.size}`
    this.#bodies.set(name, '')
    return name
  }

  define(name: string, body: string): void {
    this.#characters += name.length + body.length
    if (this.#characters > MOST_CHARACTERS)
      throw new HeadgateError('invalid-request', 'The JSON schema is too large to be enforced.', {
        code: 'invalid_schema',
        param: 'response_format.json_schema.schema',
      })
    this.#bodies.set(name, body)
  }

  /** Name of a rule with this body; equal bodies share one. */
  add(body: string): string {
    const known = this.#byBody.get(body)
    if (known !== undefined) return known
    const name = this.reserve()
    this.define(name, body)
    this.#byBody.set(body, name)
    return name
  }

  /** `item` from `least` to `most` times (null = no end). `item` is one symbol or a group. */
  repeat(item: string, least: number, most: number | null): string {
    if (most === 0) return ''
    const parts: string[] = []
    for (let rest = least; rest > 0; rest -= BLOCK) parts.push(rest >= BLOCK ? this.add(`${item}{${BLOCK}}`) : `${item}{${rest}}`)
    if (most === null) parts.push(`${item}*`)
    else if (most > least) parts.push(this.#upTo(item, most - least))
    return parts.join(' ')
  }

  text(root: string): string {
    return [`root ::= ${root}`, ...[...this.#bodies].map(([name, body]) => `${name} ::= ${body}`)].join('\n')
  }

  /** Whole blocks before a shorter one: at every character only two ways lead on, however large the bound is. */
  #upTo(item: string, most: number): string {
    if (most <= BLOCK) return `${item}{0,${most}}`
    return this.add(`${item}{0,${BLOCK - 1}} | ${this.add(`${item}{${BLOCK}}`)} ${this.#upTo(item, most - BLOCK)}`)
  }
}

/** A GBNF literal of exactly `text`. */
export function literal(text: string): string {
  let out = ''
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (character === '"' || character === '\\') out += `\\${character}`
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`
    else if (code >= 0xd800 && code <= 0xdfff) out += '\uFFFD'
    else out += character
  }
  return `"${out}"`
}

/** The literal of a JSON value as this router writes it: compact, lone surrogates as escapes. */
export function jsonLiteral(value: unknown): string {
  return literal(JSON.stringify(value))
}

/** One code point inside `[…]`. */
export function inClass(code: number): string {
  if ((code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) return String.fromCharCode(code)
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}

/** Any JSON name except these, with both quotes: a walk along the tree of the forbidden names. */
export function otherKey(rules: Rules, names: readonly string[]): string {
  rules.use('any-key')
  // A name that needs an escape cannot be written by a key without escapes.
  const writable = names.filter((name) => JSON.stringify(name) === `"${name}"`)
  return rules.add(`"\\"" (${branch(rules, writable)})`)
}

function branch(rules: Rules, names: readonly string[]): string {
  const children = new Map<number, string[]>()
  for (const name of names) {
    if (name === '') continue
    const first = name.codePointAt(0)!
    children.set(first, [...(children.get(first) ?? []), name.slice(String.fromCodePoint(first).length)])
  }
  const taken = [...children.keys()].map(inClass).join('')
  const ways = [`${UNESCAPED.replace('[^', `[^${taken}`)} key-rest`]
  if (!names.includes('')) ways.push('"\\""')
  for (const [first, rests] of children) ways.push(`${literal(String.fromCodePoint(first))} ${rules.add(branch(rules, rests))}`)
  return ways.join(' | ')
}
