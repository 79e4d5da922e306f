/** Wilson's score interval: how sure `failed` of `total` makes us. Invariant: no data gives no interval, never "healthy". */

/** 95 %, for the screen. */
export const Z_95 = 1.96
/** 99 %, for events. */
export const Z_99 = 2.576

/** Bounds of a share, 0–1. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** The interval of the true failure share after `failed` of `total`; null where total is 0 ("unknown"). Source: Wilson 1927. */
export function wilsonInterval(failed: number, total: number, z: number): Interval | null {
  if (total <= 0) return null
  const share = failed / total
  const z2 = z * z
  const scale = 1 + z2 / total
  const centre = (share + z2 / (2 * total)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total * total))
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}
