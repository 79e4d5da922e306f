/** Which conversation a request belongs to: the identity that the split is drawn for, scoped later by key and model. */
import type { ParsedBody } from '../../core/json-text.ts'
import { textHash } from './text-hash.ts'
import { isRecord } from './wire.ts'

/** Headers in which tools name their conversation, in order: Headgate's own, then what harnesses send on the wire. */
const SESSION_HEADERS = [
  'x-headgate-session',
  'x-claude-code-session-id',
  'session_id',
  'conversation_id',
  'session-id',
  'thread-id',
  'x-session-affinity',
] as const

/** Blocks that a harness changes on every call; they are no part of a conversation's identity. */
const CHANGING_BLOCK = 'x-anthropic-billing-header'

/** Texts of more characters (tools: bytes) are hashed by length, start and end: two conversations that differ only in the middle may share a place. */
const SAMPLE_SIZE = 8192

/**
 * The first that is there: a session header; `prompt_cache_key` or `metadata.user_id`, joined with the first user message because many
 * apps send one constant for everything; system, tools and first user message. Null without any message.
 */
export function sessionOf(
  body: ParsedBody,
  messages: readonly unknown[],
  headers: Readonly<Record<string, string>>,
): { readonly id: string; readonly fromHeader: boolean } | null {
  for (const name of SESSION_HEADERS) {
    const value = headers[name]?.trim()
    if (value) return { id: value.length <= 128 ? value : textHash(value), fromHeader: true }
  }
  if (messages.length === 0) return null
  const firstUser = textOf(messages.find((message) => isRecord(message) && message['role'] === 'user'))
  const cacheKey = body.value['prompt_cache_key']
  const metadata = body.value['metadata']
  const shared = typeof cacheKey === 'string' && cacheKey !== '' ? cacheKey : isRecord(metadata) ? metadata['user_id'] : null
  if (typeof shared === 'string' && shared !== '') return { id: textHash(sample(shared), firstUser), fromHeader: false }
  const system = textOf(messages.find((message) => isRecord(message) && (message['role'] === 'system' || message['role'] === 'developer')))
  return { id: textHash(system, toolsSample(body), firstUser), fromHeader: false }
}

function textOf(message: unknown): string {
  const content = isRecord(message) ? message['content'] : null
  if (typeof content === 'string') return content.startsWith(CHANGING_BLOCK) ? '' : sample(content)
  if (!Array.isArray(content)) return ''
  let text = ''
  for (const part of content) {
    if (!isRecord(part)) continue
    const words = part['text']
    const image = part['image_url']
    const url = isRecord(image) ? image['url'] : image
    if (typeof words === 'string' && !words.startsWith(CHANGING_BLOCK)) text += `${sample(words)}\0`
    else if (typeof url === 'string') text += `${sample(url)}\0`
  }
  return text
}

function toolsSample(body: ParsedBody): string {
  const span = body.members.get('tools') ?? body.members.get('functions')
  if (!span) return ''
  const length = span.end - span.start
  const bytes = Buffer.from(body.bytes.buffer, body.bytes.byteOffset + span.start, length)
  if (length <= SAMPLE_SIZE) return bytes.toString('latin1')
  return `${length}\0${bytes.toString('latin1', 0, SAMPLE_SIZE / 2)}\0${bytes.toString('latin1', length - SAMPLE_SIZE / 2)}`
}

function sample(text: string): string {
  if (text.length <= SAMPLE_SIZE) return text
  return `${text.length}\0${text.slice(0, SAMPLE_SIZE / 2)}\0${text.slice(-SAMPLE_SIZE / 2)}`
}
