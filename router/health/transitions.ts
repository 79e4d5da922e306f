/** How a record goes from one state to the next, and what its endpoint's other deployments do then. Invariant: `enter` is the only place that changes a recovery. */
import { outAgainDetail, outDetail, type TimeOfDay } from './details.ts'
import { counted, detectorAfterRecovery, isTripped } from './detector.ts'
import type { Moment } from './moment.ts'
import { endpointOf } from './probe-schedule.ts'
import type { HealthRecord } from './record.ts'
import { advanced, answered, putAside, putOut, type Recovery, ramping } from './recovery.ts'
import type { Suspicion } from './suspicion.ts'

/** What the parts of the book share. */
export interface SharedBook {
  readonly records: Map<string, HealthRecord>
  suspicion: Suspicion
  /** Others than the record in hand may stand differently now. */
  isWide: boolean
}

export interface TransitionSettings {
  /** Failures in a row that put a deployment out. */
  readonly runLimit: number
  readonly longestWaitMs: number
  readonly timeOfDay: TimeOfDay
}

/** How a place is gone. */
export type Going = 'gone' | 'crashed' | 'off'

export interface Transitions {
  /** Writes down what time did to one record. */
  moveOn(record: HealthRecord, now: Moment): void
  enter(record: HealthRecord, next: Recovery, now: Moment): void
  /** Out, with the next longer wait. */
  trip(record: HealthRecord, detail: string, now: Moment): void
  /** One answer or failure, of a request or of a one-token probe. */
  judge(record: HealthRecord, failed: boolean, now: Moment): void
  /** Nobody listens, or the engine crashed: out at the first; the third crash within 10 minutes, or the engine's own word, switches it off. */
  gone(record: HealthRecord, how: Going, now: Moment): void
  /** Collateral whose culprits are all gone (forgotten, edited, recovered) has nobody left to wait for. */
  releaseOrphans(now: Moment): void
  membersOf(endpoint: string): readonly HealthRecord[]
  /** On the network, while this machine is offline. */
  isCutOff(record: HealthRecord): boolean
}

const ENDPOINT_TOGETHER_MS = 10_000
const CRASHES_WITHIN_MS = 10 * 60_000
const CRASHES_ALLOWED = 2
/** Shorter than the shortest restart. */
const SAME_CRASH_MS = 400

