/** The local engine: one managed model per file, one memory budget for all. Imports no native code until a model runs in this process. */
import { HeadgateError } from '../core/errors.ts'
import type { Engine, EngineModelState, EngineParts } from './engine-contract.ts'
import { createEstimates } from './estimates.ts'
import { createManagedModel, type ManagedModel } from './managed-model.ts'
import { type Fit, fitting, noMemory, spareBytes } from './memory-budget.ts'
import { createModelLoader } from './model-loader.ts'
import type { Opened } from './worker-protocol.ts'

export function createEngine({ host, clock, settings, log }: EngineParts): Engine {
  const models = new Map<string, ManagedModel>()
  const listeners = new Set<(state: EngineModelState) => void>()
  const idleUnloadMs = new Map<string, number>()
  let build: string | null = null
  let gpu: string | false | null = null
  let isStopped = false
  let loads: Promise<unknown> = Promise.resolve()

  const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = loads.then(work)
    loads = turn.catch(() => undefined)
    return turn
  }

  const spareFor = (file: string, opened: Opened): number => {
    const takenBytes = [...models].reduce((sum, [other, model]) => (other === file ? sum : sum + model.takenBytes), 0)
    return spareBytes({ budgetBytes: settings.memoryBudgetBytes, takenBytes, heldBytes: models.get(file)?.takenBytes ?? 0 }, opened)
  }

  /** The largest context that fits; idle models go, least recently used first and kept ones last, before a smaller context or a refusal. */
  const fit = async (file: string, opened: Opened): Promise<Fit> => {
    const spare = () => spareFor(file, opened)
    for (;;) {
      const best = fitting(opened.candidates.slice(0, 1), spare())
      if (best) return best
      const isKept = (other: string) => Number(idleUnloadMs.get(other) === 0)
      const [idle] = [...models]
        .filter(([other, model]) => other !== file && model.isIdle)
        .sort(([one, a], [other, b]) => isKept(one) - isKept(other) || a.lastUse - b.lastUse)
        .map(([, model]) => model)
      if (!idle) break
      log('info', `unloading ${idle.state().file} to make room for ${file}`)
      await idle.unload()
    }
    const smaller = fitting(opened.candidates, spare())
    if (!smaller) throw noMemory(opened.candidates, spare())
    log('info', `${file}: a context of ${smaller.context} tokens fits into memory, ${opened.candidates[0]!.context} does not`)
    return smaller
  }

  const loader = createModelLoader({
    host,
    clock,
    settings,
    log,
    fit,
    onInfo(release, kind) {
      build = release
      gpu = kind
    },
  })

  const modelOf = (file: string): ManagedModel => {
    if (isStopped) throw new HeadgateError('shutting-down', 'Headgate is stopping.')
    let model = models.get(file)
    if (!model) {
      model = createManagedModel({
        file,
        clock,
        settings,
        log,
        loader,
        oneAtATime,
        idleUnloadMs: () => idleUnloadMs.get(file) ?? settings.idleUnloadMs,
        onChange,
      })
      models.set(file, model)
    }
    return model
  }

  const estimates = createEstimates({ loader, settings, spareFor })

  const onChange = (state: EngineModelState) => {
    for (const listener of listeners) listener(state)
  }

  return {
    async *generate(request, signal) {
      yield* modelOf(request.file).generate(request, signal)
    },
    load: async (file, context) => modelOf(file).load(context),
    async unload(file) {
      await models.get(file)?.unload()
    },
    states: () => [...models.values()].map((model) => model.state()),
    setIdleUnload(file, ms) {
      if (ms === null) idleUnloadMs.delete(file)
      else idleUnloadMs.set(file, ms)
      models.get(file)?.idleChanged()
    },
    idleChanged() {
      for (const model of models.values()) model.idleChanged()
    },
    estimate: estimates,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    info: () => ({ build, gpu }),
    async stop() {
      isStopped = true
      loader.abandon()
      await Promise.all([...models.values()].map((model) => model.stop()))
    },
  }
}
