/** Requests to jobs of a worker, and its events to the engine's own. */
import type { Clock } from '../core/clock.ts'
import type { EngineEvent, EngineRequest } from './engine-contract.ts'
import { seedOf } from './seed.ts'
import type { JobEvent } from './worker-client.ts'
import type { Job } from './worker-protocol.ts'

/** Prefill speed assumed before any was measured, in tokens per second: a slow CPU with a large model. */
const CAUTIOUS_PREFILL = 20
const SHORTEST_PREFILL_MS = 2_000

export const answerEvents = {
  /** The id is made unique: a caller may repeat its own. */
  jobOf: (request: EngineRequest, { clock, context }: { readonly clock: Clock; readonly context: number }): Job => ({
    id: clock.id(request.requestId),
    conversation: request.conversation,
    seed: seedOf(request.conversation.sampling, clock.chance),
    context,
  }),

  fromWorker(event: JobEvent): EngineEvent {
    switch (event.type) {
      case 'started': {
        const perSecond = event.rates.prefillTokensPerSecond ?? CAUTIOUS_PREFILL
        return { type: 'waiting', phase: 'prefill', extendMs: Math.max(SHORTEST_PREFILL_MS, Math.ceil((2000 * event.newTokens) / perSecond)) }
      }
      case 'part':
        return { type: 'part', part: event.part }
      case 'done': {
        const { promptTokens, reusedTokens, textTokens, reasoningTokens } = event.usage
        return {
          type: 'part',
          part: {
            type: 'finish',
            reason: event.reason,
            usage: {
              uncachedInput: promptTokens - reusedTokens,
              cacheRead: reusedTokens,
              cacheWrite: 0,
              outputText: textTokens,
              outputReasoning: reasoningTokens,
              source: 'reported',
            },
          },
        }
      }
    }
  },
}
