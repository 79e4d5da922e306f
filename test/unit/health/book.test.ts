import { describe, expect, it } from 'vitest'
import { errorKinds, errorTable } from '../../../router/core/errors.ts'
import { createHealthBook, type HealthSettings, type Place } from '../../../router/health/index.ts'
import { place, teller, utc, virtualTime } from './world.ts'

function open(places: readonly Place[], settings: Partial<HealthSettings> = {}) {
  const time = virtualTime()
  const book = createHealthBook({ allowedFails: 3, timeOfDay: utc, ...settings })
  book.setPlaces(places, time.now())
  return { book, time, ...teller(book, time), state: (of: Place) => book.state(of.deployment, time.now()) }
}

const cloud = place('gpt/cloud')
const other = place('gpt/other')
const vllm = place('llama/vllm', { address: 'loopback' })
const engine = place('llama/engine', { address: 'engine', endpointKey: null, host: null })
const limit = (retryAfterMs: number | null) => ({ outcome: 'failed', errorKind: 'rate-limited-upstream', retryAfterMs }) as const
const refused = { outcome: 'failed', errorKind: 'unreachable', code: 'upstream_refused' } as const

describe('a deployment goes out', () => {
  it('at the fourth failure in a row, and says so with its numbers', () => {
    const { fails, state } = open([cloud])
    expect(fails(cloud, 3)).toEqual([])
    expect(fails(cloud)).toEqual([
      {
        deployment: 'gpt/cloud',
        from: 'healthy',
        to: 'out',
        detail: 'out: 4/4 failed since 10:00:00, 100 %, 99 % interval 38–100 %, 4 in a row ≥ 4',
      },
    ])
    expect(state(cloud)).toMatchObject({ health: 'out', rampShare: 0, acceptsCanary: false })
  })

  it('at score 30, and says so as in the design', () => {
    const { time, fails, answers, state } = open([cloud])
    time.advance(131_000)
    fails(cloud, 3)
    answers(cloud, 2)
    fails(cloud, 2)
    answers(cloud, 2)
    fails(cloud, 1)
    expect(state(cloud).detail).toBe('out: 6/10 failed since 10:02:11, 60 %, 99 % interval 25–87 %, score 32 ≥ 30')
  })

  it('at the failure that `allowed_fails` names', () => {
    const { fails } = open([cloud], { allowedFails: 1 })
    expect(fails(cloud)).toEqual([])
    expect(fails(cloud)).toHaveLength(1)
  })

  it('at the first refusal on this machine, and not at the first over the network (H4)', () => {
    const { ends, state } = open([vllm, cloud])
    expect(ends(vllm, refused)).toMatchObject([{ to: 'out' }])
    expect(ends(cloud, refused)).toEqual([])
    expect(state(vllm).health).toBe('out')
  })

  it('at the first crash of the engine, and is back when the model is loaded', () => {
    const { book, time, ends, state } = open([engine])
    expect(ends(engine, { outcome: 'failed', errorKind: 'failed-upstream', code: 'engine_crashed' })).toMatchObject([{ to: 'out' }])
    time.advance(800)
    expect(book.engineLoaded(engine.deployment, time.now())).toMatchObject([{ from: 'out', to: 'healthy' }])
    expect(state(engine)).toMatchObject({ health: 'healthy', rampShare: 1 })
  })

  it('for good at the third engine crash in 10 minutes, counted once however many answers it broke', () => {
    const { book, time, ends } = open([engine])
    const exited = { outcome: 'failed', errorKind: 'failed-upstream', code: 'engine_crashed' } as const
    for (let crash = 1; crash <= 3; crash++) {
      for (let attempt = 0; attempt < 5; attempt++) ends(engine, exited)
      expect(book.snapshot(time.now())[0]!.standing).toBe(crash < 3 ? 'out' : 'off')
      time.advance(60_000)
      if (crash < 3) book.engineLoaded(engine.deployment, time.now())
    }
    time.advance(3_600_000)
    expect(book.settle(time.now())).toEqual([])
    expect(book.state(engine.deployment, time.now()).detail).toMatch(/^off: the engine crashed 3 times within 10 min/)
    expect(book.engineLoaded(engine.deployment, time.now())).toMatchObject([{ from: 'off', to: 'healthy' }])
  })
})

