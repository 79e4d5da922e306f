/** The neutral conversation between two dialects, and the stream parts of its answer. A dialect decodes to it and encodes from it. */

export type Role = 'system' | 'user' | 'assistant' | 'tool'

export type ContentPart = { readonly type: 'text'; readonly text: string } | { readonly type: 'image'; readonly url: string }

export interface ToolCall {
  readonly id: string
  readonly name: string
  /** The arguments as the model wrote them: JSON text, never re-serialised. */
  readonly arguments: string
}

export interface Message {
  readonly role: Role
  readonly content: readonly ContentPart[]
  readonly reasoning?: string
  readonly toolCalls?: readonly ToolCall[]
  /** On a tool message: the call that it answers. */
  readonly toolCallId?: string
  readonly name?: string
}

export interface ToolDefinition {
  readonly name: string
  readonly description?: string
  /** JSON schema of the arguments. */
  readonly parameters?: unknown
  readonly strict?: boolean
}

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string }

export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json' }
  | { readonly type: 'json-schema'; readonly schema: unknown; readonly strict: boolean }

export interface Sampling {
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly minP?: number
  readonly seed?: number
  readonly frequencyPenalty?: number
  readonly presencePenalty?: number
}

export interface Conversation {
  readonly messages: readonly Message[]
  readonly tools: readonly ToolDefinition[]
  readonly toolChoice: ToolChoice
  readonly parallelToolCalls: boolean
  readonly responseFormat: ResponseFormat
  readonly sampling: Sampling
  /** Output tokens at most; absent = up to what the context leaves. */
  readonly maxTokens?: number
  readonly stop: readonly string[]
}

/** The smallest question, for trying whether a model answers at all. */
export const oneTokenConversation: Conversation = {
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  tools: [],
  toolChoice: 'auto',
  parallelToolCalls: false,
  responseFormat: { type: 'text' },
  sampling: { temperature: 0 },
  maxTokens: 1,
  stop: [],
}

/** Why an answer ended. `raw` of the finish part keeps the upstream's own word. */
export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'other'

/** Token counts of one attempt; `null` = unknown, never 0 for unknown. Total input = uncachedInput + cacheRead + cacheWrite. */
export interface Usage {
  readonly uncachedInput: number | null
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly outputText: number | null
  readonly outputReasoning: number | null
  readonly source: 'reported' | 'estimated'
}

export type AnswerPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** Starts a call; its arguments follow as `tool-arguments` with the same index. */
  | { readonly type: 'tool-call'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: 'tool-arguments'; readonly index: number; readonly text: string }
  /** Exactly one, and last. */
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly usage: Usage }
