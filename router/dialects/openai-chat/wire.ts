/** Words of the Chat Completions wire format that several files of this dialect share. */
import type { FinishReason, Usage } from '../../core/conversation.ts'

export type Json = Readonly<Record<string, unknown>>

export const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Our finish reason of an upstream's word. */
export function finishOf(word: string): FinishReason {
  switch (word) {
    case 'stop':
    case 'length':
      return word
    case 'tool_calls':
    case 'function_call':
      return 'tool-calls'
    case 'content_filter':
      return 'content-filter'
    case 'max_tokens':
      return 'length'
    default:
      return 'other'
  }
}

/** The wire's word of our finish reason; the format has none for `other`. */
export function finishWord(reason: FinishReason): string {
  switch (reason) {
    case 'tool-calls':
      return 'tool_calls'
    case 'content-filter':
      return 'content_filter'
    case 'other':
      return 'stop'
    default:
      return reason
  }
}

/** Token counts as they arrive; null = not said. */
export interface RawUsage {
  prompt: number | null
  cached: number | null
  written: number | null
  completion: number | null
  reasoning: number | null
}

export const noUsage = (): RawUsage => ({ prompt: null, cached: null, written: null, completion: null, reasoning: null })

/**
 * Merges a usage object into what is known, per field, the last value wins; a 0 before the answer's end does not erase a cache figure
 * (a provider that reports running totals starts at 0). `prompt_cache_hit_tokens` is DeepSeek's name.
 */
export function mergeUsage(known: RawUsage, usage: Json, isTerminal: boolean): void {
  known.prompt = count(usage['prompt_tokens']) ?? known.prompt
  known.completion = count(usage['completion_tokens']) ?? known.completion
  const prompt = usage['prompt_tokens_details']
  const completion = usage['completion_tokens_details']
  const cached = count(isRecord(prompt) ? prompt['cached_tokens'] : undefined) ?? count(usage['prompt_cache_hit_tokens'])
  if (cached !== null && (cached > 0 || isTerminal || !known.cached)) known.cached = cached
  if (isRecord(prompt)) known.written = count(prompt['cache_write_tokens']) ?? known.written
  if (isRecord(completion)) known.reasoning = count(completion['reasoning_tokens']) ?? known.reasoning
}

/** `prompt_tokens` includes what came from the cache, `completion_tokens` includes reasoning: both are taken apart. Never negative. */
export function usageOf(raw: RawUsage): Usage | null {
  if (raw.prompt === null && raw.completion === null) return null
  return {
    uncachedInput: raw.prompt === null ? null : Math.max(0, raw.prompt - (raw.cached ?? 0) - (raw.written ?? 0)),
    cacheRead: raw.cached,
    cacheWrite: raw.written,
    outputText: raw.completion === null ? null : Math.max(0, raw.completion - (raw.reasoning ?? 0)),
    outputReasoning: raw.reasoning,
    source: 'reported',
  }
}

/** The wire's usage object of ours; unknown counts are 0, as the format has no word for unknown. */
export function usageJson(usage: Usage): Json {
  const cached = usage.cacheRead ?? 0
  const reasoning = usage.outputReasoning ?? 0
  const prompt = (usage.uncachedInput ?? 0) + cached + (usage.cacheWrite ?? 0)
  const completion = (usage.outputText ?? 0) + reasoning
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  }
}

/** A fraction, or more than can be counted, is no count: unknown. */
const count = (value: unknown): number | null => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null)
