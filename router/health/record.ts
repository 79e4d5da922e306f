/** What the book knows about one deployment, and how that reads as the state that policy sees. Fixed size per deployment. */
import type { Address, Lane } from '../core/deployment.ts'
import type { DeploymentHealth, DeploymentState } from '../core/plan.ts'
import { type Cooldown, noCooldown } from './cooldown.ts'
import { createWindowCount, WINDOWS_MS, type WindowCount } from './counts.ts'
import { type Detector, freshDetector } from './detector.ts'
import { expectedMs, type Latency, noLatency } from './latency.ts'
import { type Deadline, leftMs, type Moment } from './moment.ts'
import { createQuantileWindow, type QuantileWindow } from './quantiles.ts'
import { advanced, neverOut, QUIET_RAMP_MS, type Recovery, rampShare } from './recovery.ts'

/** Where a deployment lives, as far as health cares. */
export interface Place {
  readonly deployment: string
  /** Deployments with the same key share reachability; null = it shares with nobody. */
  readonly endpointKey: string | null
  /** Changes with the credential itself. Null = needs none. */
  readonly credentialKey: string | null
  /** What the provider calls the model; null = unknown. */
  readonly upstreamModel: string | null
  /** Host name of the endpoint; null = unknown, then the endpoint stands for it. */
  readonly host: string | null
  readonly address: Address
  readonly lane: Lane
  /** May be tried with a one-token request on trial: costs nobody money, and it can answer one (no embeddings-only model). */
  readonly allowsOneToken: boolean
}

/** The states a person sees: those of policy, and those with a clock of their own. */
export type Standing = DeploymentHealth | 'offline' | 'off' | 'credential-out' | 'model-unknown' | 'limited' | 'warming'

export interface HealthRecord {
  place: Place
  readonly knownSinceMs: number
  detector: Detector
  recovery: Recovery
  /** Why it is out, in words. */
  detail: string | null
  /** When its own failures last put it out (monotonic). */
  trippedMs: number
  /** Out with its endpoint, without failures of its own: back when the endpoint is. */
  isCollateral: boolean
  /** The engine crashed too often: stays out until it is loaded again or changed. */
  isOff: boolean
  /** Attempts that began before this say nothing about the present (monotonic). */
  evidenceSinceMs: number
  cooldown: Cooldown
  modelUnknown: Deadline | null
  warming: { readonly sinceMs: number; readonly until: Deadline } | null
  /** Crashes of the engine within the last 10 minutes. */
  crashesMs: readonly number[]
  inFlight: number
  latency: Latency
  /** The last 5 minutes, to look at. */
  readonly recent: QuantileWindow
  /** The last 7 days, for deadlines. */
  readonly week: QuantileWindow
  readonly counts: { readonly minute: WindowCount; readonly fiveMinutes: WindowCount; readonly hour: WindowCount }
  /** Free probes that failed in a row without an answer between. */
  freeFails: number
  reachable: { readonly ok: boolean; readonly atWallMs: number; readonly detail: string; readonly latencyMs: number } | null
  lastEndMs: number
  lastCanaryMs: number
  oneToken: { readonly startedMs: number; readonly isPending: boolean; readonly nextMs: number }
  /** As last told. */
  standing: Standing
}

const NEVER = Number.NEGATIVE_INFINITY
const CANARY_EVERY_MS = 10_000
const DAY_MS = 86_400_000

export function createRecord(place: Place, nowMs: number): HealthRecord {
  return {
    place,
    knownSinceMs: nowMs,
    detector: freshDetector,
    recovery: neverOut,
    detail: null,
    trippedMs: NEVER,
    isCollateral: false,
    isOff: false,
    evidenceSinceMs: NEVER,
    cooldown: noCooldown,
    modelUnknown: null,
    warming: null,
    crashesMs: [],
    inFlight: 0,
    latency: noLatency,
    recent: createQuantileWindow(WINDOWS_MS.fiveMinutes, 5),
    week: createQuantileWindow(7 * DAY_MS, 7),
    counts: {
      minute: createWindowCount(WINDOWS_MS.minute),
      fiveMinutes: createWindowCount(WINDOWS_MS.fiveMinutes),
      hour: createWindowCount(WINDOWS_MS.hour),
    },
    freeFails: 0,
    reachable: null,
    lastEndMs: nowMs,
    lastCanaryMs: NEVER,
    oneToken: { startedMs: NEVER, isPending: false, nextMs: NEVER },
    standing: 'healthy',
  }
}

export interface Surroundings {
  readonly isOffline: boolean
  readonly credentialOut: Deadline | null
  /** False where the configuration says passive only. */
  readonly probes: boolean
}