describe('what counts', () => {
  it.each(errorKinds)('%s counts against health exactly where the table of errors says so', (errorKind) => {
    const { ends, state } = open([cloud])
    for (let i = 0; i < 4; i++) ends(cloud, { outcome: 'failed', errorKind })
    expect(state(cloud).health === 'out').toBe(errorTable[errorKind].countsAgainstHealth)
  })

  it('aborts by callers leave the detector as it was, 30 % or all of them (H10)', () => {
    const { book, time, ends, answers, fails } = open([cloud])
    fails(cloud, 3)
    answers(cloud)
    const before = book.snapshot(time.now())[0]!
    for (let i = 0; i < 1_000; i++) ends(cloud, { outcome: 'aborted', errorKind: i % 3 ? 'aborted-by-caller' : null })
    const after = book.snapshot(time.now())[0]!
    expect([after.score, after.run, after.lastHour]).toEqual([before.score, before.run, before.lastHour])
    expect(after.state.inFlight).toBe(0)
  })

  it('a storm of rate limits never trips, limits for as long as the provider says, to the second, and is not attractive (H9)', () => {
    const { book, time, ends, state } = open([cloud])
    for (let i = 0; i < 500; i++) {
      time.advance(10)
      ends(cloud, limit(30_000))
    }
    expect(state(cloud)).toMatchObject({ health: 'healthy', limitedForMs: 30_000, firstOutputMs: 5_000 })
    time.advance(29_000)
    expect(state(cloud).limitedForMs).toBe(1_000)
    ends(cloud, limit(100))
    expect(state(cloud).limitedForMs).toBe(1_000)
    time.advance(1_000)
    expect(state(cloud).limitedForMs).toBe(0)
    expect(book.settle(time.now())).toMatchObject([{ from: 'limited', to: 'healthy' }])
  })

  it('a rejected credential takes out every deployment that uses it, for 30 minutes, and no other', () => {
    const one = place('a/cloud', { credentialKey: 'k1' })
    const two = place('b/cloud', { credentialKey: 'k1' })
    const spare = place('a/spare', { credentialKey: 'k2' })
    const { book, time, ends, state } = open([one, two, spare])
    expect(ends(one, { outcome: 'failed', errorKind: 'bad-credentials' }).map(({ deployment, to }) => [deployment, to])).toEqual([
      ['a/cloud', 'credential-out'],
      ['b/cloud', 'credential-out'],
    ])
    expect([one, two, spare].map((where) => state(where).credentialOutForMs)).toEqual([1_800_000, 1_800_000, 0])
    time.advance(1_800_000)
    expect(book.settle(time.now()).map(({ to }) => to)).toEqual(['healthy', 'healthy'])
  })

  it('an edit ends the credential’s and the model’s time out at once, and a late 401 of the old key changes nothing', () => {
    const one = place('a/cloud', { credentialKey: 'old' })
    const { book, time, ends, state } = open([one])
    ends(one, { outcome: 'failed', errorKind: 'quota-exhausted' })
    ends(one, { outcome: 'failed', errorKind: 'model-unknown-upstream' })
    expect(state(one)).toMatchObject({ credentialOutForMs: 1_800_000, modelUnknownForMs: 1_800_000, health: 'healthy' })
    const edited = { ...one, credentialKey: 'new' }
    book.setPlaces([edited], time.now())
    expect(book.settle(time.now())).toMatchObject([{ from: 'credential-out', to: 'healthy' }])
    expect(ends(one, { outcome: 'failed', errorKind: 'bad-credentials' })).toEqual([]) // left with the old key
    expect(state(edited)).toMatchObject({ credentialOutForMs: 0, modelUnknownForMs: 0 })
  })

  it('a model that is loading is no failure for 5 minutes, and then is', () => {
    const { time, ends, state } = open([vllm])
    const loading = { outcome: 'failed', errorKind: 'rate-limited-upstream', code: 'upstream_loading' } as const
    for (let second = 0; second < 299; second++) {
      ends(vllm, loading)
      time.advance(1_000)
    }
    expect(state(vllm)).toMatchObject({ health: 'healthy' })
    time.advance(1_000)
    for (let i = 0; i < 4; i++) ends(vllm, loading)
    expect(state(vllm).health).toBe('out')
  })

  it('no data is unknown, never healthy', () => {
    const { book, time } = open([cloud])
    expect(book.snapshot(time.now())[0]).toMatchObject({ lastMinute: 'unknown', lastHour: 'unknown', reachable: null })
  })
})

