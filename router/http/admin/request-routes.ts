/** The ledger: what was asked, where it went and why. */
import { z } from 'zod'
import { HeadgateError } from '../../core/errors.ts'
import type { Registry } from '../../registry/index.ts'
import type { AdminApp } from './admin-app.ts'
import { attemptView, requestView } from './rows.ts'

export interface RequestRouteParts {
  readonly registry: Registry
}

const requestQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  before: z.string().max(100).optional(),
  tool: z.string().max(200).optional(),
  deployment: z.string().max(500).optional(),
  model: z.string().max(500).optional(),
  errors: z.enum(['0', '1', 'true', 'false']).optional(),
})

export function addRequestRoutes(app: AdminApp, parts: RequestRouteParts): void {
  app.get('/admin/requests', { schema: { summary: 'The ledger, newest first', querystring: requestQuery } }, async (request) => {
    const { limit, before, tool, deployment, model, errors } = request.query
    const rows = parts.registry.requests.list({
      limit,
      before: before ?? null,
      tool: tool ?? null,
      deployment: deployment ?? null,
      model: model ?? null,
      errorsOnly: errors === '1' || errors === 'true',
    })
    return { requests: rows.map(requestView), next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null }
  })
  app.get(
    '/admin/requests/:id',
    { schema: { summary: 'One request with its plan and attempts', params: z.object({ id: z.string().max(100) }) } },
    async (request) => {
      const found = parts.registry.requests.get(request.params.id)
      if (!found) throw new HeadgateError('not-found', 'No such request.', { code: 'request_not_found' })
      return { ...requestView(found.row), plan: found.plan, attempts: found.attempts.map(attemptView) }
    },
  )
}
