/** The health book as its users see it: what goes in, what comes out. */
import type { Address } from '../core/deployment.ts'
import type { ErrorKind } from '../core/errors.ts'
import type { DeploymentState } from '../core/plan.ts'
import type { Count } from './counts.ts'
import type { TimeOfDay } from './details.ts'
import type { Moment } from './moment.ts'
import type { ProbeKind } from './probe-schedule.ts'
import type { Quantiles } from './quantiles.ts'
import type { HealthRecord, Place, Standing } from './record.ts'

export interface HealthSettings {
  /** `allowed_fails` n: failure n + 1 in a row puts a deployment out. 3 unless configured. */
  readonly allowedFails: number
  /** Interval of free probes of every deployment; null = by need; 0 = passive only, no probe at all. */
  readonly healthCheckMs?: number | null
  /** `cooldown_time`: the longest wait before a trial. Default 60 s. */
  readonly longestWaitMs?: number
  /** `fallback_duration_seconds`: cooldown after a rate limit that names no time; null = random backoff. */
  readonly rateLimitFallbackMs?: number | null
  /** Wall clock as text in the details; local time unless given. */
  readonly timeOfDay?: TimeOfDay
}

export interface EndedAttempt {
  readonly deployment: string
  readonly endpointKey: string | null
  readonly credentialKey: string | null
  readonly address: Address
  readonly outcome: 'answered' | 'failed' | 'aborted'
  readonly errorKind: ErrorKind | null
  readonly code: string | null
  readonly retryAfterMs: number | null
  /** From sent to first output, of a stream; null where nothing was measured. */
  readonly firstOutputMs: number | null
  /** The model was loaded for this attempt: its time is no sample. */
  readonly afterModelLoad: boolean
  /** Monotonic start. An attempt that began before the present trial says nothing about it. */
  readonly startedMonotonicMs?: number | null
}

export interface ProbeReport {
  readonly deployment: string
  readonly kind: ProbeKind
  readonly ok: boolean
  readonly detail: string
  readonly latencyMs: number
  /** The connection was refused: on this machine one look is enough. */
  readonly refused?: boolean
}

/** One line in the tray and one `deployment-changed` event. */
export interface HealthChange {
  readonly deployment: string
  readonly from: Standing
  readonly to: Standing
  readonly detail: string | null
}

export interface DueProbe {
  readonly deployment: string
  readonly kind: ProbeKind
}

export interface ProbeConditions {
  /** The lane is locked to local. */
  readonly localOnly?: boolean
  readonly onBattery?: boolean
}

export interface HealthSnapshot {
  readonly deployment: string
  readonly standing: Standing
  readonly state: DeploymentState
  /** Of requests, in words with a 95 % interval; `unknown` without data, never "healthy". */
  readonly lastMinute: string
  readonly lastFiveMinutes: string
  readonly lastHour: string
  /** The same counts as numbers, of the last hour. */
  readonly hour: Count
  /** Until the next trial, or until a limit, a refused key or an unknown model is forgiven; null = nothing is waited for, or something else says when. */
  readonly nextLookMs: number | null
  readonly score: number
  readonly run: number
  /** How often out in a row. */
  readonly outs: number
  /** Time to first output, last 5 minutes. */
  readonly firstOutput: Quantiles
  readonly startDeadlineMs: number | null
  /** The last free probe; null = never probed. */
  readonly reachable: HealthRecord['reachable']
}

export interface HealthBook {
  /** Replaces the list of deployments: new ones begin unknown, moved ones begin anew, missing ones are forgotten. Outcomes of deployments that are not listed are then ignored. */
  setPlaces(places: readonly Place[], now: Moment): void
  /** In flight + 1; on trial this is the canary. */
  attemptStarted(deployment: string, now: Moment): void
  /** In flight − 1, and what the outcome says. */
  attemptEnded(attempt: EndedAttempt, now: Moment): readonly HealthChange[]
  /** A probe that `due` handed out is back. */
  probed(report: ProbeReport, now: Moment): readonly HealthChange[]
  /** The probes that leave now; each is handed out once and its result is expected in `probed`. */
  due(now: Moment, conditions?: ProbeConditions): readonly DueProbe[]
  /** What the passing of time alone changed. Call it before `due`. */
  settle(now: Moment): readonly HealthChange[]
  /** Milliseconds until `settle` or `due` may have something; 0 = now, null = nothing is waited for. */
  nextLookMs(now: Moment, conditions?: ProbeConditions): number | null
  state(deployment: string, now: Moment): DeploymentState
  snapshot(now: Moment): readonly HealthSnapshot[]
  /** Measured time to first output of streams, p50 of the last 5 minutes; null = none ended well. */
  medianFirstOutputMs(deployment: string, now: Moment): number | null
  /** 3 × p95 of time to first output within 12–180 s; null = nothing learned. */
  learnedStartDeadlineMs(deployment: string, now: Moment): number | null
  forget(deployment: string): void
  /** Edited, or a new credential: counters 0, cooldowns and the credential's state gone. `settle` tells it. */
  changed(deployment: string, now: Moment): void
  /** No detector and no trial counts anything until then (monotonic). */
  freeze(untilMs: number): void
  /** After a sleep, or a tick > 5 s late: frozen 15 s, cooldowns whose wall-clock end passed are gone, probes are due. */
  woke(now: Moment): readonly HealthChange[]
  /** Two hosts became unreachable within 2 s: is this machine offline? Answer with `setOffline`. */
  suspectsOffline(now: Moment): boolean
  /** Offline: deployments on the network are offline, not out; nothing counts against them. */
  setOffline(isOffline: boolean, now: Moment): readonly HealthChange[]
  /** The engine process behind a deployment is gone, with or without an attempt in flight. */
  engineCrashed(deployment: string, now: Moment): readonly HealthChange[]
  /** The model is loaded: an engine deployment that was out is back. */
  engineLoaded(deployment: string, now: Moment): readonly HealthChange[]
}
