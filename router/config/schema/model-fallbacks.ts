/** Schema of one entry of `router_settings.fallbacks`, in the seed's form and in LiteLLM's. Invariant: a mistyped key of the seed's form is never taken for the name of a model. */
import { z } from 'zod'
import { knownMap } from './known-map.ts'
import { listOf, modelName } from './scalars.ts'

const seedForm = knownMap({ model: modelName, fallback_models: listOf(modelName) })
/** `{model: [others]}`. */
const litellmForm = z.record(modelName, listOf(modelName))

/** The seed's form has a text beside its list; in LiteLLM's every value is of one kind. */
function looksLikeSeedForm(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false
  if ('fallback_models' in entry || ('model' in entry && typeof entry.model === 'string')) return true
  const areTexts = new Set(Object.values(entry).map((value) => typeof value === 'string'))
  return areTexts.size === 2
}

export const modelFallbacks = z
  .unknown()
  .superRefine((entry, context) => {
    const result = (looksLikeSeedForm(entry) ? seedForm : litellmForm).safeParse(entry)
    for (const { path, message } of result.error?.issues ?? []) context.addIssue({ code: 'custom', path, message })
  })
  .pipe(z.union([seedForm, litellmForm]))
