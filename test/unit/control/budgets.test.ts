/** Budgets: what is counted, when it is told, when the period ends, and that neither a restart nor a cleared ledger gives money back. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBudgets } from '../../../router/control/budgets.ts'
import type { Budget } from '../../../router/core/catalog.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { type ManualClock, manualClock } from '../../fakes/manual-clock.ts'
import { buildCatalog, buildDeployment, buildModel, buildProvider } from '../policy/build.ts'

let clock: ManualClock
let registry: Registry
let budget: Budget | null
let ledgerUsd: number
let told: string[]
beforeEach(() => {
  clock = manualClock()
  registry = openRegistry(':memory:', clock)
  budget = { usd: 10, per: 'month' }
  ledgerUsd = 0
  told = []
})
afterEach(() => registry.close())

const deployment = buildDeployment('m/away')
const ended = (costUsd: number | null) =>
  ({ type: 'request-ended', costUsd, deployment: 'm/away', plan: { steps: [{ deployment }] } }) as unknown as RouterEvent

const start = () =>
  createBudgets({
    clock,
    catalog: () => buildCatalog([buildModel('m', [deployment])], { providers: new Map([['away', buildProvider('away', { budget })]]) }),
    settings: registry.settings,
    spentSince: () => ledgerUsd,
    emit: (event) => void (event.type === 'guard-changed' && told.push(event.detail)),
  })

test('it is told at 80 % and at 100 %, each once, and then it is used up with the numbers', () => {
  const budgets = start()
  for (const usd of [7.9, 0.2, 1, null, 0.95, 5]) budgets.read(ended(usd))
  expect(told).toEqual([
    'the budget of away is used to 80 %: 8.10 of 10.00 USD this month',
    'the budget of away is used up: 10.05 of 10.00 USD this month',
  ])
  expect(budgets.usedUp('away')).toBe('the budget of away is used up: 15.05 of 10.00 USD this month')
  expect(budgets.view('away')).toMatchObject({ usd: 10, per: 'month', state: 'used-up', spent_usd: expect.closeTo(15.05) })
})

test('a step over both is told as used up alone', () => {
  const budgets = start()
  budgets.read(ended(12))
  expect(told).toEqual(['the budget of away is used up: 12.00 of 10.00 USD this month'])
})

test('a restart and an empty ledger give nothing back', () => {
  const before = start()
  before.read(ended(11))
  before.stop()
  ledgerUsd = 0
  expect(start().usedUp('away')).toContain('11.00 of 10.00')
})

test('a new budget counts what the period has cost before, and a higher one has room at once', () => {
  ledgerUsd = 12
  const budgets = start()
  expect(budgets.usedUp('away')).not.toBeNull()
  budget = { usd: 20, per: 'month' }
  expect(budgets.usedUp('away')).toBeNull()
})

test('a day ends at midnight', () => {
  budget = { usd: 1, per: 'day' }
  const budgets = start()
  budgets.read(ended(2))
  expect(budgets.usedUp('away')).toContain('today')
  const until = Date.parse(budgets.view('away')?.until ?? '')
  clock.oversleep(until - clock.now() - 1)
  expect(budgets.usedUp('away')).not.toBeNull()
  clock.oversleep(1)
  expect(budgets.usedUp('away')).toBeNull()
})

test('without a budget nothing is kept', () => {
  budget = null
  const budgets = start()
  budgets.read(ended(100))
  budgets.stop()
  expect([budgets.usedUp('away'), budgets.view('away'), registry.settings.get('spent')]).toEqual([null, null, {}])
})
