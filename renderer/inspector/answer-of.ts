/** What a recorded reply says, each answer of it: its text, its reasoning and its tool calls, out of a stream or a whole reply. What cannot be read is left out; nothing here is ever HTML. */
import { refusalOf } from '../api/client.ts'
import { createParser } from '../api/event-stream.ts'

export interface ToolCall {
  readonly name: string
  readonly arguments: string
}

export interface Answer {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly ToolCall[]
}

export interface Reply {
  /** By their index: several where the request asked for several. */
  readonly answers: readonly Answer[]
  /** What it ended with instead of an answer. */
  readonly failure: string | null
}

interface WireCall {
  readonly index?: number
  readonly function?: { readonly name?: string; readonly arguments?: string }
}
interface WireMessage {
  readonly content?: unknown
  readonly reasoning_content?: string | null
  readonly reasoning?: string | null
  readonly tool_calls?: readonly WireCall[]
}
interface WireChunk {
  readonly choices?: readonly { readonly index?: number; readonly delta?: WireMessage; readonly message?: WireMessage }[]
  readonly error?: unknown
}

export function replyOf(recorded: string): Reply {
  const answers: { text: string; reasoning: string; calls: { name: string; arguments: string }[] }[] = []
  let failure: string | null = null

  const take = (json: string) => {
    const chunk = parsed(json) as WireChunk | null
    if (chunk?.error) failure = refusalOf(json)
    for (const { index = 0, delta, message = delta } of chunk?.choices ?? []) {
      if (!message) continue
      const answer = (answers[index] ??= { text: '', reasoning: '', calls: [] })
      answer.text += contentText(message.content)
      answer.reasoning += message.reasoning_content ?? message.reasoning ?? ''
      for (const [place, call] of (message.tool_calls ?? []).entries()) {
        const known = (answer.calls[call.index ?? place] ??= { name: '', arguments: '' })
        known.name += call.function?.name ?? ''
        known.arguments += call.function?.arguments ?? ''
      }
    }
  }

  if (/^\s*[{[]/.test(recorded)) take(recorded)
  else createParser((_id, data) => data !== '[DONE]' && take(data))(recorded)
  return { answers: answers.filter(Boolean).map((answer) => ({ ...answer, calls: answer.calls.filter(Boolean) })), failure }
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: { text?: unknown }) => (typeof part?.text === 'string' ? part.text : '')).join('')
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

/** JSON with line breaks; anything else as it is. */
export function pretty(text: string): string {
  const value = parsed(text)
  return value === null || typeof value !== 'object' ? text : JSON.stringify(value, null, 2)
}
