/** How tokens are drawn: the request's numbers, llama.cpp's defaults for those it does not give. */
import type { SequenceEvaluateOptions, Token } from 'node-llama-cpp'
import type { Sampling } from '../core/conversation.ts'

/** Defaults of llama.cpp's own server, so that a model answers here as it does there. */
export const samplingDefaults = { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05 } as const

/** Tokens of the answer that penalties look back at. */
const PENALTY_WINDOW = 256

/** Options of one evaluation. `seed` is a whole number in [0, 2³²); `written` = tokens of the answer so far. */
export function samplingOptions(sampling: Sampling, seed: number, written: readonly number[]): SequenceEvaluateOptions {
  const { frequencyPenalty = 0, presencePenalty = 0 } = sampling
  const hasPenalty = frequencyPenalty !== 0 || presencePenalty !== 0
  return {
    temperature: sampling.temperature ?? samplingDefaults.temperature,
    topK: sampling.topK ?? samplingDefaults.topK,
    topP: sampling.topP ?? samplingDefaults.topP,
    minP: sampling.minP ?? samplingDefaults.minP,
    seed,
    ...(hasPenalty
      ? {
          repeatPenalty: {
            punishTokens: () => written.slice(-PENALTY_WINDOW) as Token[],
            maxPunishTokens: PENALTY_WINDOW,
            penalty: 1,
            frequencyPenalty,
            presencePenalty,
          },
        }
      : {}),
  }
}
