/** Can two schemas never fit one value? Says yes only where it is certain. Pure. */
import { list, own, type Path, propertiesOf, requiredOf, type Schema, same, typesOf } from './merge.ts'

/** Both must be free of `$ref`, `allOf`, `anyOf` and `oneOf` at their top. */
export function areDisjoint(a: Schema, b: Schema, path: Path): boolean {
  const [values, others] = [valuesOf(a, path), valuesOf(b, path)]
  if (values && others) return !values.some((value) => others.some((other) => same(value, other)))
  const [types, otherTypes] = [kindsOf(a, values, path), kindsOf(b, others, path)]
  if (!types || !otherTypes) return false
  const shared = types.filter((type) => otherTypes.includes(type))
  if (shared.length === 0) return true
  return shared.length === 1 && shared[0] === 'object' && (lacks(a, b, path) || lacks(b, a, path) || isTagged(a, b, path))
}

/** `b` needs a property that the closed `a` does not have. */
function lacks(a: Schema, b: Schema, path: Path): boolean {
  const names = propertiesOf(a, path)
  return own(a, 'additionalProperties') === false && requiredOf(b, path).some((name) => !names.has(name))
}

/** A property that both need and whose possible values differ. */
function isTagged(a: Schema, b: Schema, path: Path): boolean {
  const [left, right] = [propertiesOf(a, path), propertiesOf(b, path)]
  const needed = requiredOf(b, path)
  return requiredOf(a, path).some((name) => {
    const [mine, yours] = [plain(left.get(name)), plain(right.get(name))]
    return needed.includes(name) && mine !== null && yours !== null && areDisjoint(mine, yours, path)
  })
}

function plain(schema: unknown): Schema | null {
  const isObject = schema !== null && typeof schema === 'object' && !Array.isArray(schema)
  return isObject && !['$ref', 'allOf', 'anyOf', 'oneOf'].some((keyword) => Object.hasOwn(schema, keyword)) ? (schema as Schema) : null
}

function valuesOf(schema: Schema, path: Path): readonly unknown[] | null {
  return Object.hasOwn(schema, 'const') ? [schema['const']] : list(schema, 'enum', path)
}

function kindsOf(schema: Schema, values: readonly unknown[] | null, path: Path): readonly string[] | null {
  const types = typesOf(schema, path)?.map((type) => (type === 'integer' ? 'number' : type))
  return types ?? values?.map(kindOf) ?? null
}

/** JSON type of a value; whole numbers are `number` here. */
export function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}
