import { expect, test } from 'vitest'
import { decide, turnAfter } from '../../../router/policy/index.ts'
import { buildCatalog, buildDeployment, buildFacts, buildModel, buildSituation } from './build.ts'

const places = ['m/here1', 'm/here2', 'm/here3']
const catalog = buildCatalog([
  buildModel(
    'm',
    places.map((name) => buildDeployment(name)),
    { strategy: 'round_robin' },
  ),
])

function firstsOf(turns: Map<string, number>, count: number, states = {}): string[] {
  return Array.from({ length: count }, () => {
    const plan = decide({ facts: buildFacts({ session: null }), catalog, situation: buildSituation({ turns: new Map(turns), states }) })
    const turn = turnAfter(plan, turns)
    if (turn) turns.set(turn.deployment, turn.count)
    return plan.steps[0]?.deployment.name ?? ''
  })
}

test('a deployment that is new among busy ones takes its turn, not all of them', () => {
  const turns = new Map([
    ['m/here1', 50_000],
    ['m/here2', 50_000],
  ])
  expect(firstsOf(turns, 7)).toEqual(['m/here3', 'm/here1', 'm/here2', 'm/here3', 'm/here1', 'm/here2', 'm/here3'])
})

test('one that was out for long comes back the same way', () => {
  const turns = new Map<string, number>()
  firstsOf(turns, 200, { 'm/here2': { health: 'out' } })
  const after = firstsOf(turns, 30)
  expect(places.map((name) => after.filter((each) => each === name).length)).toEqual([10, 11, 9])
})

test('a plan without steps takes none', () => {
  const plan = decide({ facts: buildFacts({ session: null }), catalog: buildCatalog([buildModel('m', [])]), situation: buildSituation() })
  expect(turnAfter(plan, new Map())).toBeNull()
})
