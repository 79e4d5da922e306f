/** The weights that GET /routing shows. */
import { describe, expect, it } from 'vitest'
import { effectiveWeights } from '../../../router/policy/index.ts'
import { buildCatalog, buildDeployment, buildModel, buildSituation, override } from './build.ts'

const model = buildModel('m', [
  buildDeployment('m/here'),
  buildDeployment('m/away', { weight: 0.7 }),
  buildDeployment('m/far', { weight: 0.3 }),
  buildDeployment('m/spare', { priority: 1 }),
])

function weights(situation: Parameters<typeof buildSituation>[0]) {
  const found = effectiveWeights(model, buildCatalog([model]), buildSituation(situation))
  return Object.fromEntries([...found].map(([name, weight]) => [name, Math.round(weight * 1000) / 1000]))
}

describe('effective weights', () => {
  it('are the share of the lane times the weight inside it, first priority only', () => {
    expect(weights({ split: override(40) })).toEqual({ 'm/here': 0.6, 'm/away': 0.28, 'm/far': 0.12, 'm/spare': 0 })
  })

  it('give the part of one that is out to the others of its lane', () => {
    expect(weights({ split: override(40), states: { 'm/away': { health: 'out' } } })).toMatchObject({ 'm/here': 0.6, 'm/away': 0, 'm/far': 0.4 })
  })

  it('give a lane that is out to the other only with Fallback on', () => {
    const states = { 'm/here': { health: 'out' } } as const
    expect(weights({ split: override(40), states })).toMatchObject({ 'm/here': 0, 'm/away': 0.7, 'm/far': 0.3 })
    expect(weights({ split: override(40, { fallback: false }), states })).toMatchObject({ 'm/here': 0, 'm/away': 0.28, 'm/far': 0.12 })
  })

  it('follow a lock and a ramp', () => {
    expect(weights({ split: override(40, { lock: 'local' }) })).toMatchObject({ 'm/here': 1, 'm/away': 0 })
    const ramping = weights({ split: override(100), states: { 'm/far': { health: 'ramping', rampShare: 0.5 } } })
    expect(ramping).toMatchObject({ 'm/away': Math.round((0.7 / 0.85) * 1000) / 1000, 'm/far': Math.round((0.15 / 0.85) * 1000) / 1000 })
  })
})
