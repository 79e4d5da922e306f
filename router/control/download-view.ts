/** A download as people see it: how far, how fast, and what went wrong in one sentence each. */
import { noAccess } from '../backends/index.ts'
import { modelNameOf } from '../config/index.ts'
import type { Clock, Timer } from '../core/clock.ts'
import { HeadgateError } from '../core/errors.ts'
import { DownloadProblem } from '../engine/download.ts'
import type { DownloadEntry } from '../registry/index.ts'
import { createSpeed, type Speed } from './download-speed.ts'

export type DownloadState = 'queued' | 'downloading' | 'waiting' | 'verifying' | 'paused' | 'failed' | 'ready'

/** What went wrong, for whoever shows more than the sentence. */
export type DownloadTrouble = 'offline' | 'disk-full' | 'gated' | 'not-found' | 'wrong-sum' | 'changed' | 'refused' | 'no-model' | 'other'

/** As `/admin/downloads` shows it. */
export type DownloadView = {
  readonly id: string
  /** Public name of the model that it becomes. */
  readonly model: string
  readonly repository: string | null
  readonly file: string | null
  readonly state: DownloadState | 'checking' | 'off'
  readonly received_bytes: number
  readonly total_bytes: number
  readonly bytes_per_s: number | null
  readonly seconds_left: number | null
  /** Connected, but nothing has come for 15 s. */
  readonly stalled: boolean
  readonly problem: DownloadTrouble | null
  readonly detail: string | null
}

/** One download of the queue while the router runs. */
export interface Job {
  readonly id: string
  readonly createdAt: number
  entry: DownloadEntry
  state: DownloadState
  problem: DownloadTrouble | null
  detail: string | null
  /** Bytes of all its files that are here. */
  received: number
  isStalled: boolean
  readonly speed: Speed
  /** Null = nothing of it is under way. */
  running: { readonly abort: AbortController; readonly done: Promise<void> } | null
  /** Monotonic ms of the last report. */
  reportedAt: number
  /** A report that waits; null = none does. */
  later: Timer | null
}

export function newJob(clock: Clock, row: Pick<Job, 'id' | 'createdAt' | 'entry'>): Job {
  return {
    ...row,
    state: 'queued',
    problem: null,
    detail: null,
    received: 0,
    isStalled: false,
    speed: createSpeed(clock),
    running: null,
    reportedAt: Number.NEGATIVE_INFINITY,
    later: null,
  }
}

export function viewOf(job: Job): DownloadView {
  const total = job.entry.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const rate = job.state === 'downloading' ? job.speed.bytesPerSecond() : null
  const received = job.state === 'ready' ? total : job.received
  return {
    id: job.id,
    model: modelNameOf(job.entry.files[0]?.target ?? ''),
    repository: job.entry.repository,
    file: job.entry.files[0]?.path ?? null,
    state: job.state,
    received_bytes: received,
    total_bytes: total,
    bytes_per_s: rate,
    seconds_left: rate === null || rate === 0 ? null : Math.ceil((total - received) / rate),
    stalled: job.isStalled,
    problem: job.problem,
    detail: job.detail,
  }
}

/** The bytes that came are not those that the hub lists; they were deleted. */
export class WrongSum extends Error {}
/** What came is whole, and no model; it was deleted. */
export class NoModel extends Error {}

/** A failure in words. */
export function troubleOf(error: unknown, { repository, files }: DownloadEntry): { readonly problem: DownloadTrouble; readonly detail: string } {
  if (error instanceof WrongSum) return { problem: 'wrong-sum', detail: error.message }
  if (error instanceof NoModel) return { problem: 'no-model', detail: error.message }
  if (error instanceof DownloadProblem)
    switch (error.kind) {
      case 'space':
        return { problem: 'disk-full', detail: sentence(error.message) }
      case 'refused':
        return { problem: 'refused', detail: sentence(error.message) }
      case 'other-file':
        return { problem: 'changed', detail: sentence(`What the hub sends is not the file that it lists: ${error.message}`) }
      case 'status':
        if (error.status === 401 || error.status === 403) return { problem: 'gated', detail: noAccess(repository).message }
        if (error.status === 404) return { problem: 'not-found', detail: `${files[0]?.path} is not in ${repository} any more.` }
    }
  const isGated = error instanceof HeadgateError && error.code === 'repository_gated'
  return { problem: isGated ? 'gated' : 'other', detail: sentence(error instanceof Error ? error.message : String(error)) }
}

export const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
export const gigabytes = (bytes: number) => (bytes < 1e8 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`)
export const seconds = (ms: number) => (ms < 1000 ? 'a moment' : `${Math.round(ms / 1000)} s`)
