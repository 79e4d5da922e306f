/** What the Overview shows, computed from the ledger, the catalog and the states: set against actual, today per lane, deployments, problems. */
import type { Catalog } from '../core/catalog.ts'
import type { Lane } from '../core/deployment.ts'
import type { RequestStore } from '../registry/index.ts'
import type { DeploymentView } from './deployment-view.ts'
import type { SplitControl } from './split-control.ts'
import { type SplitView, splitView } from './split-view.ts'

const SESSIONS_SHOWN = 50

export interface Problem {
  readonly level: 'warn' | 'error'
  readonly message: string
  readonly how_to_fix: string
}

export interface Overview {
  split(): SplitView & Record<string, unknown>
  whole(): Record<string, unknown>
}

export interface OverviewParts {
  readonly url: () => string
  readonly version: string
  readonly startedAt: string
  readonly now: () => number
  readonly catalog: () => Catalog
  readonly split: SplitControl
  readonly requests: RequestStore
  readonly deployments: () => readonly DeploymentView[]
  readonly isPaused: () => boolean
  readonly bytesSentOut: () => number
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

  return {
    split,
    whole() {
      const now = parts.now()
      const midnight = new Date(now)
      midnight.setHours(0, 0, 0, 0)
      const sums = parts.requests.sums(midnight.getTime())
      const today = (lane: Lane) => {
        const row = sums.find((sum) => sum.lane === lane)
        return { requests: row?.requests ?? 0, input_tokens: row?.input ?? 0, output_tokens: row?.output ?? 0, cost_usd: row?.costUsd ?? null }
      }
      return {
        url: parts.url(),
        version: parts.version,
        started_at: parts.startedAt,
        paused: parts.isPaused(),
        split: split(),
        today: { local: today('local'), remote: { ...today('remote'), bytes_sent: parts.bytesSentOut() } },
        per_minute: parts.requests.perMinute(now),
        deployments: parts.deployments(),
        download: parts.download(),
        engine: parts.engineInfo(),
        problems: parts.problems(),
      }
    },
  }
}
