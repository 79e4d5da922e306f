/** What a provider may cost in a day or a month, and what it has cost: told at 80 % and at 100 %; then it is asked only where nobody else can answer. Invariant: what was spent survives a restart and a cleared ledger. */
import type { Budget, Catalog } from '../core/catalog.ts'
import { type Clock, startOfDay, startOfMonth, type Timer } from '../core/clock.ts'
import type { EventBus, RouterEvent } from '../core/events.ts'
import type { SettingsStore } from '../registry/index.ts'

const WARN_AT = 0.8
const KEEP_AFTER_MS = 1_000

export interface BudgetView {
  readonly usd: number
  readonly per: Budget['per']
  readonly spent_usd: number
  readonly state: 'left' | 'nearly-used' | 'used-up'
  /** When it starts anew. */
  readonly until: string
}

export interface Budgets {
  /** In words with the numbers; null = there is budget left, or none is set. */
  usedUp(provider: string): string | null
  /** Null = none is set. */
  view(provider: string): BudgetView | null
  /** Counts what a request has cost. */
  read(event: RouterEvent): void
  stop(): void
}

export interface BudgetParts {
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly catalog: () => Catalog
  readonly settings: SettingsStore
  /** US dollars of the ledger since a wall-clock moment: where a budget is new. */
  readonly spentSince: (provider: string, sinceMs: number) => number
  readonly emit: EventBus['emit']
}

interface Spent {
  readonly period: number
  readonly usd: number
}

export function createBudgets({ clock, catalog, settings, spentSince, emit }: BudgetParts): Budgets {
  const known = new Map<string, Spent>(Object.entries(settings.get('spent')))
  let timer: Timer | null = null

  const budgetOf = (provider: string) => catalog().providers.get(provider)?.budget ?? null

  /** Of the period that runs now. */
  function spentOf(provider: string, { per }: Budget): Spent {
    const period = startOf(per, clock.now())
    const kept = known.get(provider)
    if (kept?.period === period) return kept
    const spent = { period, usd: spentSince(provider, period) }
    known.set(provider, spent)
    keepSoon()
    return spent
  }

  function keep(): void {
    timer?.cancel()
    timer = null
    settings.set('spent', Object.fromEntries(known))
  }
  const keepSoon = () => {
    timer ??= clock.after(KEEP_AFTER_MS, keep)
  }

  function usedUp(provider: string): string | null {
    const budget = budgetOf(provider)
    if (budget === null) return null
    const { usd } = spentOf(provider, budget)
    return usd >= budget.usd ? `the budget of ${provider} is used up: ${wordsOf(usd, budget)}` : null
  }

  return {
    usedUp,
    view(provider) {
      const budget = budgetOf(provider)
      if (budget === null) return null
      const { usd } = spentOf(provider, budget)
      const state = usd >= budget.usd ? 'used-up' : usd >= budget.usd * WARN_AT ? 'nearly-used' : 'left'
      return { ...budget, spent_usd: usd, state, until: new Date(endOf(budget.per, clock.now())).toISOString() }
    },
    read(event) {
      if (event.type !== 'request-ended' || event.costUsd === null || event.costUsd <= 0) return
      const provider = event.plan?.steps.find(({ deployment }) => deployment.name === event.deployment)?.deployment.provider
      const budget = provider === undefined ? null : budgetOf(provider)
      if (provider === undefined || budget === null) return
      const before = spentOf(provider, budget)
      const after = before.usd + event.costUsd
      known.set(provider, { ...before, usd: after })
      keepSoon()
      for (const part of [1, WARN_AT])
        if (before.usd < budget.usd * part && after >= budget.usd * part) {
          const what = part === 1 ? 'is used up' : `is used to ${part * 100} %`
          emit({ type: 'guard-changed', guard: 'budget', detail: `the budget of ${provider} ${what}: ${wordsOf(after, budget)}` })
          break
        }
    },
    stop() {
      if (timer !== null) keep()
    },
  }
}

const wordsOf = (usd: number, budget: Budget) => `${usd.toFixed(2)} of ${budget.usd.toFixed(2)} USD ${budget.per === 'day' ? 'today' : 'this month'}`

const startOf = (per: Budget['per'], nowMs: number) => (per === 'day' ? startOfDay(nowMs) : startOfMonth(nowMs))

function endOf(per: Budget['per'], nowMs: number): number {
  const end = new Date(startOf(per, nowMs))
  return per === 'day' ? end.setDate(end.getDate() + 1) : end.setMonth(end.getMonth() + 1)
}
