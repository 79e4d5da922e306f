/** How long each local model may be idle: what a person set per file, kept over restarts and told to the engine. 0 = it stays loaded, and is loaded at the start. */
import { basename } from 'node:path'
import type { Catalog } from '../core/catalog.ts'
import { HeadgateError } from '../core/errors.ts'
import type { EventBus } from '../core/events.ts'
import type { Engine } from '../engine/index.ts'
import type { SettingsStore } from '../registry/index.ts'

export interface IdleUnload {
  /** Seconds; 0 = never unloaded, null = as the settings say. */
  of(file: string): number | null
  set(file: string, seconds: number | null): void
  /** Loads the models that are to stay loaded, one after the other, so that a request waits for one load at most. Never rejects. */
  loadKept(): Promise<void>
}

export interface IdleUnloadParts {
  readonly settings: SettingsStore
  readonly engine: Pick<Engine, 'setIdleUnload' | 'load' | 'estimate' | 'states'>
  readonly catalog: () => Catalog
  /** No local model is loaded then. */
  readonly isRemoteOnly: () => boolean
  readonly emit: EventBus['emit']
}

export function createIdleUnload({ settings, engine, catalog, isRemoteOnly, emit }: IdleUnloadParts): IdleUnload {
  const kept = () => settings.get('idleUnloadS')
  for (const [file, seconds] of Object.entries(kept())) engine.setIdleUnload(file, seconds * 1000)

  /** Of the deployment that serves the file; undefined where none does. */
  function contextOf(file: string): number | null | undefined {
    const deployments = catalog().models.flatMap((model) => model.deployments)
    return deployments.find(({ kind, upstreamModel, disabled }) => kind === 'engine' && upstreamModel === file && disabled === null)?.context
  }

  async function load(file: string, context: number | null): Promise<void> {
    if (engine.states().some((each) => each.file === file && each.state !== 'absent')) return // a request was earlier
    try {
      // A load would unload what is idle to make room: of two that are kept and do not fit together, the first stays.
      const { steps, availableBytes } = await engine.estimate(file)
      if (steps.every(({ bytes }) => bytes > availableBytes)) throw new Error('there is not enough memory now')
      if (!isRemoteOnly()) await engine.load(file, context)
    } catch (error) {
      if (error instanceof HeadgateError && error.kind === 'shutting-down') return
      emit({ type: 'log', level: 'warn', message: `${basename(file)} is to be kept loaded and was not loaded: ${(error as Error).message}` })
    }
  }

  return {
    of: (file) => kept()[file] ?? null,
    set(file, seconds) {
      const { [file]: _before, ...others } = kept()
      settings.set('idleUnloadS', seconds === null ? others : { ...others, [file]: seconds })
      engine.setIdleUnload(file, seconds === null ? null : seconds * 1000)
    },
    async loadKept() {
      for (const file of Object.keys(kept())) {
        const context = contextOf(file)
        if (kept()[file] === 0 && context !== undefined && !isRemoteOnly()) await load(file, context)
      }
    },
  }
}
