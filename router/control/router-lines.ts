/** `debug_router`: the seed's `[ROUTER]` lines, one per decision and one per fallback. */
import type { RouterEvent } from '../core/events.ts'
import type { Plan, Route } from '../core/plan.ts'

const kinds: Readonly<Record<Route['kind'], string>> = {
  exact: 'exact match',
  alias: 'alias match',
  pattern: 'pattern match',
  capability: 'capability match',
  metadata: 'metadata match',
  size: 'size match',
  smart: 'smart routing',
  default: 'default',
}

/** The lines of one event; none for most. */
export function routerLines(event: RouterEvent): readonly string[] {
  if (event.type === 'request-decided') return [decisionLine(event.plan)]
  if (event.type !== 'request-ended' || event.plan === null || event.deployment === null) return []
  const [first] = event.plan.steps
  const served = event.plan.steps.find(({ deployment }) => deployment.name === event.deployment)
  if (!first || !served || served === first) return []
  return [`[ROUTER] Fallback triggered: ${first.deployment.provider} -> ${served.deployment.provider}`]
}

function decisionLine({ model, route, steps, refusal }: Plan): string {
  const first = steps[0]
  if (!first) return `[ROUTER] Model: ${shown(model)} -> none (${refusal?.reason ?? 'refused'})`
  return `[ROUTER] Model: ${shown(model)} -> Provider: ${first.deployment.provider} (${kinds[route.kind]})`
}

/** Names come out of requests: one line, not longer than one. */
function shown(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
