/** Models and their deployments, and the test of one deployment. */
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import type { TestOrder, TestResult } from '../../control/deployment-test.ts'
import type { DeploymentView } from '../../control/deployment-view.ts'
import type { ModelControl } from '../../control/model-control.ts'
import type { CancelSignal } from '../../core/cancel.ts'
import type { AdminApp, Tell } from './admin-app.ts'

export interface ModelRouteParts {
  readonly models: ModelControl
  readonly deployments: () => readonly DeploymentView[]
  readonly testDeployment: (order: TestOrder) => Promise<TestResult>
  /** Follows one answer, so that a stop waits for it; aborts when the caller goes away. */
  readonly beginAnswer: (raw: ServerResponse) => CancelSignal
  readonly tell: Tell
}

const named = z.object({ name: z.string().min(1).max(256) })
const anyEntry = z.record(z.string(), z.unknown())
const removal = z.object({ file: z.enum(['true', 'false']).default('false') })
const testOrder = z.strictObject({
  deployment: z.string().min(1).max(500),
  prompt: z.string().trim().min(1).max(20_000).default('Say hello in one short sentence.'),
  max_tokens: z.number().int().min(1).max(4096).default(128),
  stream: z.boolean().default(false),
})

export function addModelRoutes(app: AdminApp, parts: ModelRouteParts): void {
  app.get('/admin/models', { schema: { summary: 'Models with their deployments' } }, async () => ({ models: await parts.models.list() }))
  app.post('/admin/models', { schema: { summary: 'Add a model, as models.yaml would hold it', body: anyEntry } }, async (request, reply) => {
    const added = await parts.models.add(request.body)
    parts.tell(request, 'model', `${added.name} added`)
    reply.code(201)
    return added
  })
  app.patch('/admin/models/:name', { schema: { summary: 'Change a model that no file sets', params: named, body: anyEntry } }, async (request) => {
    const changed = await parts.models.change(request.params.name, request.body)
    parts.tell(request, 'model', `${request.params.name} changed`)
    return changed
  })
  app.delete(
    '/admin/models/:name',
    {
      schema: { summary: 'Remove a model that no file sets; with file=true also its file in the models folder', params: named, querystring: removal },
    },
    async (request, reply) => {
      const deletesFile = request.query.file === 'true'
      await parts.models.remove(request.params.name, { deletesFile })
      parts.tell(request, 'model', `${request.params.name} removed${deletesFile ? ' with its file' : ''}`)
      reply.code(204)
    },
  )
  app.get('/admin/deployments', { schema: { summary: 'Deployments with health and load' } }, async () => ({ deployments: parts.deployments() }))
  app.post(
    '/admin/deployments/test',
    {
      schema: {
        summary: 'One small real request on exactly this deployment; with stream: server-sent events `piece`, then `result`',
        body: testOrder,
      },
    },
    async (request, reply) => {
      const { deployment: name, prompt, max_tokens: maxTokens, stream } = request.body
      const deployment = parts.models.deployment(name)
      const signal = parts.beginAnswer(reply.raw)
      if (!stream) return await parts.testDeployment({ deployment, prompt, maxTokens, signal, onPiece: () => {} })
      reply.hijack()
      const { raw } = reply
      const write = (event: string, data: unknown) => void (raw.destroyed || raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
      raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' })
      raw.flushHeaders()
      write('result', await parts.testDeployment({ deployment, prompt, maxTokens, signal, onPiece: (piece) => write('piece', piece) }))
      raw.end()
      return reply
    },
  )
}
