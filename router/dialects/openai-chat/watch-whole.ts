/** Checks a whole 2xx reply of this dialect, and makes a stream of one where a provider ignored `stream`. An error under a 200 is an error. */
import type { FinishReason, Usage } from '../../core/conversation.ts'
import { HeadgateError } from '../../core/errors.ts'
import { errorInside } from './classify-error.ts'
import { finishOf, isRecord, type Json, mergeUsage, noUsage, usageOf } from './wire.ts'

/**
 * Usage and finish reason of a whole reply. Throws the kind of the error inside, or `garbled-reply` where it is no complete answer: no
 * JSON, no choice with a message, or a choice that has neither content nor a reason why. An empty answer with a reason is an answer.
 */
export function watchWhole(bytes: Uint8Array): { readonly usage: Usage | null; readonly finish: FinishReason | null } {
  const reply = readReply(bytes)
  const usage = noUsage()
  if (isRecord(reply.value['usage'])) mergeUsage(usage, reply.value['usage'], true)
  const word = reply.choices[0]?.['finish_reason']
  return { usage: usageOf(usage), finish: typeof word === 'string' && word !== '' ? finishOf(word) : null }
}

/** The reply as one delta event per choice, one finish event that also carries the usage, and the end mark. Unknown fields are kept. */
export function streamOfWhole(bytes: Uint8Array): Uint8Array {
  const { value, choices } = readReply(bytes)
  const { choices: _, usage, object: __, ...rest } = value
  const common = { ...rest, object: 'chat.completion.chunk' }
  const deltas = choices.map((choice, at) => {
    const { message, finish_reason: _reason, ...other } = choice
    return { ...other, index: choice['index'] ?? at, delta: deltaOf(message as Json), finish_reason: null }
  })
  const ends = choices.map((choice, at) => ({ index: choice['index'] ?? at, delta: {}, finish_reason: choice['finish_reason'] ?? 'stop' }))
  const last = { ...common, choices: ends, ...(isRecord(usage) ? { usage } : {}) }
  return Buffer.from(`data: ${JSON.stringify({ ...common, choices: deltas })}\n\ndata: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`)
}

function readReply(bytes: Uint8Array): { readonly value: Json; readonly choices: readonly Json[] } {
  const value = parsed(bytes)
  if (!isRecord(value)) throw garbled('The reply is not a JSON object.', 'upstream_bad_json')
  const failure = errorInside(value)
  if (failure) throw failure
  const { choices } = value
  if (!Array.isArray(choices) || choices.length === 0) throw garbled('The reply has no choices.')
  for (const choice of choices) {
    if (!isRecord(choice) || !isRecord(choice['message'])) throw garbled('A choice of the reply has no message.')
    const word = choice['finish_reason']
    if (word === 'error') throw new HeadgateError('failed-upstream', 'The provider ended its answer with an error.', { safeToRepeat: false })
    if ((typeof word !== 'string' || word === '') && isEmpty(choice['message']))
      throw garbled('The reply is empty and gives no reason.', 'upstream_empty_reply')
  }
  return { value, choices }
}

/** Tool calls of a delta carry an index; those of a message do not. */
function deltaOf(message: Json): Json {
  const calls = message['tool_calls']
  if (!Array.isArray(calls)) return { role: 'assistant', ...message }
  return { role: 'assistant', ...message, tool_calls: calls.map((call, index) => ({ index, ...(isRecord(call) ? call : {}) })) }
}

function isEmpty(message: Json): boolean {
  const named = ['content', 'reasoning_content', 'reasoning', 'refusal', 'tool_calls', 'function_call', 'audio', 'images']
  return named.every((name) => {
    const part = message[name]
    return part === undefined || part === null || part === '' || (Array.isArray(part) && part.length === 0)
  })
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    )
  } catch {
    return undefined
  }
}

const garbled = (message: string, code?: string): HeadgateError =>
  new HeadgateError('garbled-reply', message, { safeToRepeat: false, ...(code === undefined ? {} : { code }) })
