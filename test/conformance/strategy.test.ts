/** What every strategy of the list has to keep: a permutation, the same again, nothing changed, ties that stay fair. */
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeploymentState } from '../../router/core/plan.ts'
import { findStrategy, strategies } from '../../router/policy/index.ts'
import { buildDeployment, buildSituation, deepFreeze } from '../unit/policy/build.ts'

const folder = new URL('../../router/policy/strategies/', import.meta.url)

const group = fc.array(
  fc.record({
    weight: fc.constantFrom(null, 0, 0.3, 2),
    priority: fc.nat(2),
    context: fc.constantFrom(null, 4096, 131_072),
    inFlight: fc.nat(3),
    firstOutputMs: fc.constantFrom(null, 0, 20, 400),
  }),
  { maxLength: 9 },
)

function candidatesOf(members: readonly Partial<{ weight: number | null; priority: number; context: number | null }>[]) {
  return deepFreeze(
    members.map(({ weight = null, priority = 0, context = null }, index) => buildDeployment(`m/p${index}`, { weight, priority, context })),
  )
}

describe('the list of strategies', () => {
  it('has every file of the folder, under a name like it', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'index.ts')
    expect(strategies.map((strategy) => `${strategy.name.replaceAll('_', '-')}.ts`).sort()).toEqual(files.sort())
  })

  it('has no name or alias twice, and finds each in any spelling', () => {
    const names = strategies.flatMap((strategy) => [strategy.name, ...strategy.aliases].map((name) => name.toLowerCase().replaceAll('-', '_')))
    expect(new Set(names).size).toBe(names.length)
    for (const strategy of strategies) expect(findStrategy(strategy.name.toUpperCase().replaceAll('_', '-'))).toBe(strategy)
    expect(findStrategy('no such strategy')).toBeNull()
  })
})

