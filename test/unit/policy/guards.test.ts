/** Guards in a decision: what they move, what Locks and Fallback keep, what comes last, and how a used-up budget is refused. */
import { describe, expect, test } from 'vitest'
import type { DeploymentState, Situation } from '../../../router/core/plan.ts'
import type { Split } from '../../../router/core/split.ts'
import { decide } from '../../../router/policy/index.ts'
import { buildCatalog, buildDeployment, buildFacts, buildModel, buildSituation, buildState, stepNames } from './build.ts'

const here = buildDeployment('m/here', { kind: 'engine', address: 'engine' })
const away = buildDeployment('m/away')
const battery = { reason: 'battery', detail: 'this machine runs on battery' } as const
const thermal = { reason: 'thermal', detail: 'this machine is hot' } as const

interface Some {
  readonly split?: Partial<Split>
  readonly states?: Readonly<Record<string, DeploymentState>>
  readonly guard?: Situation['guard']
  readonly hold?: Situation['hold']
}

function decided({ split = {}, states = {}, guard = null, hold = null }: Some, facts = buildFacts(), models = [buildModel('m', [here, away])]) {
  const situation = { ...buildSituation({ split, states, ...(hold === null ? {} : { hold }) }), guard }
  return decide({ facts, catalog: buildCatalog(models), situation })
}

describe('battery and heat', () => {
  test.each([battery, thermal])('send a new conversation to the remote lane: $reason', (guard) => {
    const plan = decided({ guard })
    expect(stepNames(plan)).toEqual(['m/away', 'm/here'])
    expect(plan.steps[0]?.reason).toBe(guard.reason)
    expect(plan.draw).toBeNull()
    expect(plan.booking).toBeNull()
  })

  test('leave a conversation that runs here where it is', () => {
    const hold = { deployment: 'm/here', lane: 'local', failedOver: false, splitVersion: 1 } as const
    const facts = buildFacts({ startsSession: false })
    expect(decided({ guard: battery, hold }, facts).steps[0]).toMatchObject({ deployment: here, reason: 'held' })
  })

  test('move nothing under a lock, without Fallback, or where only one lane can answer', () => {
    expect(stepNames(decided({ guard: battery, split: { lock: 'local' } }))).toEqual(['m/here'])
    expect(decided({ guard: battery, split: { fallback: false } }).steps[0]).toMatchObject({ deployment: here, reason: 'drawn' })
    expect(decided({ guard: thermal }, buildFacts(), [buildModel('m', [here])]).steps[0]?.reason).toBe('only-lane')
  })

  test('are no reason where the share sends everything away anyway', () => {
    expect(decided({ guard: battery, split: { remoteShare: 1 } }).steps[0]?.reason).toBe('drawn')
  })

  test('let this machine answer where the remote lane is out', () => {
    const plan = decided({ guard: battery, states: { 'm/away': buildState({ health: 'out', detail: '4/4 failed' }) } })
    expect(plan.steps[0]).toMatchObject({ deployment: here, reason: 'out' })
  })

  test('heat asks a model that would have to be loaded last, and a loaded one as ever', () => {
    const warm = buildDeployment('m/here2')
    const models = [buildModel('m', [here, warm])]
    const states = { 'm/here': buildState({ loaded: false }), 'm/here2': buildState({ loaded: true }) }
    expect(stepNames(decided({ guard: thermal, states }, buildFacts(), models))).toEqual(['m/here2', 'm/here'])
    const only = decided({ guard: thermal, states }, buildFacts(), [buildModel('m', [here])])
    expect(only.steps[0]).toMatchObject({
      deployment: here,
      reason: 'only-lane',
      detail: 'not loaded, and nothing is loaded while this machine is hot',
    })
  })
})

describe('memory', () => {
  const states = { 'm/here': buildState({ memoryRefusal: 'The model needs 9.00 GB; 4.00 GB can be spared.' }) }

  test('sends the model away with the numbers', () => {
    const plan = decided({ states })
    expect(plan.steps[0]).toMatchObject({ deployment: away, reason: 'memory' })
    expect(plan.excluded).toMatchObject([{ deployment: here, reason: 'memory', detail: states['m/here'].memoryRefusal }])
  })

  test('the last one left is asked all the same: memory comes and goes', () => {
    expect(decided({ states }, buildFacts(), [buildModel('m', [here])]).steps[0]).toMatchObject({ deployment: here, reason: 'panic' })
  })
})

describe('a used-up budget', () => {
  const states = { 'm/away': buildState({ overBudget: 'the budget of away is used up: 20.00 of 20.00 USD this month' }) }

  test('lets this machine answer what was drawn remote', () => {
    const plan = decided({ states, split: { remoteShare: 1 } })
    expect(stepNames(plan)).toEqual(['m/here', 'm/away'])
    expect(plan.steps.map(({ reason }) => reason)).toEqual(['budget', 'fallback'])
  })

  test('is spent further where nobody else can answer, other models included', () => {
    expect(decided({ states }, buildFacts(), [buildModel('m', [away])]).steps[0]).toMatchObject({ deployment: away, reason: 'only-lane' })
    const other = buildDeployment('n/here')
    const models = [buildModel('m', [away], { fallbacks: ['n'] }), buildModel('n', [other])]
    expect(stepNames(decided({ states }, buildFacts(), models))).toEqual(['n/here', 'm/away'])
  })

  test('another provider of the lane comes first', () => {
    const models = [buildModel('m', [away, buildDeployment('m/beyond')])]
    expect(stepNames(decided({ states }, buildFacts(), models))).toEqual(['m/beyond', 'm/away'])
  })

  test('is refused as such without Fallback, and waiting is not advised', () => {
    const plan = decided({ states, split: { remoteShare: 1, fallback: false } })
    expect(plan.steps).toEqual([])
    expect(plan.refusal).toMatchObject({ kind: 'budget-exceeded', reason: 'budget', retryAfterMs: null })
    expect(plan.refusal?.message).toContain('20.00 of 20.00 USD this month')
  })
})

describe('the lock of a model', () => {
  test('removes the other lane, and says whose lock it is', () => {
    const plan = decided({ split: { remoteShare: 1 } }, buildFacts(), [buildModel('m', [here, away], { lock: 'local' })])
    expect(stepNames(plan)).toEqual(['m/here'])
    expect(plan.steps[0]?.reason).toBe('lock')
    expect(plan.excluded[0]?.detail).toContain('locked to local (model m)')
    expect(plan.localOnly).toBe(true)
  })

  test('set by a person stands above the one of the file', () => {
    const models = [buildModel('m', [here, away], { lock: 'local' })]
    const plan = decided({ split: { remoteShare: 1, modelLocks: new Map([['m', null]]) } }, buildFacts(), models)
    expect(stepNames(plan)).toEqual(['m/away', 'm/here'])
    expect(plan.localOnly).toBe(false)
  })

  test('against the global one leaves none, and both are named', () => {
    const plan = decided({ split: { lock: 'remote' } }, buildFacts(), [buildModel('m', [here, away], { lock: 'local' })])
    expect(plan.refusal?.message).toContain('locked to local (model m)')
    expect(plan.refusal?.howToFix).toContain('Allow the remote lane for the model m')
  })
})
