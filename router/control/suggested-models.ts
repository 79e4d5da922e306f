/** Which models a first start suggests here: a quick one, and the best that fits. Invariant: the choice is pure, and the hub is not asked for it. */
import { z } from 'zod'
import { isSafePath, repositoryName } from '../backends/index.ts'
import { type Fit, fitOf } from '../engine/memory-fit.ts'

/** Most that a quick model may weigh. */
const QUICK_BYTES = 1e9
/** What the best one leaves on the disk for everything else. */
const LEFT_BYTES = 5e9

const text = z.string().min(1).max(200)
const whole = z.number().int().positive().max(Number.MAX_SAFE_INTEGER)

/** `resources/suggested-models.json`: the sizes are as published, and the hub has the last word at a download. */
export const suggestedModels = z
  .array(
    z.strictObject({
      name: text,
      /** In a few words. */
      goodFor: text,
      repository: repositoryName,
      file: z.string().refine(isSafePath, 'a GGUF file of the repository'),
      sizeBytes: whole,
      parameters: whole,
      /** Tokens that it was trained for. */
      context: whole,
      licence: text,
    }),
  )
  .refine((models) => models.some(isQuick), 'one of them has to be quick: 1 GB at most')

export type SuggestedModel = z.infer<typeof suggestedModels>[number]

/** What decides, of this machine. */
export interface SuggestionRoom {
  /** The context that the engine would give a model. */
  readonly contextTokens: number
  /** Bytes that models may take together. */
  readonly ofBytes: number
  readonly diskFreeBytes: number
  /** Bytes of a model that are on the disk already. */
  readonly hereBytes: (model: SuggestedModel) => number
}

export interface Suggestion {
  readonly model: SuggestedModel
  readonly fit: Fit
}

export interface SuggestionChoice {
  readonly quick: Suggestion
  readonly best: Suggestion | null
  /** What keeps everything larger than the quick one away; null = nothing does. */
  readonly withoutBest: 'memory' | 'disk' | null
}

/** `models` as `suggestedModels` checked them. */
export function chooseSuggested(models: readonly SuggestedModel[], room: SuggestionRoom): SuggestionChoice {
  const bySize = models.map((model) => ({ model, fit: fitHere(model, room) })).sort((one, other) => one.model.sizeBytes - other.model.sizeBytes)
  const small = bySize.filter(({ model }) => isQuick(model))
  const quick = small.findLast(isFitting) ?? small[0]
  if (!quick) throw new Error('No suggested model is quick.')
  const larger = bySize.filter((each) => each.model.sizeBytes > quick.model.sizeBytes && isFitting(each))
  const best = larger.findLast(({ model }) => leavesRoom(model, room)) ?? null
  return { quick, best, withoutBest: best !== null ? null : larger.length > 0 ? 'disk' : 'memory' }
}

function fitHere({ sizeBytes, parameters, context }: SuggestedModel, room: SuggestionRoom): Fit {
  return fitOf({ sizeBytes, parameters, trainedContext: context, layout: null }, room)
}

/** One that is here, or on its way, does not stop being suggested because it has taken its place on the disk. */
function leavesRoom(model: SuggestedModel, { diskFreeBytes, hereBytes }: SuggestionRoom): boolean {
  const here = hereBytes(model)
  return here >= model.sizeBytes || diskFreeBytes + here - model.sizeBytes >= LEFT_BYTES
}

function isQuick({ sizeBytes }: { readonly sizeBytes: number }): boolean {
  return sizeBytes <= QUICK_BYTES
}

const isFitting = ({ fit }: Suggestion) => fit.word === 'fits'
