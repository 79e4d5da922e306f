/** Full-size simulations of the gates of health (H1, H3, H6, H7, H8, H9, H14) on a virtual clock, seeded. Run with `node test/simulations/health.sim.ts`; exits 1 when a gate is missed. */
import { seededChance } from '../../router/core/clock.ts'
import { counted, freshDetector, isTripped } from '../../router/health/detector.ts'
import { createHealthBook, type Moment, type Place, wilsonInterval, Z_95 } from '../../router/health/index.ts'
import { answered, onTrial, type Recovery } from '../../router/health/recovery.ts'

const RUN_LIMIT = 4
let missed = 0

function report(gate: string, text: string, isMet: boolean): void {
  console.log(`${isMet ? 'ok    ' : 'MISSED'} ${gate.padEnd(4)} ${text}`)
  if (!isMet) missed++
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}

function falseTrips(): void {
  for (const [share, limit] of [
    [0.01, 1],
    [0.02, 1],
    [0.05, 30],
  ] as const) {
    const perRate = [20_000, 1_000, 50].map((spacingMs) => {
      const chance = seededChance(101)
      let detector = freshDetector
      let trips = 0
      for (let i = 0; i < 2_000_000; i++) {
        detector = counted(detector, chance() < share, { monotonicMs: i * spacingMs, wallMs: 0 })
        if (!isTripped(detector, RUN_LIMIT)) continue
        trips++
        detector = freshDetector
      }
      return trips / 2
    })
    const isMet = perRate.every((trips) => trips <= limit && trips === perRate[0])
    report('H1', `${share * 100} % errors: ${perRate.join(' / ')} false trips per million at 0.05 / 1 / 20 a second (≤ ${limit})`, isMet)
  }
}

function delays(): void {
  for (const [share, within] of [
    [1, 4],
    [0.5, 25],
    [0.3, 65],
    [0.2, 165],
  ] as const) {
    const chance = seededChance(103)
    const steps: number[] = []
    for (let run = 0; run < 20_000; run++) {
      let detector = freshDetector
      for (let i = 0; i < 100; i++) detector = counted(detector, chance() < 0.01, { monotonicMs: i, wallMs: 0 })
      let step = 0
      while (!isTripped(detector, RUN_LIMIT) && step < 5_000) {
        step++
        detector = counted(detector, chance() < share, { monotonicMs: 100 + step, wallMs: 0 })
      }
      steps.push(step)
    }
    const p95 = quantile(steps, 0.95)
    report(share === 1 ? 'H2' : 'H3', `step to ${share * 100} %: median ${quantile(steps, 0.5)}, p95 ${p95} requests (≤ ${within})`, p95 <= within)
  }
}

function recoveryTest(): void {
  for (const [share, low, high] of [
    [0.01, 0.99, 1],
    [0.03, 0, 1],
    [0.3, 0, 0.015],
    [0.5, 0, 0.0005],
  ] as const) {
    const chance = seededChance(107)
    const trials = 500_000
    let accepted = 0
    for (let i = 0; i < trials; i++) {
      let recovery: Recovery = onTrial(1, 0)
      while (recovery.at === 'on-trial') recovery = answered(recovery, chance() < share, { nowMs: 0, chance: 0.5, longestWaitMs: 60_000 })
      if (recovery.at === 'ramping') accepted++
    }
    const rate = accepted / trials
    report('H8', `trial of ${share * 100} % bad: accepted ${rate.toFixed(5)} (${low} to ${high})`, rate >= low && rate <= high)
  }
}

function wilsonCoverage(): void {
  const chance = seededChance(109)
  let covered = 0
  for (let i = 0; i < 100_000; i++) {
    const share = chance()
    const total = 5 + Math.floor(chance() * 196)
    let failed = 0
    for (let j = 0; j < total; j++) if (chance() < share) failed++
    const interval = wilsonInterval(failed, total, Z_95)!
    if (interval.low <= share && share <= interval.high) covered++
  }
  report('H14', `Wilson covers ${(covered / 1000).toFixed(2)} % (92 to 98)`, covered >= 92_000 && covered <= 98_000)
}

