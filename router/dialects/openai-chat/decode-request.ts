/** Decodes a chat request to the neutral conversation: what cannot be understood is refused by name, what has no effect here is named in a note. */
import type { Conversation, ResponseFormat, Sampling } from '../../core/conversation.ts'
import type { ParsedBody } from '../../core/json-text.ts'
import { checkSchema, SCHEMA_LIMIT_BYTES } from './check-schema.ts'
import { decodeMessages } from './decode-messages.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import { invalid, numberIn, optional } from './fields.ts'
import { isRecord, type Json } from './wire.ts'

/** More than any context: such a limit says "as much as fits". */
const MAX_TOKENS_CEILING = 1_048_576
const STOP_LIMIT = 16

/** Parameters that do not change an answer, or that are read elsewhere: no note. Everything else that is not decoded is named. */
const WITHOUT_EFFECT = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'user',
  'metadata',
  'store',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'service_tier',
  'provider',
  'disable_fallbacks',
  'strict',
])

const DECODED = new Set([
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'parallel_tool_calls',
  'response_format',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'n',
])

/** Parameters with this value ask for nothing. */
const ASKS_FOR_NOTHING: Json = { logprobs: false, echo: false, best_of: 1, repetition_penalty: 1, repeat_penalty: 1 }

/**
 * The conversation of a request that passed `read`. Throws `invalid-request` with code and parameter by rows d26–d42 of the table of bad
 * input; with `strict: true` an unknown parameter is refused as well. Notes are plain ASCII without commas or semicolons.
 */
export function decodeRequest(body: ParsedBody): { readonly conversation: Conversation; readonly notes: readonly string[] } {
  const { value } = body
  const notes: string[] = []
  checkIdentity(value)
  checkLogitBias(value['logit_bias'])
  const n = numberIn(value['n'], 'n', { from: 1, to: 128, isWhole: true })
  if (n !== undefined && n > 1) throw invalid('unsupported_value', 'n', 'n must be 1 here: one answer per request.')
  const tools = decodeTools(body)
  const maxTokens = decodeMaxTokens(value, notes)
  const conversation: Conversation = {
    messages: decodeMessages(value['messages']),
    tools,
    toolChoice: decodeToolChoice(value, tools),
    parallelToolCalls: optional(value['parallel_tool_calls'], 'boolean', 'parallel_tool_calls') ?? true,
    responseFormat: decodeFormat(body),
    sampling: decodeSampling(value),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    stop: decodeStop(value['stop']),
  }
  noteTheRest(value, notes)
  return { conversation, notes }
}

function decodeSampling(value: Json): Sampling {
  const read = {
    temperature: numberIn(value['temperature'], 'temperature', { from: 0, to: 2 }),
    topP: numberIn(value['top_p'], 'top_p', { above: 0, to: 1 }),
    topK: numberIn(value['top_k'], 'top_k', { from: -1, to: 1_000_000, isWhole: true }),
    minP: numberIn(value['min_p'], 'min_p', { from: 0, to: 1 }),
    seed: numberIn(value['seed'], 'seed', { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER, isWhole: true }),
    frequencyPenalty: numberIn(value['frequency_penalty'], 'frequency_penalty', { from: -2, to: 2 }),
    presencePenalty: numberIn(value['presence_penalty'], 'presence_penalty', { from: -2, to: 2 }),
  }
  return Object.fromEntries(
    Object.entries(read).filter(([name, number]) => number !== undefined && !(name === 'topK' && number < 1)), // 0 and −1 mean "no limit"
  )
}

function decodeMaxTokens(value: Json, notes: string[]): number | undefined {
  const old = readLimit(value, 'max_tokens')
  const current = readLimit(value, 'max_completion_tokens')
  if (old !== undefined && current !== undefined && old !== current)
    throw invalid('conflicting_parameters', 'max_completion_tokens', `max_tokens (${old}) and max_completion_tokens (${current}) differ.`)
  const limit = current ?? old
  const name = current === undefined ? 'max_tokens' : 'max_completion_tokens'
  if (limit === undefined || limit <= MAX_TOKENS_CEILING) {
    if (limit !== -1) return limit
    notes.push(`${name} -1 removed (no limit)`)
  } else notes.push(`${name} clamped to the context`)
  return undefined
}

