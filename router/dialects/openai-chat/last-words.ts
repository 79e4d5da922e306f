/** The last user message of a chat request as text, for a look at what the prompt is about. Bounded: nothing longer than its start and end is joined. */
import type { ParsedBody } from '../../core/json-text.ts'
import { isRecord } from './wire.ts'

const LONGEST = 20_000

export function lastWords(body: ParsedBody): { readonly text: string; readonly turns: number } {
  const messages = body.value['messages']
  if (!Array.isArray(messages)) return { text: '', turns: 0 }
  const ofUser = messages.filter((message) => isRecord(message) && message['role'] === 'user')
  return { text: textOf(ofUser.at(-1)), turns: ofUser.length }
}

function textOf(message: unknown): string {
  const content = isRecord(message) ? message['content'] : null
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  let text = ''
  for (const part of content) {
    const words = isRecord(part) ? part['text'] : null
    if (typeof words === 'string' && text.length < LONGEST) text += `${words.slice(0, LONGEST)}\n`
  }
  return text
}
