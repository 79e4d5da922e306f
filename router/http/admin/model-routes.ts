/** Models and their deployments. */
import { z } from 'zod'
import type { DeploymentView } from '../../control/deployment-view.ts'
import type { ModelControl } from '../../control/model-control.ts'
import type { AdminApp, Tell } from './admin-app.ts'

export interface ModelRouteParts {
  readonly models: ModelControl
  readonly deployments: () => readonly DeploymentView[]
  readonly tell: Tell
}

const named = z.object({ name: z.string().min(1).max(100) })
const anyEntry = z.record(z.string(), z.unknown())

export function addModelRoutes(app: AdminApp, parts: ModelRouteParts): void {
  app.get('/admin/models', { schema: { summary: 'Models with their deployments' } }, async () => ({ models: parts.models.list() }))
  app.post('/admin/models', { schema: { summary: 'Add a model, as models.yaml would hold it', body: anyEntry } }, async (request, reply) => {
    const added = await parts.models.add(request.body)
    parts.tell(request, 'model', `${String(added['name'])} added`)
    reply.code(201)
    return added
  })
  app.patch('/admin/models/:name', { schema: { summary: 'Change a model that no file sets', params: named, body: anyEntry } }, async (request) => {
    const changed = await parts.models.change(request.params.name, request.body)
    parts.tell(request, 'model', `${request.params.name} changed`)
    return changed
  })
  app.delete('/admin/models/:name', { schema: { summary: 'Remove a model that no file sets', params: named } }, async (request, reply) => {
    await parts.models.remove(request.params.name)
    parts.tell(request, 'model', `${request.params.name} removed`)
    reply.code(204)
  })
  app.get('/admin/deployments', { schema: { summary: 'Deployments with health and load' } }, async () => ({ deployments: parts.deployments() }))
}