describe('the way back', () => {
  it('runs out → on trial → ramping → healthy, each change told once', () => {
    const { book, time, fails, answers } = open([cloud])
    const story = [...fails(cloud, 4)]
    time.advance(5_000)
    story.push(...book.settle(time.now()), ...answers(cloud, 14), ...answers(cloud, 29), ...book.settle(time.now()))
    expect(story.map(({ from, to }) => `${from} → ${to}`)).toEqual(['healthy → out', 'out → on-trial', 'on-trial → ramping', 'ramping → healthy'])
  })

  it('lets one request in 10 s try a paid deployment on trial', () => {
    const { book, time, fails, state } = open([cloud])
    fails(cloud, 4)
    time.advance(5_000)
    expect(state(cloud)).toMatchObject({ health: 'on-trial', acceptsCanary: true })
    book.attemptStarted(cloud.deployment, time.now())
    expect(state(cloud).acceptsCanary).toBe(false)
    time.advance(10_000)
    expect(state(cloud).acceptsCanary).toBe(true)
  })

  it('leaves trying a local deployment to one-token probes, unless there are none', () => {
    for (const [settings, expected] of [
      [{}, false],
      [{ healthCheckMs: 0 }, true],
    ] as const) {
      const { time, fails, state } = open([vllm], settings)
      fails(vllm, 4)
      time.advance(5_000)
      expect(state(vllm)).toMatchObject({ health: 'on-trial', acceptsCanary: expected })
    }
  })

  it('is not judged by attempts that began before the trial', () => {
    const { time, fails, answers, state } = open([cloud])
    fails(cloud, 4)
    time.advance(6_000)
    fails(cloud, 9, { startedMonotonicMs: 0 }) // timeouts of the outage, still coming in
    expect(state(cloud).health).toBe('on-trial')
    answers(cloud, 14, { startedMonotonicMs: 5_500 })
    expect(state(cloud)).toMatchObject({ health: 'ramping', rampShare: 0.25 })
  })

  it('ends in a cooldown where the trial meets a rate limit, and the wait does not grow', () => {
    const { book, time, fails, ends, state } = open([cloud])
    fails(cloud, 4)
    time.advance(5_000)
    ends(cloud, limit(20_000))
    expect(state(cloud)).toMatchObject({ health: 'out', limitedForMs: 20_000 })
    time.advance(20_000)
    expect(state(cloud)).toMatchObject({ health: 'on-trial', limitedForMs: 0 })
    expect(book.snapshot(time.now())[0]!.outs).toBe(1)
  })

  it('waits longer each time: 5, 10, 20 s', () => {
    const { time, fails, state } = open([cloud])
    fails(cloud, 4)
    for (const waitMs of [5_000, 10_000, 20_000]) {
      time.advance(waitMs - 1)
      expect(state(cloud).health).toBe('out')
      time.advance(1)
      expect(state(cloud).health).toBe('on-trial')
      fails(cloud, 2)
    }
    expect(state(cloud).detail).toBe('out again: 2 of 2 failed on trial, next trial in 40 s')
  })

  it('begins anew when the deployment was edited, and is forgotten when it is gone', () => {
    const { book, time, fails, state } = open([cloud, other])
    fails(cloud, 4)
    book.changed(cloud.deployment, time.now())
    expect(state(cloud).health).toBe('healthy')
    expect(book.settle(time.now())).toMatchObject([{ from: 'out', to: 'healthy' }])
    book.setPlaces([other], time.now())
    fails(cloud, 4)
    expect(book.snapshot(time.now()).map(({ deployment }) => deployment)).toEqual(['gpt/other'])
  })
})

describe('one endpoint', () => {
  const shared = ['a', 'b', 'c', 'd'].map((name) => place(`${name}/ollama`, { address: 'loopback', endpointKey: 'http://127.0.0.1:11434' }))
  const [a, b, c, d] = shared as [Place, Place, Place, Place]

  it('goes out once when two of its deployments trip within 10 s, and comes back once', () => {
    const { book, time, fails, state, probe } = open([...shared, cloud])
    expect(fails(a, 4)).toHaveLength(1)
    time.advance(9_000)
    book.settle(time.now()) // a is on trial already
    expect(fails(b, 4).map(({ deployment }) => deployment)).toEqual(['b/ollama', 'c/ollama', 'd/ollama'])
    expect(state(c).detail).toBe('out with its endpoint: a/ollama and b/ollama went out within 10 s')
    expect(state(cloud).health).toBe('healthy')
    time.advance(60_000)
    book.settle(time.now())
    expect([a, b, c, d].map((where) => state(where).health)).toEqual(['on-trial', 'on-trial', 'out', 'out'])
    for (let i = 0; i < 14; i++) {
      time.advance(600)
      for (const { deployment, kind } of book.due(time.now())) if (kind === 'one-token') probe(place(deployment), { kind, ok: true })
    }
    expect([a, b, c, d].map((where) => state(where).health)).toEqual(['ramping', 'ramping', 'ramping', 'ramping'])
  })

  it('stays in when the two trips lie further apart', () => {
    const { time, fails, state } = open(shared)
    fails(a, 4)
    time.advance(10_001)
    fails(b, 4)
    expect(state(c).health).toBe('healthy')
  })

  it('lets the others go when those that failed were removed', () => {
    const { book, time, fails, state } = open(shared)
    fails(a, 4)
    fails(b, 4)
    book.setPlaces([c, d], time.now())
    book.settle(time.now())
    expect(state(c).health).toBe('ramping')
  })
})

