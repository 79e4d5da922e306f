/** Memory that models may take together, and the choice of a context that fits. Reads the machine's numbers; loads nothing. */
import { freemem, totalmem } from 'node:os'
import { HeadgateError } from '../core/errors.ts'
import type { Opened } from './worker-protocol.ts'

const GIGABYTE = 1024 ** 3
/** Left to everything else on the machine. */
const LEFT_TO_OTHERS = 4 * GIGABYTE
/** The estimate is above what was measured, but other processes move too. */
const HEADROOM = 1.1

export interface Fit {
  readonly context: number
  readonly bytes: number
}

export interface MemoryNumbers {
  /** What a person allows for all models; null = the machine decides. */
  readonly budgetBytes: number | null
  /** Taken by loaded models, by estimate. */
  readonly takenBytes: number
  /** Held by the model itself, by estimate: that comes back when it is loaded anew. */
  readonly heldBytes?: number
}

/** Bytes that one more model may take now: least of the allowance, RAM − 4 GB (half of a small machine), the GPU's working set − 1 GB, and free memory. */
export function spareBytes({ budgetBytes, takenBytes, heldBytes = 0 }: MemoryNumbers, opened: Pick<Opened, 'gpuBudgetBytes'>): number {
  const allowances = [budgetBytes ?? Math.max(totalmem() - LEFT_TO_OTHERS, totalmem() / 2)]
  if (opened.gpuBudgetBytes !== null) allowances.push(opened.gpuBudgetBytes)
  const spare = Math.min(...allowances) - takenBytes
  // macOS counts only unused pages as free, which says nothing about what can be had; elsewhere reclaimable memory is counted.
  return budgetBytes === null && process.platform !== 'darwin' ? Math.min(spare, freemem() + heldBytes) : spare
}

/** What an estimate needs to be free, with room for what the estimate does not see. */
export function withHeadroom(bytes: number): number {
  return Math.ceil(bytes * HEADROOM)
}

/** The first (largest) candidate that fits, or null. */
export function fitting(candidates: readonly Fit[], spare: number): Fit | null {
  return candidates.find(({ bytes }) => withHeadroom(bytes) <= spare) ?? null
}

/** Refusal with both numbers. */
export function noMemory(candidates: readonly Fit[], spare: number): HeadgateError {
  const least = candidates.at(-1)!
  const inGigabytes = (bytes: number) => `${(Math.max(0, bytes) / GIGABYTE).toFixed(2)} GB`
  return new HeadgateError(
    'no-room-here',
    `The model needs ${inGigabytes(least.bytes * HEADROOM)} with a context of ${least.context} tokens; ${inGigabytes(spare)} can be spared.`,
    { reason: 'memory', howToFix: 'Close other programs, choose a smaller model, or set a smaller context.' },
  )
}
