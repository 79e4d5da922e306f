/** Seed 003, lines 588–599: the list chooses the metrics. */
import { expect, test } from 'vitest'
import { shownMetrics } from '../../../router/config/index.ts'
import { createRoutingMetrics } from '../../../router/control/routing-metrics.ts'
import { load, warningsOf } from './configuration-files.ts'

const keysOf = (names: readonly string[]) => Object.keys(createRoutingMetrics().shown(names))
const all = Object.keys(createRoutingMetrics().now())

test('routing_metrics chooses which of the seven are shown; without it all are', async () => {
  expect(keysOf(shownMetrics(await load({})))).toEqual(all)
  const chosen = await load({ 'routing.yaml': 'routing_metrics: [cache_hit_rate, exact_match_rate]\n' })
  expect(keysOf(shownMetrics(chosen))).toEqual(['requests', 'exact_match_rate', 'cache_hit_rate'])
  expect(chosen.settings.find(({ path }) => path === 'routing_metrics')?.source).toBe('routing.yaml:1')
  expect(warningsOf(chosen)).toEqual([])
  expect(keysOf(shownMetrics(await load({ 'routing.yaml': 'routing_metrics: []\n' })))).toEqual(['requests'])
})

test('a metric that nobody knows is warned of with the nearest one, and the others are shown', async () => {
  const catalog = await load({ 'routing.yaml': 'routing_metrics:\n  - exact_match_rate\n  - cache_hits_rate\n' })
  expect(keysOf(shownMetrics(catalog))).toEqual(['requests', 'exact_match_rate'])
  expect(warningsOf(catalog)).toEqual(['routing.yaml:3: unknown metric "cache_hits_rate" in routing_metrics; did you mean "cache_hit_rate"?'])
})
