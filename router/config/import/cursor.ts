/** A value of a foreign file with its place: every note of an import says file and line. */
import type { Path, YamlText } from '../yaml-text.ts'

export interface Cursor {
  readonly value: unknown
  readonly file: string
  readonly line: number
  at(step: string | number): Cursor
}

export function cursorOf(yaml: YamlText, path: Path = []): Cursor {
  let value: unknown = yaml.value
  for (const step of path) value = typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined
  return { value, file: yaml.file, line: yaml.lineOf(path), at: (step) => cursorOf(yaml, [...path, step]) }
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Key and value of a map in its order; none where it is no map. */
export function entriesOf(cursor: Cursor): [string, Cursor][] {
  return isMap(cursor.value) ? Object.keys(cursor.value).map((key) => [key, cursor.at(key)]) : []
}

/** Items of a list; a single value that is there counts as a list of one. */
export function itemsOf(cursor: Cursor): Cursor[] {
  const { value } = cursor
  if (Array.isArray(value)) return value.map((_, index) => cursor.at(index))
  return value === undefined || value === null ? [] : [cursor]
}

/** Not empty, and LiteLLM's `os.environ/NAME` as `${NAME}`; null where it is no text. */
export function textOf({ value }: Cursor): string | null {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string' || value === '') return null
  return value.replace(/^os\.environ\/([A-Za-z_][A-Za-z0-9_]*)$/, '$${$1}')
}

export function textsOf(cursor: Cursor): string[] {
  return itemsOf(cursor).flatMap((item) => textOf(item) ?? [])
}

/** Numbers are written as text too; null where it is none, or below 0. */
export function numberOf({ value }: Cursor): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null
}

/** A whole number above 0. */
export function countOf(cursor: Cursor): number | null {
  const number = numberOf(cursor)
  return number === null || number < 1 ? null : Math.round(number)
}

export function flagOf({ value }: Cursor): boolean | null {
  return typeof value === 'boolean' ? value : value === 'true' ? true : value === 'false' ? false : null
}
