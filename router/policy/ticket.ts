/** Takes several random choices out of one number in [0, 1), so that one ticket per request decides everything and a replay decides the same. */

export interface Pick {
  /** Index into the weights. */
  readonly index: number
  /** What is left of the ticket: again uniform in [0, 1), independent of the pick. */
  readonly rest: number
}

const largestBelowOne = 1 - 2 ** -53

/**
 * Picks an index with probability proportional to its weight; weights that are all zero count as equal.
 * Each pick uses up log2(1/p) of the ticket's bits, as an arithmetic decoder does: dozens of picks among a few candidates are sound.
 */
export function pickWeighted(weights: readonly number[], ticket: number): Pick {
  let total = 0
  for (const weight of weights) total += weight
  const equal = total <= 0
  if (equal) total = weights.length
  let left = Math.min(Math.max(ticket, 0), largestBelowOne) * total
  const last = weights.length - 1
  for (let index = 0; index <= last; index++) {
    const weight = equal ? 1 : (weights[index] as number)
    if (weight > 0 && left < weight) return { index, rest: Math.min(left / weight, largestBelowOne) }
    left -= weight
  }
  // Rounding may leave a crumb above the last weight: it belongs to the last index that weighs anything.
  let index = last
  while (index > 0 && !equal && weights[index] === 0) index--
  return { index, rest: 0 }
}

/** All items in random order: each next one picked by weight among those that are left. */
export function shuffleWeighted<Item>(items: readonly Item[], weights: readonly number[], ticket: number): Item[] {
  const left = [...items]
  const leftWeights = [...weights]
  const shuffled: Item[] = []
  let rest = ticket
  while (left.length > 0) {
    const pick = pickWeighted(leftWeights, rest)
    rest = pick.rest
    shuffled.push(...left.splice(pick.index, 1))
    leftWeights.splice(pick.index, 1)
  }
  return shuffled
}
