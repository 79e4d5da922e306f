/** The starter model's way into the catalog: listed from the start, switched off with its progress until the file is there. */
import { join, resolve } from 'node:path'
import { modelFilesIn, modelNameOf } from '../config/index.ts'
import type { Clock } from '../core/clock.ts'
import { HeadgateError } from '../core/errors.ts'
import type { RouterEvent } from '../core/events.ts'
import type { Plan } from '../core/plan.ts'
import { createStarterModel, type FetchRange, type StarterDescription, type StarterProgress } from '../engine/starter-model.ts'

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
  view(): Record<string, unknown> | null
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
}

export function createStarterControl(parts: StarterControlParts): StarterControl {
  const { description, emit } = parts
  const isOff = parts.setting === 'off'
  const own = parts.setting !== null && !isOff ? resolve(parts.setting) : null
  const name = own === null ? description.name : modelNameOf(own)
  let context = own === null ? description.context : null
  let file = own ?? join(parts.modelsFolder, description.file)
  let progress: StarterProgress = { state: 'checking', receivedBytes: 0, totalBytes: description.sizeBytes, detail: null }
  // Another local model makes the starter unnecessary; one that is there already stays listed.
  const files = modelFilesIn(parts.modelsFolder)
  const isWanted = own !== null || (!isOff && files.length === 0) || files.includes(description.file)

  function report(next: StarterProgress): void {
    progress = next
    emit({
      type: 'download-progress',
      model: name,
      state: next.state,
      receivedBytes: next.receivedBytes,
      totalBytes: next.totalBytes,
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

  return {
    listing() {
      if (!isWanted || isOff) return null
      return { name, file, context, disabled: progress.state === 'ready' ? null : words(progress) }
    },
    async ensure(signal, onReady) {
      if (!isWanted || isOff) return
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
    },
    view() {
      if (!isWanted || isOff) return null
      return { model: name, state: progress.state, received_bytes: progress.receivedBytes, total_bytes: progress.totalBytes, detail: progress.detail }
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

const percentOf = ({ receivedBytes, totalBytes }: StarterProgress) => (totalBytes > 0 ? Math.floor((receivedBytes / totalBytes) * 100) : 0)

function words(progress: StarterProgress): string {
  if (progress.state === 'failed') return progress.detail ?? 'it could not be had'
  if (progress.state === 'verifying') return 'being verified, 100 %'
  return `downloading, ${percentOf(progress)} %`
}
