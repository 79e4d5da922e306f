/** A virtual clock and short ways to say what happened, for the stories about health. */
import type { EndedAttempt, HealthBook, HealthChange, Moment, Place, ProbeReport } from '../../../router/health/index.ts'

/** 10:00:00 UTC of some day. */
export const TEN_O_CLOCK = 1_700_042_400_000

export const utc = (wallMs: number) => new Date(wallMs).toISOString().slice(11, 19)

export interface VirtualTime {
  now(): Moment
  advance(ms: number): void
  /** The machine sleeps: the wall clock runs on, the monotonic clock stands still. */
  sleep(ms: number): void
  /** What the next moments carry as chance. */
  chance(value: number): void
}

export function virtualTime(): VirtualTime {
  let monotonicMs = 0
  let wallMs = TEN_O_CLOCK
  let chance = 0.5
  return {
    now: () => ({ monotonicMs, wallMs, chance }),
    advance(ms) {
      monotonicMs += ms
      wallMs += ms
    },
    sleep(ms) {
      wallMs += ms
    },
    chance(value) {
      chance = value
    },
  }
}

export function place(deployment: string, more: Partial<Place> = {}): Place {
  const address = more.address ?? 'network'
  const lane = more.lane ?? (address === 'network' ? 'remote' : 'local')
  return {
    deployment,
    endpointKey: `endpoint of ${deployment}`,
    credentialKey: null,
    upstreamModel: deployment,
    host: `${deployment}.example`,
    address,
    lane,
    allowsOneToken: lane === 'local',
    ...more,
  }
}

type Ended = Partial<Omit<EndedAttempt, 'deployment'>>

export interface Teller {
  answers(place: Place, count?: number, more?: Ended): readonly HealthChange[]
  fails(place: Place, count?: number, more?: Ended): readonly HealthChange[]
  ends(place: Place, more: Ended): readonly HealthChange[]
  probe(place: Place, more: Partial<ProbeReport>): readonly HealthChange[]
}

/** Tells the book what happened, all at the present moment. */
export function teller(book: HealthBook, time: VirtualTime): Teller {
  const ends = (where: Place, more: Ended) => {
    book.attemptStarted(where.deployment, time.now())
    const attempt = { outcome: 'answered', errorKind: null, code: null, retryAfterMs: null, firstOutputMs: null, afterModelLoad: false } as const
    const { deployment, endpointKey, credentialKey, address } = where
    return book.attemptEnded({ deployment, endpointKey, credentialKey, address, ...attempt, ...more }, time.now())
  }
  const times = (count: number, once: () => readonly HealthChange[]) => Array.from({ length: count }, once).flat()
  return {
    ends,
    answers: (where, count = 1, more = {}) => times(count, () => ends(where, more)),
    fails: (where, count = 1, more = {}) => times(count, () => ends(where, { outcome: 'failed', errorKind: 'failed-upstream', ...more })),
    probe: (where, more) =>
      book.probed({ deployment: where.deployment, kind: 'free', ok: true, detail: 'answered', latencyMs: 5, ...more }, time.now()),
  }
}
