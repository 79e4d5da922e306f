/** Seam of a dialect: one wire format, both directions. Pure: bytes and values in, bytes and values out. */
import type { AnswerPart, Conversation, FinishReason, Usage } from './conversation.ts'
import type { HeadgateError } from './errors.ts'
import type { ParsedBody } from './json-text.ts'
import type { RequestFacts } from './plan.ts'

/** What one event of a pass-through stream means. */
export interface WatchedEvent {
  /** Carries model output: text, reasoning, refusal, tool name or arguments, audio. */
  readonly output: boolean
  /** That output is reasoning or a tool call: the next may take longer than the next words. */
  readonly isSlow?: boolean
  /** An event that only exists because we asked for usage: not passed on to a caller who did not ask. */
  readonly drop: boolean
}

/** Follows one pass-through stream; throws a HeadgateError when an event says that the answer failed. */
export interface StreamWatch {
  /** One whole SSE event, its lines and the blank line after it. */
  event(bytes: Uint8Array): WatchedEvent
  /** Called at the clean end of the stream. Throws `broken-stream` when the answer is not complete. */
  end(): { readonly usage: Usage | null; readonly finish: FinishReason | null }
  /** What is known so far, for a stream that broke. */
  soFar(): { readonly usage: Usage | null; readonly outputCharacters: number }
}

/** Turns the parts of an answer into this dialect's bytes. */
export interface AnswerEncoder {
  /** Bytes of a stream for one part; empty where the part needs none. */
  stream(part: AnswerPart): Uint8Array
  /** Bytes that open a stream. */
  open(): Uint8Array
  /** The whole reply of the collected parts. */
  whole(parts: readonly AnswerPart[]): Uint8Array
}

export interface EncodeContext {
  readonly requestId: string
  /** The model name that is reported to the caller. */
  readonly model: string
  /** Seconds since 1970, for `created`. */
  readonly createdS: number
  readonly includeUsage: boolean
}

export interface ErrorContext {
  readonly requestId: string
  readonly attempts: readonly AttemptSummary[]
}

/** One attempt as it is listed in an error body and in the inspector. */
export interface AttemptSummary {
  readonly deployment: string
  readonly lane: string
  readonly status: number | null
  readonly ms: number
  readonly kind: string
  readonly code: string
}

/** The edits that a pass-through request may get, and no others. */
export interface RequestEdits {
  readonly model: string
  /** Ask the upstream for usage at the end of a stream. */
  readonly askForUsage: boolean
}

export interface Dialect {
  readonly name: string
  /** Paths that this dialect serves, with POST. */
  readonly paths: readonly string[]
  /** Path below the provider's base URL where this dialect is spoken to. */
  readonly upstreamPath: string
  /** Cheap facts of a request body. Throws `invalid-request` with the parameter. `headers`: lower-case names. */
  read(body: ParsedBody, headers: Readonly<Record<string, string>>): RequestFacts
  /** The text of the last user message and the number of user messages, for a look at what the prompt is about. */
  lastWords(body: ParsedBody): { readonly text: string; readonly turns: number }
  /** The caller's bytes with the declared edits spliced in: key order, unknown fields and number literals stay. */
  edit(body: ParsedBody, edits: RequestEdits): Uint8Array
  /** Did the caller ask for usage in the stream? */
  wantsUsage(body: ParsedBody): boolean
  /** `includeUsage`: whether the caller asked for the usage event. `omitsFinishReason`: a provider that ends without one and means it. */
  watchStream(includeUsage: boolean, options?: { readonly omitsFinishReason?: boolean }): StreamWatch
  /** Checks a whole 2xx reply of the same dialect. Throws `garbled-reply` or the kind of the error inside. */
  watchWhole(bytes: Uint8Array): { readonly usage: Usage | null; readonly finish: FinishReason | null }
  /** Makes one stream event and its end out of a whole reply (a provider that ignored `stream`). */
  streamOfWhole(bytes: Uint8Array): Uint8Array
  /** Throws `invalid-request` with the parameter for everything that Headgate must understand and cannot. */
  decodeRequest(body: ParsedBody): { readonly conversation: Conversation; readonly notes: readonly string[] }
  encoder(context: EncodeContext): AnswerEncoder
  /** JSON body of an error, whole. */
  encodeError(error: HeadgateError, context: ErrorContext): Uint8Array
  /** The same inside an open stream. */
  encodeStreamError(error: HeadgateError, context: ErrorContext): Uint8Array
  /** Bytes that keep a silent stream alive, written between events only. */
  readonly keepAlive: Uint8Array
  readonly streamContentType: string
  /** The kind of an upstream error reply, from status and body text, by the phrases of this dialect's providers. */
  classifyError(status: number, body: string): HeadgateError
}
