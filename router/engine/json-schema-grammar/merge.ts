/** Schemas as plain objects: keywords, references, and one schema that means what several mean together (`allOf`). Pure. */
import { HeadgateError } from '../../core/errors.ts'

export type Schema = Readonly<Record<string, unknown>>
export type AnySchema = Schema | boolean

/** Where a schema stands: a path such as `.properties.name`, for messages. */
export type Path = string

export const schemaParam = 'response_format.json_schema.schema'

/** Keywords that say nothing about what may be written. */
export const annotations: ReadonlySet<string> = new Set(
  `$schema $id $comment $defs definitions $anchor $vocabulary title description default examples example deprecated readOnly writeOnly
  contentEncoding contentMediaType contentSchema discriminator externalDocs xml nullable strict name`.split(/\s+/),
)

export function invalidSchema(path: Path, message: string): HeadgateError {
  return new HeadgateError('invalid-request', `The JSON schema cannot be used: ${message}.`, {
    code: 'invalid_schema',
    param: `${schemaParam}${path}`,
  })
}

export function asSchema(value: unknown, path: Path): AnySchema {
  if (typeof value === 'boolean') return value
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Schema
  throw invalidSchema(path, `${path === '' ? 'it' : path.slice(1)} is not a schema`)
}

/** An own keyword; never what a prototype has. */
export function own(schema: Schema, keyword: string): unknown {
  return Object.hasOwn(schema, keyword) ? schema[keyword] : undefined
}

export function list(schema: Schema, keyword: string, path: Path): readonly unknown[] | null {
  const value = own(schema, keyword)
  if (value === undefined) return null
  if (!Array.isArray(value)) throw invalidSchema(`${path}.${keyword}`, `${keyword} is not a list`)
  return value
}

export function numeric(schema: Schema, keyword: string, path: Path): number | null {
  const value = own(schema, keyword)
  if (value === undefined || value === null) return null
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalidSchema(`${path}.${keyword}`, `${keyword} is not a number`)
  return value
}

/** A length or count. */
export function count(schema: Schema, keyword: string, path: Path): number | null {
  const value = numeric(schema, keyword, path)
  if (value !== null && (value < 0 || !Number.isInteger(value))) throw invalidSchema(`${path}.${keyword}`, `${keyword} is not a whole number ≥ 0`)
  return value
}

/** Declared properties in their order, as a map: a property may be called `__proto__`. */
export function propertiesOf(schema: Schema, path: Path): ReadonlyMap<string, unknown> {
  const value = own(schema, 'properties')
  if (value === undefined) return new Map()
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw invalidSchema(`${path}.properties`, 'properties is not an object of schemas')
  return new Map(Object.entries(value))
}

export function requiredOf(schema: Schema, path: Path): readonly string[] {
  const names = list(schema, 'required', path) ?? []
  for (const name of names) if (typeof name !== 'string') throw invalidSchema(`${path}.required`, 'required holds something that is not a name')
  return names as readonly string[]
}

export function typesOf(schema: Schema, path: Path): readonly string[] | null {
  const value = own(schema, 'type')
  if (value === undefined) return null
  const types = Array.isArray(value) ? value : [value]
  for (const type of types)
    if (typeof type !== 'string' || !knownTypes.includes(type)) throw invalidSchema(`${path}.type`, `${JSON.stringify(type)} is not a type`)
  return types as readonly string[]
}

const knownTypes: readonly unknown[] = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']

/** What `pointer` (`#`, `#/…`) points at. */
export function lookUp(root: AnySchema, pointer: unknown, path: Path): AnySchema {
  if (typeof pointer !== 'string' || !(pointer === '#' || pointer.startsWith('#/')))
    throw invalidSchema(`${path}.$ref`, `$ref ${JSON.stringify(pointer)} does not point into the schema itself`)
  let at: unknown = root
  for (const part of pointer.split('/').slice(1)) {
    const key = decode(part)
    const isThere = at !== null && typeof at === 'object' && Object.hasOwn(at, key)
    if (!isThere) throw invalidSchema(`${path}.$ref`, `$ref ${JSON.stringify(pointer)} points at nothing`)
    at = (at as Record<string, unknown>)[key]
  }
  return asSchema(at, `${path}.$ref`)
}

