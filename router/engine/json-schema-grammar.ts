/**
 * A JSON schema as llama.cpp grammar (GBNF). Invariant: whatever the grammar lets through is JSON that fits the schema; what cannot be
 * enforced is refused (`strict`) or named in a warning. Not everything that fits can be written: names keep their declared order, and an
 * object with declared properties is closed unless `additionalProperties` opens it.
 */
import { HeadgateError } from '../core/errors.ts'
import { areDisjoint, kindOf } from './json-schema-grammar/disjoint.ts'
import {
  type AnySchema,
  annotations,
  asSchema,
  count,
  invalidSchema,
  list,
  lookUp,
  merge,
  numeric,
  own,
  type Path,
  propertiesOf,
  requiredOf,
  type Schema,
  same,
  schemaParam,
  tupleOf,
  typesOf,
} from './json-schema-grammar/merge.ts'
import { integerRange, numberRange } from './json-schema-grammar/ranges.ts'
import { jsonLiteral, literal, MOST_REPETITIONS, otherKey, Rules } from './json-schema-grammar/rules.ts'
import { stringGrammar } from './json-schema-grammar/strings.ts'

export interface SchemaGrammar {
  /** GBNF; the root rule is `root`. */
  readonly grammar: string
  /** What of the schema is not enforced, in words. Empty with `strict`. */
  readonly warnings: readonly string[]
}

/** Throws `invalid-request` (`invalid_schema`, `param` names the place) for what is no schema, and with `strict` for what cannot be enforced. */
export function schemaToGrammar(schema: unknown, options: { readonly strict: boolean }): SchemaGrammar {
  const writer = new SchemaWriter(asSchema(schema, ''), options.strict)
  return { grammar: writer.grammar(), warnings: writer.warnings }
}

const MOST_DEPTH = 100
const MOST_SCHEMAS = 20_000
const MOST_ALTERNATIVES = 256
const MOST_VALUES = 10_000

const combinators = ['$ref', 'allOf', 'anyOf', 'oneOf']
const neverEnforced = ['not', 'if', '$dynamicRef', '$recursiveRef']
const keywordsOfType: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames', 'minProperties', 'maxProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'contains'],
  string: ['pattern', 'format', 'minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
}

class SchemaWriter {
  readonly warnings: string[] = []
  readonly #root: AnySchema
  readonly #isStrict: boolean
  readonly #rules = new Rules()
  readonly #named = new Map<string, string>()
  /** Which references stand leftmost in which: a cycle among them would never write a character. */
  readonly #leftmost = new Map<string, Set<string>>()
  #owner: string | null = null
  #depth = 0
  #schemas = 0

  constructor(root: AnySchema, isStrict: boolean) {
    this.#root = root
    this.#isStrict = isStrict
  }

  grammar(): string {
    const root = this.#reference('#', '')
    this.#refuseEndless()
    return this.#rules.text(root)
  }

  #unenforced(keyword: string, path: Path): void {
    const place = `${path}.${keyword}`
    if (this.#isStrict)
      throw new HeadgateError('invalid-request', `The local model cannot be held to ${keyword} (at ${place.slice(1)}).`, {
        code: 'invalid_schema',
        param: `${schemaParam}${place}`,
        howToFix: 'Leave the keyword out, or ask without strict.',
      })
    if (this.warnings.length < 50) this.warnings.push(`${keyword} at ${place.slice(1)} is not enforced.`)
  }

