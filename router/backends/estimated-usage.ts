/** Usage of an answer that was cut off before anybody counted: four characters a token, marked as estimated. */
import type { Usage } from '../core/conversation.ts'

/** Null where there was no output: nothing is known to have been used. */
export function estimatedUsage(outputCharacters: number, promptTokens: number): Usage | null {
  if (outputCharacters === 0) return null
  return {
    uncachedInput: promptTokens,
    cacheRead: null,
    cacheWrite: null,
    outputText: Math.ceil(outputCharacters / 4),
    outputReasoning: null,
    source: 'estimated',
  }
}
