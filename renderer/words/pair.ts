/** Two figures that are compared: in one unit, which only the second one names. */
import { amount, count, latency, usd } from './figures.ts'

const nbsp = '\u00a0'

export interface Pair {
  readonly before: string
  readonly after: string
}

/** 1.84 → 1.49 M tokens, $1.97 → $2.94, 420 → 510 ms; an unknown side is a dash. */
export function pairOf(kind: 'tokens' | 'usd' | 'ms', before: number | null, after: number | null): Pair {
  const most = Math.max(before ?? 0, after ?? 0)
  const text = (value: number | null, hasUnit: boolean): string => {
    if (value === null) return '–'
    switch (kind) {
      case 'usd':
        return usd(value)
      case 'ms':
        return most < 1000 && !hasUnit ? count(value) : latency(value)
      case 'tokens': {
        if (most < 1_000_000) return hasUnit ? `${amount(value)} tokens` : amount(value)
        const figure = (value / 1_000_000).toFixed(2)
        return hasUnit ? `${figure}${nbsp}M tokens` : figure
      }
    }
  }
  return { before: text(before, false), after: text(after, true) }
}
