/**
 * One answer: prefill in chunks, then token by token. Invariants: the slot is given back exactly once; the signal is looked at between chunks and
 * between tokens; after a return the sequence holds exactly what its token list says.
 */
import type { LlamaGrammar, LlamaModel, SequenceEvaluateOptions, Token } from 'node-llama-cpp'
import { LlamaGrammarEvaluationState } from 'node-llama-cpp'
import type { Clock } from '../core/clock.ts'
import type { AnswerPart, FinishReason } from '../core/conversation.ts'
import { HeadgateError } from '../core/errors.ts'
import { type AnswerParser, createAnswerParser } from './answer-parser.ts'
import type { AnswerPlan } from './answer-plan.ts'
import type { PrefillPace, StreamGate } from './batching.ts'
import type { KnownAnswers } from './known-answers.ts'
import { samplingOptions } from './sampling.ts'
import type { Slot, Slots } from './slots.ts'
import { createTokenTexts } from './text-stream.ts'
import type { Job, JobUsage } from './worker-protocol.ts'

export interface GenerationParts {
  readonly model: LlamaModel
  readonly slots: Slots
  readonly gate: StreamGate
  readonly pace: PrefillPace
  readonly answers: KnownAnswers
  readonly clock: Clock
  /** Streams now inside an evaluation; the batch planner waits for that many. */
  readonly streams: { count: number }
  /** Grammar of this text; cached, and made at once because the library asks in the middle of a step. */
  readonly grammar: (text: string) => LlamaGrammar
}

export interface GenerationReports {
  started(promptTokens: number, newTokens: number): void
  evaluated(tokens: number): void
  part(part: Exclude<AnswerPart, { type: 'finish' }>): void
  /** Output tokens and the time they took. */
  generated(tokens: number, ms: number): void
}

export interface Generated {
  readonly reason: FinishReason
  readonly usage: JobUsage
}

/** Answers one job whose prompt is tokenised. Rejects with `aborted-by-caller` when the signal aborts. */
export async function generate(
  parts: GenerationParts,
  input: { readonly job: Job; readonly tokens: readonly number[]; readonly plan: AnswerPlan; readonly signal: AbortSignal },
  reports: GenerationReports,
): Promise<Generated> {
  const { job, tokens, signal } = input
  throwIfAborted(signal)
  if (tokens.length >= job.context && tokens.length < job.offeredContext)
    throw new HeadgateError(
      'no-room-here',
      `The prompt has ${tokens.length} tokens; memory sufficed for a context of ${job.context} instead of ${job.offeredContext}.`,
      { reason: 'memory', howToFix: 'Shorten the prompt, close other programs, or choose a smaller model.' },
    )
  if (tokens.length >= job.context)
    throw new HeadgateError('context-too-long', `The prompt has ${tokens.length} tokens; the context of this model holds ${job.context}.`, {
      param: 'messages',
    })
  const slot = await parts.slots.take(tokens)
  try {
    const reused = slot.sequence.nextTokenIndex
    reports.started(tokens.length, tokens.length - reused)
    const last = await prefill(parts, slot, { tokens, signal, reports })
    const outcome = await speak(parts, slot, { ...input, last }, reports)
    if (slot.sequence.needsCheckpoints) await parts.gate.closedWhile(() => slot.sequence.takeCheckpoint())
    return { reason: outcome.reason, usage: { promptTokens: tokens.length, reusedTokens: reused, ...outcome.counts } }
  } finally {
    parts.slots.giveBack(slot)
  }
}

/** Evaluates all but the last chunk, looking at the signal between chunks (nothing aborts inside a decode). Returns the last chunk. */
async function prefill(
  parts: GenerationParts,
  slot: Slot,
  { tokens, signal, reports }: { readonly tokens: readonly number[]; readonly signal: AbortSignal; readonly reports: GenerationReports },
): Promise<Token[]> {
  const { pace, gate, clock, streams } = parts
  for (;;) {
    throwIfAborted(signal)
    const left = tokens.slice(slot.sequence.nextTokenIndex) as Token[]
    if (left.length <= pace.budget) return left
    const chunk = left.slice(0, pace.budget)
    await gate.passage()
    const alone = streams.count === 0
    const started = clock.monotonic()
    streams.count++
    try {
      await slot.sequence.evaluateWithoutGeneratingNewTokens(chunk)
    } finally {
      streams.count--
    }
    if (alone || pace.tokensPerSecond === null) pace.record(chunk.length, clock.monotonic() - started)
    reports.evaluated(chunk.length)
  }
}

