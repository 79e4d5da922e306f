/** The health book: the one mutable holder of what is known about every deployment. Invariant: it reads no clock and draws nothing; every change is returned with its numbers. */
import { CREDENTIAL_OUT_MS, later, MODEL_UNKNOWN_HERE_MS, MODEL_UNKNOWN_MS, rateLimited } from './cooldown.ts'
import { countText, seconds, type TimeOfDay } from './details.ts'
import { evidenceOf } from './evidence.ts'
import type { DueProbe, EndedAttempt, HealthBook, HealthChange, HealthSettings, ProbeConditions, ProbeReport } from './health-book.ts'
import { penalised, sampled } from './latency.ts'
import { type Deadline, deadlineIn, leftMs, type Moment } from './moment.ts'
import { endpointOf, type FreeProbeMark, oneTokenSpacingMs, scheduledProbes } from './probe-schedule.ts'
import { startDeadlineMs } from './quantiles.ts'
import {
  createRecord,
  type HealthRecord,
  isSamePlace,
  type Place,
  placeOf,
  type Standing,
  type Surroundings,
  standingOf,
  stateOf,
  turningPoints,
  untilNextLook,
} from './record.ts'
import { freeProbed, LONGEST_WAIT_MS, outsNow, putAside } from './recovery.ts'
import { frozen, isSuspected, noSuspicion, resolved, unreachable } from './suspicion.ts'
import { createTransitions, type SharedBook } from './transitions.ts'

const WAKE_FREEZE_MS = 15_000
/** A model that loads is no failure for so long. */
const WARMING_MS = 5 * 60_000
const WARMING_RETRY_MS = 1_000
const GOLDEN = 0.618_034

const localTimeOfDay: TimeOfDay = (wallMs) => new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }).format(wallMs)

