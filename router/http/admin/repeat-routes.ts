/** Sends a recorded request once more, on the lane that is asked for; the answer is the answer itself, as the caller got it. */
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import { panelTool, repeatedRequest } from '../../control/repeat.ts'
import type { CancelSignal } from '../../core/cancel.ts'
import type { Clock } from '../../core/clock.ts'
import type { Dialect } from '../../core/dialect.ts'
import { asHeadgateError } from '../../core/errors.ts'
import type { Pipeline } from '../../pipeline.ts'
import type { Registry } from '../../registry/index.ts'
import { type ReplyClocks, writeAnswer, writeFailure } from '../reply.ts'
import type { AdminApp } from './admin-app.ts'

export interface RepeatRouteParts {
  readonly registry: Registry
  readonly repeat: {
    readonly answer: Pipeline['answer']
    readonly dialectOf: (name: string) => Dialect
    readonly begin: (raw: ServerResponse) => CancelSignal
    readonly clock: Clock
    readonly clocks: ReplyClocks
  }
}

export function addRepeatRoutes(app: AdminApp, { registry, repeat }: RepeatRouteParts): void {
  app.post(
    '/admin/requests/:id/repeat',
    {
      schema: {
        summary: 'Send a recorded request again; the reply is its answer, `x-headgate-request-id` its new id',
        params: z.object({ id: z.string().max(100) }),
        body: z.strictObject({ lane: z.enum(['local', 'remote']) }),
      },
    },
    async (request, reply) => {
      const { clock, clocks } = repeat
      const prepared = repeatedRequest(request.params.id, request.body.lane, request.id, { ...registry, dialectOf: repeat.dialectOf })
      const { dialect, bytes, headers } = prepared
      reply.hijack()
      const { raw } = reply
      const signal = repeat.begin(raw)
      try {
        const answer = repeat.answer({ id: request.id, dialect, bytes, headers, token: () => null, signal, fromPanel: panelTool })
        await writeAnswer(raw, answer, { dialect, clock, clocks })
      } catch (thrown) {
        writeFailure(raw, asHeadgateError(thrown), { dialect, clock, requestId: request.id, attempts: [], headers: {} })
      }
    },
  )
}
