/** Number ranges as grammar: digits only, so that every number that the grammar lets through is inside. Pure. */

/** Digits that a double holds exactly. */
const WIDEST = 999_999_999_999_999

/** Whole numbers from `least` to `most` (null = no bound); null = there is none. */
export function integerRange(least: number | null, most: number | null): string | null {
  const from = Math.max(Math.ceil(least ?? -WIDEST), -WIDEST)
  const to = Math.min(Math.floor(most ?? WIDEST), WIDEST)
  if (from > to) return null
  const ways: string[] = []
  if (from < 0) ways.push(`"-" (${digits(Math.max(1, -to), -from)})`)
  if (to >= 0) ways.push(digits(Math.max(0, from), to))
  return `(${ways.join(' | ')})`
}

export interface NumberBounds {
  readonly least: number | null
  readonly most: number | null
  readonly excludesLeast: boolean
  readonly excludesMost: boolean
}

/** Decimal numbers between whole bounds, without exponent; null = there is none. */
export function numberRange({ least, most, excludesLeast, excludesMost }: NumberBounds): string | null {
  const from = Math.max(least ?? -WIDEST, -WIDEST)
  const to = Math.min(most ?? WIDEST, WIDEST)
  if (from > to || (from === to && (excludesLeast || excludesMost))) return null
  const ways: string[] = []
  // A bound itself, where it belongs to the range, then everything strictly between.
  if (!(excludesLeast && least !== null)) ways.push(`"${from}"`)
  if (to !== from && !(excludesMost && most !== null)) ways.push(`"${to}"`)
  if (to > 0) ways.push(...between(Math.max(0, from), to, from < 0))
  if (from < 0) ways.push(...between(Math.max(0, -to), -from, false).map((way) => `"-" (${way})`))
  return `(${ways.join(' | ')})`
}

/** Numbers strictly between two whole numbers ≥ 0; with `withLow` the lower one too. */
function between(low: number, high: number, withLow: boolean): string[] {
  if (high <= low) return []
  const ways = [`${digits(low, high - 1)} "." [0-9]{0,5} [1-9]`] // more digits would round to the bound
  if (high - low > 1) ways.push(digits(low + 1, high - 1))
  if (withLow) ways.push(`"${low}"`)
  return ways
}

/** Whole numbers from `low` to `high`, both ≥ 0, without leading zeros. */
function digits(low: number, high: number): string {
  const ways: string[] = []
  for (let from = low; from <= high; ) {
    const width = String(from).length
    const to = Math.min(high, 10 ** width - 1)
    ways.push(...sameWidth(String(from), String(to)))
    from = to + 1
  }
  return ways.length === 1 ? ways[0]! : `(${ways.join(' | ')})`
}

/** Digit strings of one width between two. */
function sameWidth(low: string, high: string): string[] {
  if (low === '') return ['']
  const [first, last] = [Number(low[0]), Number(high[0])]
  const width = low.length - 1
  if (/^0*$/.test(low.slice(1)) && /^9*$/.test(high.slice(1))) return [then(oneOf(first, last), width > 0 ? `[0-9]{${width}}` : '')]
  if (first === last) return sameWidth(low.slice(1), high.slice(1)).map((rest) => then(`"${first}"`, rest))
  const ways = sameWidth(low.slice(1), '9'.repeat(width)).map((rest) => then(`"${first}"`, rest))
  if (last - first > 1) ways.push(then(oneOf(first + 1, last - 1), `[0-9]{${width}}`))
  ways.push(...sameWidth('0'.repeat(width), high.slice(1)).map((rest) => then(`"${last}"`, rest)))
  return ways
}

function oneOf(first: number, last: number): string {
  return first === last ? `"${first}"` : `[${first}-${last}]`
}

function then(head: string, rest: string): string {
  return rest === '' ? head : `${head} ${rest}`
}