interface World {
  readonly requestsPerSecond: number
  readonly durationMs: number
  readonly address: 'loopback' | 'network'
  readonly oneToken: boolean
  /** Failure share of the bad deployment at a time. */
  readonly badShare: (nowMs: number) => number
  /** Does a free probe of the bad deployment pass? */
  readonly reachable: (nowMs: number) => boolean
  /** The bad deployment refuses with a 429 that asks for 30 s. */
  readonly limits?: boolean
  readonly seed: number
}

interface Outcome {
  readonly requests: number
  readonly lostFirstTries: number
  readonly lostRequests: number
  readonly onBad: number
  readonly trips: number
  /** First time that traffic was restored after `fromMs`. */
  readonly backAt: (fromMs: number) => number | null
}

/** Two deployments of one lane, chosen at random by weight, failing over to the other; the wiring looks every 50 ms. */
function simulate(world: World): Outcome {
  const chance = seededChance(world.seed)
  const at = (nowMs: number): Moment => ({ monotonicMs: nowMs, wallMs: nowMs, chance: chance() })
  const place = (deployment: string): Place => {
    const where = {
      endpointKey: deployment,
      credentialKey: null,
      upstreamModel: null,
      host: deployment,
      address: world.address,
      allowsOneToken: world.oneToken,
    }
    return { deployment, ...where, lane: world.address === 'loopback' ? 'local' : 'remote' }
  }
  const book = createHealthBook({ allowedFails: 3, timeOfDay: String })
  book.setPlaces([place('good'), place('bad')], at(0))
  const backs: number[] = []
  let trips = 0
  const hear = (changes: ReturnType<typeof book.settle>, nowMs: number) => {
    for (const { deployment, from, to } of changes) {
      if (deployment !== 'bad') continue
      if (to === 'out' && from !== 'on-trial') trips++
      if (to === 'ramping') backs.push(nowMs)
    }
  }
  const fails = (deployment: string, nowMs: number) => deployment === 'bad' && chance() < world.badShare(nowMs)
  const pending: { readonly atMs: number; readonly run: () => void }[] = []
  const send = (deployment: string, nowMs: number): boolean => {
    book.attemptStarted(deployment, at(nowMs))
    const failed = fails(deployment, nowMs)
    const isLimited = failed && world.limits === true
    const { endpointKey, credentialKey, address } = place(deployment)
    const outcome = failed ? ('failed' as const) : ('answered' as const)
    const errorKind = isLimited ? 'rate-limited-upstream' : failed ? 'failed-upstream' : null
    const numbers = { retryAfterMs: isLimited ? 30_000 : null, firstOutputMs: failed ? null : 300, startedMonotonicMs: nowMs }
    hear(
      book.attemptEnded(
        { deployment, endpointKey, credentialKey, address, outcome, errorKind, code: null, afterModelLoad: false, ...numbers },
        at(nowMs),
      ),
      nowMs,
    )
    return !failed
  }
  let requests = 0
  let lostFirstTries = 0
  let lostRequests = 0
  let onBad = 0
  let nextRequestMs = 0
  for (let nowMs = 0; nowMs < world.durationMs; nowMs += 50) {
    hear(book.settle(at(nowMs)), nowMs)
    for (const probe of book.due(at(nowMs))) {
      const ok = probe.kind === 'free' ? probe.deployment === 'good' || world.reachable(nowMs) : !fails(probe.deployment, nowMs)
      pending.push({
        atMs: nowMs + 200,
        run: () => hear(book.probed({ ...probe, ok, detail: 'simulated', latencyMs: 200 }, at(nowMs + 200)), nowMs + 200),
      })
    }
    while (pending.length > 0 && pending[0]!.atMs <= nowMs) pending.shift()!.run()
    while (nextRequestMs <= nowMs) {
      nextRequestMs += 1000 / world.requestsPerSecond
      requests++
      const states = ['good', 'bad'].map((deployment) => ({ deployment, state: book.state(deployment, at(nowMs)) }))
      const open = states.filter(({ state }) => state.limitedForMs === 0)
      const canary = open.find(({ state }) => state.acceptsCanary)
      const total = open.reduce((sum, { state }) => sum + state.rampShare, 0)
      let draw = chance() * total
      const drawn = open.find(({ state }) => (draw -= state.rampShare) < 0)
      const first = (canary ?? drawn ?? states[0]!).deployment
      if (first === 'bad') onBad++
      if (send(first, nowMs)) continue
      lostFirstTries++
      if (!send(first === 'good' ? 'bad' : 'good', nowMs) && !send('good', nowMs)) lostRequests++
    }
  }
  return { requests, lostFirstTries, lostRequests, onBad, trips, backAt: (fromMs) => backs.find((backMs) => backMs >= fromMs) ?? null }
}

