/** Answers from the local engine: decodes the caller's dialect to the neutral conversation and encodes the answer's parts back. */
import type { Backend, BackendEvent, BackendRequest, ProbeResult } from '../core/backend.ts'
import { abortSignalOf, type CancelSignal } from '../core/cancel.ts'
import type { Clock } from '../core/clock.ts'
import { type AnswerPart, type Conversation, type FinishReason, oneTokenConversation, type Usage } from '../core/conversation.ts'
import type { Deployment } from '../core/deployment.ts'
import { asHeadgateError, HeadgateError } from '../core/errors.ts'
import { estimatedUsage } from './estimated-usage.ts'

/** What this backend needs of the engine; the engine's own door has more. */
export interface EngineSource {
  generate(
    request: { requestId: string; file: string; context: number | null; conversation: Conversation },
    signal: AbortSignal,
  ): AsyncIterable<{ type: 'waiting'; phase: 'queue' | 'load' | 'prefill'; extendMs: number } | { type: 'part'; part: AnswerPart }>
  states(): readonly { file: string; state: string; detail: string | null }[]
}

export function createEngineBackend(parts: { readonly engine: EngineSource; readonly clock: Clock }): Backend {
  const { engine, clock } = parts

  async function* send(request: BackendRequest, signal: CancelSignal): AsyncGenerator<BackendEvent> {
    const { dialect, deployment, facts } = request
    const { conversation, notes } = dialect.decodeRequest(request.body)
    const encoder = dialect.encoder({
      requestId: request.id,
      model: deployment.model,
      createdS: Math.floor(clock.now() / 1000),
      includeUsage: dialect.wantsUsage(request.body),
    })
    const collected: AnswerPart[] = []
    let end: { usage: Usage; finish: FinishReason } | null = null
    let isOpen = false
    let outputCharacters = 0
    for await (const event of engine.generate(
      { requestId: request.id, file: deployment.upstreamModel, context: deployment.context, conversation },
      abortSignalOf(signal),
    )) {
      if (event.type === 'waiting') {
        yield event
        continue
      }
      const { part } = event
      if (!isOpen) {
        isOpen = true
        yield { type: 'opened', notes, soFar: () => estimatedUsage(outputCharacters, facts.promptTokens) }
        if (facts.stream) yield { type: 'frame', bytes: encoder.open(), output: false }
      }
      if ('text' in part) outputCharacters += part.text.length
      if (part.type === 'finish') end = { usage: part.usage, finish: part.reason }
      if (!facts.stream) collected.push(part)
      else {
        const bytes = encoder.stream(part)
        if (bytes.length > 0) yield { type: 'frame', bytes, output: part.type !== 'finish' }
      }
    }
    if (!end) throw new HeadgateError('broken-stream', 'The engine ended without a finish reason.', { code: 'engine_cut' })
    yield facts.stream ? { type: 'end', ...end } : { type: 'whole', bytes: encoder.whole(collected), ...end }
  }

  return {
    send,
    async probe(deployment): Promise<ProbeResult> {
      const state = engine.states().find(({ file }) => file === deployment.upstreamModel)
      const failed = state?.state === 'failed'
      return { ok: !failed, latencyMs: 0, detail: failed ? (state?.detail ?? 'failed') : (state?.state ?? 'not loaded') }
    },
    async tryOneToken(deployment: Deployment, timeoutMs): Promise<ProbeResult> {
      const started = clock.monotonic()
      const result = (ok: boolean, detail: string) => ({ ok, latencyMs: clock.monotonic() - started, detail })
      try {
        for await (const _ of engine.generate(
          { requestId: clock.id('probe'), file: deployment.upstreamModel, context: deployment.context, conversation: oneTokenConversation },
          AbortSignal.timeout(timeoutMs),
        ));
        return result(true, 'answered one token')
      } catch (error) {
        return result(false, asHeadgateError(error).message)
      }
    },
  }
}
