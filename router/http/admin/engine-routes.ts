/** The local engine and its models. */
import { z } from 'zod'
import type { EngineModelView } from '../../control/deployment-view.ts'
import type { IdleUnload } from '../../control/idle-unload.ts'
import type { ModelControl } from '../../control/model-control.ts'
import { HeadgateError } from '../../core/errors.ts'
import type { MemoryEstimate } from '../../engine/index.ts'
import type { AdminApp, Tell } from './admin-app.ts'

export interface EngineRouteParts {
  readonly models: ModelControl
  readonly idleUnload: IdleUnload
  readonly engine: {
    states(): readonly EngineModelView[]
    /** `context` in tokens, as the deployment sets it; null = the usual one. */
    load(file: string, context: number | null): Promise<void>
    unload(file: string): Promise<void>
    estimate(file: string): Promise<MemoryEstimate>
    info(): { build: string | null; gpu: string | false | null }
  }
  readonly tell: Tell
}

const ofDeployment = z.object({ deployment: z.string().min(1).max(500) })
const idleOrder = ofDeployment.extend({
  keep: z.boolean().optional(),
  /** Null = as the settings say. */
  idle_unload_s: z
    .number()
    .int()
    .min(0)
    .max(30 * 86_400)
    .nullable()
    .optional(),
})

export function addEngineRoutes(app: AdminApp, parts: EngineRouteParts): void {
  const { models, engine, idleUnload } = parts
  app.get('/admin/engine', { schema: { summary: 'The local engine and its models' } }, async () => ({
    ...engine.info(),
    models: engine.states(),
  }))
  app.post('/admin/engine/load', { schema: { summary: 'Load the local model of a deployment', body: ofDeployment } }, async (request) => {
    const file = models.fileOf(request.body.deployment)
    await engine.load(file, models.deployment(request.body.deployment).context)
    return { ok: true }
  })
  app.post('/admin/engine/unload', { schema: { summary: 'Unload the local model of a deployment', body: ofDeployment } }, async (request) => {
    await engine.unload(models.fileOf(request.body.deployment))
    return { ok: true }
  })
  app.post(
    '/admin/engine/keep',
    { schema: { summary: 'Keep the model of a deployment loaded, or unload it after so many idle seconds', body: idleOrder } },
    async (request) => {
      const { deployment, keep, idle_unload_s } = request.body
      const file = models.fileOf(deployment)
      if ((keep === undefined) === (idle_unload_s === undefined))
        throw new HeadgateError('invalid-request', 'Send keep or idle_unload_s, one of the two.', { code: 'conflicting_parameters', param: 'keep' })
      const seconds = idle_unload_s === undefined ? (keep ? 0 : null) : idle_unload_s
      idleUnload.set(file, seconds)
      parts.tell(
        request,
        'model',
        `${deployment}: ${seconds === null ? 'unloads as set for all' : seconds === 0 ? 'kept loaded' : `unloads after ${seconds} s`}`,
      )
      return { keep: seconds === 0, idle_unload_s: seconds }
    },
  )
  app.get(
    '/admin/engine/estimate',
    { schema: { summary: 'Memory that contexts of a local model would take', querystring: ofDeployment } },
    async (request) => {
      const { trainedContext, usualContext, slots, steps, availableBytes } = await engine.estimate(models.fileOf(request.query.deployment))
      return {
        trained_context: trainedContext,
        usual_context: usualContext,
        slots,
        available_bytes: availableBytes,
        steps: steps.map(({ context, bytes }) => ({ context, bytes, fits: bytes <= availableBytes })),
      }
    },
  )
}
