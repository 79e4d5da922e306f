/** The starter model's way into the catalog: listed from the start, switched off with its progress until the file is there. */
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { modelFilesIn, modelNameOf } from '../config/index.ts'
import type { Clock } from '../core/clock.ts'
import { HeadgateError } from '../core/errors.ts'
import type { RouterEvent } from '../core/events.ts'
import type { Plan } from '../core/plan.ts'
import { createStarterModel, type FetchRange, type StarterDescription, type StarterProgress } from '../engine/starter-model.ts'
import { createSpeed } from './download-speed.ts'
import type { DownloadView } from './download-view.ts'

export interface StarterListing {
  readonly name: string
  readonly file: string
  /** Tokens that it was trained for; null = not known. */
  readonly context: number | null
  /** Why it cannot be served yet; null = it can. */
  readonly disabled: string | null
}

export interface StarterControl {
  /** As the catalog lists it; null = there is no starter model (switched off, or other models are there). */
  listing(): StarterListing | null
  /** Gets it in the background; calls `onReady` when it is there. Never throws. */
  ensure(signal: AbortSignal, onReady: () => Promise<void>): Promise<void>
  /** As `/admin/downloads` shows it; null = nothing to show. */
  view(): DownloadView | null
  /** What it is, also where it was removed; null = it is switched off, or others are there. */
  offer(): { readonly name: string; readonly size_bytes: number; readonly licence: string; readonly state: string } | null
  /** Stops getting it and keeps what has come, until `queued`; over restarts too. */
  change(state: 'paused' | 'queued'): Promise<void>
  /** Stops getting it for good, and removes what has come; a finished one stays. `change('queued')` gets it after all. */
  remove(): Promise<void>
  /** A person deleted this file: where it is the starter, it is neither listed nor got again by itself. */
  deleted(file: string): void
  /** A refusal in better words while the model is on its way; null = it has nothing to do with it. */
  explain(plan: Plan): HeadgateError | null
}

export interface StarterControlParts {
  readonly dataFolder: string
  readonly modelsFolder: string
  readonly resourcesFolder: string | null
  readonly description: StarterDescription
  /** `HEADGATE_STARTER_MODEL`: `off`, a GGUF file, or null. */
  readonly setting: string | null
  /** Of the router; left out = that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly emit: (event: RouterEvent) => void
  readonly fetchRange: FetchRange
  /** Address of the model hub where it is another than the description's. */
  readonly hub?: string | null
  /** Remembers over restarts that a person stopped it; left out = forgets. */
  readonly held?: { readonly get: () => StarterHold; readonly set: (hold: StarterHold) => void }
}

/** What a person decided about a starter model that is on its way; null = nothing. */
export type StarterHold = 'paused' | 'removed' | null
type Progress = Omit<StarterProgress, 'state'> & { readonly state: StarterProgress['state'] | 'paused' }

