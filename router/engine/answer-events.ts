/** Requests to jobs of a worker, and its events to the engine's own. */
import type { Clock } from '../core/clock.ts'
import type { EngineEvent, EngineRequest } from './engine-contract.ts'
import { seedOf } from './seed.ts'
import type { JobEvent } from './worker-client.ts'
import type { Job } from './worker-protocol.ts'

/** Prefill speed assumed before any was measured, in tokens per second: a slow CPU with a large model. */
const CAUTIOUS_PREFILL = 20
const SHORTEST_PREFILL_MS = 2_000

/** Contexts of a loaded model in tokens: what it has, and what it was to have. */
export interface LoadedContext {
  readonly context: number
  readonly wantedContext: number
}

export const answerEvents = {
  /** The id is made unique: a caller may repeat its own. */
  jobOf: (request: EngineRequest, { clock, loaded }: { readonly clock: Clock; readonly loaded: LoadedContext }): Job => ({
    id: clock.id(request.requestId),
    conversation: request.conversation,
    seed: seedOf(request.conversation.sampling, clock.chance),
    context: Math.min(loaded.context, request.context ?? loaded.context),
    offeredContext: request.context ?? loaded.wantedContext,
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