function brownout(): void {
  for (const [share, limit] of [
    [0.5, 0.2],
    [0.3, 0.3],
  ] as const)
    for (const oneToken of [true, false]) {
      const runs = Array.from({ length: 20 }, (_, seed) =>
        simulate({
          requestsPerSecond: 2,
          durationMs: 3_600_000,
          address: 'network',
          oneToken,
          badShare: () => share,
          reachable: () => true,
          seed: 200 + seed,
        }),
      )
      const requests = runs.reduce((sum, run) => sum + run.requests, 0)
      const percent = (100 * runs.reduce((sum, run) => sum + run.lostFirstTries, 0)) / requests
      const lost = runs.reduce((sum, run) => sum + run.lostRequests, 0)
      const text = `${share * 100} % bad, ${oneToken ? 'one-token probes' : 'canaries only'}: ${percent.toFixed(2)} % first tries lost, ${lost} of ${requests} requests failed`
      if (oneToken) report('H6', `${text} (≤ ${limit} %, 0)`, percent <= limit && lost === 0)
      else console.log(`info   H6   ${text} (the price of never paying for a probe)`)
    }
}

function outage(): void {
  const endMs = 130_000
  const isDown = (nowMs: number) => nowMs >= 10_000 && nowMs < endMs
  for (const [name, address, seesReturn, medianMs, p95Ms] of [
    ['network, free probe blind', 'network', false, 45_000, 60_000],
    ['network, free probe sees it', 'network', true, 30_000, 30_000],
    ['loopback, free probe sees it', 'loopback', true, 15_000, 15_000],
  ] as const) {
    const backs: number[] = []
    let lost = 0
    for (let seed = 0; seed < 200; seed++) {
      const world = { requestsPerSecond: 2, durationMs: 300_000, address, oneToken: true, badShare: (nowMs: number) => (isDown(nowMs) ? 1 : 0) }
      const run = simulate({ ...world, reachable: (nowMs) => !seesReturn || !isDown(nowMs), seed: 400 + seed })
      lost = Math.max(lost, run.lostFirstTries)
      backs.push((run.backAt(endMs) ?? Number.POSITIVE_INFINITY) - endMs)
    }
    const median = quantile(backs, 0.5)
    const p95 = quantile(backs, 0.95)
    report(
      'H7',
      `${name}: back after median ${median / 1000} s, p95 ${p95 / 1000} s (≤ ${medianMs / 1000} / ${p95Ms / 1000}), at most ${lost} lost (≤ 5)`,
      median <= medianMs && p95 <= p95Ms && lost <= 5,
    )
  }
}

function rateLimitStorm(): void {
  const run = simulate({
    requestsPerSecond: 20,
    durationMs: 600_000,
    address: 'network',
    oneToken: false,
    badShare: () => 1,
    reachable: () => true,
    limits: true,
    seed: 7,
  })
  const share = (100 * run.onBad) / run.requests
  report(
    'H9',
    `429 storm: ${run.trips} trips (0), ${share.toFixed(2)} % of traffic there (< 1 %), ${run.lostRequests} requests failed`,
    run.trips === 0 && share < 1,
  )
}

falseTrips()
delays()
brownout()
outage()
recoveryTest()
rateLimitStorm()
wilsonCoverage()
process.exitCode = missed > 0 ? 1 : 0
