/** What contexts of a model file would take, measured in a child without loading weights. Invariant: one child per file at a time, and a file that has not changed is opened once. */
import { statSync } from 'node:fs'
import type { EngineSettings, MemoryEstimate } from './engine-contract.ts'
import { withHeadroom } from './memory-budget.ts'
import type { ModelLoader } from './model-loader.ts'
import type { Opened } from './worker-protocol.ts'

export interface EstimateParts {
  readonly loader: Pick<ModelLoader, 'measure'>
  readonly settings: EngineSettings
  /** Bytes that this file's model may take now. */
  readonly spareFor: (file: string, opened: Opened) => number
}

type Measured = Awaited<ReturnType<ModelLoader['measure']>>

/** Answers as `Engine.estimate` does. What is spare is looked at anew each time. */
export function createEstimates({ loader, settings, spareFor }: EstimateParts): (file: string) => Promise<MemoryEstimate> {
  const known = new Map<string, { readonly stamp: string; readonly measured: Promise<Measured> }>()

  function measure(file: string): Promise<Measured> {
    const stamp = stampOf(file)
    const before = known.get(file)
    if (before?.stamp === stamp) return before.measured
    const measured = loader.measure(file)
    known.set(file, { stamp, measured })
    measured.catch(() => known.delete(file)) // the next look tries again
    return measured
  }

  return async (file) => {
    const measured = await measure(file)
    return {
      trainedContext: measured.trainedContext,
      usualContext: measured.usualContext,
      slots: settings.slots,
      steps: measured.candidates.map(({ context, bytes }) => ({ context, bytes: withHeadroom(bytes) })),
      availableBytes: Math.max(0, spareFor(file, measured)),
    }
  }
}

/** A file that is not there is left for the measuring to name. */
function stampOf(file: string): string {
  const info = statSync(file, { throwIfNoEntry: false })
  return info ? `${info.size} ${info.mtimeMs} ${info.ino}` : ''
}
