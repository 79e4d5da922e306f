/** Which patterns can take the same name: known names and names made from the patterns themselves are tried. A sample, no proof: it warns, it never refuses. */

interface Pattern {
  readonly rule: string
  readonly matches: (name: string) => boolean
}

export interface Overlap {
  /** Index of the pattern that wins. */
  readonly earlier: number
  readonly later: number
  /** A name that both take. */
  readonly name: string
}

/** Patterns whose samples are also joined in pairs; with more of them that alone would take seconds. */
const MOST_JOINED = 400

/** Looks at a name by a pattern, at most: a file may hold thousands of both. */
const MOST_LOOKS = 2_000_000

/** For each pattern the first one before it that takes a name of its own; in the order of the patterns. */
export function overlapsOf(patterns: readonly Pattern[], names: Iterable<string>): Overlap[] {
  const samples = patterns.map(({ rule }) => sampleOf(rule))
  const found = new Map<number, Overlap>()
  const note = (earlier: number, later: number, name: string) => {
    if (earlier < (found.get(later)?.earlier ?? later)) found.set(later, { earlier, later, name })
  }
  const tried = new Set([...samples.filter((sample) => sample !== null), ...names])
  let left = Math.floor(MOST_LOOKS / Math.max(1, patterns.length))
  for (const name of tried) {
    if (name === '') continue
    if (left-- === 0) break
    let first: number | null = null
    for (const [index, { matches }] of patterns.entries())
      if (matches(name)) {
        if (first === null) first = index
        else note(first, index, name)
      }
  }
  for (const [later, second] of samples.slice(0, MOST_JOINED).entries())
    for (const [earlier, first] of samples.slice(0, found.get(later)?.earlier ?? later).entries()) {
      if (first === null || second === null) continue
      const both = [first + second, second + first].find((name) => patterns[earlier]?.matches(name) && patterns[later]?.matches(name))
      if (both === undefined) continue
      note(earlier, later, both)
      break
    }
  return [...found.values()].sort((a, b) => a.later - b.later)
}

/** A name in the form of the pattern: the parts that are free filled with something short. Null where its form is not read. */
export function sampleOf(pattern: string): string | null {
  const body = pattern
    .replace(/^\(\?i\)/, '')
    .replace(/^\^/, '')
    .replace(/\$$/, '')
  let sample = ''
  const piece = /\\([dws])([+*?])?|\\(.)([+*?])?|\.([+*])?(\?)?|\[([^\]^])[^\]]*\]([+*?])?|([A-Za-z0-9/:_@ -])([+*?])?/gy
  let at = 0
  for (let match = piece.exec(body); match; match = piece.exec(body)) {
    const [whole, classified, , escaped, , , , fromSet, , literal] = match
    at += whole.length
    sample += classified === 'd' ? '7' : classified === 'w' ? 'x' : classified === 's' ? ' ' : (escaped ?? fromSet ?? literal ?? 'x')
  }
  return at === body.length && sample !== '' ? sample : null
}
