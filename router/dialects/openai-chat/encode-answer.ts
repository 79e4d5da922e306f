/** Writes an answer of ours in this dialect, as a stream and whole. Ids, names and indexes of tool calls appear once, in a call's first delta. */
import type { AnswerPart, FinishReason, Usage } from '../../core/conversation.ts'
import type { AnswerEncoder, EncodeContext } from '../../core/dialect.ts'
import { finishWord, type Json, usageJson } from './wire.ts'

const NOTHING = new Uint8Array(0)
const FINGERPRINT = 'fp_headgate'

/**
 * Order of a stream: `open()` with the role, then the parts, then the finish chunk, the usage chunk when asked, `[DONE]`. A tool call
 * without arguments gets `{}`: they are JSON text, and nothing is none.
 */
export function encoder(context: EncodeContext): AnswerEncoder {
  const id = `chatcmpl-${context.requestId}`
  const head = JSON.stringify({
    id,
    object: 'chat.completion.chunk',
    created: context.createdS,
    model: context.model,
    system_fingerprint: FINGERPRINT,
  })
  const opening = `data: ${head.slice(0, -1)},"choices":`
  const before = `${opening}[{"index":0,"delta":`
  const after = ',"logprobs":null,"finish_reason":null}]}\n\n'
  const bareCalls = new Set<number>()

  const delta = (json: string): string => before + json + after
  const argumentsDelta = (index: number, text: string): string =>
    delta(`{"tool_calls":[{"index":${index},"function":{"arguments":${JSON.stringify(text)}}}]}`)

  function ending(reason: FinishReason, usage: Usage): string {
    let text = ''
    for (const index of bareCalls) text += argumentsDelta(index, '{}')
    bareCalls.clear()
    text += `${before}{},"logprobs":null,"finish_reason":"${finishWord(reason)}"}]}\n\n`
    if (context.includeUsage) text += `${opening}[],"usage":${JSON.stringify(usageJson(usage))}}\n\n`
    return `${text}data: [DONE]\n\n`
  }

  return {
    open: () => Buffer.from(delta('{"role":"assistant","content":""}')),
    stream(part) {
      switch (part.type) {
        case 'text':
          return part.text === '' ? NOTHING : Buffer.from(delta(`{"content":${JSON.stringify(part.text)}}`))
        case 'reasoning':
          return part.text === '' ? NOTHING : Buffer.from(delta(`{"reasoning_content":${JSON.stringify(part.text)}}`))
        case 'tool-call':
          bareCalls.add(part.index)
          return Buffer.from(delta(JSON.stringify({ tool_calls: [{ index: part.index, ...callJson(part.id, part.name, '') }] })))
        case 'tool-arguments':
          if (part.text === '') return NOTHING
          bareCalls.delete(part.index)
          return Buffer.from(argumentsDelta(part.index, part.text))
        case 'finish':
          return Buffer.from(ending(part.reason, part.usage))
      }
    },
    whole(parts) {
      const { message, finish } = collected(parts)
      return Buffer.from(
        JSON.stringify({
          id,
          object: 'chat.completion',
          created: context.createdS,
          model: context.model,
          system_fingerprint: FINGERPRINT,
          choices: [{ index: 0, message, logprobs: null, finish_reason: finishWord(finish?.reason ?? 'other') }],
          ...(finish ? { usage: usageJson(finish.usage) } : {}),
        }),
      )
    },
  }
}

function collected(parts: readonly AnswerPart[]): { readonly message: Json; readonly finish: Extract<AnswerPart, { type: 'finish' }> | null } {
  let text = ''
  let reasoning = ''
  let finish: Extract<AnswerPart, { type: 'finish' }> | null = null
  const calls = new Map<number, { id: string; name: string; words: string }>()
  for (const part of parts)
    switch (part.type) {
      case 'text':
        text += part.text
        break
      case 'reasoning':
        reasoning += part.text
        break
      case 'tool-call':
        calls.set(part.index, { id: part.id, name: part.name, words: '' })
        break
      case 'tool-arguments': {
        const call = calls.get(part.index)
        if (call) call.words += part.text
        break
      }
      case 'finish':
        finish = part
    }
  const toolCalls = [...calls.values()].map(({ id, name, words }) => callJson(id, name, words || '{}'))
  const message = {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  }
  return { message, finish }
}

const callJson = (id: string, name: string, words: string): Json => ({ id, type: 'function', function: { name, arguments: words } })
