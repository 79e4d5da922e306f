/** Names that look like a mistyped one, nearest first. */

const longestCompared = 120

/**
 * At most `limit` known names near `wanted`, ignoring case: by edit distance (insert, delete, replace, swap of neighbours) up to 40 % of the
 * longer name; where one contains the other, any distance will do and counts half.
 */
export function nearNames(wanted: string, known: Iterable<string>, limit = 5): string[] {
  const asked = wanted.slice(0, longestCompared).toLowerCase()
  const near: { readonly name: string; readonly distance: number }[] = []
  for (const name of known) {
    const other = name.slice(0, longestCompared).toLowerCase()
    const contains = asked.length >= 3 && other.length >= 3 && (other.includes(asked) || asked.includes(other))
    const distance = editDistance(asked, other)
    if (contains) near.push({ name, distance: distance / 2 })
    else if (distance <= Math.max(1, Math.floor(Math.max(asked.length, other.length) * 0.4))) near.push({ name, distance })
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return near.slice(0, limit).map((entry) => entry.name)
}

/** Optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(replaced, (last[j] as number) + 1, (row[j - 1] as number) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (beforeLast[j - 2] as number) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] as number
}
