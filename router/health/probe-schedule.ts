/** When the next probe of each deployment or endpoint may leave. Invariant: a healthy deployment is never sent a request that costs money. */
import type { HealthRecord } from './record.ts'
import { advanced } from './recovery.ts'

export type ProbeKind = 'free' | 'one-token'

export interface ScheduledProbe {
  readonly deployment: string
  readonly kind: ProbeKind
  /** Monotonic; in the past = due. */
  readonly atMs: number
}

export interface ProbeRules {
  /** Interval of free probes of every deployment; null = the rules below alone; 0 = passive only. */
  readonly healthCheckMs: number | null
  /** The lane is locked to local: nothing leaves this machine. */
  readonly localOnly: boolean
  readonly onBattery: boolean
  readonly isOffline: boolean
}

/** The last free probe of an endpoint, and the jitter (0.9–1.1) drawn for the next. */
export interface FreeProbeMark {
  readonly atMs: number
  readonly jitter: number
}

const OUT_LOCAL_MS = 2_000
const OUT_REMOTE_MS = 5_000
const OUT_LONG_MS = 30_000
const LONG_AFTER_MS = 10 * 60_000
const IDLE_MS = 5_000
const IDLE_BATTERY_MS = 30_000
const TRIAL_LOCAL_MS = 500
const TRIAL_REMOTE_MS = 1_000
/** A one-token probe whose result never came is given up after the longest start deadline. */
const LOST_AFTER_MS = 180_000

/** Deployments of one endpoint share their free probes. */
export function endpointOf(record: HealthRecord): string {
  return record.place.endpointKey ?? `deployment:${record.place.deployment}`
}

/** Every probe that will leave next, due or not. */
export function scheduledProbes(
  records: Iterable<HealthRecord>,
  marks: ReadonlyMap<string, FreeProbeMark>,
  rules: ProbeRules,
  nowMs: number,
): readonly ScheduledProbe[] {
  if (rules.healthCheckMs === 0) return []
  const probes: ScheduledProbe[] = []
  const endpoints = new Map<string, HealthRecord[]>()
  for (const record of records) {
    if (record.place.address === 'network' && (rules.localOnly || rules.isOffline)) continue
    const atMs = oneTokenAtMs(record, nowMs)
    if (atMs !== null) probes.push({ deployment: record.place.deployment, kind: 'one-token', atMs })
    const members = endpoints.get(endpointOf(record))
    if (members) members.push(record)
    else endpoints.set(endpointOf(record), [record])
  }
  for (const [endpoint, members] of endpoints) {
    const probe = freeProbe(members, marks.get(endpoint), { rules, nowMs })
    if (probe) probes.push(probe)
  }
  return probes
}

/** Spacing of one-token probes, start to start. */
export function oneTokenSpacingMs(record: HealthRecord): number {
  return record.place.address === 'network' ? TRIAL_REMOTE_MS : TRIAL_LOCAL_MS
}

function oneTokenAtMs(record: HealthRecord, nowMs: number): number | null {
  const recovery = advanced(record.recovery, nowMs)
  if (recovery.at !== 'on-trial' || !record.place.allowsOneToken) return null
  const { isPending, startedMs, nextMs } = record.oneToken
  if (isPending) return startedMs + LOST_AFTER_MS
  return Math.max(recovery.sinceMs, nextMs, record.cooldown.until?.monotonicMs ?? 0)
}

function freeProbe(
  members: readonly HealthRecord[],
  mark: FreeProbeMark | undefined,
  around: { readonly rules: ProbeRules; readonly nowMs: number },
): ScheduledProbe | null {
  const { rules, nowMs } = around
  const first = members[0]!
  const jitter = mark?.jitter ?? 1
  const lastMs = mark?.atMs ?? Number.NEGATIVE_INFINITY
  const times: number[] = []
  let target = first
  const out = members.find((record) => !record.isCollateral && !record.isOff && advanced(record.recovery, nowMs).at === 'out')
  if (out) {
    target = out
    const isLong = nowMs - out.recovery.sinceMs >= LONG_AFTER_MS
    const base = isLong ? OUT_LONG_MS : out.place.address === 'network' ? OUT_REMOTE_MS : OUT_LOCAL_MS
    times.push(Math.max(lastMs + base * jitter, out.recovery.sinceMs))
  } else if (first.place.lane === 'local' && first.place.address !== 'engine' && members.every((record) => record.inFlight === 0)) {
    const quietSinceMs = Math.max(lastMs, ...members.map((record) => record.lastEndMs))
    times.push(quietSinceMs + (rules.onBattery ? IDLE_BATTERY_MS : IDLE_MS) * jitter)
  }
  if (rules.healthCheckMs !== null) {
    const sinceMs = mark?.atMs ?? first.knownSinceMs - rules.healthCheckMs // the first at once
    times.push(sinceMs + rules.healthCheckMs * jitter)
  }
  return times.length === 0 ? null : { deployment: target.place.deployment, kind: 'free', atMs: Math.min(...times) }
}
