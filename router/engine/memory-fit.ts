/** Says before anything is loaded, or even downloaded, whether a model fits this machine: by its size and what is known of its shape. A rough estimate on the safe side; the engine's own decides when it loads. */
import { arch, platform, totalmem } from 'node:os'
import type { GgufFacts } from './gguf-check.ts'

export interface ModelShape {
  readonly sizeBytes: number
  /** Number of weights; null = not known. */
  readonly parameters: number | null
  /** Tokens that the model was trained with; null = not known. */
  readonly trainedContext: number | null
  /** Where the head of the file has been read. */
  readonly layout: Pick<GgufFacts, 'layers' | 'heads' | 'kvHeads' | 'embedding'> | null
}

export interface Fit {
  readonly word: 'fits' | 'tight' | 'too-large'
  readonly needs_bytes: number
  readonly of_bytes: number
  /** One sentence with the numbers. */
  readonly why: string
}

const GIGABYTE = 1e9
const GIBIBYTE = 1024 ** 3
/** Buffers of a decode and what the process itself takes. */
const WORKING_BYTES = 400e6
/** Above this part of the budget nothing else fits beside it. */
const TIGHT_FROM = 0.85
/** Cache bytes per token of an 8 B model with grouped heads; others scale with the root of their size (measured on llama 1 B to 70 B, within a third). */
const USUAL_KV_BYTES = 131_072

/** Bytes that models may take together on this machine: what a person allows, else RAM − 4 GiB (half of a small machine), on Apple silicon at most what the GPU may keep. */
export function modelMemory(budgetBytes: number | null, machine: { readonly ram: number; readonly isAppleSilicon: boolean } = thisMachine()): number {
  if (budgetBytes !== null) return budgetBytes
  const ofRam = Math.max(machine.ram - 4 * GIBIBYTE, machine.ram / 2)
  if (!machine.isAppleSilicon) return ofRam
  return Math.min(ofRam, machine.ram * (machine.ram <= 36 * GIBIBYTE ? 2 / 3 : 3 / 4) - GIBIBYTE / 2)
}

function thisMachine() {
  return { ram: totalmem(), isAppleSilicon: platform() === 'darwin' && arch() === 'arm64' }
}

/** `contextTokens`: the context that the engine would give it. */
export function fitOf(shape: ModelShape, { contextTokens, ofBytes }: { readonly contextTokens: number; readonly ofBytes: number }): Fit {
  const context = Math.min(contextTokens, shape.trainedContext ?? contextTokens)
  const needs = Math.round(shape.sizeBytes + context * kvBytesPerToken(shape) + WORKING_BYTES)
  const word = needs > ofBytes ? 'too-large' : needs > ofBytes * TIGHT_FROM ? 'tight' : 'fits'
  const numbers = `Needs about ${gigabytes(needs)} with a context of ${context} tokens; models may take ${gigabytes(ofBytes)} of this machine`
  const advice = { fits: '.', tight: ', so no other model stays loaded beside it.', 'too-large': '. A smaller quantisation may fit.' }[word]
  return { word, needs_bytes: needs, of_bytes: Math.round(ofBytes), why: numbers + advice }
}

/** Keys and values in 16 bits. */
function kvBytesPerToken({ layout, parameters, sizeBytes }: ModelShape): number {
  if (layout !== null && layout.heads > 0) return 2 * 2 * layout.layers * layout.kvHeads * (layout.embedding / layout.heads)
  // Not known: a weight of a usual quantisation takes about 5 bits.
  const weights = parameters ?? sizeBytes / 0.625
  return USUAL_KV_BYTES * Math.sqrt(weights / 8e9)
}

const gigabytes = (bytes: number) => `${(bytes / GIGABYTE).toFixed(1)} GB`
