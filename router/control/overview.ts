/** What the Overview shows, computed from the ledger, the catalog and the states: set against actual, today per lane, deployments, problems. */
import type { Catalog } from '../core/catalog.ts'
import { startOfDay } from '../core/clock.ts'
import type { Lane } from '../core/deployment.ts'
import { costUsd } from '../core/price.ts'
import type { LaneFigures, RequestStore, Taken } from '../registry/index.ts'
import type { DeploymentView } from './deployment-view.ts'
import type { GuardView } from './guard-view.ts'
import type { ModelShares } from './model-share.ts'
import type { SplitControl } from './split-control.ts'
import { type SplitView, splitView } from './split-view.ts'

const SESSIONS_SHOWN = 50
/** What counts as now for the speed of a lane. */
const NOW_MS = 2 * 60_000

export interface Problem {
  readonly level: 'warn' | 'error'
  readonly message: string
  readonly how_to_fix: string
}

export interface Overview {
  split(): SplitView & Record<string, unknown>
  whole(): Record<string, unknown>
  /** What stands in the way, most severe first. */
  problems(): readonly Problem[]
}

export interface OverviewParts {
  readonly url: () => string
  readonly version: string
  readonly startedAt: string
  readonly now: () => number
  readonly catalog: () => Catalog
  readonly split: SplitControl
  readonly requests: RequestStore
  readonly laneFigures: LaneFigures
  readonly modelShares: ModelShares
  /** Requests that are being answered. */
  readonly running: () => number
  /** What moves requests by itself now. */
  readonly guards: () => readonly GuardView[]
  /** On battery for the first time: what that should do is asked once. */
  readonly offersBattery: () => boolean
  /** Taken by loaded models, and what they may take together. */
  readonly memory: () => { readonly used_bytes: number; readonly budget_bytes: number }
  readonly deployments: () => readonly DeploymentView[]
  readonly isPaused: () => boolean
  /** To other machines, today. */
  readonly bytesSentToday: () => number
  readonly download: () => Record<string, unknown> | null
  readonly engineInfo: () => { build: string | null; gpu: string | false | null }
  readonly problems: () => readonly Problem[]
}

export function createOverview(parts: OverviewParts): Overview {
  function split() {
    const sessions = parts.requests.lastSessions(SESSIONS_SHOWN)
    const remote = sessions.filter(({ lane }) => lane === 'remote')
    const tokens = (lane: Lane) => sessions.filter((session) => session.lane === lane).reduce((sum, { input, output }) => sum + input + output, 0)
    const reasons: Record<string, number> = {}
    for (const { reason } of sessions) if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1
    const remoteReasons: Record<string, number> = {}
    for (const { reason } of remote) if (reason !== null) remoteReasons[reason] = (remoteReasons[reason] ?? 0) + 1
    const count = (lane: Lane) =>
      parts
        .catalog()
        .models.filter(({ name }) => name !== 'auto')
        .reduce((sum, model) => sum + model.deployments.filter((deployment) => deployment.lane === lane && deployment.disabled === null).length, 0)
    return {
      ...splitView(parts.split),
      actual: {
        sessions: sessions.length,
        remote: remote.length,
        tokens: { local: tokens('local'), remote: tokens('remote') },
        reasons,
        remote_reasons: remoteReasons,
      },
      lanes: { local: { deployments: count('local') }, remote: { deployments: count('remote') } },
    }
  }

  /** What the local tokens would have cost where the same model is remote; null = no price is known for any of them. */
  function saved(taken: readonly Taken[]): number | null {
    let sum: number | null = null
    for (const { lane, model, counted, usage } of taken) {
      if (lane !== 'local' || model === null || counted === 0) continue
      const price = parts
        .catalog()
        .modelsByName.get(model)
        ?.deployments.find((deployment) => deployment.lane === 'remote' && deployment.price !== null)?.price
      if (price) sum = (sum ?? 0) + costUsd(price, usage)
    }
    return sum
  }

  return {
    split,
    problems: parts.problems,
    whole() {
      const now = parts.now()
      const sinceMs = startOfDay(now)
      const shown = split()
      const taken = parts.laneFigures.taken(sinceMs)
      return {
        url: parts.url(),
        version: parts.version,
        started_at: parts.startedAt,
        paused: parts.isPaused(),
        running: parts.running(),
        guards: parts.guards(),
        offers_battery: parts.offersBattery(),
        split: shown,
        override: shown.override,
        models: parts.modelShares.list(),
        last50: {
          local: shown.actual.sessions - shown.actual.remote,
          remote: shown.actual.remote,
          reasons: shown.actual.reasons,
        },
        tokens_per_s: parts.laneFigures.tokensPerSecond(now - NOW_MS),
        memory: parts.memory(),
        today: {
          saved_usd: saved(taken),
          refused: parts.laneFigures.refused(sinceMs),
          local: inLane('local', taken),
          remote: { ...inLane('remote', taken), bytes_sent: parts.bytesSentToday() },
        },
        per_minute: parts.requests.perMinute(now),
        deployments: parts.deployments(),
        download: parts.download(),
        engine: parts.engineInfo(),
        problems: parts.problems(),
      }
    },
  }
}

function inLane(lane: Lane, taken: readonly Taken[]) {
  const rows = taken.filter((each) => each.lane === lane)
  const sum = (of: (row: Taken) => number) => rows.reduce((total, row) => total + of(row), 0)
  const isPriced = rows.some(({ costUsd }) => costUsd !== null)
  return {
    requests: sum((row) => row.requests),
    input_tokens: sum((row) => row.input),
    output_tokens: sum((row) => row.output),
    cost_usd: isPriced ? sum((row) => row.costUsd ?? 0) : null,
  }
}
