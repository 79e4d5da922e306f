/** "What if": the requests of the last hours, decided once more by the router's own policy under the split as it is and as it might be. Invariant: it yields to requests every few milliseconds and takes a fixed amount of work in all; what would take more is a sample of whole conversations. */
import type { Catalog } from '../core/catalog.ts'
import { type Clock, calendarOf, seededChance, type Timer } from '../core/clock.ts'
import type { Usage } from '../core/conversation.ts'
import type { Lane } from '../core/deployment.ts'
import type { Deficit, DeploymentState, Lookup } from '../core/plan.ts'
import { costUsd, tokensOf } from '../core/price.ts'
import { type CallerSplit, type Split, type SplitSetting, withSetting } from '../core/split.ts'
import { createReplay, healthyState, type Replay } from '../policy/index.ts'
import type { KeyStore, ReplayRow, ReplayStore } from '../registry/index.ts'
import type { SplitControl } from './split-control.ts'

export interface WhatIf {
  /** `change`: what would be another; the rest stays as it is in force. */
  ask(change: Partial<SplitSetting>, hours: number): Promise<WhatIfAnswer>
}

export type WhatIfAnswer =
  | { readonly enough: false; readonly requests: number }
  | {
      readonly enough: true
      readonly hours: number
      /** Requests that were replayed, or stand for others where there were too many. */
      readonly requests: number
      /** Replayed ones where they are a sample; null = all were. */
      readonly sampled: number | null
      readonly at: { readonly remote_share: number; readonly fallback: boolean; readonly lock: Lane | null }
      readonly before: WhatIfSide
      readonly after: WhatIfSide
    }

/** Sums of those hours. */
export interface WhatIfSide {
  readonly local: { readonly requests: number; readonly tokens: number }
  readonly remote: { readonly requests: number; readonly tokens: number }
  /** Requests that nobody could have taken. */
  readonly refused: number
  /** US dollars; null = of no remote deployment that would answer a price is known. */
  readonly cost_usd: number | null
  /** Remote requests without a known price: they are not in `cost_usd`. */
  readonly unpriced_requests: number
  /** Median of streams, from what was measured at the deployments that would answer; null = most of them were never measured. */
  readonly first_output_ms: number | null
}

export interface WhatIfParts {
  readonly clock: Clock
  readonly catalog: () => Catalog
  readonly split: SplitControl
  readonly deficits: Lookup<Deficit>
  readonly deploymentStates: () => Lookup<DeploymentState>
  readonly replay: ReplayStore
  readonly keys: KeyStore
  readonly sessionIdleMs: number
}

const LEAST_REQUESTS = 20
const MOST_REQUESTS = 20_000
const PAGE_ROWS = 500
/** Work of one answer at most, and without a pause. */
const WORK_MS = 150
const SLICE_MS = 6
/** So many rows tell how long one takes; the first half of them warms up. Fewer than `ALWAYS_WHOLE` are never a sample. */
const TRIED_ROWS = 400
const ALWAYS_WHOLE = 1_500
/** Times to first output that are kept of one deployment, the newest: more would not move a median. */
const MOST_SAMPLES = 1_000
/** While a person drags, the same rows are asked for again and again. */
const KEPT_MS = 20_000
const HOUR_MS = 3_600_000

