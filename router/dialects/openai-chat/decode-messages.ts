/** Decodes the messages of a request: every role and content form that tools really send, and each refusal with its place. */
import type { ContentPart, Message, Role, ToolCall } from '../../core/conversation.ts'
import { invalid, optional } from './fields.ts'
import { checkImageUrl } from './image-url.ts'
import { isRecord, type Json } from './wire.ts'

const ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
}

/** Throws by rows d26–d29: `messages[i].role`, `messages[i].content[j]`, `messages[i].tool_call_id`, image URLs. */
export function decodeMessages(messages: unknown): readonly Message[] {
  if (!Array.isArray(messages)) throw invalid('invalid_type', 'messages', 'messages must be an array.')
  if (messages.length === 0) throw invalid('empty', 'messages', 'messages is empty.')
  const calls = new Calls()
  return messages.map((message: unknown, index) => decodeMessage(message, `messages[${index}]`, calls))
}

/** The tool calls so far: a result must answer one of them. */
class Calls {
  readonly #ids = new Set<string>()
  #legacyId = ''
  #legacyCount = 0
  add(id: string): void {
    this.#ids.add(id)
  }
  has(id: string): boolean {
    return this.#ids.has(id)
  }
  /** The legacy form has no ids: a result answers the call before it. */
  addLegacy(): string {
    this.#legacyId = `call_legacy_${++this.#legacyCount}`
    return this.#legacyId
  }
  get lastLegacyId(): string {
    return this.#legacyId
  }
}

function decodeMessage(message: unknown, param: string, calls: Calls): Message {
  const written = isRecord(message) ? message['role'] : undefined
  const role = typeof written === 'string' && Object.hasOwn(ROLES, written) ? ROLES[written] : undefined
  if (!isRecord(message) || role === undefined)
    throw invalid('invalid_value', `${param}.role`, `${param}.role must be system, developer, user, assistant, tool or function.`)
  const content = decodeContent(message['content'], param)
  const name = optional(message['name'], 'string', `${param}.name`)
  const base = { role, content, ...(name === undefined ? {} : { name }) }
  if (role === 'assistant') return { ...base, ...decodeAssistant(message, param, calls) }
  if (role === 'tool') return { ...base, toolCallId: written === 'function' ? legacyResult(name, param, calls) : answeredCall(message, param, calls) }
  return base
}

function decodeAssistant(message: Json, param: string, calls: Calls): Pick<Message, 'reasoning' | 'toolCalls'> {
  const written = message['reasoning_content'] ?? message['reasoning']
  const reasoning = typeof written === 'string' && written !== '' ? written : undefined
  const toolCalls = decodeCalls(message, param, calls)
  return { ...(reasoning === undefined ? {} : { reasoning }), ...(toolCalls.length === 0 ? {} : { toolCalls }) }
}

function decodeCalls(message: Json, param: string, calls: Calls): readonly ToolCall[] {
  const list = message['tool_calls']
  if (list !== undefined && list !== null && !Array.isArray(list))
    throw invalid('invalid_type', `${param}.tool_calls`, `${param}.tool_calls must be an array.`)
  if (!Array.isArray(list) || list.length === 0) {
    const legacy = message['function_call']
    return isRecord(legacy) ? [decodeCall(legacy, calls.addLegacy(), `${param}.function_call`)] : []
  }
  return list.map((call: unknown, index) => {
    const place = `${param}.tool_calls[${index}]`
    const id = isRecord(call) ? call['id'] : undefined
    if (!isRecord(call) || typeof id !== 'string' || id === '') throw invalid('invalid_value', `${place}.id`, `${place} has no id.`)
    calls.add(id)
    return decodeCall(call['function'], id, `${place}.function`)
  })
}

function decodeCall(call: unknown, id: string, param: string): ToolCall {
  if (!isRecord(call)) throw invalid('invalid_type', param, `${param} must be an object.`)
  const { name } = call
  if (typeof name !== 'string' || name === '') throw invalid('invalid_value', `${param}.name`, `${param}.name must be a string.`)
  const words = optional(call['arguments'], 'string', `${param}.arguments`)
  return { id, name, arguments: words?.trim() ? words : '{}' }
}

function answeredCall(message: Json, param: string, calls: Calls): string {
  const id = message['tool_call_id']
  if (typeof id !== 'string' || id === '') throw invalid('invalid_value', `${param}.tool_call_id`, `${param} is a tool result without tool_call_id.`)
  if (!calls.has(id)) throw invalid('invalid_value', `${param}.tool_call_id`, `${param} answers a tool call that no message before it made.`)
  return id
}

function legacyResult(name: string | undefined, param: string, calls: Calls): string {
  if (name === undefined || calls.lastLegacyId === '')
    throw invalid('invalid_value', `${param}.name`, `${param} answers a function call that no message before it made.`)
  return calls.lastLegacyId
}

/** String, null, absent or parts, for any role. */
function decodeContent(content: unknown, param: string): readonly ContentPart[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw invalid('invalid_type', `${param}.content`, `${param}.content must be a string, null or an array of parts.`)
  return content.map((part: unknown, index) => decodePart(part, `${param}.content[${index}]`))
}

function decodePart(part: unknown, param: string): ContentPart {
  if (typeof part === 'string') return { type: 'text', text: part }
  const type = isRecord(part) ? part['type'] : undefined
  if (isRecord(part) && (type === 'text' || type === 'input_text' || type === 'output_text' || type === 'refusal')) {
    const text = part['text'] ?? part['refusal']
    if (typeof text === 'string') return { type: 'text', text }
  } else if (isRecord(part) && (type === 'image_url' || type === 'input_image')) {
    const image = part['image_url']
    const url = isRecord(image) ? image['url'] : image
    if (typeof url === 'string') {
      checkImageUrl(url, `${param}.image_url`)
      return { type: 'image', url }
    }
  }
  throw invalid('invalid_type', param, `${param} is no text and no image; other parts cannot be used here.`)
}
