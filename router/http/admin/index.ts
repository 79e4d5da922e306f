/** The admin API: every route on one page, behind one check, described by OpenAPI. What the routes show and do is handed in. */
import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { DeploymentView, EngineModelView } from '../../control/deployment-view.ts'
import type { ModelControl } from '../../control/model-control.ts'
import type { Overview } from '../../control/overview.ts'
import type { SplitControl } from '../../control/split-control.ts'
import { HeadgateError } from '../../core/errors.ts'
import type { RouterEvent } from '../../core/events.ts'
import { parseBody } from '../../core/json-text.ts'
import { presets } from '../../core/split.ts'
import type { Registry } from '../../registry/index.ts'
import { tokenOf } from '../credentials.ts'
import type { AdminAccess } from './access.ts'
import type { EventStream } from './event-stream.ts'
import { attemptView, requestView } from './rows.ts'

export interface AdminParts {
  readonly access: AdminAccess
  readonly registry: Registry
  readonly split: SplitControl
  readonly overview: Overview
  readonly models: ModelControl
  readonly deployments: () => readonly DeploymentView[]
  readonly engine: {
    states(): readonly EngineModelView[]
    load(file: string): Promise<void>
    unload(file: string): Promise<void>
    info(): { build: string | null; gpu: string | false | null }
  }
  readonly settings: () => readonly { path: string; value: unknown; source: string }[]
  readonly download: () => Record<string, unknown> | null
  readonly events: EventStream
  /** Tells what was changed, and by whom. */
  readonly emit: (event: RouterEvent) => void
}

type SettingChange = Extract<RouterEvent, { type: 'setting-changed' }>

const splitChange = z.strictObject({
  remote_share: z.number().min(0).max(1).optional(),
  fallback: z.boolean().optional(),
  lock: z.enum(['local', 'remote']).nullable().optional(),
  preset: z.enum(['local-only', 'prefer-local', 'balanced', 'prefer-remote', 'remote-only']).optional(),
})
const requestQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  before: z.string().max(100).optional(),
  tool: z.string().max(200).optional(),
  deployment: z.string().max(500).optional(),
  model: z.string().max(500).optional(),
  errors: z.enum(['0', '1', 'true', 'false']).optional(),
})
const named = z.object({ name: z.string().min(1).max(100) })
const anyEntry = z.record(z.string(), z.unknown())

