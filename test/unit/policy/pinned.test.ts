/** The plan of a test: exactly the named deployment, in whatever state it is; what a person set still holds. */
import { expect, test } from 'vitest'
import { pinnedPlan } from '../../../router/policy/index.ts'
import { buildDeployment, buildFacts, buildModel, buildSituation, buildState, stepNames } from './build.ts'

const away = buildDeployment('m/away')
const model = buildModel('m', [away])

test('is one step without a draw, a hold or a fallback, also where the deployment is out', () => {
  const plan = pinnedPlan(away, {
    facts: buildFacts(),
    situation: buildSituation({ states: { 'm/away': buildState({ health: 'out', detail: '4/4 failed' }) } }),
    model,
  })
  expect(stepNames(plan)).toEqual(['m/away'])
  expect(plan).toMatchObject({
    model: 'm',
    draw: null,
    booking: null,
    keepsSession: false,
    mayFallBack: false,
    refusal: null,
    steps: [{ reason: 'asked' }],
  })
})

test('a lock refuses it with the reason, and a switch does', () => {
  const locked = pinnedPlan(away, { facts: buildFacts(), situation: buildSituation({ split: { lock: 'local' } }), model })
  expect(locked.steps).toEqual([])
  expect(locked.refusal).toMatchObject({ reason: 'lock', howToFix: expect.stringContaining('Local Only') })
  const off = pinnedPlan(buildDeployment('m/away', { disabled: 'LAB_URL is not set' }), { facts: buildFacts(), situation: buildSituation(), model })
  expect(off.refusal).toMatchObject({ reason: 'disabled', message: expect.stringContaining('LAB_URL is not set') })
})

test('a lock of the model holds for it', () => {
  const locked = pinnedPlan(away, { facts: buildFacts(), situation: buildSituation(), model: { ...model, lock: 'local' } })
  expect(locked.refusal).toMatchObject({ reason: 'lock', howToFix: 'Allow the remote lane for the model m.' })
})
