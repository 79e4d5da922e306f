/** A small JSON-schema validator, written apart from the grammar so that a mistake in one shows in the other. Throws on keywords that it does not know. */

type Schema = Record<string, unknown>

const ignored = new Set(['$schema', '$id', '$defs', 'definitions', 'title', 'description', 'default', 'examples', 'then', 'else', 'additionalItems'])

/** The first reason why `value` does not fit; null = it fits. */
export function misfit(schema: unknown, value: unknown, root: unknown = schema, path = '$'): string | null {
  if (schema === true) return null
  if (schema === false) return `${path}: nothing is allowed here`
  const { kind, keywords } = { kind: kindOf(value), keywords: schema as Schema }
  for (const [keyword, rule] of Object.entries(keywords)) {
    if (ignored.has(keyword)) continue
    const check = checks[keyword]
    if (!check) throw new Error(`the checker does not know ${keyword}`)
    const problem = check({ rule, value, kind, root, path, schema: keywords })
    if (problem) return `${path}: ${keyword}: ${problem}`
  }
  return null
}

interface Look {
  readonly rule: unknown
  readonly value: unknown
  readonly kind: string
  readonly root: unknown
  readonly path: string
  readonly schema: Schema
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

const fits = (schema: unknown, value: unknown, root: unknown) => misfit(schema, value, root) === null
const number = (test: (value: number, rule: number) => boolean) => (look: Look) =>
  look.kind !== 'number' || test(look.value as number, look.rule as number) ? null : `${look.value} against ${look.rule}`
const length = (test: (length: number, rule: number) => boolean) => (look: Look) =>
  look.kind !== 'string' || test([...(look.value as string)].length, look.rule as number) ? null : JSON.stringify(look.value)
const items = (test: (length: number, rule: number) => boolean) => (look: Look) =>
  look.kind !== 'array' || test((look.value as unknown[]).length, look.rule as number) ? null : `${(look.value as unknown[]).length} items`
const members = (test: (size: number, rule: number) => boolean) => (look: Look) =>
  look.kind !== 'object' || test(Object.keys(look.value as object).length, look.rule as number) ? null : 'number of properties'

const checks: Record<string, (look: Look) => string | null> = {
  type: ({ rule, value, kind }) =>
    [rule].flat().some((type) => type === kind || (type === 'integer' && Number.isInteger(value))) ? null : `${kind} is not ${rule}`,
  const: ({ rule, value }) => (JSON.stringify(rule) === JSON.stringify(value) ? null : JSON.stringify(value)),
  enum: ({ rule, value }) => ((rule as unknown[]).some((one) => JSON.stringify(one) === JSON.stringify(value)) ? null : JSON.stringify(value)),
  minimum: number((value, rule) => value >= rule),
  maximum: number((value, rule) => value <= rule),
  // `true` is the form of draft 4, where the bound stands in `minimum`.
  exclusiveMinimum: (look) => number((value, rule) => value > rule)(look.rule === true ? { ...look, rule: look.schema['minimum'] } : look),
  exclusiveMaximum: number((value, rule) => value < rule),
  multipleOf: number((value, rule) => Number.isInteger(value / rule)),
  minLength: length((size, rule) => size >= rule),
  maxLength: length((size, rule) => size <= rule),
  pattern: ({ rule, value, kind }) => (kind !== 'string' || new RegExp(rule as string, 'u').test(value as string) ? null : JSON.stringify(value)),
  format: ({ rule, value, kind }) => (kind !== 'string' || formats[rule as string]!(value as string) ? null : JSON.stringify(value)),
  minItems: items((size, rule) => size >= rule),
  maxItems: items((size, rule) => size <= rule),
  minProperties: members((size, rule) => size >= rule),
  maxProperties: members((size, rule) => size <= rule),
  uniqueItems: ({ rule, value, kind }) =>
    rule !== true || kind !== 'array' || new Set((value as unknown[]).map((one) => JSON.stringify(one))).size === (value as unknown[]).length
      ? null
      : 'twice',
  prefixItems: ({ rule, value, kind, root, path }) =>
    kind !== 'array'
      ? null
      : first(
          (rule as unknown[]).map((one, at) =>
            at < (value as unknown[]).length ? misfit(one, (value as unknown[])[at], root, `${path}[${at}]`) : null,
          ),
        ),
  items: ({ rule, value, kind, root, path, schema }) => {
    if (kind !== 'array') return null
    const listed = Array.isArray(rule) ? rule.length : ((schema['prefixItems'] as unknown[] | undefined)?.length ?? 0)
    return first(
      (value as unknown[]).map(
        (one, at) =>
          (Array.isArray(rule)
            ? at < listed && misfit(rule[at], one, root, `${path}[${at}]`)
            : at >= listed && misfit(rule, one, root, `${path}[${at}]`)) || null,
      ),
    )
  },
  properties: ({ rule, value, kind, root, path }) =>
    kind !== 'object'
      ? null
      : first(
          Object.entries(rule as Schema).map(([name, one]) =>
            Object.hasOwn(value as object, name) ? misfit(one, (value as Schema)[name], root, `${path}.${name}`) : null,
          ),
        ),
  required: ({ rule, value, kind }) =>
    kind !== 'object' ? null : first((rule as string[]).map((name) => (Object.hasOwn(value as object, name) ? null : `${name} is missing`))),
  additionalProperties: ({ rule, value, kind, root, path, schema }) =>
    kind !== 'object'
      ? null
      : first(
          Object.entries(value as Schema).map(([name, one]) =>
            Object.hasOwn((schema['properties'] as object | undefined) ?? {}, name) ? null : misfit(rule, one, root, `${path}.${name}`),
          ),
        ),
  $ref: ({ rule, value, root, path }) => misfit(pointed(root, rule as string), value, root, path),
  allOf: ({ rule, value, root, path }) => first((rule as unknown[]).map((one) => misfit(one, value, root, path))),
  anyOf: ({ rule, value, root }) => ((rule as unknown[]).some((one) => fits(one, value, root)) ? null : 'none fits'),
  oneOf: ({ rule, value, root }) => {
    const count = (rule as unknown[]).filter((one) => fits(one, value, root)).length
    return count === 1 ? null : `${count} fit`
  },
  not: ({ rule, value, root }) => (fits(rule, value, root) ? 'fits' : null),
}

const formats: Record<string, (text: string) => boolean> = {
  date: isDate,
  'date-time': (text) => isDate(text.slice(0, 10)) && text[10] === 'T' && isTime(text.slice(11)) && !Number.isNaN(Date.parse(text)),
  time: isTime,
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
  email: (text) => /^[^\s@.]+(\.[^\s@.]+)*@[^\s@]+\.[a-z]+$/.test(text),
  ipv4: (text) => text.split('.').length === 4 && text.split('.').every((part) => String(Number(part)) === part && Number(part) < 256),
  ipv6: (text) => URL.canParse(`http://[${text}]/`),
  uri: (text) => URL.canParse(text),
  duration: (text) => /^P(?!$)(\d+[YMWD])?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/.test(text),
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text
}

function isTime(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/.test(text)
}

function first(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null
}

function pointed(root: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce((at, part) => (at as Schema)[part.replaceAll('~1', '/').replaceAll('~0', '~')], root)
}