export function createTransitions(shared: SharedBook, settings: TransitionSettings): Transitions {
  const { records } = shared
  const { runLimit, longestWaitMs, timeOfDay } = settings

  const waitFrom = (now: Moment) => ({ nowMs: now.monotonicMs, chance: now.chance, longestWaitMs })
  const membersOf = (endpoint: string) => [...records.values()].filter((record) => endpointOf(record) === endpoint)
  const isCutOff = (record: HealthRecord) => shared.suspicion.isOffline && record.place.address === 'network'

  function moveOn(record: HealthRecord, now: Moment): void {
    enter(record, advanced(record.recovery, now.monotonicMs), now)
  }

  /** The only place where a record changes its recovery: what comes with each state comes with it here. */
  function enter(record: HealthRecord, next: Recovery, now: Moment): void {
    const before = record.recovery
    record.recovery = next
    if (next.at === before.at) return
    shared.isWide = true
    if (before.at === 'out') record.evidenceSinceMs = next.sinceMs
    if (next.at === 'on-trial') {
      record.oneToken = { ...record.oneToken, isPending: false, nextMs: next.sinceMs }
    }
    if (next.at === 'ramping' || (next.at === 'healthy' && before.at !== 'ramping')) record.detector = detectorAfterRecovery(now)
    if (next.at !== 'out') {
      record.isCollateral = false
      record.isOff = false
      record.detail = null
    }
    record.freeFails = 0
    if (next.at === 'ramping') releaseEndpoint(record, now)
  }

  function trip(record: HealthRecord, detail: string, now: Moment): void {
    enter(record, putOut(record.recovery, waitFrom(now)), now)
    record.detail = detail
    record.trippedMs = now.monotonicMs
    holdEndpoint(record, now)
  }

  /** Two deployments of one endpoint out within 10 s: the others go out with it, once, without a wait of their own. */
  function holdEndpoint(record: HealthRecord, now: Moment): void {
    if (record.place.endpointKey === null) return
    const members = membersOf(endpointOf(record))
    const isRecent = ({ recovery, isCollateral, trippedMs }: HealthRecord) =>
      (recovery.at === 'out' || recovery.at === 'on-trial') && !isCollateral && now.monotonicMs - trippedMs <= ENDPOINT_TOGETHER_MS
    const other = members.find((member) => member !== record && isRecent(member))
    if (!other) return
    for (const member of members) {
      moveOn(member, now)
      if (member.recovery.at === 'out' || member.recovery.at === 'on-trial') continue
      enter(member, putAside(member.recovery, now.monotonicMs, Number.POSITIVE_INFINITY), now)
      member.isCollateral = true
      member.detail = `out with its endpoint: ${other.place.deployment} and ${record.place.deployment} went out within 10 s`
    }
  }

  function releaseEndpoint(record: HealthRecord, now: Moment): void {
    if (record.place.endpointKey === null) return
    for (const member of membersOf(endpointOf(record))) if (member.isCollateral) enter(member, ramping(member.recovery.outs, now.monotonicMs), now)
  }

  function releaseOrphans(now: Moment): void {
    for (const record of records.values()) {
      if (!record.isCollateral) continue
      const culprit = membersOf(endpointOf(record)).some(
        (member) => !member.isCollateral && (member.recovery.at === 'out' || member.recovery.at === 'on-trial'),
      )
      if (!culprit) releaseEndpoint(record, now)
    }
  }

  function judge(record: HealthRecord, failed: boolean, now: Moment): void {
    if (now.monotonicMs < shared.suspicion.frozenUntilMs || isCutOff(record) || record.recovery.at === 'out') return
    if (record.recovery.at === 'on-trial') {
      const { answers, failures } = record.recovery
      const next = answered(record.recovery, failed, waitFrom(now))
      enter(record, next, now)
      if (next.at === 'out') record.detail = outAgainDetail(answers, failures + 1, next.untilMs - now.monotonicMs)
      return
    }
    record.detector = counted(record.detector, failed, now)
    if (isTripped(record.detector, runLimit)) trip(record, outDetail(record.detector, runLimit, timeOfDay), now)
    else enter(record, answered(record.recovery, failed, waitFrom(now)), now)
  }

  function gone(record: HealthRecord, how: Going, now: Moment): void {
    const crashes = how === 'crashed' ? crashed(record, now.monotonicMs) : 0
    const isOff = how === 'off' || crashes > CRASHES_ALLOWED
    if (isOff && !record.isOff) {
      enter(record, putAside(record.recovery, now.monotonicMs, Number.POSITIVE_INFINITY), now)
      record.isOff = true
      record.detail = `off: the engine crashed ${CRASHES_ALLOWED + 1} times within 10 min and stays off until its model is loaded by hand`
    } else if (record.recovery.at !== 'out') {
      const died = `out: the engine crashed (${crashes} of ${CRASHES_ALLOWED + 1} within 10 min)`
      trip(record, crashes > 0 ? died : 'out: nobody listens there (refused at the first connection)', now)
    }
  }

  return { moveOn, enter, trip, judge, gone, releaseOrphans, membersOf, isCutOff }
}

/** Crashes of the engine within 10 minutes, this one included. All attempts in flight report the same crash. */
function crashed(record: HealthRecord, nowMs: number): number {
  const recent = record.crashesMs.filter((atMs) => nowMs - atMs < CRASHES_WITHIN_MS)
  const last = recent.at(-1)
  record.crashesMs = last !== undefined && nowMs - last < SAME_CRASH_MS ? recent : [...recent, nowMs].slice(-CRASHES_ALLOWED - 1)
  return record.crashesMs.length
}