export function createHealthBook(settings: HealthSettings): HealthBook {
  const runLimit = Math.max(1, settings.allowedFails + 1)
  const healthCheckMs = settings.healthCheckMs ?? null
  const fallbackMs = settings.rateLimitFallbackMs ?? null
  const shared: SharedBook = { records: new Map(), suspicion: noSuspicion, isWide: false }
  const { records } = shared
  const transitions = createTransitions(shared, {
    runLimit,
    longestWaitMs: settings.longestWaitMs ?? LONGEST_WAIT_MS,
    timeOfDay: settings.timeOfDay ?? localTimeOfDay,
  })
  const { moveOn, enter, trip, judge, gone, releaseOrphans, membersOf, isCutOff } = transitions
  const credentialsOut = new Map<string, Deadline>()
  const freeMarks = new Map<string, FreeProbeMark>()
  let isListed = false

  const around = (record: HealthRecord): Surroundings => ({
    isOffline: shared.suspicion.isOffline,
    credentialOut: record.place.credentialKey === null ? null : (credentialsOut.get(record.place.credentialKey) ?? null),
    probes: healthCheckMs !== 0,
  })
  const rules = (conditions: ProbeConditions) => ({
    healthCheckMs,
    localOnly: conditions.localOnly ?? false,
    onBattery: conditions.onBattery ?? false,
    isOffline: shared.suspicion.isOffline,
  })

  function recordOf(attempt: EndedAttempt, now: Moment): HealthRecord | undefined {
    const known = records.get(attempt.deployment)
    if (known || isListed) return known
    const record = createRecord(placeOf(attempt), now.monotonicMs)
    records.set(attempt.deployment, record)
    return record
  }

  function succeeded(record: HealthRecord, attempt: EndedAttempt, now: Moment): void {
    count(record, false, now)
    record.freeFails = 0
    record.modelUnknown = null
    record.warming = null
    record.cooldown = { ...record.cooldown, streak: 0 }
    if (record.place.credentialKey !== null && credentialsOut.delete(record.place.credentialKey)) shared.isWide = true
    if (attempt.firstOutputMs === null || attempt.afterModelLoad) return
    record.latency = sampled(record.latency, attempt.firstOutputMs, now.monotonicMs)
    record.recent.add(attempt.firstOutputMs, now.monotonicMs)
    record.week.add(attempt.firstOutputMs, now.monotonicMs)
  }

  function limited(record: HealthRecord, retryAfterMs: number | null, now: Moment): void {
    record.latency = penalised(record.latency, now.monotonicMs)
    record.cooldown = rateLimited(record.cooldown, { retryAfterMs, fallbackMs }, now)
    if (record.recovery.at !== 'on-trial') return
    const untilMs = record.cooldown.until?.monotonicMs ?? now.monotonicMs
    enter(record, putAside(record.recovery, now.monotonicMs, untilMs), now)
    record.detail = `out: the trial ended in a rate limit, next trial in ${seconds(untilMs - now.monotonicMs)}`
  }

  /** Notes that it loads its model; true = for too long, which is a failure after all. */
  function isTooLongWarming(record: HealthRecord, retryAfterMs: number | null, now: Moment): boolean {
    const { warming } = record
    const isSame = warming !== null && now.monotonicMs - warming.until.monotonicMs < WARMING_MS
    const sinceMs = isSame ? warming.sinceMs : now.monotonicMs
    const spanMs = Math.min(Math.max(retryAfterMs ?? WARMING_RETRY_MS, 0), WARMING_MS)
    record.warming = { sinceMs, until: later(warming?.until ?? null, deadlineIn(spanMs, now)) }
    return now.monotonicMs - sinceMs >= WARMING_MS
  }

  function failedOver(record: HealthRecord, attempt: EndedAttempt, now: Moment): void {
    count(record, true, now)
    record.latency = penalised(record.latency, now.monotonicMs)
    if (attempt.errorKind !== 'unreachable' || record.place.address !== 'network' || shared.suspicion.isOffline) return
    shared.suspicion = unreachable(shared.suspicion, record.place.host ?? endpointOf(record), now.monotonicMs)
  }

  function read(record: HealthRecord, attempt: EndedAttempt, now: Moment): void {
    const startedMs = attempt.startedMonotonicMs ?? Number.POSITIVE_INFINITY
    const isStale = startedMs < record.evidenceSinceMs
    const evidence = evidenceOf(attempt)
    switch (evidence) {
      case 'success':
        succeeded(record, attempt, now)
        if (!isStale) judge(record, false, now)
        return
      case 'failure':
        failedOver(record, attempt, now)
        if (!isStale) judge(record, true, now)
        return
      case 'gone':
      case 'crashed':
      case 'off':
        failedOver(record, attempt, now)
        if (!isStale) gone(record, evidence, now)
        return
      case 'warming':
        if (!isTooLongWarming(record, attempt.retryAfterMs, now)) return
        count(record, true, now)
        if (!isStale) judge(record, true, now)
        return
      case 'rate-limited':
        limited(record, attempt.retryAfterMs, now)
        return
      case 'model-unknown':
        if (isStale) return
        record.modelUnknown = later(
          record.modelUnknown,
          deadlineIn(record.place.address === 'network' ? MODEL_UNKNOWN_MS : MODEL_UNKNOWN_HERE_MS, now),
        )
        return
      case 'credential': {
        const key = record.place.credentialKey
        shared.isWide = true
        // An attempt that left with the key of before an edit says nothing about the new one.
        if (key !== null && key === attempt.credentialKey && !isStale)
          credentialsOut.set(key, later(credentialsOut.get(key) ?? null, deadlineIn(CREDENTIAL_OUT_MS, now)))
        return
      }
      case 'nothing':
        return
      default:
        evidence satisfies never
    }
  }

  /** A free probe speaks for the whole endpoint. It can end a wait and show that nobody is there; it never restores traffic. */
  function freeProbeBack(record: HealthRecord, report: ProbeReport, now: Moment): void {
    for (const member of membersOf(endpointOf(record))) {
      moveOn(member, now)
      member.reachable = { ok: report.ok, atWallMs: now.wallMs, detail: report.detail, latencyMs: report.latencyMs }
      if (member.recovery.at === 'out') {
        if (!member.isCollateral && !member.isOff) enter(member, freeProbed(member.recovery, report.ok, now.monotonicMs), now)
        continue
      }
      if (member.recovery.at === 'on-trial' || now.monotonicMs < shared.suspicion.frozenUntilMs || isCutOff(member)) continue
      member.freeFails = report.ok ? 0 : member.freeFails + 1
      const isGone = report.refused === true && !report.ok && member.place.address !== 'network'
      if (!isGone && member.freeFails < runLimit) continue
      const detail = isGone
        ? 'out: nobody listens there (a free probe was refused)'
        : `out: ${member.freeFails} free probes in a row failed (${report.detail})`
      // The probe that found it gone is the failure that the next passing probe ends.
      trip(member, detail, now)
      enter(member, freeProbed(member.recovery, false, now.monotonicMs), now)
    }
  }

  function oneTokenBack(record: HealthRecord, report: ProbeReport, now: Moment): void {
    if (!record.oneToken.isPending) return
    const { startedMs } = record.oneToken
    record.oneToken = { startedMs, isPending: false, nextMs: startedMs + oneTokenSpacingMs(record) * jitterOf(now.chance) }
    if (record.recovery.at === 'on-trial' && startedMs >= record.evidenceSinceMs) judge(record, !report.ok, now)
  }

  /** What stands differently since it was last told. */
  function tell(now: Moment, touched: HealthRecord | null): readonly HealthChange[] {
    const changes: HealthChange[] = []
    const suspects = touched && !shared.isWide ? [touched] : records.values()
    shared.isWide = false
    for (const record of suspects) {
      const to = standingOf(record, around(record), now)
      if (to === record.standing) continue
      changes.push({ deployment: record.place.deployment, from: record.standing, to, detail: explain(record, to, now) })
      record.standing = to
    }
    return changes
  }

  function explain(record: HealthRecord, standing: Standing, now: Moment): string | null {
    if (standing === 'limited') return `rate-limited, back in ${seconds(leftMs(record.cooldown.until, now))}`
    if (standing === 'credential-out')
      return `the credential was rejected or has no quota left; out for ${seconds(leftMs(around(record).credentialOut, now))} or until edited`
    if (standing === 'model-unknown') return `the provider has no such model; out for ${seconds(leftMs(record.modelUnknown, now))} or until edited`
    if (standing === 'warming') return 'loading its model'
    return stateOf(record, around(record), now).detail
  }

  function settleAll(now: Moment): readonly HealthChange[] {
    for (const record of records.values()) moveOn(record, now)
    for (const [key, until] of credentialsOut) if (leftMs(until, now) === 0) credentialsOut.delete(key)
    releaseOrphans(now)
    return tell(now, null)
  }

  function withRecord(deployment: string, now: Moment, act: (record: HealthRecord) => void): readonly HealthChange[] {
    const record = records.get(deployment)
    if (!record) return []
    moveOn(record, now)
    act(record)
    return tell(now, record)
  }

  function forget(deployment: string): void {
    const record = records.get(deployment)
    if (!record) return
    records.delete(deployment)
    const rest = [...records.values()]
    const key = record.place.credentialKey
    if (key !== null && !rest.some((other) => other.place.credentialKey === key)) credentialsOut.delete(key)
    if (!rest.some((other) => endpointOf(other) === endpointOf(record))) freeMarks.delete(endpointOf(record))
  }

  /** `nowMs`: what left before says nothing about the place as it is now. */
  function renew(record: HealthRecord, place: Place, nowMs: number): void {
    const { knownSinceMs, inFlight, standing } = record
    if (record.place.credentialKey !== null) credentialsOut.delete(record.place.credentialKey)
    forget(record.place.deployment)
    records.set(place.deployment, { ...createRecord(place, knownSinceMs), inFlight, standing, evidenceSinceMs: nowMs })
  }

  return {
    setPlaces(places, now) {
      isListed = true
      const names = new Set(places.map((place) => place.deployment))
      for (const deployment of [...records.keys()]) if (!names.has(deployment)) forget(deployment)
      for (const place of places) {
        const record = records.get(place.deployment)
        if (!record) records.set(place.deployment, createRecord(place, now.monotonicMs))
        else if (isSamePlace(record.place, place)) record.place = place
        else renew(record, place, now.monotonicMs)
      }
    },
    attemptStarted(deployment, now) {
      const record = records.get(deployment)
      if (!record) return
      moveOn(record, now)
      record.inFlight += 1
      if (record.recovery.at === 'on-trial') record.lastCanaryMs = now.monotonicMs
    },
    attemptEnded(attempt, now) {
      const record = recordOf(attempt, now)
      if (!record) return []
      record.inFlight = Math.max(0, record.inFlight - 1)
      record.lastEndMs = now.monotonicMs
      moveOn(record, now)
      read(record, attempt, now)
      return tell(now, record)
    },
    probed: (report, now) =>
      withRecord(report.deployment, now, (record) =>
        report.kind === 'free' ? freeProbeBack(record, report, now) : oneTokenBack(record, report, now),
      ),
    due(now, conditions = {}) {
      const due: DueProbe[] = []
      let { chance } = now
      for (const { deployment, kind, atMs } of scheduledProbes(records.values(), freeMarks, rules(conditions), now.monotonicMs)) {
        if (atMs > now.monotonicMs) continue
        const record = records.get(deployment)!
        moveOn(record, now)
        chance = (chance + GOLDEN) % 1 // one draw, spread over several probes
        if (kind === 'free') freeMarks.set(endpointOf(record), { atMs: now.monotonicMs, jitter: jitterOf(chance) })
        else record.oneToken = { startedMs: now.monotonicMs, isPending: true, nextMs: now.monotonicMs }
        due.push({ deployment, kind })
      }
      return due
    },
    settle: settleAll,
    nextLookMs(now, conditions = {}) {
      const times = scheduledProbes(records.values(), freeMarks, rules(conditions), now.monotonicMs).map(({ atMs }) => atMs)
      for (const record of records.values()) times.push(...turningPoints(record, around(record), now))
      const next = times.reduce((soonest, atMs) => Math.min(soonest, atMs), Number.POSITIVE_INFINITY)
      return next === Number.POSITIVE_INFINITY ? null : Math.max(0, next - now.monotonicMs)
    },
    state(deployment, now) {
      const record = records.get(deployment)
      if (record) return stateOf(record, around(record), now)
      return stateOf(
        createRecord(placeOf({ deployment, endpointKey: null, credentialKey: null, address: 'network' }), now.monotonicMs),
        { isOffline: false, credentialOut: null, probes: false },
        now,
      )
    },
    snapshot: (now) =>
      [...records.values()].map((record) => ({
        deployment: record.place.deployment,
        standing: standingOf(record, around(record), now),
        state: stateOf(record, around(record), now),
        lastMinute: countText(record.counts.minute.read(now.monotonicMs)),
        lastFiveMinutes: countText(record.counts.fiveMinutes.read(now.monotonicMs)),
        lastHour: countText(record.counts.hour.read(now.monotonicMs)),
        hour: record.counts.hour.read(now.monotonicMs),
        nextLookMs: untilNextLook(record, around(record), now),
        score: record.detector.score,
        run: record.detector.run,
        outs: outsNow(record.recovery, now.monotonicMs),
        firstOutput: record.recent.read(now.monotonicMs),
        startDeadlineMs: startDeadlineMs(record.week.read(now.monotonicMs)),
        reachable: record.reachable,
      })),
    medianFirstOutputMs: (deployment, now) => records.get(deployment)?.recent.read(now.monotonicMs).p50Ms ?? null,
    learnedStartDeadlineMs(deployment, now) {
      const record = records.get(deployment)
      return record ? startDeadlineMs(record.week.read(now.monotonicMs)) : null
    },
    forget,
    changed(deployment, now) {
      const record = records.get(deployment)
      if (record) renew(record, record.place, now.monotonicMs)
    },
    freeze(untilMs) {
      shared.suspicion = frozen(shared.suspicion, untilMs)
    },
    woke(now) {
      shared.suspicion = frozen(shared.suspicion, now.monotonicMs + WAKE_FREEZE_MS)
      const isPast = (until: Deadline | null | undefined) => until !== null && until !== undefined && until.wallMs <= now.wallMs
      for (const record of records.values()) {
        if (isPast(record.cooldown.until)) record.cooldown = { ...record.cooldown, until: null }
        if (isPast(record.modelUnknown)) record.modelUnknown = null
        if (isPast(record.warming?.until)) record.warming = null
      }
      for (const [key, until] of credentialsOut) if (isPast(until)) credentialsOut.delete(key)
      freeMarks.clear()
      return settleAll(now)
    },
    suspectsOffline: (now) => isSuspected(shared.suspicion, now.monotonicMs),
    setOffline(isOffline, now) {
      const isBack = shared.suspicion.isOffline && !isOffline
      shared.suspicion = resolved(shared.suspicion, isOffline)
      // What broke while the network was away may end after it is back.
      if (isBack) for (const record of records.values()) if (record.place.address === 'network') record.evidenceSinceMs = now.monotonicMs
      return settleAll(now)
    },
    engineCrashed: (deployment, now) => withRecord(deployment, now, (record) => gone(record, 'crashed', now)),
    engineLoaded: (deployment, now) =>
      withRecord(deployment, now, (record) => {
        record.warming = null
        if (record.recovery.at === 'healthy' || record.recovery.at === 'ramping') return
        record.evidenceSinceMs = now.monotonicMs // what the crash broke ends after the restart
        enter(record, { at: 'healthy', outs: record.recovery.outs, sinceMs: now.monotonicMs }, now)
      }),
  }
}

function count(record: HealthRecord, failed: boolean, now: Moment): void {
  for (const window of Object.values(record.counts)) window.add(failed, now.monotonicMs)
}

function jitterOf(chance: number): number {
  return 0.9 + 0.2 * chance
}
