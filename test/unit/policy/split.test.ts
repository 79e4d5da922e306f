/** The draw: exact by deficit, fair by chance, and the share that is in force. */
import { describe, expect, it } from 'vitest'
import { seededChance } from '../../../router/core/clock.ts'
import type { Deficit, Hold, RequestFacts } from '../../../router/core/plan.ts'
import { withSetting } from '../../../router/core/split.ts'
import { decide, drawByDeficit, effectiveShare } from '../../../router/policy/index.ts'
import { bothLanes, buildCatalog, buildDeployment, buildFacts, buildModel, buildSituation, override } from './build.ts'

/** A caller as the pipeline is one: books the draw and keeps the session in the same tick. Survives a restart by being copied. */
class Books {
  readonly deficits = new Map<string, Deficit>()
  readonly holds = new Map<string, Hold>()
  #catalog
  constructor(catalog = buildCatalog([bothLanes()])) {
    this.#catalog = catalog
  }
  ask(facts: RequestFacts, situation: Parameters<typeof buildSituation>[0]) {
    const session = facts.session && `${facts.model} ${facts.session.id}`
    const hold = (session && this.holds.get(session)) || null
    const plan = decide({ facts, catalog: this.#catalog, situation: buildSituation({ ...situation, deficits: this.deficits, hold }) })
    if (plan.booking) this.deficits.set(plan.booking.key, plan.booking.deficit)
    const first = plan.steps[0]?.deployment
    if (session && first && plan.keepsSession)
      this.holds.set(session, { deployment: first.name, lane: first.lane, failedOver: false, splitVersion: situation?.splitVersion ?? 1 })
    return { plan, lane: first?.lane ?? null }
  }
  restarted(): Books {
    const next = new Books(this.#catalog)
    for (const [key, deficit] of this.deficits) next.deficits.set(key, deficit)
    for (const [key, hold] of this.holds) next.holds.set(key, hold)
    return next
  }
}

describe('the draw by deficit', () => {
  it('S1: sends exactly 3 of 10 sessions of 5 turns away at 30 %, none of them to two lanes, over a restart', () => {
    let books = new Books()
    const lanes = new Map<number, Set<string>>()
    for (let turn = 0; turn < 5; turn++)
      for (let session = 0; session < 10; session++) {
        if (turn === 0 && session === 5) books = books.restarted()
        if (turn === 2 && session === 3) books = books.restarted()
        const facts = buildFacts({ session: { id: `s${session}`, fromHeader: false }, startsSession: turn === 0 })
        const { lane, plan } = books.ask(facts, { split: override(30) })
        expect(plan.steps[0]?.reason).toBe(turn === 0 ? 'drawn' : 'held')
        lanes.set(session, (lanes.get(session) ?? new Set()).add(lane ?? 'none'))
      }
    expect([...lanes.values()].every((each) => each.size === 1)).toBe(true)
    expect([...lanes.values()].filter((each) => each.has('remote'))).toHaveLength(3)
  })

  it('S2: is within half a draw of n·r in every prefix of 1 000 draws, for every r from 0 to 100', () => {
    for (let percent = 0; percent <= 100; percent++) {
      let deficit: Deficit = { local: 0, remote: 0 }
      let remote = 0
      for (let n = 1; n <= 1000; n++) {
        const drawn = drawByDeficit(deficit, percent / 100)
        deficit = drawn.deficit
        if (drawn.lane === 'remote') remote++
        if (Math.abs(remote - (n * percent) / 100) > 0.5 + 1e-9) expect.fail(`r ${percent}, draw ${n}: ${remote} remote`)
      }
    }
  })

  it.each([1 / 3, 0.004, 2 / 3, 0.125, 0.9999])('is within half a draw of n·r for a share of %f, which is no whole percent', (share) => {
    let deficit: Deficit = { local: 0, remote: 0 }
    let remote = 0
    for (let n = 1; n <= 3000; n++) {
      const drawn = drawByDeficit(deficit, share)
      deficit = drawn.deficit
      if (drawn.lane === 'remote') remote++
      // The share counts to the nearest millionth.
      if (Math.abs(remote - n * share) > 0.5 + n * 1e-6) expect.fail(`draw ${n}: ${remote} remote`)
    }
    expect(Number.isInteger(deficit.local) && Number.isInteger(deficit.remote)).toBe(true)
  })

  it('breaks a tie towards remote only above 50 %', () => {
    expect(drawByDeficit({ local: 0, remote: 0 }, 0.5).lane).toBe('local')
    expect(drawByDeficit({ local: 20_000, remote: 0 }, 0.51).lane).toBe('remote')
    expect(drawByDeficit({ local: 0, remote: 20_000 }, 0.49).lane).toBe('local')
  })

  it('S4: gives each of two models called in turn its half', () => {
    const books = new Books(buildCatalog([bothLanes(), buildModel('n', [buildDeployment('n/here'), buildDeployment('n/away')])]))
    const remote = { m: 0, n: 0 }
    for (let n = 0; n < 40; n++) {
      const model = n % 2 === 0 ? 'm' : 'n'
      if (books.ask(buildFacts({ model, session: { id: `${n}`, fromHeader: false } }), { split: override(50) }).lane === 'remote') remote[model]++
    }
    expect(remote).toEqual({ m: 10, n: 10 })
  })

  it('S5: splits the next ten sessions 5/5 at once after remote was out for 20 of 60', () => {
    const books = new Books()
    const lanes: (string | null)[] = []
    for (let n = 0; n < 60; n++) {
      const isOut = n >= 20 && n < 40
      const facts = buildFacts({ session: { id: `${n}`, fromHeader: false } })
      lanes.push(books.ask(facts, { split: override(50), states: { 'm/away': { health: isOut ? 'out' : 'healthy' } } }).lane)
    }
    expect(lanes.slice(20, 40).every((lane) => lane === 'local')).toBe(true)
    expect(lanes.slice(40, 50).filter((lane) => lane === 'remote')).toHaveLength(5)
  })

  it('S8: the same request again follows the slider at once, because a first turn is a new draw', () => {
    const books = new Books()
    expect(books.ask(buildFacts(), { split: override(0), splitVersion: 1 }).lane).toBe('local')
    expect(books.ask(buildFacts(), { split: override(100), splitVersion: 2 }).lane).toBe('remote')
  })

  it('does not book what no draw decided', () => {
    const catalog = buildCatalog([bothLanes()])
    const booking = (facts: Partial<RequestFacts>, situation: Parameters<typeof buildSituation>[0] = {}) =>
      decide({ facts: buildFacts(facts), catalog, situation: buildSituation(situation) }).booking
    expect(booking({ askedLane: 'remote' })).toBeNull()
    expect(booking({ model: 'm@away' })).toBeNull()
    expect(booking({}, { split: override(50, { lock: 'remote' }) })).toBeNull()
    expect(booking({ startsSession: false }, { hold: { deployment: 'm/here', lane: 'local', failedOver: false, splitVersion: 1 } })).toBeNull()
    expect(booking({})).toEqual({ key: 'global:m', deficit: { local: 0, remote: 0 } })
  })

  it('does not book a draw that ends in a refusal', () => {
    const situation = buildSituation({ split: override(100, { fallback: false }), states: { 'm/away': { limitedForMs: 3000 } } })
    const plan = decide({ facts: buildFacts(), catalog: buildCatalog([bothLanes()]), situation })
    expect(plan).toMatchObject({ booking: null, draw: { lane: 'remote' }, refusal: { reason: 'limited', retryAfterMs: 3000 } })
  })
})

describe('the draw by chance', () => {
  const random = { unit: 'request', selection: 'random', seed: 7 } as const
  const sequence = (seed: number) => {
    const chance = seededChance(seed)
    const catalog = buildCatalog([bothLanes()])
    return Array.from({ length: 10_000 }, () => {
      const plan = decide({
        facts: buildFacts({ session: null }),
        catalog,
        situation: buildSituation({ split: override(40, random), laneChance: chance() }),
      })
      expect(plan.booking).toBeNull()
      return plan.draw?.lane
    })
  }

  it('S3: keeps 58–62 % of 10 000 requests local at a local fraction of 0.6, and repeats with the seed', () => {
    const lanes = sequence(7)
    const local = lanes.filter((lane) => lane === 'local').length
    expect(local).toBeGreaterThan(5800)
    expect(local).toBeLessThan(6200)
    expect(sequence(7)).toEqual(lanes)
    expect(sequence(8)).not.toEqual(lanes)
  })

  it('has no soft holds, and keeps hard ones', () => {
    const catalog = buildCatalog([bothLanes()])
    const hold: Hold = { deployment: 'm/away', lane: 'remote', failedOver: false, splitVersion: 1 }
    const situation = buildSituation({ split: override(40, random), laneChance: 0.9, hold })
    const turn = buildFacts({ startsSession: false })
    expect(decide({ facts: turn, catalog, situation }).steps[0]?.deployment.lane).toBe('local')
    expect(decide({ facts: { ...turn, inToolLoop: true }, catalog, situation }).steps[0]).toMatchObject({
      reason: 'held',
      deployment: { lane: 'remote' },
    })
  })
})

describe('the share in force', () => {
  const fileSplit = { ...buildSituation().split, remoteShare: 0.3, source: 'routing.yaml:3' }
  const weighted = buildModel('m', bothLanes().deployments, { weightedShare: 0.7 })
  const overridden = buildSituation({ split: override(90) }).split

  it("is the model's own before everything", () => {
    const own = buildModel('m', bothLanes().deployments, { remoteShare: 0.4, weightedShare: 0.7 })
    const catalog = buildCatalog([own], { split: fileSplit, splitIsSet: true })
    expect(effectiveShare(own, catalog, overridden)).toMatchObject({ remoteShare: 0.4, source: 'model', key: 'model:0.4:m' })
  })

  it('is an override before the files, the files before weights, weights before the default', () => {
    const set = buildCatalog([weighted], { split: fileSplit, splitIsSet: true })
    const unset = buildCatalog([weighted])
    expect(effectiveShare(weighted, set, overridden)).toMatchObject({ remoteShare: 0.9, source: 'override' })
    expect(effectiveShare(weighted, set, fileSplit)).toMatchObject({ remoteShare: 0.3, source: 'routing.yaml:3', unit: 'session' })
    expect(effectiveShare(weighted, unset, unset.split)).toMatchObject({ remoteShare: 0.7, source: 'weights', unit: 'request', selection: 'deficit' })
    expect(effectiveShare(bothLanes(), unset, unset.split)).toMatchObject({ remoteShare: 0, source: 'default' })
  })

  it('is that of the weights or the files where only lock or fallback is overridden', () => {
    const set = buildCatalog([weighted], { split: fileSplit, splitIsSet: true })
    const unset = buildCatalog([weighted])
    expect(effectiveShare(weighted, unset, withSetting(unset.split, { lock: 'local' }))).toMatchObject({ remoteShare: 0.7, source: 'weights' })
    expect(effectiveShare(weighted, set, withSetting(fileSplit, { fallback: false }))).toMatchObject({ remoteShare: 0.3, source: 'routing.yaml:3' })
    const both = withSetting(withSetting(unset.split, { remoteShare: 0.9 }), { lock: 'local' })
    expect(effectiveShare(weighted, unset, both)).toMatchObject({ remoteShare: 0.9, source: 'override' })
  })

  it('keeps unit and selection of the weights under an override', () => {
    expect(effectiveShare(weighted, buildCatalog([weighted]), overridden)).toMatchObject({ remoteShare: 0.9, unit: 'request', selection: 'deficit' })
  })

  it('shows in the draw where it comes from', () => {
    const catalog = buildCatalog([bothLanes()], { split: fileSplit, splitIsSet: true })
    const plan = decide({ facts: buildFacts(), catalog, situation: buildSituation({ split: fileSplit }) })
    expect(plan.draw).toEqual({ lane: 'local', reason: 'drawn', remoteShare: 0.3, source: 'routing.yaml:3' })
  })
})
