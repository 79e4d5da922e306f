/** The inference routes: one handler for every dialect of the list. The socket is written by `reply.ts`; what happens in between is the pipeline's. */
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { Dialect } from '../core/dialect.ts'
import { asHeadgateError, HeadgateError } from '../core/errors.ts'
import type { Pipeline } from '../pipeline.ts'
import { tokenOf } from './credentials.ts'
import { type ReplyClocks, writeAnswer, writeFailure } from './reply.ts'
import type { RunningRequests } from './running-requests.ts'
import type { JudgeWrongKey } from './wrong-keys.ts'

export interface InferenceParts {
  readonly pipeline: Pipeline
  readonly dialects: readonly Dialect[]
  readonly clock: Clock
  readonly clocks: ReplyClocks
  readonly running: RunningRequests
  /** Looks at a refusal before it is told: too many wrong keys from one address. */
  readonly judge: JudgeWrongKey
}

const nothing = new Uint8Array(0)

export function addInferenceRoutes(app: FastifyInstance, parts: InferenceParts): void {
  for (const dialect of parts.dialects)
    for (const path of dialect.paths)
      app.post(path, { config: { dialect } }, async (request, reply) => {
        reply.hijack()
        const { raw } = reply
        const requestId = request.id
        if (parts.running.isDraining())
          return writeFailure(
            raw,
            new HeadgateError('shutting-down', 'Headgate is stopping.', { retryAfterMs: 5_000, headers: { connection: 'close' } }),
            { dialect, clock: parts.clock, requestId, attempts: [], headers: {} },
          )
        const signal = parts.running.begin(raw)
        try {
          const headers = request.headers as Readonly<Record<string, string>>
          const answer = parts.pipeline.answer({
            id: requestId,
            dialect,
            bytes: (request.body as Uint8Array | undefined) ?? nothing,
            headers,
            token: () => tokenOf(request.raw),
            signal,
          })
          await writeAnswer(raw, answer, { dialect, clock: parts.clock, clocks: parts.clocks })
        } catch (thrown) {
          writeFailure(raw, parts.judge(asHeadgateError(thrown), request.ip), { dialect, clock: parts.clock, requestId, attempts: [], headers: {} })
        }
      })
}
