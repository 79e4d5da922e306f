/** Reads the cheap facts of a chat request: what the policy needs and never the text itself. Odd values that only the provider cares about pass. */
import { HeadgateError } from '../../core/errors.ts'
import type { ParsedBody } from '../../core/json-text.ts'
import type { RequestFacts } from '../../core/plan.ts'
import { sessionOf } from './session-key.ts'
import { isRecord, type Json } from './wire.ts'

const MODEL_NAME_LIMIT = 512
const MOST_ANSWERS = 128
/** Those that rules read are added by the pipeline, which knows the rules. */
const noHeaders = {}

/**
 * Facts of one request. `headers`: lower-case names. Throws `invalid-request` with the parameter for what Headgate itself reads: `model`
 * (rows d11, d21), `stream` (d34), `messages`, `x-headgate-route`. A missing model is null: a capability or the configured default may stand in.
 */
export function read(body: ParsedBody, headers: Readonly<Record<string, string>>): RequestFacts {
  const { value } = body
  const messages = value['messages']
  if (messages === undefined || messages === null) throw invalid('missing_required_parameter', 'messages', 'messages is missing.')
  if (!Array.isArray(messages)) throw invalid('invalid_type', 'messages', 'messages must be an array.')
  const stream = value['stream']
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') throw invalid('invalid_type', 'stream', 'stream must be true or false.')
  const asked = askedPlace(modelName(value['model']), headers['x-headgate-route'])
  const content = surveyMessages(messages)
  const toolsBytes = listBytes(body, 'tools') + listBytes(body, 'functions')
  const format = value['response_format']
  return {
    ...asked,
    stream: stream === true,
    promptTokens: Math.ceil((content.textBytes + toolsBytes) / 4),
    maxOutputTokens: positive(value['max_completion_tokens']) ?? positive(value['max_tokens']),
    needs: {
      tools: toolsBytes > 0,
      vision: content.hasImages,
      json: isRecord(format) && (format['type'] === 'json_object' || format['type'] === 'json_schema'),
      embeddings: false,
      many: isSeveral(value['n']),
    },
    inToolLoop: content.endsWithToolResult,
    startsSession: !content.hasAssistant,
    session: sessionOf(body, messages, headers),
    capability: headers['x-capability']?.trim().toLowerCase().slice(0, 100) || null,
    answers: isSeveral(value['n']) ? (value['n'] as number) : 1,
    prompt: null,
    headers: noHeaders,
    noFallback: forbidsFallback(value, headers['x-headgate-no-fallback']),
  }
}

function modelName(model: unknown): string | null {
  if (model === undefined || model === null) return null
  if (typeof model !== 'string') throw invalid('invalid_type', 'model', 'model must be a string.')
  if (model === '') throw invalid('missing_required_parameter', 'model', 'model is empty; name a model or leave the field out.')
  if (model.length > MODEL_NAME_LIMIT) throw invalid('string_too_long', 'model', `model is longer than ${MODEL_NAME_LIMIT} characters.`)
  if (/[\u0000-\u001f\u007f]/.test(model)) throw invalid('invalid_value', 'model', 'model contains control characters.')
  return model
}

/** `name@local`, `name@remote`, `name@provider`, and the header; a name that begins with @ (`@cf/meta/…`) is a plain name. */
function askedPlace(model: string | null, route: string | undefined): Pick<RequestFacts, 'model' | 'askedLane' | 'askedProvider'> {
  const header = route?.trim().toLowerCase() || null
  if (header !== null && header !== 'local' && header !== 'remote')
    throw invalid('invalid_value', 'x-headgate-route', 'The header x-headgate-route must be local or remote.')
  const at = model?.lastIndexOf('@') ?? -1
  const suffix = model !== null && at > 0 ? model.slice(at + 1) : ''
  if (model === null || !/^[\w.-]{1,64}$/.test(suffix)) return { model, askedLane: header, askedProvider: null }
  const name = model.slice(0, at)
  if (suffix !== 'local' && suffix !== 'remote') return { model: name, askedLane: header, askedProvider: suffix }
  if (header !== null && header !== suffix)
    throw invalid('conflicting_parameters', 'model', `model asks for the ${suffix} lane, x-headgate-route for the ${header} lane.`)
  return { model: name, askedLane: suffix, askedProvider: null }
}

interface MessageSurvey {
  readonly textBytes: number
  readonly hasImages: boolean
  readonly hasAssistant: boolean
  readonly endsWithToolResult: boolean
}

function surveyMessages(messages: readonly unknown[]): MessageSurvey {
  let textBytes = 0
  let hasImages = false
  let hasAssistant = false
  for (const message of messages) {
    if (!isRecord(message)) continue
    const content = message['content']
    if (typeof content === 'string') textBytes += Buffer.byteLength(content)
    else if (Array.isArray(content))
      for (const part of content) {
        if (!isRecord(part)) continue
        const text = part['text']
        if (typeof text === 'string') textBytes += Buffer.byteLength(text)
        else if (part['type'] === 'image_url' || part['type'] === 'input_image') hasImages = true
      }
    if (message['role'] !== 'assistant') continue
    hasAssistant = true
    const calls = message['tool_calls']
    if (Array.isArray(calls)) for (const call of calls) if (isRecord(call)) textBytes += callBytes(call['function'])
  }
  const last = messages.at(-1)
  const lastRole = isRecord(last) ? last['role'] : null
  return { textBytes, hasImages, hasAssistant, endsWithToolResult: lastRole === 'tool' || lastRole === 'function' }
}

function callBytes(call: unknown): number {
  if (!isRecord(call)) return 0
  const text = call['arguments']
  return typeof text === 'string' ? Buffer.byteLength(text) : 0
}

/** Bytes of a list as written; 0 where it is empty or none. */
function listBytes(body: ParsedBody, name: string): number {
  const list = body.value[name]
  if (!Array.isArray(list) || list.length === 0) return 0
  const span = body.members.get(name)
  return span ? span.end - span.start : 0
}

/** `x-headgate-no-fallback: 1`, OpenRouter's `provider.allow_fallbacks: false`, LiteLLM's `disable_fallbacks: true`. */
function forbidsFallback(value: Json, header: string | undefined): boolean {
  if (header !== undefined && /^\s*(1|true|yes)\s*$/i.test(header)) return true
  const provider = value['provider']
  return value['disable_fallbacks'] === true || (isRecord(provider) && provider['allow_fallbacks'] === false)
}

/** What is no count at all is left to whoever answers: its refusal names the field. */
const isSeveral = (n: unknown): boolean => typeof n === 'number' && Number.isInteger(n) && n > 1 && n <= MOST_ANSWERS

const positive = (value: unknown): number | null => (typeof value === 'number' && value > 0 && Number.isFinite(value) ? Math.floor(value) : null)

function invalid(code: string, param: string, message: string): HeadgateError {
  return new HeadgateError('invalid-request', message, { code, param })
}