export async function addAdminRoutes(root: FastifyInstance, parts: AdminParts): Promise<void> {
  const tell = (request: FastifyRequest, what: SettingChange['what'], detail: string) =>
    parts.emit({ type: 'setting-changed', what, by: byOf(request), detail })
  await root.register(async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()
    app.setValidatorCompiler(validatorCompiler)
    app.setSerializerCompiler(serializerCompiler)
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Headgate admin API',
          version: '1',
          description: 'What the control panel uses. Every route but POST /admin/session needs the admin token as a bearer.',
        },
        components: { securitySchemes: { admin: { type: 'http', scheme: 'bearer' } } },
        security: [{ admin: [] }],
      },
      transform: jsonSchemaTransform,
    })
    app.addHook('onRequest', async (request) => {
      if (request.routeOptions.url === '/admin/session') return
      parts.access.check(tokenOf(request.raw), (token) => parts.registry.keys.find(token) !== null)
    })
    app.addHook('preValidation', async (request) => {
      // Many clients send the content type of JSON with every method; a DELETE needs no body.
      if (Buffer.isBuffer(request.body))
        request.body = request.method === 'DELETE' && request.body.length === 0 ? undefined : parseBody(request.body).value
    })

    app.post(
      '/admin/session',
      { schema: { summary: 'Exchange a one-time code for the token of one panel', body: z.object({ code: z.string().max(200) }) } },
      async (request) => {
        const token = parts.access.exchange(request.body.code)
        if (token === null)
          throw new HeadgateError('unauthenticated', 'This code was used, is older than ten minutes, or is wrong.', {
            code: 'invalid_code',
            howToFix: 'Run `headgate status` for a new login URL, or paste the admin token.',
          })
        return { token }
      },
    )
    app.post('/admin/session/code', { schema: { summary: 'A new one-time code for a panel' } }, async () => ({ code: parts.access.createCode() }))

    app.get('/admin/overview', { schema: { summary: 'Everything the Overview shows' } }, async () => parts.overview.whole())
    app.get('/admin/split', { schema: { summary: 'The split in force, set against actual' } }, async () => parts.overview.split())
    app.put('/admin/split', { schema: { summary: 'Override the split', body: splitChange } }, async (request) => {
      const { remote_share, fallback, lock, preset } = request.body
      parts.split.change(
        {
          ...(preset === undefined ? {} : presets[preset]),
          ...(remote_share === undefined ? {} : { remoteShare: remote_share }),
          ...(fallback === undefined ? {} : { fallback }),
          ...(lock === undefined ? {} : { lock }),
        },
        byOf(request),
      )
      return parts.overview.split()
    })
    app.delete('/admin/split', { schema: { summary: 'Remove the override' } }, async (request) => {
      parts.split.reset(byOf(request))
      return parts.overview.split()
    })

    app.get('/admin/models', { schema: { summary: 'Models with their deployments' } }, async () => ({ models: parts.models.list() }))
    app.post('/admin/models', { schema: { summary: 'Add a model, as models.yaml would hold it', body: anyEntry } }, async (request, reply) => {
      const added = await parts.models.add(request.body)
      tell(request, 'model', `${String(added['name'])} added`)
      reply.code(201)
      return added
    })
    app.patch('/admin/models/:name', { schema: { summary: 'Change a model that no file sets', params: named, body: anyEntry } }, async (request) => {
      const changed = await parts.models.change(request.params.name, request.body)
      tell(request, 'model', `${request.params.name} changed`)
      return changed
    })
    app.delete('/admin/models/:name', { schema: { summary: 'Remove a model that no file sets', params: named } }, async (request, reply) => {
      await parts.models.remove(request.params.name)
      tell(request, 'model', `${request.params.name} removed`)
      reply.code(204)
    })
    app.get('/admin/deployments', { schema: { summary: 'Deployments with health and load' } }, async () => ({ deployments: parts.deployments() }))
    app.get('/admin/providers', { schema: { summary: 'Providers as configured' } }, async () => ({ providers: parts.models.providers() }))

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

    app.get('/admin/keys', { schema: { summary: 'Keys of tools' } }, async () => ({ keys: parts.registry.keys.list().map(keyView) }))
    app.post(
      '/admin/keys',
      { schema: { summary: 'Issue a key; it is shown once', body: z.object({ name: z.string().trim().min(1).max(100).default('unnamed') }) } },
      async (request, reply) => {
        const { row, key } = parts.registry.keys.create(request.body.name)
        tell(request, 'key', `${row.id} (${row.name}) issued`)
        reply.code(201)
        return { id: row.id, name: row.name, key }
      },
    )
    app.delete('/admin/keys/:id', { schema: { summary: 'Revoke a key', params: z.object({ id: z.string().max(100) }) } }, async (request, reply) => {
      if (!parts.registry.keys.revoke(request.params.id))
        throw new HeadgateError('not-found', 'No such key, or it is revoked already.', { code: 'key_not_found' })
      tell(request, 'key', `${request.params.id} revoked`)
      reply.code(204)
    })

    app.get('/admin/settings', { schema: { summary: 'Every effective setting with its source' } }, async () => ({
      settings: parts.settings(),
      paused: parts.registry.settings.get('paused'),
      require_key: parts.registry.settings.get('requireKey'),
    }))
    app.put(
      '/admin/settings',
      {
        schema: {
          summary: 'Pause, resume, require a key',
          body: z.strictObject({ paused: z.boolean().optional(), require_key: z.boolean().nullable().optional() }),
        },
      },
      async (request) => {
        const { paused, require_key } = request.body
        const { settings } = parts.registry
        if (paused !== undefined && paused !== settings.get('paused')) {
          settings.set('paused', paused)
          tell(request, 'paused', paused ? 'on' : 'off')
        }
        if (require_key !== undefined && require_key !== settings.get('requireKey')) {
          settings.set('requireKey', require_key)
          tell(request, 'require-key', require_key === null ? 'as the files say' : require_key ? 'on' : 'off')
        }
        return { paused: settings.get('paused'), require_key: settings.get('requireKey') }
      },
    )

    app.get('/admin/engine', { schema: { summary: 'The local engine and its models' } }, async () => ({
      ...parts.engine.info(),
      models: parts.engine.states(),
    }))
    app.post(
      '/admin/engine/load',
      { schema: { summary: 'Load the local model of a deployment', body: z.object({ deployment: z.string().max(500) }) } },
      async (request) => {
        await parts.engine.load(parts.models.fileOf(request.body.deployment))
        return { ok: true }
      },
    )
    app.post(
      '/admin/engine/unload',
      { schema: { summary: 'Unload the local model of a deployment', body: z.object({ deployment: z.string().max(500) }) } },
      async (request) => {
        await parts.engine.unload(parts.models.fileOf(request.body.deployment))
        return { ok: true }
      },
    )
    app.get('/admin/downloads', { schema: { summary: 'Model downloads' } }, async () => ({
      downloads: [parts.download()].filter((entry) => entry !== null),
    }))

    // Without HEAD: a stream has no end that a HEAD could report.
    app.get('/admin/events', { exposeHeadRoute: false, schema: { summary: 'Server-sent events, resumable by Last-Event-ID' } }, (request, reply) => {
      reply.hijack()
      const last = request.headers['last-event-id']
      parts.events.attach(reply.raw, typeof last === 'string' ? last : null)
    })
    app.get('/admin/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  })
}

/** Who changes something, as it says itself; the panel says nothing. */
function byOf(request: FastifyRequest): string {
  const by = request.headers['x-headgate-by']
  return by === 'cli' || by === 'tray' ? by : 'panel'
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