  /** A symbol that writes one value of the schema. */
  #write(value: unknown, path: Path): string {
    if (++this.#schemas > MOST_SCHEMAS || this.#depth > MOST_DEPTH) throw invalidSchema(path, 'it is too large or too deep')
    this.#depth++
    try {
      const schema = asSchema(value, path)
      if (schema === true) return this.#rules.use('value')
      if (schema === false) throw invalidSchema(path, `nothing may stand at ${path.slice(1) || 'its top'}`)
      const keywords = Object.keys(schema).filter((keyword) => !annotations.has(keyword))
      const lone = keywords.length === 1 ? keywords[0] : undefined
      if (lone === '$ref') return this.#reference(schema['$ref'], path)
      if (lone === 'allOf' && list(schema, 'allOf', path)?.length === 1) return this.#write((schema['allOf'] as unknown[])[0], `${path}.allOf[0]`)
      if (Object.hasOwn(schema, 'oneOf')) this.#checkOneOf(schema, path)
      if (lone === 'anyOf' || lone === 'oneOf') {
        const ways = this.#nonEmpty(schema, lone, path).filter((way) => way !== false)
        return this.#choice(ways.map((way, index) => this.#write(way, `${path}.${lone}[${index}]`)))
      }
      if (!keywords.some((keyword) => combinators.includes(keyword))) return this.#plain(schema, path)
      const ways = this.#expand(schema, path, 0)
      if (ways.length === 0) throw invalidSchema(path, `nothing fits everything asked for at ${path.slice(1) || 'its top'}`)
      return this.#choice(ways.map((way) => this.#plain(way, path)))
    } finally {
      this.#depth--
    }
  }

