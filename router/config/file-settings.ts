/** All files as one: every top-level key with its checked value and the file that sets it. Invariant: a key has one file. */
import type { z } from 'zod'
import type { Source } from '../core/deployment.ts'
import { ConfigurationError, placeOf } from './configuration-error.ts'
import { type TopLevelKey, topLevel, topLevelKeys } from './schema/index.ts'
import { explainingKeys, unknownKey } from './schema/known-map.ts'
import type { Path, YamlText } from './yaml-text.ts'

export interface SetValue<Value> {
  readonly value: Value
  readonly file: string
  /** Is a value at this path below the key written in the file? Else a default stands there. */
  has(path: Path): boolean
  line(path: Path): number
  /** `models.yaml:12`. */
  source(path: Path): Source
}

export interface FileSettings {
  get<Key extends TopLevelKey>(key: Key): SetValue<z.output<(typeof topLevel)[Key]>> | null
}

/** Checks every key of every file. Throws a `ConfigurationError` at the first thing that is wrong, in the order of files and lines. */
export function collectFileSettings(files: readonly YamlText[]): FileSettings {
  const owners = new Map<string, YamlText>()
  const values = new Map<string, unknown>()
  for (const file of files)
    for (const [key, raw] of Object.entries(file.value)) {
      if (explainingKeys.has(key)) continue
      const line = file.lineOf([key])
      if (!topLevelKeys.includes(key)) throw new ConfigurationError(file.file, line, unknownKey(key, topLevelKeys))
      const owner = owners.get(key)
      if (owner)
        throw new ConfigurationError(
          file.file,
          line,
          `${key} is set in ${placeOf(owner.file, owner.lineOf([key]))} and in ${placeOf(file.file, line)}`,
        )
      owners.set(key, file)
      values.set(key, check(file, key, raw))
    }
  return {
    get(key) {
      const file = owners.get(key)
      if (!file || !values.has(key)) return null
      return {
        value: values.get(key) as never,
        file: file.file,
        has: (path) => hasPath(file.value[key], path),
        line: (path) => file.lineOf([key, ...path]),
        source: (path) => placeOf(file.file, file.lineOf([key, ...path])),
      }
    },
  }
}

function check(file: YamlText, key: string, raw: unknown): unknown {
  const result = topLevel[key as TopLevelKey].safeParse(raw)
  if (result.success) return result.data
  const issues = result.error.issues.map((issue) => ({ line: file.lineOf([key, ...(issue.path as Path)]), text: describeIssue(issue, key) }))
  const [first] = issues.sort((a, b) => a.line - b.line)
  throw new ConfigurationError(file.file, first?.line ?? null, first?.text ?? `${key} is not valid`)
}

/** A schema's complaint as `models[0].weight: expected number, received string`. Holds no values, only what was expected. */
export function describeIssue(issue: z.core.$ZodIssue, root: string): string {
  const place = issue.path.reduce(
    (text: string, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}${text ? '.' : ''}${String(step)}`),
    root,
  )
  if (issue.message.endsWith('received undefined')) return `${place} is missing`
  if (issue.message.startsWith('unknown key ')) return issue.message
  // Of a name that is not allowed the reason lies inside.
  const said = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
  const message = said.replace(/^Invalid (input|option): /, '').replace(/^Too (big|small): /, '')
  return `${place}: ${message}`
}

function hasPath(value: unknown, path: Path): boolean {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return false
    current = (current as Record<string | number, unknown>)[step]
  }
  return current !== undefined
}
