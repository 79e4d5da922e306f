/** What the engine promises to the rest of the router: settings, one request, its events, the state of each model. */
import type { Clock } from '../core/clock.ts'
import type { AnswerPart, Conversation } from '../core/conversation.ts'
import type { Host } from '../core/host.ts'

export interface EngineSettings {
  /** `auto`: a child on the CPU, in this process on Metal and CUDA. */
  readonly isolation: 'auto' | 'child' | 'in-process'
  /** Requests that one model answers at once (sequences of its context). */
  readonly slots: number
  /** Null = performance cores − 1, at least 1. */
  readonly threads: number | null
  /** Usual context of a model in tokens, at most what it was trained for; less where memory does not suffice. */
  readonly context: number
  /** Requests that may wait per model. */
  readonly queueLimit: number
  /** Unload a model after so long without a request; 0 = never. */
  readonly idleUnloadMs: number
  /** Memory for all models together; null = what this machine can spare. */
  readonly memoryBudgetBytes: number | null
}

export interface EngineRequest {
  readonly requestId: string
  /** Absolute path of the GGUF. */
  readonly file: string
  /**
   * Tokens that the deployment offers. Null or the file's usual context: loaded with as much of it as fits into memory. Any other was set by a
   * person: loaded so, or refused.
   */
  readonly context: number | null
  readonly conversation: Conversation
}

export type EngineEvent =
  /** A phase before output begins; the start deadline moves on by `extendMs`. */
  | { readonly type: 'waiting'; readonly phase: 'queue' | 'load' | 'prefill'; readonly extendMs: number }
  /** Text, reasoning and tool parts, then exactly one `finish`. */
  | { readonly type: 'part'; readonly part: AnswerPart }

export type ModelPhase = 'absent' | 'checking' | 'loading' | 'ready' | 'draining' | 'failed'

export interface EngineModelState {
  readonly file: string
  readonly state: ModelPhase
  readonly detail: string | null
  /** Estimate of model and context together; null until it is known. */
  readonly memoryBytes: number | null
  /** The last load was refused for want of memory, in words with numbers, and is not tried again yet; null = it may be. */
  readonly memoryRefusal: string | null
  /** Tokens per request. */
  readonly context: number | null
  readonly trainedContext: number | null
  readonly busySlots: number
  readonly slots: number
  readonly queued: number
  /** Of one stream, measured lately. */
  readonly tokensPerSecond: number | null
  readonly loadMs: number | null
  readonly prefillTokensPerSecond: number | null
}

export interface Engine {
  /**
   * Answers one conversation. Throws a HeadgateError: `context-too-long` (both numbers), `invalid-request`, `no-room-here`
   * (queue full, or no memory for the model or for this prompt), `failed-upstream` (`engine_crashed`, `engine_load_failed`), `aborted-by-caller`.
   */
  generate(request: EngineRequest, signal: AbortSignal): AsyncIterable<EngineEvent>
  /** Loads ahead of use; also switches a model on again that stays off after crashes. */
  load(file: string, context: number | null): Promise<void>
  /** Lets running answers end, then frees the model. */
  unload(file: string): Promise<void>
  states(): readonly EngineModelState[]
  /** Unload this file's model after so long without a request; 0 = never, null = as the settings say. Holds for the next wait. */
  setIdleUnload(file: string, ms: number | null): void
  /** How long models may be idle was changed for all of them. */
  idleChanged(): void
  /**
   * What contexts of this model would take, without loading it. Throws a HeadgateError where the file is no model or its memory cannot be estimated.
   */
  estimate(file: string): Promise<MemoryEstimate>
  /** Called when a model's phase or detail changes. Returns the way to stop listening. */
  onChange(listener: (state: EngineModelState) => void): () => void
  /** Release of llama.cpp and the kind of GPU (false = none); null until a model was opened. */
  info(): { readonly build: string | null; readonly gpu: string | false | null }
  /** Ends children and frees everything. */
  stop(): Promise<void>
}

export interface MemoryEstimate {
  /** Tokens that it was trained for; null = the file does not say. */
  readonly trainedContext: number | null
  /** What a deployment without a context of its own gets, in tokens, if memory suffices. */
  readonly usualContext: number
  /** Answers at once that the bytes allow for. */
  readonly slots: number
  /** Ascending. Model and context together, with the engine's own headroom. */
  readonly steps: readonly { readonly context: number; readonly bytes: number }[]
  /** What this model may take now: what is spare, and what it holds itself. */
  readonly availableBytes: number
}

export type EngineLog = (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void

export interface EngineParts {
  readonly host: Host
  readonly clock: Clock
  readonly settings: EngineSettings
  readonly log: EngineLog
}