function decode(part: string): string {
  let text = part
  try {
    text = decodeURIComponent(part)
  } catch {
    // Not percent-encoded: as it stands.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** A schema for what fits both; false = nothing does. Neither may hold `$ref`, `allOf`, `anyOf` or `oneOf` at its top. */
export function merge(a: Schema, b: Schema, path: Path): AnySchema {
  const out = new Map<string, unknown>(Object.entries(a))
  for (const keyword of Object.keys(b)) {
    if (annotations.has(keyword) || structural.has(keyword)) continue
    const value = b[keyword]
    if (!out.has(keyword)) out.set(keyword, value)
    else if (!same(out.get(keyword), value)) {
      const join = joins[keyword]
      if (!join) throw invalidSchema(`${path}.${keyword}`, `${keyword} stands twice in allOf and cannot be merged`)
      const joined = join(out.get(keyword), value)
      if (joined === NOTHING) return false
      out.set(keyword, joined)
    }
  }
  mergeObjects(a, b, out, path)
  mergeArrays(a, b, out, path)
  return Object.fromEntries(out)
}

const structural = new Set(['properties', 'additionalProperties', 'required', 'prefixItems', 'items', 'additionalItems'])
const NOTHING = Symbol('nothing fits both')

const larger = (a: unknown, b: unknown) => Math.max(a as number, b as number)
const smaller = (a: unknown, b: unknown) => Math.min(a as number, b as number)

const joins: Readonly<Record<string, (a: unknown, b: unknown) => unknown>> = {
  __proto__: null as never,
  type: (a, b) => {
    const [left, right] = [[a].flat(), [b].flat()]
    const both = left.filter((type) => right.includes(type) || (type === 'integer' && right.includes('number')))
    if (left.includes('number') && right.includes('integer') && !both.includes('integer')) both.push('integer')
    return both.length === 0 ? NOTHING : both
  },
  enum: (a, b) => {
    const both = [a].flat().filter((value) => [b].flat().some((other) => same(value, other)))
    return both.length === 0 ? NOTHING : both
  },
  const: () => NOTHING,
  minimum: larger,
  exclusiveMinimum: larger,
  minLength: larger,
  minItems: larger,
  minProperties: larger,
  maximum: smaller,
  exclusiveMaximum: smaller,
  maxLength: smaller,
  maxItems: smaller,
  maxProperties: smaller,
  uniqueItems: (a, b) => a === true || b === true,
}

/** A property that only one side names must also fit what the other says about unnamed ones. */
function mergeObjects(a: Schema, b: Schema, out: Map<string, unknown>, path: Path): void {
  const [left, right] = [propertiesOf(a, path), propertiesOf(b, path)]
  const [leftRest, rightRest] = [own(a, 'additionalProperties'), own(b, 'additionalProperties')]
  if (left.size + right.size > 0) {
    const merged: [string, unknown][] = []
    for (const name of new Set([...left.keys(), ...right.keys()])) {
      const inLeft = left.has(name) ? left.get(name) : leftRest
      const inRight = right.has(name) ? right.get(name) : rightRest
      merged.push([name, both(inLeft, inRight) ?? true])
    }
    out.set('properties', Object.fromEntries(merged))
  }
  const rest = both(leftRest, rightRest)
  if (rest === undefined) out.delete('additionalProperties')
  else out.set('additionalProperties', rest)
  const required = [...requiredOf(a, path), ...requiredOf(b, path)]
  if (required.length > 0) out.set('required', [...new Set(required)])
}

function mergeArrays(a: Schema, b: Schema, out: Map<string, unknown>, path: Path): void {
  const [left, right] = [tupleOf(a, path), tupleOf(b, path)]
  for (const keyword of ['prefixItems', 'items', 'additionalItems']) out.delete(keyword)
  const length = Math.max(left.first.length, right.first.length)
  const at = ({ first, rest }: Tuple, index: number) => (index < first.length ? first[index] : rest)
  if (length > 0)
    out.set(
      'prefixItems',
      Array.from({ length }, (_, index) => both(at(left, index), at(right, index)) ?? true),
    )
  const rest = both(left.rest, right.rest)
  if (rest !== undefined) out.set('items', rest)
}

export interface Tuple {
  readonly first: readonly unknown[]
  /** Undefined = not said. */
  readonly rest: unknown
}

/** `prefixItems` + `items`, or their older form `items: […]` + `additionalItems`. */
export function tupleOf(schema: Schema, path: Path): Tuple {
  const items = own(schema, 'items')
  if (Array.isArray(items)) return { first: items, rest: own(schema, 'additionalItems') }
  return { first: list(schema, 'prefixItems', path) ?? [], rest: items }
}

function both(a: unknown, b: unknown): unknown {
  if (a === undefined || a === true || same(a, b)) return b === undefined ? a : b
  if (b === undefined || b === true) return a
  if (a === false || b === false) return false
  return { allOf: [a, b] }
}

/** Equal as JSON values. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false
  const [keys, others] = [Object.keys(a), Object.keys(b)]
  return (
    keys.length === others.length &&
    keys.every((key) => Object.hasOwn(b, key) && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  )
}