async function speak(
  parts: GenerationParts,
  slot: Slot,
  input: { readonly job: Job; readonly plan: AnswerPlan; readonly tokens: readonly number[]; readonly last: Token[]; readonly signal: AbortSignal },
  reports: GenerationReports,
): Promise<{ readonly reason: FinishReason; readonly counts: Pick<JobUsage, 'textTokens' | 'reasoningTokens'> }> {
  const { model, gate, streams, clock, pace } = parts
  const { job, plan, tokens, signal } = input
  const limit = Math.min(job.conversation.maxTokens ?? Number.POSITIVE_INFINITY, job.context - tokens.length)
  const parser = createAnswerParser(plan.syntax, () => clock.id('call'))
  const texts = createTokenTexts({ text: (some, before) => model.detokenize(some as Token[], false, before as Token[]), marker: plan.marker }, tokens)
  const written: number[] = []
  let shown = ''
  let reasoningTokens = 0
  const send = (answer: readonly AnswerPart[]) => {
    for (const part of answer) {
      if (part.type === 'text') shown += part.text
      if (part.type !== 'finish') reports.part(part)
    }
  }

  const grammarState = grammarFollower(parts, plan, parser)
  const options: SequenceEvaluateOptions = {
    ...samplingOptions(job.conversation.sampling, job.seed, written),
    ...(grammarState ? { grammarEvaluationState: grammarState } : {}),
  }
  if (limit <= 0) return { reason: 'length', counts: { textTokens: 0, reasoningTokens: 0 } }
  const iterator = slot.sequence.evaluateWithMetadata(input.last, {}, options)
  let reason: FinishReason = 'length'
  let raw = '' // everything the model wrote, to know whether it was shown unchanged
  const begun = clock.monotonic()
  let firstAt = begun
  try {
    while (written.length < limit) {
      const closed = gate.passage()
      if (closed) await closed
      throwIfAborted(signal)
      streams.count++
      let step: Awaited<ReturnType<typeof iterator.next>>
      try {
        step = await iterator.next()
      } finally {
        streams.count--
      }
      if (written.length === 0) {
        firstAt = clock.monotonic()
        if (streams.count === 0) pace.record(input.last.length, firstAt - begun)
      }
      if (step.done) {
        reason = 'stop'
        break
      }
      const { token } = step.value
      written.push(token)
      if (parser.place === 'thought') reasoningTokens++
      const text = texts.push(token)
      raw += text
      if (text !== '') send(parser.push(text))
      if (parser.stopped || (plan.oneCallOnly && parser.completeCalls > 0)) {
        reason = 'stop'
        break
      }
    }
  } finally {
    await iterator.return()
  }
  throwIfAborted(signal)
  reports.generated(written.length - 1, clock.monotonic() - firstAt)
  if (!parser.stopped) {
    const rest = texts.flush()
    raw += rest
    send(parser.push(rest))
    send(parser.flush())
  }
  if (shown === raw) parts.answers.remember(shown, written)
  if (parser.completeCalls > 0 && reason === 'stop') reason = 'tool-calls'
  return { reason, counts: { textTokens: written.length - reasoningTokens, reasoningTokens } }
}

/**
 * The grammar to sample the next token with, as the parser moves: none while it reasons, the answer's own in text, a call's arguments after its opening.
 * Null = this request never needs one.
 */
function grammarFollower(parts: GenerationParts, plan: AnswerPlan, parser: AnswerParser): (() => LlamaGrammarEvaluationState | undefined) | null {
  if (plan.answerGrammar === null && plan.callGrammar === null) return null
  const answer = plan.answerGrammar === null ? null : parts.grammar(plan.answerGrammar)
  const begin = (grammar: LlamaGrammar) => new LlamaGrammarEvaluationState({ model: parts.model, grammar })
  let state: LlamaGrammarEvaluationState | undefined
  let stateOf: 'answer' | 'call' | null = null
  return () => {
    switch (parser.place) {
      case 'thought':
        return undefined
      case 'text':
      case 'after-call':
        if (answer === null || parser.completeCalls > 0) {
          stateOf = null
          return undefined
        }
        if (stateOf !== 'answer') {
          state = begin(answer)
          stateOf = 'answer'
        }
        return state
      case 'head':
        // with a grammar from the first token the opening is already part of it
        if (stateOf === null && plan.callGrammar !== null && parser.beforeName !== null) {
          state = begin(parts.grammar(plan.callGrammar(parser.beforeName)))
          stateOf = 'call'
        }
        return stateOf === null ? undefined : state
      case 'arguments':
      case 'tail':
        return stateOf === null ? undefined : state
    }
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new HeadgateError('aborted-by-caller', 'The caller went away.')
}