  #choice(ways: readonly string[]): string {
    const distinct = [...new Set(ways)]
    return distinct.length === 1 ? distinct[0]! : this.#rules.add(distinct.join(' | '))
  }

  #nonEmpty(schema: Schema, keyword: string, path: Path): readonly unknown[] {
    const ways = list(schema, keyword, path) ?? []
    if (ways.length === 0) throw invalidSchema(`${path}.${keyword}`, `${keyword} is empty`)
    if (ways.length > MOST_ALTERNATIVES) throw invalidSchema(`${path}.${keyword}`, `${keyword} has more than ${MOST_ALTERNATIVES} alternatives`)
    return ways
  }

  #reference(pointer: unknown, path: Path): string {
    const target = lookUp(this.#root, pointer, path)
    const key = pointer as string
    if (this.#owner !== null) this.#leftmost.get(this.#owner)?.add(key)
    const known = this.#named.get(key)
    if (known !== undefined) return known
    const name = this.#rules.reserve()
    this.#named.set(key, name)
    this.#leftmost.set(key, new Set())
    this.#rules.define(
      name,
      this.#within(key, () => this.#write(target, key === '#' ? '' : `.${key.slice(2).replaceAll('/', '.')}`)),
    )
    return name
  }

  #within<Result>(owner: string | null, work: () => Result): Result {
    const before = this.#owner
    this.#owner = owner
    try {
      return work()
    } finally {
      this.#owner = before
    }
  }

  #refuseEndless(): void {
    const done = new Set<string>()
    const visit = (key: string, above: readonly string[]): void => {
      if (above.includes(key)) throw invalidSchema('', `$ref ${key} refers to itself without end`)
      if (done.has(key)) return
      for (const next of this.#leftmost.get(key) ?? []) visit(next, [...above, key])
      done.add(key)
    }
    for (const key of this.#leftmost.keys()) visit(key, [])
  }

  /** Alternatives without combinators that together mean the schema. */
  #expand(value: unknown, path: Path, depth: number): readonly Schema[] {
    if (depth > 30 || ++this.#schemas > MOST_SCHEMAS) throw invalidSchema(path, 'its references never end or it is too large')
    const schema = asSchema(value, path)
    if (schema === true) return [{}]
    if (schema === false) return []
    let ways: readonly Schema[] = [Object.fromEntries(Object.entries(schema).filter(([keyword]) => !combinators.includes(keyword)))]
    const meet = (others: readonly Schema[]) => {
      if (ways.length * others.length > MOST_ALTERNATIVES)
        throw invalidSchema(path, `its parts combine to more than ${MOST_ALTERNATIVES} alternatives`)
      ways = ways.flatMap((way) => others.map((other) => merge(way, other, path))).filter((way) => typeof way === 'object')
    }
    if (Object.hasOwn(schema, '$ref')) meet(this.#expand(lookUp(this.#root, schema['$ref'], path), path, depth + 1))
    for (const [index, part] of (list(schema, 'allOf', path) ?? []).entries()) meet(this.#expand(part, `${path}.allOf[${index}]`, depth + 1))
    for (const keyword of ['anyOf', 'oneOf'])
      if (Object.hasOwn(schema, keyword))
        meet(this.#nonEmpty(schema, keyword, path).flatMap((way, index) => this.#expand(way, `${path}.${keyword}[${index}]`, depth + 1)))
    return ways
  }

  /** `oneOf` is kept where no value can fit two of its alternatives. */
  #checkOneOf(schema: Schema, path: Path): void {
    const ways = this.#nonEmpty(schema, 'oneOf', path).map((way, index) => this.#expand(way, `${path}.oneOf[${index}]`, 0))
    const isClear = ways.every((left, index) =>
      ways.slice(index + 1).every((right) => left.every((a) => right.every((b) => areDisjoint(a, b, path)))),
    )
    if (!isClear) this.#unenforced('oneOf', path)
  }

  /** A schema without combinators. */
  #plain(schema: Schema, path: Path): string {
    for (const keyword of neverEnforced) if (Object.hasOwn(schema, keyword)) this.#unenforced(keyword, path)
    const types = typesOf(schema, path)
    if (Object.hasOwn(schema, 'const') || Object.hasOwn(schema, 'enum')) return this.#values(schema, types, path)
    const possible = types ?? inferredTypes(schema)
    if (possible === null) return this.#rules.use('value')
    if (possible.length === 0) throw invalidSchema(`${path}.type`, 'type is empty')
    const kinds = possible.includes('number') ? possible.filter((type) => type !== 'integer') : possible
    return this.#choice(kinds.map((type) => this.#ofType(type, schema, path)))
  }

  #ofType(type: string, schema: Schema, path: Path): string {
    switch (type) {
      case 'object':
        return this.#within(null, () => this.#object(schema, path))
      case 'array':
        return this.#within(null, () => this.#array(schema, path))
      case 'string':
        return stringGrammar(this.#rules, schema, { path, refuse: (keyword) => this.#unenforced(keyword, path) })
      case 'number':
      case 'integer':
        return this.#number(type, schema, path)
      case 'boolean':
        return this.#rules.use('boolean')
      default:
        return this.#rules.use('null')
    }
  }

  #values(schema: Schema, types: readonly string[] | null, path: Path): string {
    const listed = list(schema, 'enum', path)
    const isListed = (value: unknown) => listed?.some((other) => same(value, other)) ?? true
    const values = Object.hasOwn(schema, 'const') ? [schema['const']].filter(isListed) : (listed ?? [])
    if (values.length > MOST_VALUES) throw invalidSchema(`${path}.enum`, `enum has more than ${MOST_VALUES} values`)
    const fitting = values.filter(
      (value) => types === null || types.includes(kindOf(value)) || (types.includes('integer') && Number.isInteger(value)),
    )
    if (fitting.length === 0) throw invalidSchema(path, `no value fits at ${path.slice(1) || 'its top'}`)
    return this.#rules.add([...new Set(fitting.map(jsonLiteral))].join(' | '))
  }

  #number(type: 'number' | 'integer', schema: Schema, path: Path): string {
    const isExclusive = (keyword: string) => own(schema, keyword) === true // as in draft 4
    const bound = (inclusive: string, exclusive: string, sign: 1 | -1) => {
      const at = numeric(schema, inclusive, path)
      const beyond = typeof own(schema, exclusive) === 'boolean' ? null : numeric(schema, exclusive, path)
      if (beyond !== null && (at === null || beyond * sign >= at * sign)) return { at: beyond, excluded: true }
      return { at, excluded: at !== null && isExclusive(exclusive) }
    }
    const least = bound('minimum', 'exclusiveMinimum', 1)
    const most = bound('maximum', 'exclusiveMaximum', -1)
    const step = numeric(schema, 'multipleOf', path)
    const isWhole = type === 'integer' || (step !== null && step > 0 && Number.isInteger(step))
    if (step !== null && step !== 1) this.#unenforced('multipleOf', path)
    if (least.at === null && most.at === null) return this.#rules.use(isWhole ? 'integer' : 'number')

    let range: string | null
    if (isWhole) {
      const inside = ({ at, excluded }: { at: number | null; excluded: boolean }, sign: 1 | -1) =>
        at !== null && excluded && Number.isInteger(at) ? at + sign : at
      range = integerRange(inside(least, 1), inside(most, -1))
    } else {
      const isFraction = [least.at, most.at].some((at) => at !== null && !Number.isInteger(at))
      if (isFraction) {
        for (const keyword of keywordsOfType['number']!)
          if (keyword !== 'multipleOf' && !Number.isInteger(own(schema, keyword) ?? 0)) this.#unenforced(keyword, path)
        return this.#rules.use('number')
      }
      range = numberRange({ least: least.at, most: most.at, excludesLeast: least.excluded, excludesMost: most.excluded })
    }
    if (range === null) throw invalidSchema(path, `no number fits the bounds at ${path.slice(1) || 'its top'}`)
    return this.#rules.add(range)
  }

  #object(schema: Schema, path: Path): string {
    for (const keyword of ['patternProperties', 'propertyNames', 'dependentRequired', 'dependentSchemas', 'dependencies'])
      if (Object.hasOwn(schema, keyword) && schema[keyword] !== true) this.#unenforced(keyword, path)
    const properties = new Map(propertiesOf(schema, path))
    const required = new Set(requiredOf(schema, path))
    const said = own(schema, 'additionalProperties')
    const rest = said ?? properties.size === 0
    for (const name of required) if (!properties.has(name)) properties.set(name, said ?? true)
    const least = count(schema, 'minProperties', path)
    const most = count(schema, 'maxProperties', path)
    if (rest !== false && own(schema, 'unevaluatedProperties') !== undefined && schema['unevaluatedProperties'] !== true)
      this.#unenforced('unevaluatedProperties', path)

    const pairs: { readonly symbol: string; readonly isRequired: boolean }[] = []
    for (const [name, property] of properties) {
      if (property === false && !required.has(name)) continue
      const value = this.#write(property, `${path}.properties.${name}`)
      pairs.push({ symbol: this.#rules.add(`${literal(`${JSON.stringify(name)}:`)} ws ${value}`), isRequired: required.has(name) })
    }
    const more = rest === false ? null : this.#otherPair(properties, rest, path)
    this.#rules.use('ws')
    if (pairs.length === 0 && more !== null) return this.#map(more, { least, most, path })
    if (least !== null && least > required.size) this.#unenforced('minProperties', path)
    if (most !== null && (more !== null || most < pairs.length)) this.#unenforced('maxProperties', path)
    return this.#rules.add(`"{" ws ${this.#members(pairs, more)} ws "}"`.replace(/ {2}/g, ' '))
  }

  #otherPair(properties: ReadonlyMap<string, unknown>, rest: unknown, path: Path): string {
    const key = properties.size === 0 ? this.#rules.use('any-key') : otherKey(this.#rules, [...properties.keys()])
    return this.#rules.add(`${key} ":" ws ${this.#write(rest, `${path}.additionalProperties`)}`)
  }

  /** An object without declared properties. Two names may be equal, so that only "at least one" can be promised. */
  #map(pair: string, { least, most, path }: { least: number | null; most: number | null; path: Path }): string {
    if (least !== null && least > 1) this.#unenforced('minProperties', path)
    if (least !== null && most !== null && most < least) throw invalidSchema(`${path}.maxProperties`, 'maxProperties is below minProperties')
    const upTo = most !== null && most <= MOST_REPETITIONS ? most : null
    if (most !== null && upTo === null) this.#unenforced('maxProperties', path)
    return this.#rules.add(`"{" ws ${this.#listOf(pair, Math.min(least ?? 0, 1), upTo)} ws "}"`.replace(/ {2}/g, ' '))
  }

  /** Pairs in their order, each optional one present or not, then others. `tail` follows a member, `first` stands where none is before. */
  #members(pairs: readonly { readonly symbol: string; readonly isRequired: boolean }[], more: string | null): string {
    const firstRequired = pairs.findIndex((pair) => pair.isRequired)
    let tail = more === null ? '' : `("," ws ${more})*`
    let first = more === null ? '' : `(${more} ("," ws ${more})*)?`
    for (let index = pairs.length - 1; index >= 0; index--) {
      const { symbol, isRequired } = pairs[index]!
      const start = `${symbol} ${tail}`.trimEnd()
      if (isRequired) first = start
      else if (firstRequired === -1 || index < firstRequired) first = first === '' ? `(${start})?` : this.#rules.add(`${start} | ${first}`)
      const follow = isRequired ? `"," ws ${start}` : `("," ws ${symbol})? ${tail}`.trimEnd()
      if (index > 0) tail = this.#rules.add(follow)
    }
    return first
  }

  #array(schema: Schema, path: Path): string {
    const { first, rest: said } = tupleOf(schema, path)
    const least = count(schema, 'minItems', path) ?? 0
    let most = count(schema, 'maxItems', path)
    if (most !== null && most < least) throw invalidSchema(`${path}.maxItems`, 'maxItems is below minItems')
    if (least > MOST_REPETITIONS) throw invalidSchema(`${path}.minItems`, `minItems is above ${MOST_REPETITIONS}`)
    if (most !== null && most > MOST_REPETITIONS) {
      this.#unenforced('maxItems', path)
      most = null
    }
    if (own(schema, 'uniqueItems') === true && (most === null || most > 1)) this.#unenforced('uniqueItems', path)
    if (Object.hasOwn(schema, 'contains')) this.#unenforced('contains', path)
    // A tuple without a word on what follows ends where it ends, unless its length asks for more.
    const rest = said ?? (first.length === 0 || least > first.length)
    if (rest !== false && own(schema, 'unevaluatedItems') !== undefined && schema['unevaluatedItems'] !== true)
      this.#unenforced('unevaluatedItems', path)
    this.#rules.use('ws')

    const heads = first.slice(0, most ?? first.length).map((item, index) => this.#write(item, `${path}.prefixItems[${index}]`))
    const room = most === null ? null : most - heads.length
    const missing = Math.max(0, least - heads.length)
    if (rest === false || room === 0) {
      if (missing > 0) throw invalidSchema(`${path}.minItems`, 'minItems is more than there can be')
      if (heads.length === 0) return this.#rules.add('"[" ws "]"')
    }
    const item = rest === false || room === 0 ? null : this.#write(rest, `${path}.items`)
    if (heads.length === 0) return this.#rules.add(`"[" ws ${this.#listOf(item!, least, most)} ws "]"`.replace(/ {2}/g, ' '))
    let body = item === null ? '' : this.#rules.repeat(this.#rules.add(`"," ws ${item}`), missing, said === undefined ? missing : room)
    const needed = own(schema, 'minItems') === undefined ? heads.length : Math.min(least, heads.length)
    for (let index = heads.length - 1; index >= 0; index--) {
      const part = `${index > 0 ? '"," ws ' : ''}${heads[index]} ${body}`.trimEnd()
      body = index < needed ? part : this.#rules.add(`(${part})?`)
    }
    return this.#rules.add(`"[" ws ${body} ws "]"`)
  }

  /** `least` to `most` items with commas between them. */
  #listOf(item: string, least: number, most: number | null): string {
    if (most === 0) return ''
    const others = this.#rules.repeat(this.#rules.add(`"," ws ${item}`), Math.max(0, least - 1), most === null ? null : most - 1)
    const some = `${item} ${others}`.trimEnd()
    return least === 0 ? `(${some})?` : some
  }
}

/** What a schema without `type` is about, by its keywords; null = anything. */
function inferredTypes(schema: Schema): readonly string[] | null {
  const types = Object.keys(keywordsOfType).filter((type) => keywordsOfType[type]!.some((keyword) => Object.hasOwn(schema, keyword)))
  return types.length === 0 ? null : types
}

/** Grammar of any JSON object. */
export const anyJsonObjectGrammar: string = schemaToGrammar({ type: 'object' }, { strict: true }).grammar
