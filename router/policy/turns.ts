/** How often each deployment led a plan: what round robin counts. One that is new, or comes back, takes one turn and then stands where the others do: it is owed nothing. */
import type { Lookup, Plan } from '../core/plan.ts'

/** The count to keep for the plan's first deployment, in the same tick; null where nothing leads. */
export function turnAfter({ steps }: Plan, turns: Lookup<number>): { readonly deployment: string; readonly count: number } | null {
  const [first, ...rest] = steps
  if (!first) return null
  const countOf = (name: string) => turns.get(name) ?? 0
  const group = rest.filter(({ deployment, reason }) => reason === first.reason && deployment.lane === first.deployment.lane)
  const least = group.length === 0 ? 0 : Math.min(...group.map(({ deployment }) => countOf(deployment.name)))
  return { deployment: first.deployment.name, count: Math.max(countOf(first.deployment.name), least - 1) + 1 }
}
