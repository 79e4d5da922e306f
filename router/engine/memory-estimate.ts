/** What a model and its context need, estimated before anything is loaded. Runs in the worker. */
import { GgufInsights, type Llama, readGgufFileInfo } from 'node-llama-cpp'
import { HeadgateError } from '../core/errors.ts'
import type { Opened, OpenFile, WantedContext } from './worker-protocol.ts'

/** Below this a chat is of no use. */
const SMALLEST_CONTEXT = 1024
const GIGABYTE = 1024 ** 3

/** Contexts to choose from with the memory that each takes. Throws when a context beyond the training is asked for: the library would not say a word. */
export async function contextCandidates(llama: Llama, file: OpenFile): Promise<Opened> {
  const info = await readGgufFileInfo(file.file, { sourceType: 'filesystem', logWarnings: false })
  const insights = await GgufInsights.from(info, llama)
  const trained = insights.trainContextSize ?? null
  if (trained !== null && file.context.tokens > trained)
    throw new HeadgateError(
      'failed-upstream',
      `The configured context of ${file.context.tokens} tokens is beyond what the model was trained for (${trained}).`,
      {
        code: 'engine_context_too_large',
        howToFix: `Set the context to ${trained} or less.`,
      },
    )
  const modelGpuLayers = llama.gpu === false ? 0 : insights.totalLayers
  const model = await insights.estimateModelResourceRequirementsV2({ gpuLayers: modelGpuLayers })
  const candidates: { context: number; bytes: number }[] = []
  for (const context of contextsToTry(file.context)) {
    const needed = await insights.estimateContextResourceRequirementsV2({
      contextSize: context,
      modelGpuLayers,
      sequences: file.slots,
      batchSize: Math.min(512, context * file.slots),
    })
    candidates.push({ context, bytes: model.cpuRam + model.gpuVram + needed.cpuRam + needed.gpuVram })
  }
  return { trainedContext: trained, candidates, build: llama.llamaCppRelease.release, gpu: llama.gpu, gpuBudgetBytes: await gpuBudget(llama) }
}

function contextsToTry({ tokens, mayShrink, steps }: WantedContext): readonly number[] {
  if (steps) return steps
  const contexts = [tokens]
  while (mayShrink && contexts.at(-1)! / 2 >= SMALLEST_CONTEXT) contexts.push(Math.floor(contexts.at(-1)! / 2))
  return contexts
}

/** Only Metal shares its memory with the CPU; elsewhere the library itself decides what goes where. */
async function gpuBudget(llama: Llama): Promise<number | null> {
  if (llama.gpu !== 'metal') return null
  const { total } = await llama.getVramState()
  return Math.max(0, total - GIGABYTE)
}
