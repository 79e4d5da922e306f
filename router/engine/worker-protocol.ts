/** Messages between the engine and one worker (a child or in this process). Plain JSON; a child sends lists of them. Every request to a worker gets exactly one end. */
import type { AnswerPart, Conversation, FinishReason } from '../core/conversation.ts'
import type { ErrorDetails, ErrorKind } from '../core/errors.ts'

export interface WantedContext {
  readonly tokens: number
  /** A smaller one will do where memory does not suffice. */
  readonly mayShrink: boolean
  /** Contexts to be estimated instead of what would be loaded, in tokens. */
  readonly steps?: readonly number[]
}

export interface OpenFile {
  readonly file: string
  /** Chat template of the file; null = none (chat is then refused). */
  readonly chatTemplate: string | null
  readonly slots: number
  readonly threads: number | null
  /** Use half the threads. */
  readonly saveEnergy: boolean
  readonly context: WantedContext
}

/** What a worker knows before weights are loaded. */
export interface Opened {
  readonly trainedContext: number | null
  /** Descending; never empty. `bytes` = model and context with all slots. */
  readonly candidates: readonly { readonly context: number; readonly bytes: number }[]
  readonly build: string
  readonly gpu: string | false
  /** Working set that the GPU allows, where it shares memory with the CPU; else null. */
  readonly gpuBudgetBytes: number | null
}

export interface Job {
  readonly id: string
  readonly conversation: Conversation
  /** Always given: without one the library takes whole seconds and equal requests answer equally. */
  readonly seed: number
  /** Tokens that this request may fill: ≤ the loaded context. */
  readonly context: number
  /** Tokens that its deployment offers: more than `context` where memory did not suffice. */
  readonly offeredContext: number
}

export interface WireError {
  readonly kind: ErrorKind
  readonly message: string
  readonly details: Omit<ErrorDetails, 'cause' | 'headers'>
}

export interface Rates {
  readonly tokensPerSecond: number | null
  readonly prefillTokensPerSecond: number | null
}

export interface JobUsage {
  readonly promptTokens: number
  /** Of the prompt, already in the slot: not evaluated again. */
  readonly reusedTokens: number
  readonly textTokens: number
  readonly reasoningTokens: number
}

export type ToWorker =
  | { readonly type: 'open'; readonly file: OpenFile }
  | { readonly type: 'load'; readonly context: number }
  | { readonly type: 'generate'; readonly job: Job }
  | { readonly type: 'cancel'; readonly id: string }
  /** Ends answers, frees the model; answered by `closed`. */
  | { readonly type: 'close' }

export type FromWorker =
  | { readonly type: 'opened'; readonly opened: Opened }
  | { readonly type: 'loaded'; readonly context: number }
  /** `open` or `load` failed. */
  | { readonly type: 'refused'; readonly error: WireError }
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'started'; readonly id: string; readonly promptTokens: number; readonly newTokens: number; readonly rates: Rates }
  /** A prefill chunk is done: a sign of life. */
  | { readonly type: 'evaluated'; readonly id: string; readonly tokens: number }
  | { readonly type: 'part'; readonly id: string; readonly part: Exclude<AnswerPart, { type: 'finish' }> }
  | {
      readonly type: 'done'
      readonly id: string
      readonly reason: FinishReason
      readonly usage: JobUsage
      readonly rates: Rates
      /** Memory of the worker's process. */
      readonly residentBytes: number
    }
  | { readonly type: 'failed'; readonly id: string; readonly error: WireError }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string }
  | { readonly type: 'closed' }
