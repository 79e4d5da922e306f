/** The policy alone, with every clock, timer and source of chance poisoned from before its import. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bothLanes, buildCatalog, buildFacts, buildModel, buildSituation, override } from './build.ts'

describe('the policy', () => {
  const poison = (name: string) => () => {
    throw new Error(`the policy used ${name}`)
  }
  let policy: typeof import('../../../router/policy/index.ts')

  beforeAll(async () => {
    vi.resetModules()
    // The door loads zod, which is not ours to judge, so loading happens first; then nothing may be touched while it decides.
    policy = await import('../../../router/policy/index.ts')
    vi.spyOn(Math, 'random').mockImplementation(poison('Math.random'))
    vi.spyOn(Date, 'now').mockImplementation(poison('Date.now'))
    vi.spyOn(performance, 'now').mockImplementation(poison('performance.now'))
    for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'Date'] as const) vi.stubGlobal(name, poison(name))
    vi.stubGlobal('console', new Proxy({}, { get: poison('console') }))
  })
  afterAll(() => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })

  it('decides and explains with every clock, timer and source of chance poisoned', () => {
    const catalog = buildCatalog([
      bothLanes(),
      ...policy.strategies.map((each) => buildModel(each.name, bothLanes().deployments, { strategy: each.name })),
    ])
    const sentences = ['m', 'auto', 'm@away', 'new@away', ...policy.strategies.map((each) => each.name)].map((model) =>
      policy.sentence(policy.decide({ facts: buildFacts({ model }), catalog, situation: buildSituation({ split: override(30) }) })),
    )
    expect(sentences.every((each) => each.includes(' goes to '))).toBe(true)
  })
})
