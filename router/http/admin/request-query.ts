/** The query string of everything that filters the ledger, as a filter of the registry. */
import { z } from 'zod'
import type { RequestFilter } from '../../registry/index.ts'

const flag = z.enum(['0', '1', 'true', 'false']).optional()
/** An ISO time, or ms since 1970. */
const moment = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
    if (Number.isSafeInteger(ms)) return ms
    context.addIssue({ code: 'custom', message: 'Give an ISO time, or milliseconds since 1970.' })
    return z.NEVER
  })
  .optional()

export const filterQuery = z.object({
  tool: z.string().max(200).optional(),
  deployment: z.string().max(600).optional(),
  provider: z.string().max(200).optional(),
  model: z.string().max(600).optional(),
  lane: z.enum(['local', 'remote']).optional(),
  reason: z.string().max(100).optional(),
  status: z
    .string()
    .regex(/^[1-5](?:\d\d|xx)$/)
    .optional(),
  errors: flag,
  fell_back: flag,
  session: z.string().max(1_000).optional(),
  key_id: z.string().max(100).optional(),
  since: moment,
  until: moment,
  q: z.string().max(200).optional(),
})

export function filterOf(query: z.infer<typeof filterQuery>): RequestFilter {
  const isOn = (value: string | undefined) => value === '1' || value === 'true'
  return {
    tool: query.tool ?? null,
    deployment: query.deployment ?? null,
    provider: query.provider ?? null,
    model: query.model ?? null,
    lane: query.lane ?? null,
    reason: query.reason ?? null,
    status: query.status ?? null,
    errorsOnly: isOn(query.errors),
    fellBack: isOn(query.fell_back),
    session: query.session ?? null,
    keyId: query.key_id ?? null,
    sinceMs: query.since ?? null,
    untilMs: query.until ?? null,
    text: query.q?.trim() || null,
  }
}