export function createStarterControl(parts: StarterControlParts): StarterControl {
  const { emit } = parts
  const description = withHub(parts.description, parts.hub ?? null)
  const speed = createSpeed(parts.clock)
  const isOff = parts.setting === 'off'
  const own = parts.setting !== null && !isOff ? resolve(parts.setting) : null
  const name = own === null ? description.name : modelNameOf(own)
  let context = own === null ? description.context : null
  let file = own ?? join(parts.modelsFolder, description.file)
  let progress: Progress = { state: 'checking', receivedBytes: 0, totalBytes: description.sizeBytes, detail: null }
  // Another local model makes the starter unnecessary; one that is there already stays listed.
  const files = modelFilesIn(parts.modelsFolder)
  const isWanted = own !== null || (!isOff && files.length === 0) || files.includes(description.file)

  let hold: StarterHold = parts.held?.get() ?? null
  /** Ends what is under way; null = nothing is. */
  let running: { readonly abort: AbortController; readonly done: Promise<void> } | null = null
  /** Begins again; null = it has not begun yet. */
  let again: (() => Promise<void>) | null = null
  if (hold !== null) progress = { ...progress, state: hold === 'paused' ? 'paused' : 'off' }

  function report(next: Progress): void {
    // One that a person stopped says nothing more: what follows is the end of what was under way.
    if (hold !== null && next.state !== 'paused' && next.state !== 'off' && next.state !== 'ready') return
    progress = next
    if (next.state === 'downloading') speed.note(next.receivedBytes)
    else speed.reset()
    emit({
      type: 'download-progress',
      id: 'starter',
      model: name,
      state: next.state,
      receivedBytes: next.receivedBytes,
      totalBytes: next.totalBytes,
      bytesPerSecond: speed.bytesPerSecond(),
      isStalled: false,
      detail: next.detail,
    })
  }

  const starter = createStarterModel({
    dataFolder: parts.dataFolder,
    resourcesFolder: parts.resourcesFolder,
    description,
    setting: isOff ? 'off' : own,
    ...(parts.environment === undefined ? {} : { environment: parts.environment }),
    fetchRange: parts.fetchRange,
    clock: parts.clock,
    report,
  })

  async function get(signal: AbortSignal, onReady: () => Promise<void>): Promise<void> {
    try {
      const found = await starter.ensure(signal)
      if (!found) return
      file = found.file
      context = found.facts.contextLength
      await onReady()
    } catch (error) {
      if (signal.aborted) return
      const { message } = error as Error
      report({ ...progress, state: 'failed', detail: own === null ? message : `HEADGATE_STARTER_MODEL cannot be used: ${message}` })
    }
  }

  async function stop(next: 'paused' | 'removed'): Promise<boolean> {
    if (progress.state === 'ready' || own !== null) return false
    hold = next
    parts.held?.set(next)
    running?.abort.abort(new Error('stopped by a person'))
    await running?.done
    if (progress.state === ('ready' as Progress['state'])) return false
    report({ ...progress, state: next === 'paused' ? 'paused' : 'off', detail: null })
    return true
  }

  return {
    listing() {
      if (!isWanted || isOff || hold === 'removed') return null
      return { name, file, context, disabled: progress.state === 'ready' ? null : words(progress) }
    },
    async ensure(signal, onReady) {
      if (!isWanted || isOff) return
      again = async () => {
        const abort = new AbortController()
        const done = get(AbortSignal.any([signal, abort.signal]), onReady)
        running = { abort, done }
        await done
        running = null
      }
      if (hold === null) await again()
    },
    view() {
      if (!isWanted || isOff || hold === 'removed') return null
      const rate = progress.state === 'downloading' ? speed.bytesPerSecond() : null
      const hub = description.sources.find((source) => source.kind === 'hub')
      return {
        id: 'starter',
        model: name,
        repository: own === null ? (hub?.repository ?? null) : null,
        file: own === null ? description.file : file,
        state: progress.state,
        received_bytes: progress.receivedBytes,
        total_bytes: progress.totalBytes,
        bytes_per_s: rate,
        seconds_left: rate === null || rate === 0 ? null : Math.ceil((progress.totalBytes - progress.receivedBytes) / rate),
        stalled: false,
        problem: progress.state === 'failed' ? 'other' : null,
        detail: progress.detail,
      }
    },
    offer() {
      if (!isWanted || isOff || own !== null) return null
      return { name, size_bytes: description.sizeBytes, licence: description.licence, state: progress.state }
    },
    async change(state) {
      if (state === 'paused') return void (await stop('paused'))
      if (progress.state !== 'paused' && progress.state !== 'failed' && progress.state !== 'off') return
      hold = null
      parts.held?.set(null)
      report({ ...progress, state: 'checking', detail: null })
      void again?.()
    },
    async remove() {
      if (!(await stop('removed'))) return
      await rm(join(parts.modelsFolder, `${description.name}.part`), { force: true })
      progress = { ...progress, receivedBytes: 0 }
    },
    deleted(gone) {
      if (own !== null || gone !== file) return
      hold = 'removed'
      parts.held?.set(hold)
      report({ ...progress, state: 'off', receivedBytes: 0, detail: null })
    },
    explain(plan) {
      const isBlocked = plan.excluded.some(({ deployment, reason }) => reason === 'disabled' && deployment.upstreamModel === file)
      if (!isBlocked || !isWanted || isOff) return null
      if (progress.state === 'failed')
        return new HeadgateError('no-eligible-deployment', `The starter model could not be had: ${progress.detail ?? 'no source was reachable'}.`, {
          reason: 'disabled',
          howToFix:
            own === null
              ? 'Put a GGUF file into the models folder, or add a provider.'
              : 'Correct HEADGATE_STARTER_MODEL (a GGUF file, or off) and start again.',
        })
      const left = Math.max(2_000, Math.min(60_000, Math.round((1 - percentOf(progress) / 100) * 20_000)))
      return new HeadgateError('model-downloading', `The local model is on its way: ${words(progress)}.`, {
        reason: 'disabled',
        howToFix: 'Try again in a moment.',
        retryAfterMs: left,
      })
    },
  }
}

/** The same file at another hub. */
function withHub(description: StarterDescription, hub: string | null): StarterDescription {
  if (hub === null) return description
  return { ...description, sources: description.sources.map((source) => (source.kind === 'hub' ? { ...source, hub } : source)) }
}

const percentOf = ({ receivedBytes, totalBytes }: Progress) => (totalBytes > 0 ? Math.floor((receivedBytes / totalBytes) * 100) : 0)

function words(progress: Progress): string {
  if (progress.state === 'paused') return 'its download is paused'
  if (progress.state === 'failed') return progress.detail ?? 'it could not be had'
  if (progress.state === 'verifying') return 'being verified, 100 %'
  return `downloading, ${percentOf(progress)} %`
}
