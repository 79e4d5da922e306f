/**
 * The engine's worker: one model, its context, its answers. Runs in a child or in this process, talks in messages only.
 * Invariants: one model per worker; every `generate` gets exactly one `done` or `failed`; nothing is sent after `closed`.
 */
import { getLlama, type Llama, LlamaGrammar, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp'
import { systemClock } from '../core/clock.ts'
import { asHeadgateError, HeadgateError } from '../core/errors.ts'
import { offeredTools, planAnswer } from './answer-plan.ts'
import { createBatchPlanner, createPrefillPace, createStreamGate } from './batching.ts'
import { type GenerationParts, generate } from './generation.ts'
import { createKnownAnswers } from './known-answers.ts'
import { contextCandidates } from './memory-estimate.ts'
import { createPromptRenderer, type PromptRenderer } from './prompt.ts'
import { removeLeftStates } from './sequence-copy.ts'
import { createSlots } from './slots.ts'
import { tokenisePrompt } from './tokenise.ts'
import { createWorkerLog } from './worker-log.ts'
import type { FromWorker, Job, OpenFile, Rates, ToWorker, WireError } from './worker-protocol.ts'

export interface Worker {
  handle(message: ToWorker): void
}

/** Grammars are small in memory but slow to make (62 ms for a 5 000-value enum). */
const CACHED_GRAMMARS = 64

interface Loaded {
  readonly model: LlamaModel
  readonly generation: GenerationParts
  readonly renderer: PromptRenderer | null
  /** Why chat is refused, where the file has no usable template. */
  readonly noChat: string
  dispose(): Promise<void>
}

/** Starts a worker that answers through `post`. `onClosed` runs after everything is freed. */
export function createWorker(post: (message: FromWorker) => void, onClosed: () => void): Worker {
  let llama: Llama | null = null
  let opened: OpenFile | null = null
  let loaded: Loaded | null = null
  let tokensPerMs: number | null = null
  const log = createWorkerLog(post)
  const running = new Map<string, { readonly abort: AbortController; readonly ended: Promise<void> }>()

  const rates = (): Rates => ({
    tokensPerSecond: tokensPerMs === null ? null : tokensPerMs * 1000,
    prefillTokensPerSecond: loaded?.generation.pace.tokensPerSecond ?? null,
  })

  const open = async (file: OpenFile) => {
    llama = await getLlama({
      build: 'never',
      gpu: 'auto',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.info,
      logger: log.write,
    })
    opened = file
    await removeLeftStates()
    post({ type: 'opened', opened: await contextCandidates(llama, file) })
  }

  const load = async (context: number) => {
    loaded = await loadModel(llama!, opened!, { context, onProgress: (share) => post({ type: 'progress', share }) })
    log.loaded()
    post({ type: 'loaded', context })
  }

  const answer = async (job: Job, signal: AbortSignal) => {
    const { model, generation, renderer, noChat } = loaded!
    if (!renderer) throw new HeadgateError('invalid-request', noChat, { param: 'messages' })
    const tools = offeredTools(job.conversation)
    const prompt = renderer.render(job.conversation, tools)
    const plan = planAnswer(model, renderer.syntax, { conversation: job.conversation, tools, startsInThought: prompt.startsInThought })
    for (const warning of plan.warnings) post({ type: 'log', level: 'warn', message: `${job.id}: ${warning}` })
    const tokens = await tokenisePrompt(model, prompt.text, generation.answers)
    const { reason, usage } = await generate(
      generation,
      { job, tokens, plan, signal },
      {
        started: (promptTokens, newTokens) => post({ type: 'started', id: job.id, promptTokens, newTokens, rates: rates() }),
        evaluated: (count) => post({ type: 'evaluated', id: job.id, tokens: count }),
        part: (part) => post({ type: 'part', id: job.id, part }),
        generated(count, ms) {
          if (count < 8 || ms <= 0) return
          tokensPerMs = tokensPerMs === null ? count / ms : tokensPerMs * 0.7 + (count / ms) * 0.3
        },
      },
    )
    post({ type: 'done', id: job.id, reason, usage, rates: rates(), residentBytes: process.memoryUsage.rss() })
  }

  const close = async () => {
    for (const { abort } of running.values()) abort.abort()
    await Promise.all([...running.values()].map(({ ended }) => ended))
    await loaded?.dispose()
    loaded = null
    await llama?.dispose()
    post({ type: 'closed' })
    onClosed()
  }

  const refuse = (error: unknown) => post({ type: 'refused', error: wireError(error) })

  return {
    handle(message) {
      switch (message.type) {
        case 'open':
          void open(message.file).catch(refuse)
          return
        case 'load':
          void load(message.context).catch(refuse)
          return
        case 'generate': {
          const { job } = message
          const abort = new AbortController()
          const ended = answer(job, abort.signal)
            .catch((error: unknown) => post({ type: 'failed', id: job.id, error: wireError(error) }))
            .finally(() => running.delete(job.id))
          running.set(job.id, { abort, ended })
          return
        }
        case 'cancel':
          running.get(message.id)?.abort.abort()
          return
        case 'close':
          void close()
      }
    },
  }
}

async function loadModel(
  llama: Llama,
  file: OpenFile,
  options: { readonly context: number; readonly onProgress: (share: number) => void },
): Promise<Loaded> {
  let lastShare = 0
  const model = await llama.loadModel({
    modelPath: file.file,
    onLoadProgress(share) {
      if (share - lastShare < 0.05 && share < 1) return
      lastShare = share
      options.onProgress(share)
    },
  })
  try {
    const pace = createPrefillPace()
    const streams = { count: 0 }
    const planner = createBatchPlanner({ streams: () => streams.count, prefillBudget: () => pace.budget })
    const context = await model.createContext({
      sequences: file.slots,
      contextSize: options.context,
      batchSize: Math.min(512, options.context * file.slots),
      threads: threadsOf(llama, file),
      failedCreationRemedy: false,
      batching: { itemPrioritizationStrategy: planner.plan },
    })
    const gate = createStreamGate()
    const { renderer, noChat } = rendererOf(model, file.chatTemplate)
    return {
      model,
      renderer,
      noChat,
      generation: {
        model,
        gate,
        pace,
        streams,
        slots: createSlots(context, gate),
        answers: createKnownAnswers(),
        clock: systemClock,
        grammar: grammarCache(llama),
      },
      async dispose() {
        await context.dispose()
        await model.dispose()
      },
    }
  } catch (error) {
    await model.dispose()
    throw error
  }
}

function rendererOf(model: LlamaModel, template: string | null): Pick<Loaded, 'renderer' | 'noChat'> {
  if (template === null) return { renderer: null, noChat: 'This model file has no chat template, so it cannot answer a conversation.' }
  try {
    return { renderer: createPromptRenderer(template, model.tokenizer), noChat: '' }
  } catch (error) {
    return { renderer: null, noChat: `The chat template of this model file cannot be used: ${(error as Error).message}` }
  }
}

/** Performance cores − 1: the threads of a decode spin, and fight with whatever else runs on their core. */
function threadsOf(llama: Llama, { threads, saveEnergy }: OpenFile): number {
  const wanted = threads ?? Math.max(1, llama.cpuMathCores - 1)
  return saveEnergy ? Math.max(1, Math.floor(wanted / 2)) : wanted
}

function grammarCache(llama: Llama): (text: string) => LlamaGrammar {
  const grammars = new Map<string, LlamaGrammar>()
  return (text) => {
    const known = grammars.get(text)
    if (known) return known
    const grammar = parsedGrammar(llama, text)
    grammars.set(text, grammar)
    if (grammars.size > CACHED_GRAMMARS) grammars.delete(grammars.keys().next().value as string)
    return grammar
  }
}

function parsedGrammar(llama: Llama, grammar: string): LlamaGrammar {
  try {
    return new LlamaGrammar(llama, { grammar })
  } catch (error) {
    throw new HeadgateError('invalid-request', `The schema is too much for the engine's grammar: ${(error as Error).message}`, {
      param: 'response_format',
      cause: error,
    })
  }
}

function wireError(thrown: unknown): WireError {
  const known = thrown instanceof HeadgateError ? thrown : null
  if (!known && thrown instanceof Error && thrown.name === 'InsufficientMemoryError')
    return { kind: 'no-room-here', message: thrown.message, details: { reason: 'memory' } }
  if (!known) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return { kind: 'failed-upstream', message: `The engine failed: ${message}`, details: { code: 'engine_failed' } }
  }
  const { cause: _cause, headers: _headers, ...details } = asHeadgateError(known).details
  return { kind: known.kind, message: known.message, details }
}
