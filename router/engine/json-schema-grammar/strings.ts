/** Strings of a schema as grammar: lengths, `pattern`, `format`. */
import { count, invalidSchema, own, type Path, type Schema } from './merge.ts'
import { patternGrammar } from './pattern.ts'
import { MOST_REPETITIONS, type Rules } from './rules.ts'

const date =
  '([0-9]{4} "-" (("0" [13578] | "1" [02]) "-" ("0" [1-9] | [12] [0-9] | "3" [01]) | ("0" [469] | "11") "-" ("0" [1-9] | [12] [0-9] | "30") | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8])))'
const hour = '([01] [0-9] | "2" [0-3])'
const time = `(${hour} ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,6})? ("Z" | [+-] ${hour} ":" [0-5] [0-9]))`
const label = '[a-zA-Z0-9] ([a-zA-Z0-9-]{0,40} [a-zA-Z0-9])?'
const host = `(${label} ("." ${label}){0,3})`
const byte = '("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9]? [0-9])'
const word = '[0-9a-fA-F]{1,4}'
const amount = '[0-9]{1,4}'

/** Each lets through valid texts only, not every valid one. */
const formats: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date} "T" ${time}`,
  duration: `"P" (${amount} [YMWD] | (${amount} "D")? "T" (${amount} "H" (${amount} "M")? (${amount} "S")? | ${amount} "M" (${amount} "S")? | ${amount} "S"))`,
  uuid: '[0-9a-f]{8} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{12}',
  email: `[a-zA-Z0-9_+-]{1,40} ("." [a-zA-Z0-9_+-]{1,20}){0,2} "@" ${host} "." [a-z]{2,8}`,
  hostname: host,
  ipv4: `${byte} "." ${byte} "." ${byte} "." ${byte}`,
  ipv6: `(${word} (":" ${word}){7} | (${word} (":" ${word}){0,3})? "::" (${word} (":" ${word}){0,2})?)`,
  uri: `"http" "s"? "://" ${host} (":" [1-9] [0-9]{0,3})? ("/" [a-zA-Z0-9._~-]{0,60}){0,8} ("?" [a-zA-Z0-9._~=&-]{1,80})?`,
}

/** Formats that say how a text is meant, not how it is written. */
const loose = new Set(['password', 'byte', 'binary', 'markdown', 'html', 'textarea'])

/** `refuse(keyword)` is called for what cannot be enforced; it may throw. */
export function stringGrammar(rules: Rules, schema: Schema, { path, refuse }: { path: Path; refuse: (keyword: string) => void }): string {
  const least = count(schema, 'minLength', path) ?? 0
  let most = count(schema, 'maxLength', path)
  if (most !== null && most < least) throw invalidSchema(`${path}.maxLength`, 'maxLength is below minLength')
  if (least > MOST_REPETITIONS) throw invalidSchema(`${path}.minLength`, `minLength is above ${MOST_REPETITIONS}`)
  const format = own(schema, 'format')
  const pattern = own(schema, 'pattern')

  if (pattern !== undefined) {
    if (typeof pattern !== 'string') throw invalidSchema(`${path}.pattern`, 'pattern is not text')
    if (typeof format === 'string' && !loose.has(format)) refuse('format')
    const body = patternGrammar(pattern, { least, most })
    if (body !== null) return rules.add(`"\\"" ${body} "\\""`)
    refuse('pattern')
  } else if (typeof format === 'string' && !loose.has(format)) {
    const body = Object.hasOwn(formats, format) ? formats[format] : undefined
    if (body !== undefined) {
      if (least > 0 && own(schema, 'minLength') !== undefined && least > 1) refuse('minLength')
      if (most !== null) refuse('maxLength')
      return rules.add(`"\\"" ${body} "\\""`)
    }
    refuse('format')
  }
  if (least === 0 && most === null) return rules.use('string')
  if (most !== null && most > MOST_REPETITIONS) {
    refuse('maxLength')
    most = null
  }
  const characters = rules.repeat(rules.use('character'), least, most)
  return rules.add(`"\\"" ${characters} "\\""`.replace('  ', ' '))
}
