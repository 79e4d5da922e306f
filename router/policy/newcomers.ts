/** A deployment without history: it leads now and then, so that it is neither flooded nor starved by strategies that always take the best known one. */
import type { Ranked } from '../core/strategy.ts'

/** Part of the requests that a group's newcomers get until they have a history. */
const SHARE = 0.1

/** The ranking as it is, or with one of the newcomers in front when the ticket says so. `ticket` in [0, 1). */
export function withNewcomer(ranked: readonly Ranked[], isNew: (ranked: Ranked) => boolean, ticket: number): readonly Ranked[] {
  if (ticket >= SHARE) return ranked
  const newcomers = ranked.filter(isNew)
  if (newcomers.length === 0 || newcomers.length === ranked.length) return ranked
  const lead = newcomers[Math.floor((ticket / SHARE) * newcomers.length)] as Ranked
  return [{ ...lead, detail: `${lead.detail ?? ''}; tried for a history`.replace(/^; /, '') }, ...ranked.filter((each) => each !== lead)]
}

/** The middle of what is known; null = nothing is. */
export function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b)
  return known[(known.length - 1) >> 1] ?? null
}
