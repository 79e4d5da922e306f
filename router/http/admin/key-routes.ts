/** Keys that tools call with: named, each with a split of its own where one is wanted, shown once, revoked with the next request. */
import { z } from 'zod'
import type { SplitControl } from '../../control/split-control.ts'
import { startOfDay } from '../../core/clock.ts'
import { HeadgateError } from '../../core/errors.ts'
import { readSessionKey } from '../../policy/index.ts'
import type { KeyRow, KeySplit, Registry } from '../../registry/index.ts'
import type { AdminApp, Tell } from './admin-app.ts'

export interface KeyRouteParts {
  readonly registry: Registry
  readonly split: Pick<SplitControl, 'endSoftHolds'>
  /** Wall clock, ms. */
  readonly now: () => number
  readonly tell: Tell
}

/** Older ones are told by the key's own time of last use. */
const LAST_REQUESTS_OF_MS = 30 * 24 * 3_600_000

const name = z.string().trim().min(1).max(100)
const identified = z.object({ id: z.string().max(100) })
const split = { remote_share: z.number().min(0).max(1).nullable().optional(), lane_lock: z.enum(['local', 'remote']).nullable().optional() }

export function addKeyRoutes(app: AdminApp, parts: KeyRouteParts): void {
  const { keys, figures } = parts.registry
  const views = (rows: readonly KeyRow[]) => {
    const dayMs = startOfDay(parts.now())
    const today = new Map(figures.keyUse(dayMs).map(({ keyId, requests }) => [keyId, requests]))
    const last = new Map(figures.lastOfKeys(dayMs - LAST_REQUESTS_OF_MS).map((caller) => [caller.keyId, caller]))
    return rows.map((row) => {
      const { at, deployment, lane, status } = last.get(row.id) ?? {}
      return {
        id: row.id,
        name: row.name,
        prefix: row.prefix,
        created_at: timeText(row.createdAt),
        last_used_at: timeText(row.lastUsedAt),
        revoked_at: timeText(row.revokedAt),
        remote_share: row.remoteShare,
        lane_lock: row.laneLock,
        requests_today: today.get(row.id) ?? 0,
        last_request: at === undefined ? null : { at: timeText(at), deployment, lane, status },
      }
    })
  }

  app.get('/admin/keys', { schema: { summary: 'Keys of tools' } }, async () => ({ keys: views(keys.list()) }))
  app.post(
    '/admin/keys',
    { schema: { summary: 'Issue a key; it is shown once', body: z.strictObject({ name: name.default('unnamed'), ...split }) } },
    async (request, reply) => {
      const { row, key } = keys.create(request.body.name, splitOf(request.body))
      parts.tell(request, 'key', `${row.id} (${row.name}) issued`)
      reply.code(201)
      return { ...views([row])[0], key }
    },
  )
  app.patch(
    '/admin/keys/:id',
    { schema: { summary: 'Rename a key, or change its own split', params: identified, body: z.strictObject({ name: name.optional(), ...split }) } },
    async (request) => {
      const { name: next } = request.body
      const row = keys.change(request.params.id, { ...splitOf(request.body), ...(next === undefined ? {} : { name: next }) })
      if (!row) throw notFound()
      if (request.body.remote_share !== undefined) parts.split.endSoftHolds((session) => readSessionKey(session).keyId === row.id)
      parts.tell(request, 'key', `${row.id} (${row.name}) changed: ${Object.keys(request.body).join(', ')}`)
      return views([row])[0]
    },
  )
  app.delete('/admin/keys/:id', { schema: { summary: 'Revoke a key', params: identified } }, async (request, reply) => {
    if (!keys.revoke(request.params.id)) throw notFound()
    parts.tell(request, 'key', `${request.params.id} revoked`)
    reply.code(204)
  })
}

const notFound = () => new HeadgateError('not-found', 'No such key, or it is revoked already.', { code: 'key_not_found' })

function splitOf({
  remote_share,
  lane_lock,
}: {
  remote_share?: number | null | undefined
  lane_lock?: KeySplit['laneLock'] | undefined
}): Partial<KeySplit> {
  return { ...(remote_share === undefined ? {} : { remoteShare: remote_share }), ...(lane_lock === undefined ? {} : { laneLock: lane_lock }) }
}

const timeText = (at: number | null) => (at === null ? null : new Date(at).toISOString())
