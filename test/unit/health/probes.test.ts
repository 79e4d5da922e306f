import { describe, expect, it } from 'vitest'
import { createHealthBook, type HealthSettings, type Place, type ProbeConditions } from '../../../router/health/index.ts'
import { place, teller, utc, virtualTime } from './world.ts'

interface Left {
  readonly atMs: number
  readonly probe: string
}

function open(places: readonly Place[], settings: Partial<HealthSettings> = {}) {
  const time = virtualTime() // chance 0.5 spreads jitter around 1
  const book = createHealthBook({ allowedFails: 3, timeOfDay: utc, ...settings })
  book.setPlaces(places, time.now())
  const tell = teller(book, time)
  /** Runs the clock on in steps of 50 ms, answers every probe at once, and says which left when. */
  const watch = (forMs: number, answer: (kind: string) => boolean, conditions: ProbeConditions = {}): readonly Left[] => {
    const left: Left[] = []
    const until = time.now().monotonicMs + forMs
    while (time.now().monotonicMs < until) {
      time.advance(50)
      book.settle(time.now())
      for (const { deployment, kind } of book.due(time.now(), conditions)) {
        left.push({ atMs: time.now().monotonicMs, probe: `${kind} ${deployment}` })
        book.probed({ deployment, kind, ok: answer(kind), detail: 'watched', latencyMs: 1 }, time.now())
      }
    }
    return left
  }
  return { book, time, ...tell, watch, state: (of: Place) => book.state(of.deployment, time.now()) }
}

const cloud = place('gpt/cloud')
const vllm = place('llama/vllm', { address: 'loopback' })
const lan = place('llama/lan', { address: 'network', lane: 'local' })
const engine = place('llama/engine', { address: 'engine', endpointKey: null })
const gaps = (left: readonly Left[]) => left.slice(1).map(({ atMs }, i) => atMs - left[i]!.atMs)
const always = () => true
const never = () => false
const free = (left: readonly Left[]) => left.filter(({ probe }) => probe.startsWith('free'))