function readLimit(value: Json, name: string): number | undefined {
  if (value[name] === -1) return -1
  return numberIn(value[name], name, { from: 1, to: Number.MAX_VALUE, isWhole: true })
}

function decodeStop(stop: unknown): readonly string[] {
  if (stop === undefined || stop === null) return []
  const list = Array.isArray(stop) ? stop : [stop]
  if (list.length > STOP_LIMIT) throw invalid('too_many_items', 'stop', `stop has more than ${STOP_LIMIT} entries.`)
  list.forEach((word, index) => {
    if (typeof word !== 'string') throw invalid('invalid_type', Array.isArray(stop) ? `stop[${index}]` : 'stop', 'stop must be a string or strings.')
  })
  return list.filter((word) => word !== '')
}

function decodeFormat(body: ParsedBody): ResponseFormat {
  const format = body.value['response_format']
  if (format === undefined || format === null) return { type: 'text' }
  if (!isRecord(format)) throw invalid('invalid_type', 'response_format', 'response_format must be an object.')
  const { type } = format
  if (type === 'text') return { type: 'text' }
  // llama.cpp takes a schema beside json_object
  if (type === 'json_object' && !isRecord(format['schema'])) return { type: 'json' }
  if (type !== 'json_object' && type !== 'json_schema')
    throw invalid('invalid_value', 'response_format.type', 'response_format.type must be text, json_object or json_schema.')
  const wrapper = type === 'json_schema' ? format['json_schema'] : format
  const param = type === 'json_schema' ? 'response_format.json_schema' : 'response_format.schema'
  if (!isRecord(wrapper) || !isRecord(wrapper['schema'])) throw invalid('invalid_schema', param, `${param} has no schema.`)
  const span = body.members.get('response_format')
  if (span && span.end - span.start > SCHEMA_LIMIT_BYTES) throw invalid('invalid_schema', param, 'The schema is larger than 256 kB.')
  checkSchema(wrapper['schema'], param)
  return { type: 'json-schema', schema: wrapper['schema'], strict: wrapper['strict'] === true }
}

function checkIdentity(value: Json): void {
  const user = optional(value['user'], 'string', 'user')
  if (user !== undefined && user.length > 1024) throw invalid('string_too_long', 'user', 'user is longer than 1024 characters.')
  const { metadata } = value
  if (metadata === undefined || metadata === null) return
  if (!isRecord(metadata)) throw invalid('invalid_type', 'metadata', 'metadata must be an object of strings.')
  const entries = Object.entries(metadata)
  if (entries.length > 16) throw invalid('too_many_items', 'metadata', 'metadata has more than 16 keys.')
  for (const [key, text] of entries) {
    if (key.length > 64) throw invalid('string_too_long', 'metadata', 'A key of metadata is longer than 64 characters.')
    if (typeof text === 'string' && text.length > 512)
      throw invalid('string_too_long', 'metadata', 'A value of metadata is longer than 512 characters.')
    if (typeof text === 'object' && text !== null) throw invalid('invalid_type', 'metadata', 'The values of metadata must be strings.')
  }
}

function checkLogitBias(bias: unknown): void {
  if (bias === undefined || bias === null) return
  if (!isRecord(bias)) throw invalid('invalid_type', 'logit_bias', 'logit_bias must be an object.')
  const entries = Object.entries(bias)
  const isFine = entries.every(([token, weight]) => /^\d{1,7}$/.test(token) && typeof weight === 'number' && weight >= -100 && weight <= 100)
  if (entries.length > 1024 || !isFine)
    throw invalid('out_of_range', 'logit_bias', 'logit_bias maps at most 1024 token ids to numbers between -100 and 100.')
}

function noteTheRest(value: Json, notes: string[]): void {
  for (const [name, given] of Object.entries(value)) {
    if (WITHOUT_EFFECT.has(name) || DECODED.has(name) || given === null || given === ASKS_FOR_NOTHING[name]) continue
    if (name === 'logit_bias' && isRecord(given) && Object.keys(given).length === 0) continue
    const isPlain = /^\w{1,64}$/.test(name)
    if (value['strict'] === true && name !== 'logit_bias')
      throw invalid('unknown_parameter', isPlain ? name : 'body', 'The body has a parameter that has no meaning here.')
    notes.push(isPlain ? `${name} ignored` : 'a parameter ignored')
  }
}
