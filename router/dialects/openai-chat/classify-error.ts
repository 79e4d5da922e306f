/** Tells what an upstream's error reply means, from its status and the phrases that OpenAI-compatible servers use. Never passes a page or a secret on. */
import { type ErrorDetails, type ErrorKind, HeadgateError } from '../../core/errors.ts'
import { failureCodes } from '../../core/failure-codes.ts'
import { isRecord, type Json } from './wire.ts'

const MESSAGE_LIMIT = 800

/** "The prompt is too long", in the words of OpenAI, Azure, vLLM, SGLang, llama.cpp, Ollama, LM Studio, TGI, Groq, Mistral, Together, Anthropic, Gemini, Bedrock, xAI, DeepSeek. */
const CONTEXT_PHRASES = [
  'context_length_exceeded',
  'exceed_context_size',
  'model_context_window_exceeded',
  'maximum context length',
  'max context length',
  'context length exceeded',
  'exceeds the context',
  'exceeds context',
  'exceed the context',
  'exceeds the available context',
  'exceeds the maximum context',
  'longer than the context',
  'longer than the model',
  'context window',
  'context size',
  'context length of only',
  'prompt is too long',
  'prompt too long',
  'input is too long',
  'input too long',
  'input length exceeds',
  'input exceeds',
  'too many input tokens',
  'maximum input length',
  'maximum number of input tokens',
  'maximum prompt length',
  'input token count',
  'inputs tokens + max_new_tokens',
  'reduce the length of',
  'token limit exceeded',
  'exceeded model token limit',
  'too large for model with',
  'trying to keep the first',
]

const QUOTA_PHRASES = [
  'insufficient_quota',
  'credit_balance',
  'credit balance',
  'insufficient credit',
  'insufficient balance',
  'insufficient funds',
  'insufficient_balance',
  'not enough credit',
  'requires more credits',
  'out of credits',
  'billing',
  'payment required',
  'exceeded your current quota',
  'spending limit',
  'monthly limit',
]

const CONTENT_PHRASES = [
  'content_filter',
  'content_policy',
  'content management policy',
  'content policy',
  'responsibleaipolicy',
  'safety system',
  'moderation',
  'flagged as',
]

const LOADING_PHRASES = ['loading model', 'model is loading', 'still loading', 'currently loading', 'model_loading', 'warming up']

