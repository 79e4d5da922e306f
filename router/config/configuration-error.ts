/** What is wrong with the configuration, and where. The old configuration stays in force. Invariant: no message holds a value of a credential. */
import type { Source } from '../core/deployment.ts'

export class ConfigurationError extends Error {
  /** File name inside the configuration folder, e.g. `models.yaml`. */
  readonly file: string
  /** From 1; null where no line is to blame. */
  readonly line: number | null

  constructor(file: string, line: number | null, message: string) {
    super(message)
    this.name = 'ConfigurationError'
    this.file = file
    this.line = line
  }
}

/** `models.yaml:12`, or the file alone. */
export function placeOf(file: string, line: number | null): string {
  return line === null ? file : `${file}:${line}`
}

/** Where a source lies: `models.yaml:12` is a line, anything else (`panel`) is a name without one. */
export function fileAndLine(source: Source): { readonly file: string; readonly line: number | null } {
  const [, file, line] = /^(.+):(\d+)$/.exec(source) ?? []
  return file === undefined ? { file: source, line: null } : { file, line: Number(line) }
}

/** What was probably meant with an unknown name, else everything that there is. */
export function hintOf(near: readonly string[], known: Iterable<string>): string {
  if (near.length > 0) return `did you mean ${near.slice(0, 3).map(quote).join(' or ')}?`
  const all = [...known]
  return all.length === 0 ? 'there is none' : `known: ${all.slice(0, 40).join(', ')}${all.length > 40 ? ', …' : ''}`
}

export function quote(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name)
}