describe('probes', () => {
  it('never go to a healthy remote deployment', () => {
    expect(open([cloud]).watch(600_000, always)).toEqual([])
  })

  it('look at an idle server on this machine or the LAN every 5 s, every 30 s on battery, and never ask it for tokens', () => {
    for (const where of [vllm, lan]) {
      const left = open([where]).watch(60_000, always)
      expect(new Set(left.map(({ probe }) => probe))).toEqual(new Set([`free ${where.deployment}`]))
      for (const gap of gaps(left)) expect(Math.abs(gap - 5_000)).toBeLessThanOrEqual(550)
      for (const gap of gaps(open([where]).watch(120_000, always, { onBattery: true }))) expect(Math.abs(gap - 30_000)).toBeLessThanOrEqual(3_050)
    }
  })

  it('leave a busy server alone', () => {
    const { book, time, watch } = open([vllm])
    book.attemptStarted(vllm.deployment, time.now())
    expect(watch(60_000, always)).toEqual([])
  })

  it('look at one that is out every 2 s on this machine, every 5 s elsewhere, every 30 s after 10 minutes', () => {
    for (const [where, everyMs] of [
      [vllm, 2_000],
      [cloud, 5_000],
    ] as const) {
      const { fails, time, watch } = open([{ ...where, allowsOneToken: false }], { longestWaitMs: 3_600_000 })
      for (let i = 0; i < 8; i++) {
        fails(where, i === 0 ? 4 : 2)
        if (i < 7) time.advance(3_600_000)
      }
      // out for the 8th time in a row: 640 s
      const left = free(watch(600_000, never))
      for (const gap of gaps(left)) expect(Math.abs(gap - everyMs)).toBeLessThanOrEqual(everyMs * 0.1 + 50)
      expect(free(watch(28_000, never)).length).toBeLessThanOrEqual(1)
    }
  })

  it('try a local deployment on trial with one token at a time, 500 ms apart on this machine and 1 s on the LAN', () => {
    for (const [where, everyMs] of [
      [vllm, 500],
      [engine, 500],
      [lan, 1_000],
    ] as const) {
      const { fails, watch, time, state } = open([where])
      fails(where, 4)
      time.advance(5_000)
      const left = watch(20_000, always).filter(({ probe }) => probe.startsWith('one-token'))
      expect(left).toHaveLength(14)
      for (const gap of gaps(left)) expect(Math.abs(gap - everyMs)).toBeLessThanOrEqual(everyMs * 0.1 + 50)
      expect(state(where).health).toBe('ramping')
    }
  })

  it('hand out no second one-token probe before the first is back', () => {
    const { book, fails, time } = open([vllm])
    fails(vllm, 4)
    time.advance(5_000)
    const tokens = () => book.due(time.now()).filter(({ kind }) => kind === 'one-token').length
    expect(tokens()).toBe(1)
    time.advance(60_000)
    expect(tokens()).toBe(0)
    time.advance(120_000) // its result was lost
    expect(tokens()).toBe(1)
  })

  it('never try a paid deployment with tokens', () => {
    const { fails, watch } = open([cloud])
    fails(cloud, 4)
    expect(watch(300_000, always).filter(({ probe }) => probe.startsWith('one-token'))).toEqual([])
  })

  it('end a wait when the server comes back, and restore nothing by themselves', () => {
    const { fails, watch, state, time } = open([{ ...vllm, allowsOneToken: false }])
    fails(vllm, 4)
    time.advance(5_000)
    fails(vllm, 2)
    time.advance(10_000)
    fails(vllm, 2) // waits 20 s now
    watch(8_000, never)
    expect(state(vllm).health).toBe('out')
    watch(2_300, always)
    expect(state(vllm).health).toBe('on-trial')
    watch(600_000, always)
    expect(state(vllm).health).toBe('on-trial')
  })

  it('put an idle server out at the first refusal on this machine, or after four failures in a row', () => {
    const { probe, state } = open([vllm, lan])
    expect(probe(vllm, { ok: false, refused: true, detail: 'refused' })).toMatchObject([{ to: 'out' }])
    for (let i = 0; i < 3; i++) expect(probe(lan, { ok: false, refused: true, detail: 'refused' })).toEqual([])
    expect(probe(lan, { ok: false, detail: 'timed out' })).toMatchObject([{ to: 'out', detail: 'out: 4 free probes in a row failed (timed out)' }])
    expect(state(lan).health).toBe('out')
  })

  it('put nobody out who answers requests meanwhile', () => {
    const { probe, answers, state } = open([cloud], { healthCheckMs: 30_000 })
    for (let i = 0; i < 40; i++) {
      probe(cloud, { ok: false, detail: '/models answered 404' })
      answers(cloud)
    }
    expect(state(cloud).health).toBe('healthy')
  })

  it('go to every deployment at the configured interval, one per endpoint', () => {
    const twins = ['a/x', 'b/x'].map((name) => place(name, { endpointKey: 'x' }))
    const left = open([cloud, ...twins, engine], { healthCheckMs: 30_000 }).watch(120_000, always)
    const byProbe = Map.groupBy(left, ({ probe }) => probe)
    expect([...byProbe.keys()].sort()).toEqual(['free a/x', 'free gpt/cloud', 'free llama/engine'])
    for (const probes of byProbe.values()) for (const gap of gaps(probes)) expect(Math.abs(gap - 30_000)).toBeLessThanOrEqual(3_050)
  })

  it('do not leave at all where the configuration says passive only', () => {
    const { fails, watch } = open([cloud, vllm, engine], { healthCheckMs: 0 })
    for (const where of [cloud, vllm, engine]) fails(where, 4)
    expect(watch(120_000, always)).toEqual([])
  })

  it('do not leave this machine while the lane is locked to local', () => {
    const { fails, watch } = open([cloud, lan, vllm], { healthCheckMs: 10_000 })
    for (const where of [cloud, lan, vllm]) fails(where, 4)
    const left = watch(60_000, always, { localOnly: true })
    expect(left.length).toBeGreaterThan(0)
    expect(left.filter(({ probe }) => !probe.endsWith(vllm.deployment))).toEqual([])
  })

  it('are announced: the next look is never later than the next probe or change', () => {
    const { book, fails, time } = open([vllm, cloud])
    fails(cloud, 4)
    let looks = 0
    const told: string[] = []
    while (time.now().monotonicMs < 60_000) {
      const waitMs = book.nextLookMs(time.now())!
      expect(waitMs).not.toBeNull()
      time.advance(waitMs)
      told.push(...book.settle(time.now()).map(({ deployment, to }) => `${deployment} ${to} at ${Math.round(time.now().monotonicMs)}`))
      for (const { deployment, kind } of book.due(time.now())) book.probed({ deployment, kind, ok: true, detail: '', latencyMs: 1 }, time.now())
      if (++looks > 200) throw new Error('looks without end')
    }
    expect(told).toContain('gpt/cloud on-trial at 5000')
    expect(book.nextLookMs(time.now())).toBeGreaterThan(0)
    expect(createHealthBook({ allowedFails: 3 }).nextLookMs(time.now())).toBeNull()
  })
})
