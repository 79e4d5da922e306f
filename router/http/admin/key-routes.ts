/** Keys that tools call with. */
import { z } from 'zod'
import { HeadgateError } from '../../core/errors.ts'
import type { Registry } from '../../registry/index.ts'
import type { AdminApp, Tell } from './admin-app.ts'

export interface KeyRouteParts {
  readonly registry: Registry
  readonly tell: Tell
}

export function addKeyRoutes(app: AdminApp, parts: KeyRouteParts): void {
  app.get('/admin/keys', { schema: { summary: 'Keys of tools' } }, async () => ({ keys: parts.registry.keys.list().map(keyView) }))
  app.post(
    '/admin/keys',
    { schema: { summary: 'Issue a key; it is shown once', body: z.object({ name: z.string().trim().min(1).max(100).default('unnamed') }) } },
    async (request, reply) => {
      const { row, key } = parts.registry.keys.create(request.body.name)
      parts.tell(request, 'key', `${row.id} (${row.name}) issued`)
      reply.code(201)
      return { id: row.id, name: row.name, key }
    },
  )
  app.delete('/admin/keys/:id', { schema: { summary: 'Revoke a key', params: z.object({ id: z.string().max(100) }) } }, async (request, reply) => {
    if (!parts.registry.keys.revoke(request.params.id))
      throw new HeadgateError('not-found', 'No such key, or it is revoked already.', { code: 'key_not_found' })
    parts.tell(request, 'key', `${request.params.id} revoked`)
    reply.code(204)
  })
}

function keyView(row: {
  id: string
  name: string
  prefix: string
  createdAt: number
  lastUsedAt: number | null
  revokedAt: number | null
}): Record<string, unknown> {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    created_at: time(row.createdAt),
    last_used_at: time(row.lastUsedAt),
    revoked_at: time(row.revokedAt),
  }
}
