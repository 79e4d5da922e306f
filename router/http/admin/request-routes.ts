/** The ledger: what was asked, where it went and why; recorded bodies, sending one again, and the ledger as a file. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { exportedLedger } from '../../control/ledger-export.ts'
import type { Recorder } from '../../control/recorder.ts'
import { HeadgateError } from '../../core/errors.ts'
import type { Recording, Registry } from '../../registry/index.ts'
import type { AdminApp, Tell } from './admin-app.ts'
import { filterOf, filterQuery } from './request-query.ts'
import { attemptView, requestView } from './rows.ts'

export interface RequestRouteParts {
  readonly registry: Registry
  readonly recorder: Recorder
  readonly version: string
  readonly tell: Tell
}

const pageQuery = filterQuery.extend({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  before: z.string().max(100).optional(),
  after: z.string().max(100).optional(),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  /** Also how many rows pass the filter in all. */
  total: z.enum(['0', '1']).optional(),
})
const exportQuery = filterQuery.extend({ format: z.enum(['jsonl', 'har']).default('jsonl'), bodies: z.enum(['0', '1']).default('0') })
const idParams = z.object({ id: z.string().max(100) })

export function addRequestRoutes(app: AdminApp, parts: RequestRouteParts): void {
  const { requests, recordings } = parts.registry

  app.get(
    '/admin/requests',
    { schema: { summary: 'The ledger, newest first; `before`, `after` and `offset` page through it', querystring: pageQuery } },
    async ({ query }) => {
      const { limit, before = null, after = null, offset } = query
      const filter = filterOf(query)
      const rows = requests.list({ ...filter, limit, before, after, offset })
      const edge = after === null ? rows.at(-1) : rows[0]
      return {
        requests: rows.map(requestView),
        next: rows.length === limit ? (edge?.id ?? null) : null,
        ...(query.total === '1' ? { total: requests.count(filter) } : {}),
      }
    },
  )
  app.get(
    '/admin/requests/facets',
    { schema: { summary: 'How many requests there are, and of which kinds', querystring: filterQuery } },
    async ({ query }) => {
      const { fellBack, ...facets } = requests.facets(filterOf(query))
      return { ...facets, fell_back: fellBack }
    },
  )
  app.get(
    '/admin/requests/export',
    { exposeHeadRoute: false, schema: { summary: 'Every request that passes the filter, as JSON lines or HAR', querystring: exportQuery } },
    async ({ query }, reply) => {
      const { format, bodies } = query
      reply.header('content-type', format === 'har' ? 'application/json' : 'application/x-ndjson')
      reply.header('content-disposition', `attachment; filename="headgate-requests.${format}"`)
      const options = { format, filter: filterOf(query), withBodies: bodies === '1' }
      return reply.send(Readable.from(exportedLedger(options, { requests, recordings, rowView: requestView, version: parts.version })))
    },
  )
  app.get(
    '/admin/requests/:id',
    { schema: { summary: 'One request with its plan, its attempts and what was recorded', params: idParams } },
    async ({ params }) => {
      const found = requests.get(params.id)
      if (!found) throw new HeadgateError('not-found', 'No such request.', { code: 'request_not_found' })
      const recording = recordings.get(params.id)
      return {
        ...requestView(found.row),
        session: found.session,
        plan: found.plan,
        attempts: found.attempts.map(attemptView),
        recording: recording && recordingView(recording),
      }
    },
  )
  app.delete(
    '/admin/requests',
    { schema: { summary: 'Forget the requests up to a moment, or all of them', querystring: z.object({ until: filterQuery.shape.until }) } },
    async (request) => {
      const removed = requests.clear(request.query.until ?? null)
      parts.tell(request, 'ledger', `${removed} requests cleared`)
      return { removed }
    },
  )

  app.get('/admin/recordings', { schema: { summary: 'Are bodies recorded, until when, and how much is kept' } }, async () => parts.recorder.view())
  app.put(
    '/admin/recordings',
    { schema: { summary: 'Record bodies until a moment; null stops', body: z.strictObject({ until: z.iso.datetime({ offset: true }).nullable() }) } },
    async (request) => {
      const { until } = request.body
      parts.recorder.recordUntil(until === null ? null : Date.parse(until))
      parts.tell(request, 'recording', until === null ? 'off' : `on until ${until}`)
      return parts.recorder.view()
    },
  )
  app.delete('/admin/recordings', { schema: { summary: 'Forget every recorded body' } }, async (request) => {
    const removed = recordings.clear()
    parts.tell(request, 'recording', `${removed} recordings removed`)
    return { removed }
  })
}

const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('utf8'))

function recordingView(recording: Recording): Record<string, unknown> {
  return {
    headers: recording.headers,
    body: text(recording.body),
    reply: text(recording.reply),
    complete: recording.isComplete,
    cut: { body: recording.isBodyCut, reply: recording.isReplyCut },
  }
}