/** The state that policy sees. Pure: time alone may have moved the record on, and that shows without being written. */
export function stateOf(record: HealthRecord, around: Surroundings, now: Moment): DeploymentState {
  const recovery = advanced(record.recovery, now.monotonicMs)
  const isCutOff = around.isOffline && record.place.address === 'network'
  return {
    health: isCutOff ? 'out' : recovery.at,
    rampShare: isCutOff ? 0 : rampShare(recovery),
    ...(isCutOff ? { isOffline: true } : {}),
    acceptsCanary: !isCutOff && acceptsCanary(record, recovery, around.probes, now.monotonicMs),
    detail: isCutOff ? 'offline: this machine has no network' : detailOf(record, recovery),
    limitedForMs: Math.ceil(Math.max(leftMs(record.cooldown.until, now), leftMs(record.warming?.until ?? null, now))),
    credentialOutForMs: Math.ceil(leftMs(around.credentialOut, now)),
    modelUnknownForMs: Math.ceil(leftMs(record.modelUnknown, now)),
    inFlight: record.inFlight,
    firstOutputMs: expectedMs(record.latency, now.monotonicMs),
    loaded: null, // the engine knows; the wiring fills it in
    usage: null, // counted beside health; the wiring fills it in
  }
}

/** The one word that a person sees, worst first. */
export function standingOf(record: HealthRecord, around: Surroundings, now: Moment): Standing {
  if (around.isOffline && record.place.address === 'network') return 'offline'
  const at = advanced(record.recovery, now.monotonicMs).at
  if (record.isOff && at === 'out') return 'off'
  if (at === 'out') return 'out'
  if (leftMs(around.credentialOut, now) > 0) return 'credential-out'
  if (leftMs(record.modelUnknown, now) > 0) return 'model-unknown'
  if (leftMs(record.cooldown.until, now) > 0) return 'limited'
  if (leftMs(record.warming?.until ?? null, now) > 0) return 'warming'
  return at
}

/** Monotonic times at which time alone may change what is told; a past one = something is still to be told. */
export function turningPoints(record: HealthRecord, around: Surroundings, now: Moment): readonly number[] {
  if (standingOf(record, around, now) !== record.standing) return [now.monotonicMs]
  const times = [record.cooldown.until, record.warming?.until, record.modelUnknown, around.credentialOut].map((until) => until?.monotonicMs ?? 0)
  if (record.recovery.at === 'out') times.push(record.recovery.untilMs)
  if (record.recovery.at === 'ramping') times.push(record.recovery.quietSinceMs + QUIET_RAMP_MS)
  return times.filter((atMs) => atMs > now.monotonicMs)
}

/** How long a person waits for something to change: the trial of one that is out, the end of a limit, of a refused key, of an unknown model. */
export function untilNextLook(record: HealthRecord, around: Surroundings, now: Moment): number | null {
  const recovery = advanced(record.recovery, now.monotonicMs)
  if (recovery.at === 'out') return Number.isFinite(recovery.untilMs) ? Math.max(0, recovery.untilMs - now.monotonicMs) : null
  const { limitedForMs, credentialOutForMs, modelUnknownForMs } = stateOf(record, around, now)
  return Math.max(limitedForMs, credentialOutForMs, modelUnknownForMs) || null
}

/** The place of an attempt whose deployment was never listed. */
export function placeOf(attempt: Pick<Place, 'deployment' | 'endpointKey' | 'credentialKey' | 'address'>): Place {
  const { deployment, endpointKey, credentialKey, address } = attempt
  const isLocal = address !== 'network'
  const lane = isLocal ? 'local' : 'remote'
  return { deployment, endpointKey, credentialKey, upstreamModel: null, address, host: null, lane, allowsOneToken: isLocal }
}

/** Same server, same credential, same model there: what was learned still holds. */
export function isSamePlace(one: Place, other: Place): boolean {
  return (
    one.endpointKey === other.endpointKey &&
    one.credentialKey === other.credentialKey &&
    one.upstreamModel === other.upstreamModel &&
    one.address === other.address
  )
}

/** One request may try a deployment on trial every 10 s; one-token probes that are under way leave nothing to try. */
function acceptsCanary(record: HealthRecord, recovery: Recovery, probes: boolean, nowMs: number): boolean {
  if (recovery.at !== 'on-trial') return false
  const isProbed = record.place.allowsOneToken && probes
  const lastTryMs = Math.max(record.lastCanaryMs, isProbed ? Math.max(recovery.sinceMs, record.oneToken.startedMs) : NEVER)
  return nowMs - lastTryMs >= CANARY_EVERY_MS
}

function detailOf(record: HealthRecord, recovery: Recovery): string | null {
  switch (recovery.at) {
    case 'out':
      return record.detail
    case 'on-trial':
      return `on trial: ${recovery.count} of 14 (${recovery.answers} answered, ${recovery.failures} failed)`
    case 'ramping':
      return `ramping: ${rampShare(recovery) * 100} % of its weight, ${recovery.clean} of 29 clean answers`
    case 'healthy':
      return null
  }
}
