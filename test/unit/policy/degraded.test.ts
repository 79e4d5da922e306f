/** A deployment that errors have degraded gets what half its weight would give it, whatever the strategy. */
import { expect, test } from 'vitest'
import { seededChance } from '../../../router/core/clock.ts'
import { decide } from '../../../router/policy/index.ts'
import { buildCatalog, buildDeployment, buildFacts, buildModel, buildSituation } from './build.ts'

test.each([
  ['two equal ones', [null, null], 1 / 3],
  ['weights of 0.7 and 0.3', [0.7, 0.3], 0.35 / 0.65],
  ['three equal ones', [null, null, null], 0.5 / 2.5],
])('of %s', (_, weights, share) => {
  const places = weights.map((weight, index) => buildDeployment(`m/here${index}`, { weight }))
  const catalog = buildCatalog([buildModel('m', places, { strategy: 'weighted' })])
  const chance = seededChance(7)
  let first = 0
  for (let turn = 0; turn < 20_000; turn++) {
    const situation = buildSituation({ states: { 'm/here0': { rampShare: 0.5 } }, strategyChance: chance() })
    if (decide({ facts: buildFacts({ session: null }), catalog, situation }).steps[0]?.deployment.name === 'm/here0') first++
  }
  expect(first / 20_000).toBeCloseTo(share, 1)
})
