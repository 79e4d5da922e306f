/** Door of the dialects: the explicit list. A new dialect is one folder and one line here; the conformance suite runs over the list. */
import type { Dialect } from '../core/dialect.ts'
import { openaiChat } from './openai-chat/index.ts'

export { openaiChat } from './openai-chat/index.ts'
export { SseSplitter } from './sse-splitter.ts'

export const dialects: readonly Dialect[] = [openaiChat]

const byName = new Map(dialects.map((dialect) => [dialect.name, dialect]))
const byPath = new Map(dialects.flatMap((dialect) => dialect.paths.map((path) => [path, dialect] as const)))

/** The dialect of a provider's data. Throws for a name that is not in the list: a fault of the code, not of a request. */
export function dialectOf(name: string): Dialect {
  const dialect = byName.get(name)
  if (!dialect) throw new Error(`There is no dialect ${name}.`)
  return dialect
}

/** The dialect that serves `path`; undefined where none does. */
export function dialectAt(path: string): Dialect | undefined {
  return byPath.get(path)
}
