/** The admin API behind one check, described by OpenAPI: the session, the event stream, and one file per group of routes. What the routes show and do is handed in. */
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { HeadgateError } from '../../core/errors.ts'
import type { RouterEvent } from '../../core/events.ts'
import { parseBody } from '../../core/json-text.ts'
import type { Registry } from '../../registry/index.ts'
import { tokenOf } from '../credentials.ts'
import type { AdminAccess } from './access.ts'
import { byOf, type Tell } from './admin-app.ts'
import { addConnectRoutes, type ConnectRouteParts } from './connect-routes.ts'
import { addDownloadRoutes, type DownloadRouteParts } from './download-routes.ts'
import { addEngineRoutes, type EngineRouteParts } from './engine-routes.ts'
import type { EventStream } from './event-stream.ts'
import { addGuardRoutes, type GuardRouteParts } from './guard-routes.ts'
import { addKeyRoutes, type KeyRouteParts } from './key-routes.ts'
import { addLogRoutes, type LogRouteParts } from './log-routes.ts'
import { addModelRoutes, type ModelRouteParts } from './model-routes.ts'
import { addProviderRoutes, type ProviderRouteParts } from './provider-routes.ts'
import { addRepeatRoutes, type RepeatRouteParts } from './repeat-routes.ts'
import { addRequestRoutes, type RequestRouteParts } from './request-routes.ts'
import { addRuleRoutes, type RuleRouteParts } from './rule-routes.ts'
import { addSettingRoutes, type SettingRouteParts } from './setting-routes.ts'
import { addSplitRoutes, type SplitRouteParts } from './split-routes.ts'

type RouteParts = SplitRouteParts &
  GuardRouteParts &
  ModelRouteParts &
  ProviderRouteParts &
  RequestRouteParts &
  RepeatRouteParts &
  LogRouteParts &
  KeyRouteParts &
  ConnectRouteParts &
  SettingRouteParts &
  RuleRouteParts &
  EngineRouteParts &
  DownloadRouteParts

export interface AdminParts extends Omit<RouteParts, 'tell'> {
  readonly access: AdminAccess
  readonly registry: Registry
  readonly events: EventStream
  /** Tells what was changed, and by whom. */
  readonly emit: (event: RouterEvent) => void
}

export async function addAdminRoutes(root: FastifyInstance, parts: AdminParts): Promise<void> {
  const tell: Tell = (request, what, detail) => parts.emit({ type: 'setting-changed', what, by: byOf(request), detail })
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

    const all: RouteParts = { ...parts, tell }
    addSplitRoutes(app, all)
    addGuardRoutes(app, all)
    addModelRoutes(app, all)
    addProviderRoutes(app, all)
    addRequestRoutes(app, all)
    addRepeatRoutes(app, all)
    addLogRoutes(app, all)
    addKeyRoutes(app, all)
    addConnectRoutes(app, all)
    addSettingRoutes(app, all)
    addRuleRoutes(app, all)
    addEngineRoutes(app, all)
    addDownloadRoutes(app, all)

    // Without HEAD: a stream has no end that a HEAD could report.
    app.get('/admin/events', { exposeHeadRoute: false, schema: { summary: 'Server-sent events, resumable by Last-Event-ID' } }, (request, reply) => {
      reply.hijack()
      const last = request.headers['last-event-id']
      parts.events.attach(reply.raw, typeof last === 'string' ? last : null)
    })
    app.get('/admin/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  })
}