describe('suspecting ourselves', () => {
  const gone = { outcome: 'failed', errorKind: 'unreachable', code: 'upstream_dns' } as const

  it('two hosts unreachable within 2 s freeze all detectors for 10 s', () => {
    const { book, time, ends, state } = open([cloud, other])
    ends(cloud, gone)
    time.advance(1_500)
    expect(book.suspectsOffline(time.now())).toBe(false)
    ends(other, gone)
    expect(book.suspectsOffline(time.now())).toBe(true)
    for (let i = 0; i < 50; i++) ends(i % 2 ? cloud : other, gone)
    expect([state(cloud).health, state(other).health]).toEqual(['healthy', 'healthy'])
    time.advance(10_001)
    for (let i = 0; i < 4; i++) ends(cloud, gone)
    expect(state(cloud).health).toBe('out')
  })

  it('errors that came over the network suspect nobody but the providers', () => {
    const { book, time, fails } = open([cloud, other])
    fails(cloud, 2)
    fails(other, 2)
    expect(book.suspectsOffline(time.now())).toBe(false)
  })

  it('offline deployments are offline, not out, and back at once with the network', () => {
    const { book, time, ends, state } = open([cloud, other, vllm])
    ends(cloud, gone)
    ends(other, gone)
    expect(book.setOffline(true, time.now()).map(({ deployment, to }) => [deployment, to])).toEqual([
      ['gpt/cloud', 'offline'],
      ['gpt/other', 'offline'],
    ])
    time.advance(60_000)
    for (let i = 0; i < 20; i++) ends(cloud, gone)
    expect(state(cloud)).toMatchObject({ health: 'out', detail: 'offline: this machine has no network' })
    expect(state(vllm).health).toBe('healthy')
    expect(book.setOffline(false, time.now()).map(({ to }) => to)).toEqual(['healthy', 'healthy'])
    for (let i = 0; i < 20; i++) ends(cloud, { ...gone, startedMonotonicMs: 59_000 }) // sent while offline
    expect(state(cloud).health).toBe('healthy')
  })
})

describe('a wake from sleep', () => {
  it('freezes detectors for 15 s and drops the cooldowns that ended meanwhile by the wall clock', () => {
    const { book, time, ends, fails, state } = open([cloud, other])
    ends(cloud, limit(60_000))
    ends(other, limit(280_000))
    time.sleep(120_000)
    expect(state(cloud).limitedForMs).toBe(60_000) // the monotonic clock stood still
    expect(book.woke(time.now())).toMatchObject([{ deployment: 'gpt/cloud', from: 'limited', to: 'healthy' }])
    expect([state(cloud).limitedForMs, state(other).limitedForMs]).toEqual([0, 280_000])
    fails(cloud, 10)
    expect(state(cloud).health).toBe('healthy')
    time.advance(15_000)
    fails(cloud, 4)
    expect(state(cloud).health).toBe('out')
  })
})

describe('learned start deadline', () => {
  it('is 3 × p95 of answers, without failures and without the answer after a model load', () => {
    const { book, time, answers, fails } = open([cloud])
    answers(cloud, 58, { firstOutputMs: 8_000 })
    answers(cloud, 40, { firstOutputMs: 90_000, afterModelLoad: true })
    fails(cloud, 3, { firstOutputMs: 100 })
    expect(book.learnedStartDeadlineMs(cloud.deployment, time.now())).toBeNull()
    answers(cloud, 1, { firstOutputMs: 8_000 })
    const learned = book.learnedStartDeadlineMs(cloud.deployment, time.now())!
    expect(Math.abs(learned - 24_000)).toBeLessThan(300)
    expect(book.learnedStartDeadlineMs('nobody', time.now())).toBeNull()
    time.advance(8 * 86_400_000)
    expect(book.learnedStartDeadlineMs(cloud.deployment, time.now())).toBeNull()
  })
})
