/** Whether two patterns can take the same name: known names and names made from the patterns themselves are tried. A sample, no proof: it warns, it never refuses. */

interface Pattern {
  readonly rule: string
  readonly matches: (name: string) => boolean
}

/** A name that both take; null = none was found. */
export function overlapOf(one: Pattern, other: Pattern, names: Iterable<string>): string | null {
  const both = (name: string) => name !== '' && one.matches(name) && other.matches(name)
  for (const name of names) if (both(name)) return name
  const [first, second] = [sampleOf(one.rule), sampleOf(other.rule)]
  if (first === null || second === null) return null
  return [first, second, first + second, second + first].find(both) ?? null
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
