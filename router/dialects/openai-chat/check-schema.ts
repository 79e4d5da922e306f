/** Checks a JSON schema of a request for what an engine cannot take: recursion, unknown types, broken patterns. Compiles and fetches nothing. */
import { invalid } from './fields.ts'
import { isRecord, type Json } from './wire.ts'

export const SCHEMA_LIMIT_BYTES = 256 * 1024

const REFERENCE_DEPTH_LIMIT = 64
const TYPES = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'])
/** Keywords whose members are schemas by free names. */
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])
/** Keywords whose values are data, not schemas. */
const DATA = new Set(['enum', 'const', 'default', 'examples', 'example'])

/** Throws `invalid_schema` with `param`. References must point into the schema itself and must not come back to where they are. */
export function checkSchema(schema: unknown, param: string): void {
  const refuse = (problem: string) => invalid('invalid_schema', param, `${param}: ${problem}.`)
  const done = new Set<unknown>()
  const open = new Set<unknown>()

  function visit(node: unknown, depth: number): void {
    if (typeof node === 'boolean') return
    if (Array.isArray(node)) {
      for (const item of node) visit(item, depth)
      return
    }
    if (!isRecord(node) || done.has(node)) return
    if (open.has(node)) throw refuse('the schema refers to itself')
    if (depth > REFERENCE_DEPTH_LIMIT) throw refuse('references go too deep')
    open.add(node)
    for (const [key, value] of Object.entries(node)) {
      if (DATA.has(key)) continue
      if (MAPS.has(key) && isRecord(value)) for (const member of Object.values(value)) visit(member, depth)
      else if (key === '$ref' && typeof value === 'string') visit(targetOf(value), depth + 1)
      else if (key === 'type') checkType(value)
      else if (key === 'pattern') checkPattern(value)
      else if (typeof value === 'object') visit(value, depth)
    }
    open.delete(node)
    done.add(node)
  }

  function targetOf(reference: string): unknown {
    if (!reference.startsWith('#')) throw refuse('a reference leaves the schema')
    let node: unknown = schema
    for (const step of reference.slice(1).split('/').slice(1)) {
      const name = decoded(step)
      node = Array.isArray(node) ? node[Number(name)] : isRecord(node) && Object.hasOwn(node, name) ? (node as Json)[name] : undefined
    }
    if (node === undefined) throw refuse('a reference points nowhere')
    return node
  }

  function checkType(type: unknown): void {
    const names = Array.isArray(type) ? type : [type]
    if (names.some((name) => typeof name !== 'string' || !TYPES.has(name))) throw refuse('a type is unknown')
  }

  /** Never compiled: a pattern can be a trap for the compiler. Only what no engine could read is refused. */
  function checkPattern(pattern: unknown): void {
    if (typeof pattern !== 'string' || !isBalanced(pattern)) throw refuse('a pattern is broken')
  }

  if (!isRecord(schema)) throw refuse('a schema must be an object')
  visit(schema, 0)
}

function decoded(step: string): string {
  let text = step
  try {
    text = decodeURIComponent(step)
  } catch {
    // not percent-coded: taken as it stands
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~')
}

function isBalanced(pattern: string): boolean {
  let groups = 0
  let isInClass = false
  for (let i = 0; i < pattern.length; i++) {
    const sign = pattern[i]
    if (sign === '\\') {
      if (++i === pattern.length) return false
    } else if (isInClass) isInClass = sign !== ']'
    else if (sign === '[') isInClass = true
    else if (sign === '(') groups++
    else if (sign === ')' && --groups < 0) return false
  }
  return groups === 0 && !isInClass && !/^[*+?]/.test(pattern)
}
