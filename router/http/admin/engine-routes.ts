/** The local engine and its models. */
import { z } from 'zod'
import type { EngineModelView } from '../../control/deployment-view.ts'
import type { ModelControl } from '../../control/model-control.ts'
import type { AdminApp } from './admin-app.ts'

export interface EngineRouteParts {
  readonly models: ModelControl
  readonly engine: {
    states(): readonly EngineModelView[]
    load(file: string): Promise<void>
    unload(file: string): Promise<void>
    info(): { build: string | null; gpu: string | false | null }
  }
}

export function addEngineRoutes(app: AdminApp, parts: EngineRouteParts): void {
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
}