const UNKNOWN_MODEL =
  /\b(model|deployment|engine)\b.*(not found|does ?n[o']t exist|no such|unknown|not available|not supported|unavailable|invalid)|(unknown|no such|invalid|not a valid) model|model_not_found|deploymentnotfound|try pulling it|no endpoints found/is

/**
 * The kind of an error reply. `status`: what the upstream answered (for an error inside a 2xx: the status that it names). `body`: text of
 * the reply, `error` as string or object, or anything else. The caller-visible message is at most 1 kB, with secrets masked.
 */
export function classifyError(status: number, body: string): HeadgateError {
  const said = whatItSays(body)
  const evidence = `${said.message} ${said.code ?? ''} ${said.type ?? ''}`.toLowerCase().replaceAll('`', '')
  const has = (phrases: readonly string[]) => phrases.some((phrase) => evidence.includes(phrase))
  const fail = (kind: ErrorKind, details: ErrorDetails = {}) =>
    new HeadgateError(kind, messageFor(status, said), { upstreamStatus: status, ...details })

  if ((status === 400 || status === 413 || status === 422 || status === 500) && has(CONTEXT_PHRASES)) return fail('context-too-long')
  if (status === 402 || ((status === 429 || status === 403 || status === 400) && has(QUOTA_PHRASES))) return fail('quota-exhausted')
  switch (status) {
    case 401:
      return fail('bad-credentials')
    case 403:
      return has(CONTENT_PHRASES) ? fail('content-refused') : fail('bad-credentials')
    case 404:
      return UNKNOWN_MODEL.test(evidence) ? fail('model-unknown-upstream') : fail('invalid-request', rejected(404, said))
    case 410:
      return fail('model-unknown-upstream')
    case 429:
      return fail('rate-limited-upstream')
    case 503:
      if (has(LOADING_PHRASES)) return fail('rate-limited-upstream', { code: failureCodes.loading, retryAfterMs: 2_000 })
      return fail('failed-upstream')
    case 408:
    case 409:
    case 425:
      return fail('failed-upstream')
  }
  if (status < 400 || status >= 500) return fail('failed-upstream')
  if (evidence.includes('degraded function')) return fail('failed-upstream')
  if (status === 400 && /model_not_found|invalid_model|(not a valid|invalid|unknown) model/.test(evidence)) return fail('model-unknown-upstream')
  if (has(CONTENT_PHRASES)) return fail('content-refused', said.param === null ? {} : { param: said.param })
  return fail('invalid-request', rejected(status, said))
}

/**
 * The error object inside a 2xx body or a stream event, as the kind that its own status would have had; null where there is none.
 * Known forms: `{error: {…}}`, `{error: "…"}`, and `{object: "error", …}` of older vLLM.
 */
export function errorInside(value: Json): HeadgateError | null {
  const { error } = value
  const isBare = value['object'] === 'error'
  if ((error === undefined || error === null || error === '' || error === false) && !isBare) return null
  const about = isRecord(error) ? error : value
  return classifyError(statusNamedBy(about), JSON.stringify(isBare ? { error: value } : { error }))
}

/** Statuses by the words of `type` and `code`, for errors that name no number. */
const STATUS_BY_WORD: readonly (readonly [RegExp, number])[] = [
  [/rate.?limit|too.?many|resource.?exhausted|insufficient_quota/, 429],
  [/auth|api.?key/, 401],
  [/permission|forbidden/, 403],
  [/not.?found/, 404],
  [/overloaded|unavailable/, 503],
  [/invalid.?request|bad.?request|invalid_argument|context_length|content_filter|content_policy|exceed_context/, 400],
]

function statusNamedBy(error: Json): number {
  for (const name of ['status', 'status_code', 'code', 'http_status']) {
    const number = Number(error[name])
    if (Number.isInteger(number) && number >= 400 && number < 600) return number
  }
  const words = `${error['code'] ?? ''} ${error['type'] ?? ''} ${error['status'] ?? ''}`.toLowerCase()
  return STATUS_BY_WORD.find(([word]) => word.test(words))?.[1] ?? 500
}

interface Said {
  readonly message: string
  readonly code: string | null
  readonly type: string | null
  readonly param: string | null
  readonly isPage: boolean
}

function whatItSays(body: string): Said {
  const text = body.trimStart()
  const nothing: Said = { message: '', code: null, type: null, param: null, isPage: false }
  if (/^<(!doctype|html|head|body|\?xml)/i.test(text)) return { ...nothing, isPage: true }
  const value = parsed(text)
  if (typeof value === 'string') return { ...nothing, message: value.slice(0, 4000) }
  if (Array.isArray(value)) return isRecord(value[0]) ? saidBy(value[0]) : nothing // Gemini's compatible endpoint answers with a list of one
  if (isRecord(value)) return saidBy(value)
  return { ...nothing, message: text.slice(0, 4000) }
}

function saidBy(value: Json): Said {
  const { error } = value
  const about = isRecord(error) ? error : value
  const metadata = about['metadata']
  const raw = isRecord(metadata) ? word(metadata['raw'], 4000) : null // OpenRouter puts the provider's own words here
  const detail = value['detail']
  const message =
    word(error, 4000) ??
    word(about['message'], 4000) ??
    word(detail, 4000) ??
    (Array.isArray(detail) ? detail.map((item) => (isRecord(item) ? `${place(item['loc'])}${item['msg'] ?? ''}` : '')).join(' ') : null) ??
    word(value['error_message'], 4000) ??
    ''
  return {
    message: raw === null || raw.startsWith('<') || message.includes(raw) ? message : `${message}: ${raw}`,
    code: word(about['code'], 100),
    type: word(about['type'], 100),
    param: word(about['param'], 100),
    isPage: false,
  }
}

const place = (loc: unknown): string => (Array.isArray(loc) ? `${loc.join('.')}: ` : '')

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const word = (value: unknown, limit: number): string | null => (typeof value === 'string' && value !== '' ? value.slice(0, limit) : null)

/** The provider's refusal of this very request: its status, code and parameter stay where they are plain words. */
function rejected(status: number, said: Said): ErrorDetails {
  const { code, param } = said
  return {
    status,
    ...(code !== null && /^[\w.-]{1,64}$/.test(code) && !/^\d+$/.test(code) ? { code } : {}),
    ...(param !== null && /^[\w.[\]-]{1,100}$/.test(param) ? { param } : {}),
  }
}

function messageFor(status: number, said: Said): string {
  if (said.isPage) return `The provider answered with a web page instead of an error (status ${status}).`
  const text = masked(said.message.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim())
  if (text === '') return `The provider answered with status ${status}.`
  return text.length <= MESSAGE_LIMIT ? text : `${text.slice(0, MESSAGE_LIMIT).toWellFormed()}…`
}

/** Providers repeat the credential in their refusals, whole or in part. */
function masked(text: string): string {
  return text
    .replace(/\b(bearer)\s+[\w.~+/=*-]{6,}/gi, '$1 [secret]')
    .replace(/\b(?:(?:sk|pk|hg|gsk|xai|nvapi|hf|key)[-_]|AIza)[\w*-]{8,}/g, '[secret]')
}