export function createWhatIf(parts: WhatIfParts): WhatIf {
  const { clock } = parts
  let kept: { readonly hours: number; readonly rows: Promise<readonly ReplayRow[]> } | null = null
  let forget: Timer | null = null

  function rowsOf(hours: number): Promise<readonly ReplayRow[]> {
    if (kept?.hours !== hours) {
      kept = { hours, rows: read(hours) }
      kept.rows.catch(() => {
        kept = null
      })
      forget?.cancel()
      forget = clock.after(KEPT_MS, () => {
        kept = null
      })
    }
    return kept.rows
  }

  /** In the order of time. */
  async function read(hours: number): Promise<readonly ReplayRow[]> {
    const sinceMs = clock.now() - hours * HOUR_MS
    const rows: ReplayRow[] = []
    for (;;) {
      const page = parts.replay.page({ sinceMs, before: rows.at(-1)?.id ?? null, limit: PAGE_ROWS })
      rows.push(...page)
      if (page.length < PAGE_ROWS || rows.length >= MOST_REQUESTS) return rows.reverse()
      await clock.sleep(0)
    }
  }

  function replayOf(split: Split): Replay {
    const before = parts.split.current()
    const isSameShare = split.remoteShare === before.remoteShare
    const states = parts.deploymentStates()
    const keys = new Map<string, CallerSplit>(parts.keys.list().map((key) => [key.id, key]))
    return createReplay({
      catalog: parts.catalog(),
      split,
      deployments: { get: (name) => ({ ...healthyState, firstOutputMs: states.get(name)?.firstOutputMs ?? null }) },
      // A new share draws from nothing; what is not the split's (a model's own, a key's) goes on.
      deficits: { get: (key) => (isSameShare || !key.startsWith('global:') ? parts.deficits.get(key) : undefined) },
      key: (id) => keys.get(id) ?? null,
      sessionIdleMs: parts.sessionIdleMs,
      chance: seededChance(split.seed ?? 1),
      calendar: calendarOf,
    })
  }

  /** Calls `each` for every row, a few milliseconds at a time. */
  async function inSlices(rows: readonly ReplayRow[], each: (row: ReplayRow) => void): Promise<void> {
    let sinceMs = clock.monotonic()
    for (const row of rows) {
      each(row)
      if (clock.monotonic() - sinceMs < SLICE_MS) continue
      await clock.sleep(0)
      sinceMs = clock.monotonic()
    }
  }

  /** What one row takes under both splits. */
  async function rowMs(rows: readonly ReplayRow[], splits: readonly Split[]): Promise<number> {
    const trials = splits.map(replayOf)
    const run = (some: readonly ReplayRow[]) => {
      const begunMs = clock.monotonic()
      for (const row of some) for (const trial of trials) trial.next(row)
      return (clock.monotonic() - begunMs) / some.length
    }
    run(rows.slice(0, TRIED_ROWS / 2))
    await clock.sleep(0)
    const measured = run(rows.slice(TRIED_ROWS / 2, TRIED_ROWS))
    await clock.sleep(0)
    return measured
  }

  return {
    async ask(change, hours) {
      const rows = await rowsOf(hours)
      if (rows.length < LEAST_REQUESTS) {
        kept = null
        return { enough: false, requests: rows.length }
      }
      const now = parts.split.current()
      const next: Split = { ...withSetting(now, change), ...(change.lock === undefined ? {} : { isTemporary: false }) }
      const part = rows.length > ALWAYS_WHOLE ? Math.ceil((rows.length * (await rowMs(rows, [now, next]))) / WORK_MS) : 1
      const sample = part > 1 ? rows.filter((row) => hashOf(row.facts.session?.id ?? row.id) % part === 0) : rows

      const sides = [createTally(replayOf(now)), createTally(replayOf(next))] as const
      const measured = new Map<string, Measured>()
      await inSlices(sample, (row) => {
        for (const side of sides) side.add(row)
        if (row.deployment === null || row.firstOutputMs === null || !row.isFirstTry || !row.facts.stream) return
        const known = measured.get(row.deployment)
        if (!known) measured.set(row.deployment, { times: [row.firstOutputMs], seen: 1 })
        else known.times[known.seen++ % MOST_SAMPLES] = row.firstOutputMs
      })
      const scale = rows.length / Math.max(1, sample.length)
      return {
        enough: true,
        hours,
        requests: rows.length,
        sampled: sample === rows ? null : sample.length,
        at: { remote_share: next.remoteShare, fallback: next.fallback, lock: next.lock },
        before: sides[0].sums(scale, measured),
        after: sides[1].sums(scale, measured),
      }
    },
  }
}

/** Times to first output of one deployment, in ms. */
interface Measured {
  readonly times: number[]
  seen: number
}

function createTally(replay: Replay) {
  const lanes = { local: { requests: 0, tokens: 0 }, remote: { requests: 0, tokens: 0 } }
  const streams = new Map<string, number>()
  let refused = 0
  let cost = 0
  let unpriced = 0
  return {
    add(row: ReplayRow): void {
      const plan = replay.next(row)
      if (plan === null) return
      const deployment = plan.steps[0]?.deployment
      if (!deployment) {
        refused += 1
        return
      }
      const usage = row.usage ?? estimated(row)
      const lane = lanes[deployment.lane]
      lane.requests += 1
      lane.tokens += tokensOf(usage)
      if (deployment.price) cost += costUsd(deployment.price, usage)
      else if (deployment.lane === 'remote') unpriced += 1
      if (row.facts.stream) streams.set(deployment.name, (streams.get(deployment.name) ?? 0) + 1)
    },
    sums(scale: number, measured: ReadonlyMap<string, Measured>): WhatIfSide {
      const scaled = (value: number) => Math.round(value * scale)
      const of = (lane: Lane) => ({ requests: scaled(lanes[lane].requests), tokens: scaled(lanes[lane].tokens) })
      return {
        local: of('local'),
        remote: of('remote'),
        refused: scaled(refused),
        cost_usd: lanes.remote.requests > 0 && unpriced === lanes.remote.requests ? null : cost * scale,
        unpriced_requests: scaled(unpriced),
        first_output_ms: medianOf(streams, measured),
      }
    },
  }
}

/** A request that reported nothing took its prompt at least. */
const estimated = ({ facts }: ReplayRow): Usage => ({
  uncachedInput: facts.promptTokens,
  cacheRead: null,
  cacheWrite: null,
  outputText: null,
  outputReasoning: null,
  source: 'estimated',
})

/** Each deployment's measurements count as often as it would answer. */
function medianOf(streams: ReadonlyMap<string, number>, measured: ReadonlyMap<string, Measured>): number | null {
  const weighted: { readonly ms: number; readonly weight: number }[] = []
  let known = 0
  let all = 0
  for (const [deployment, times] of streams) {
    all += times
    const samples = measured.get(deployment)?.times
    if (!samples) continue
    known += times
    for (const ms of samples) weighted.push({ ms, weight: times / samples.length })
  }
  if (known === 0 || known < all / 2) return null
  weighted.sort((one, other) => one.ms - other.ms)
  let passed = 0
  for (const { ms, weight } of weighted) {
    passed += weight
    if (passed >= known / 2) return ms
  }
  return weighted.at(-1)?.ms ?? null
}

/** FNV-1a: the same conversation is always in the sample, or never. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
