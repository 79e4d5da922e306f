/** What GGUF files say of themselves, read once per version of a file, for those who show it. Invariant: looking never waits and never throws; `learn` does the reading. */
import { statSync } from 'node:fs'
import type { GgufFacts } from '../engine/gguf-check.ts'

export interface ModelFileFacts {
  /** What is known of the file; null = not read yet, or no model. */
  of(file: string): GgufFacts | null
  /** Reads those that are new or have changed. Resolves when all are known, also where one cannot be read. */
  learn(files: readonly string[]): Promise<void>
}

export function createModelFileFacts(inspect: (file: string) => Promise<GgufFacts>): ModelFileFacts {
  const known = new Map<string, { readonly stamp: string; readonly facts: Promise<GgufFacts | null>; value: GgufFacts | null }>()

  function read(file: string): Promise<GgufFacts | null> {
    const stamp = stampOf(file)
    const before = known.get(file)
    if (before?.stamp === stamp) return before.facts
    const facts = stamp === null ? Promise.resolve(null) : inspect(file).catch(() => null)
    const entry = { stamp: stamp ?? '', facts, value: null as GgufFacts | null }
    known.set(file, entry)
    return facts.then((value) => {
      entry.value = value
      return value
    })
  }

  return {
    of: (file) => known.get(file)?.value ?? null,
    async learn(files) {
      await Promise.all([...new Set(files)].map(read))
    },
  }
}

function stampOf(file: string): string | null {
  const info = statSync(file, { throwIfNoEntry: false })
  return info ? `${info.size} ${info.mtimeMs}` : null
}
