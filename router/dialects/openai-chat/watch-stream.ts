/** Follows a pass-through stream: which events carry output, what it used, why it ended. Never changes a byte; throws when the answer failed. */
import type { FinishReason, Usage } from '../../core/conversation.ts'
import type { StreamWatch, WatchedEvent } from '../../core/dialect.ts'
import { HeadgateError } from '../../core/errors.ts'
import { errorInside } from './classify-error.ts'
import { createDeltaPattern } from './delta-pattern.ts'
import { readSseData } from './sse-data.ts'
import { finishOf, isRecord, type Json, mergeUsage, noUsage, usageOf } from './wire.ts'

const OUTPUT: WatchedEvent = { output: true, drop: false }
const SLOW_OUTPUT: WatchedEvent = { output: true, drop: false, isSlow: true }
const PASS: WatchedEvent = { output: false, drop: false }
const DROP: WatchedEvent = { output: false, drop: true }

export interface WatchOptions {
  /** The provider may end a stream without a finish reason and mean it: `[DONE]` is then enough. */
  readonly omitsFinishReason?: boolean
}

/**
 * `includeUsage`: the caller asked for the usage event; otherwise exactly that event (`choices: []` with usage) is dropped. Also dropped:
 * empty data and the first event that is no JSON, which break every client; a second one is `broken-stream`. An `error` in an event is
 * thrown as its kind. The stream is whole when every choice that began has a finish reason; `[DONE]` alone proves nothing, its absence neither.
 */
export function watchStream(includeUsage: boolean, options: WatchOptions = {}): StreamWatch {
  const usage = noUsage()
  const pattern = createDeltaPattern()
  const begun = new Set<unknown>()
  const ended = new Set<unknown>()
  let finish: FinishReason | null = null
  let outputCharacters = 0
  let garbledEvents = 0
  let isDone = false
  let learned = OUTPUT

  function event(bytes: Uint8Array): WatchedEvent {
    const characters = pattern.match(bytes)
    if (characters > 0) {
      outputCharacters += characters
      return learned
    }
    const data = readSseData(bytes)
    if (data === null) return PASS // comments, blank lines, fields without data
    if (data === '') return DROP
    if (data === '[DONE]') {
      isDone = true
      return PASS
    }
    const value = parsed(data)
    if (value === undefined) return garbled()
    if (!isRecord(value)) return PASS
    const failure = errorInside(value)
    if (failure) throw failure
    return chunk(value, bytes)
  }

  function chunk(value: Json, bytes: Uint8Array): WatchedEvent {
    const hasUsage = isRecord(value['usage'])
    if (hasUsage) mergeUsage(usage, value['usage'] as Json, finish !== null)
    const { choices } = value
    if (!Array.isArray(choices)) return PASS
    if (choices.length === 0) return hasUsage && !includeUsage ? DROP : PASS
    let characters = 0
    let isSlow = false
    let hasFinish = false
    for (const choice of choices) {
      if (!isRecord(choice)) continue
      const index = choice['index'] ?? 0
      begun.add(index)
      const unspoken = unspokenLength(choice['delta'])
      if (unspoken > 0) isSlow = true
      characters += unspoken + spokenLength(choice)
      const word = choice['finish_reason']
      if (typeof word !== 'string' || word === '') continue
      if (word === 'error') throw new HeadgateError('failed-upstream', 'The provider ended its answer with an error.', { safeToRepeat: false })
      hasFinish = true
      ended.add(index)
      finish = finishOf(word)
    }
    outputCharacters += characters
    if (characters === 0) return PASS
    const seen = isSlow ? SLOW_OUTPUT : OUTPUT
    if (!hasFinish && !hasUsage && choices.length === 1 && pattern.learn(bytes)) learned = seen
    return seen
  }

  function garbled(): WatchedEvent {
    garbledEvents++
    if (garbledEvents > 1)
      throw new HeadgateError('broken-stream', 'Two events of the stream are no JSON.', { code: 'upstream_garbled_event', safeToRepeat: false })
    return DROP
  }

  return {
    event,
    end(): { readonly usage: Usage | null; readonly finish: FinishReason | null } {
      const isWhole = begun.size > 0 && ended.size === begun.size
      const isExcused = options.omitsFinishReason === true && isDone && outputCharacters > 0
      if (!isWhole && !isExcused)
        throw new HeadgateError('broken-stream', 'The stream ended without a finish reason.', {
          safeToRepeat: false,
          ...(begun.size === 0 ? { code: 'upstream_stream_empty' } : {}),
        })
      return { usage: usageOf(usage), finish }
    },
    soFar: () => ({ usage: usageOf(usage), outputCharacters }),
  }
}

/** Characters of the answer itself in a choice; audio and images count as one. */
function spokenLength(choice: Json): number {
  const { delta } = choice
  if (!isRecord(delta)) return lengthOf(choice['text'])
  let characters = contentLength(delta['content']) + lengthOf(delta['refusal'])
  if (isRecord(delta['audio'])) characters++
  if (Array.isArray(delta['images']) && delta['images'].length > 0) characters++
  return characters
}

/** Characters of reasoning and tool calls. A tool name counts: it is output as well. */
function unspokenLength(delta: unknown): number {
  if (!isRecord(delta)) return 0
  let characters = lengthOf(delta['reasoning_content'] ?? delta['reasoning'])
  const calls = delta['tool_calls']
  if (Array.isArray(calls)) for (const call of calls) if (isRecord(call)) characters += callLength(call['function'] ?? call['custom'])
  if (delta['function_call'] !== undefined) characters += callLength(delta['function_call'])
  if (characters === 0 && Array.isArray(delta['reasoning_details']) && delta['reasoning_details'].length > 0) characters++
  return characters
}

function contentLength(content: unknown): number {
  if (!Array.isArray(content)) return lengthOf(content)
  let characters = 0
  for (const part of content) if (isRecord(part)) characters += lengthOf(part['text'] ?? part['thinking'])
  return characters
}

function callLength(call: unknown): number {
  if (!isRecord(call)) return 0
  const words = call['arguments'] ?? call['input']
  return lengthOf(call['name']) + (isRecord(words) ? 1 : lengthOf(words))
}

const lengthOf = (text: unknown): number => (typeof text === 'string' ? text.length : 0)

function parsed(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}