describe.each(strategies.map((strategy) => [strategy.name, strategy] as const))('%s', (_, strategy) => {
  const options = strategy.options.parse({})

  it('has a summary and options with defaults that refuse unknown keys', () => {
    expect(strategy.summary.length).toBeGreaterThan(10)
    expect(strategy.options.safeParse({ no_such_option: 1 }).success).toBe(false)
  })

  it('returns a permutation of frozen candidates, the same again, with finite scores', () => {
    fc.assert(
      fc.property(group, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (members, strategyChance) => {
        const candidates = candidatesOf(members)
        const states = Object.fromEntries(members.map(({ inFlight, firstOutputMs }, index) => [`m/p${index}`, { inFlight, firstOutputMs }]))
        const situation = buildSituation({ states, strategyChance })
        const ranked = strategy.order(candidates, situation, options)
        expect(ranked.map((each) => each.deployment.name).sort()).toEqual(candidates.map((each) => each.name).sort())
        expect(strategy.order(candidates, situation, options)).toEqual(ranked)
        for (const { score } of ranked) if (score !== null) expect(Number.isFinite(score)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('orders equals fairly by the ticket, or always the same way without one', () => {
    const candidates = candidatesOf([{}, {}, {}])
    const firsts = new Map<string, number>()
    const runs = 900
    for (let n = 0; n < runs; n++) {
      const first = strategy.order(candidates, buildSituation({ strategyChance: (n + 0.5) / runs }), options)[0]?.deployment.name ?? ''
      firsts.set(first, (firsts.get(first) ?? 0) + 1)
    }
    if (firsts.size === 1) expect(firsts.get('m/p0')).toBe(runs)
    else expect([...firsts.values()]).toEqual([runs / 3, runs / 3, runs / 3])
  })

  it('takes one and none', () => {
    expect(strategy.order([], buildSituation(), options)).toEqual([])
    expect(strategy.order(candidatesOf([{}]), buildSituation(), options)).toHaveLength(1)
  })
})

const order = (name: string, states: NonNullable<Parameters<typeof buildSituation>[0]>['states'], members: Parameters<typeof candidatesOf>[0]) =>
  findStrategy(name)
    ?.order(candidatesOf(members), buildSituation({ states: states ?? {}, strategyChance: 0.1 }), {})
    .map((each) => each.deployment.name)

describe('what each strategy is for', () => {
  it('p2c takes the cheaper of two by time × (in flight + 1), and no history for the median', () => {
    expect(order('p2c', { 'm/p0': { firstOutputMs: 100, inFlight: 4 }, 'm/p1': { firstOutputMs: 300 } }, [{}, {}])).toEqual(['m/p1', 'm/p0'])
    expect(order('p2c', { 'm/p0': { firstOutputMs: 100 }, 'm/p1': { inFlight: 1 } }, [{}, {}])).toEqual(['m/p0', 'm/p1'])
  })

  it('p2c never leads with the costliest of three, and leads with the second best at times', () => {
    const situationAt = (strategyChance: number) =>
      buildSituation({ strategyChance, states: { 'm/p0': { firstOutputMs: 1 }, 'm/p1': { firstOutputMs: 2 }, 'm/p2': { firstOutputMs: 3 } } })
    const leads = Array.from(
      { length: 300 },
      (_, n) => findStrategy('p2c')?.order(candidatesOf([{}, {}, {}]), situationAt((n + 0.5) / 300), {})[0]?.deployment.name,
    )
    expect(leads.filter((name) => name === 'm/p0')).toHaveLength(200)
    expect(leads.filter((name) => name === 'm/p1')).toHaveLength(100)
  })

  it('weighted leads as often as the weight says, and never with a weight of zero', () => {
    const leads = Array.from({ length: 1000 }, (_, n) => {
      const situation = buildSituation({ strategyChance: (n + 0.5) / 1000 })
      return findStrategy('weighted')?.order(candidatesOf([{ weight: 0.2 }, { weight: 0 }, { weight: 0.8 }]), situation, {})[0]?.deployment.name
    })
    expect(leads.filter((name) => name === 'm/p0')).toHaveLength(200)
    expect(leads).not.toContain('m/p1')
  })

  it('least_loaded, most_capacity, fastest_response and highest_priority lead with what they are named after', () => {
    expect(order('least-busy', { 'm/p0': { inFlight: 2 }, 'm/p1': { inFlight: 1 } }, [{}, {}])?.[0]).toBe('m/p1')
    expect(order('most_capacity', { 'm/p0': { inFlight: 2 } }, [{}, {}])?.[0]).toBe('m/p1')
    expect(order('latency-based-routing', { 'm/p0': { firstOutputMs: 90 }, 'm/p1': { firstOutputMs: 20 } }, [{}, {}])?.[0]).toBe('m/p1')
    expect(order('highest_priority', {}, [{ priority: 1 }, { priority: 0 }])?.[0]).toBe('m/p1')
  })
  it('most_capacity leads with the most context left, however many slots another has', () => {
    const rank = (states: NonNullable<Parameters<typeof buildSituation>[0]>['states']) => {
      const small = buildDeployment('m/small', { context: 8_192, maxInFlight: 64 })
      const large = buildDeployment('m/large', { context: 131_072, maxInFlight: 8 })
      const unknown = buildDeployment('m/unknown', { maxInFlight: 64 })
      return findStrategy('most_capacity')
        ?.order([unknown, small, large], buildSituation({ states: states ?? {} }), {})
        .map(({ deployment, detail }) => `${deployment.provider}: ${detail}`)
    }
    expect(rank({})).toEqual([
      'large: 131072 of 131072 tokens of context left, 8 of 8 slots free',
      'small: 8192 of 8192 tokens of context left, 64 of 64 slots free',
      'unknown: context not known, 64 of 64 slots free',
    ])
    // Seven of eight in use leave 16384; a small one that is half in use has less left than one of unknown context that is idle.
    expect(rank({ 'm/large': { inFlight: 7 }, 'm/small': { inFlight: 32 } })?.map((line) => line.split(':')[0])).toEqual([
      'large',
      'unknown',
      'small',
    ])
    expect(rank({ 'm/large': { inFlight: 8 }, 'm/small': { inFlight: 64 } })?.[0]).toContain('unknown')
  })

  it('fastest_response compares like with like, and no stream of one place with the whole answers of another', () => {
    const usage = { latencyMs: null, successRate: 1, p95FirstOutputMs: null, wholeAnswerMs: null }
    const firstAt = (strategyChance: number, ...states: Partial<DeploymentState>[]) =>
      findStrategy('fastest_response')?.order(
        candidatesOf(states.map(() => ({}))),
        buildSituation({ strategyChance, states: Object.fromEntries(states.map((state, index) => [`m/p${index}`, state])) }),
        {},
      )[0]?.deployment.name
    const wholeOnly = { usage: { ...usage, wholeAnswerMs: 40 } }
    // Both have whole answers, one has streams too: whole answers decide.
    expect(firstAt(0.5, { firstOutputMs: 10, usage: { ...usage, wholeAnswerMs: 90 } }, wholeOnly)).toBe('m/p1')
    // Nothing in common: the one with first outputs leads, the other is tried for a history.
    expect(firstAt(0.5, { firstOutputMs: 900, usage }, wholeOnly)).toBe('m/p0')
    expect(firstAt(0.05, { firstOutputMs: 900, usage }, wholeOnly)).toBe('m/p1')
    // The 95th percentile of one is not the average of the other.
    expect(firstAt(0.5, { firstOutputMs: 50, usage: { ...usage, p95FirstOutputMs: 90 } }, { firstOutputMs: 60, usage })).toBe('m/p0')
  })
})
