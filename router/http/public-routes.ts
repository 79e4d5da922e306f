/** What anybody who may reach this address may ask: is it up, what models are there, where would this request go. No secrets. */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { DeploymentView } from '../control/deployment-view.ts'
import type { ShownMetrics } from '../control/routing-metrics.ts'
import { ruleViews } from '../control/rule-view.ts'
import type { SplitControl } from '../control/split-control.ts'
import { splitView } from '../control/split-view.ts'
import type { Catalog } from '../core/catalog.ts'
import type { Model } from '../core/deployment.ts'
import type { Dialect } from '../core/dialect.ts'
import { HeadgateError } from '../core/errors.ts'
import type { CallerKey } from '../core/gate.ts'
import { parseBody } from '../core/json-text.ts'
import type { Pipeline } from '../pipeline.ts'
import { effectiveShare, effectiveWeights, explainPlan, nearNames } from '../policy/index.ts'

export interface PublicParts {
  readonly version: string
  readonly catalog: () => Catalog
  readonly split: SplitControl
  readonly deployments: (model?: Model) => readonly DeploymentView[]
  readonly pipeline: Pipeline
  /** Counted since the start; those that the configuration chooses. */
  readonly metrics: () => ShownMetrics
  readonly dialects: readonly Dialect[]
  /** What `/health` says. */
  readonly health: () => Record<string, unknown>
  readonly isReady: () => boolean
  /** Throws unless this request may see which models there are: the rule of inference. */
  readonly checkKey: (message: IncomingMessage) => void
  /** Throws unless this request may see topology: on loopback open, elsewhere with a key or the admin token. Answers the key; null = without one. */
  readonly checkInside: (message: IncomingMessage) => CallerKey | null
  readonly startedAtS: number
}

export function addPublicRoutes(app: FastifyInstance, parts: PublicParts): void {
  app.get('/health', async (request) => {
    const said = parts.health()
    const problem = said['config_error'] as { file: string; line: number | null } | undefined
    if (!problem || isInside(request.raw, parts)) return said
    // The message may name models, providers and addresses.
    return { ...said, config_error: { file: problem.file, line: problem.line } }
  })

  app.get('/ready', async (_request, reply) => {
    const ready = parts.isReady()
    reply.code(ready ? 200 : 503)
    return { ready }
  })

  app.get('/v1/models', async (request) => {
    parts.checkKey(request.raw)
    return { object: 'list', data: parts.catalog().models.map((model) => modelObject(model, parts)) }
  })

  app.get<{ Params: { '*': string } }>('/v1/models/*', async (request) => {
    parts.checkKey(request.raw)
    const name = request.params['*']
    const model = parts.catalog().modelsByName.get(name)
    if (!model) {
      const near = nearNames(name, [...parts.catalog().modelsByName.keys()])
      throw new HeadgateError(
        'model-not-found',
        `There is no model ${JSON.stringify(name.slice(0, 200))}.${near.length > 0 ? ` Near: ${near.join(', ')}.` : ''}`,
        { param: 'model' },
      )
    }
    return modelObject(model, parts)
  })

  app.get('/routing', async (request) => {
    parts.checkInside(request.raw)
    const catalog = parts.catalog()
    const situation = parts.pipeline.situation()
    return {
      split: splitView(parts.split),
      strategy: catalog.strategy,
      models: catalog.models.map((model) => {
        const share = effectiveShare(model, catalog, parts.split.current())
        const weights = effectiveWeights(model, catalog, situation)
        return {
          name: model.name,
          aliases: model.aliases,
          remote_share: share.remoteShare,
          source: share.source,
          deployments: parts.deployments(model).map((view) => ({
            name: view.name,
            provider: view.provider,
            lane: view.lane,
            model: view.upstream_model,
            weight: Math.round((weights.get(view.name) ?? 0) * 1e6) / 1e6,
            state: view.state,
            detail: view.detail,
            in_flight: view.in_flight,
          })),
        }
      }),
      rules: ruleViews(catalog),
      metrics: parts.metrics(),
      config: { files: catalog.files, warnings: catalog.warnings, version: catalog.version },
    }
  })

  app.post('/routing/explain', async (request) => {
    const key = parts.checkInside(request.raw)
    const outer = parseBody((request.body as Uint8Array | undefined) ?? new Uint8Array(0))
    const inner = outer.value['body']
    const isWrapped = typeof inner === 'object' && inner !== null
    const body = isWrapped ? parseBody(Buffer.from(JSON.stringify(inner))) : outer
    const extra = isWrapped && typeof outer.value['headers'] === 'object' && outer.value['headers'] !== null ? outer.value['headers'] : {}
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(extra as Record<string, unknown>)) headers[name.toLowerCase()] = String(value)
    const plan = parts.pipeline.explain(parts.dialects[0] as Dialect, body, isWrapped ? headers : (request.headers as Record<string, string>), {
      keyId: key?.id ?? null,
      tool: 'explain',
      key,
    })
    return explainPlan(plan)
  })
}

function isInside(message: IncomingMessage, parts: PublicParts): boolean {
  try {
    parts.checkInside(message)
    return true
  } catch {
    return false
  }
}

/** OpenAI's model object; everything of ours under `headgate`. */
function modelObject(model: Model, parts: PublicParts): Record<string, unknown> {
  const views = parts.deployments(model)
  const contexts = model.deployments.flatMap(({ context }) => (context === null ? [] : [context]))
  return {
    id: model.name,
    object: 'model',
    created: parts.startedAtS,
    owned_by: 'headgate',
    headgate: {
      aliases: model.aliases,
      lanes: [...new Set(model.deployments.map(({ lane }) => lane))],
      context: contexts.length > 0 ? Math.max(...contexts) : null,
      features: mergedFeatures(model),
      deployments: views.map(({ name, provider, lane, state }) => ({ name, provider, lane, state })),
    },
  }
}

function mergedFeatures(model: Model): string[] {
  const names = ['tools', 'vision', 'json', 'reasoning', 'embeddings'] as const
  return names.filter((name) => model.deployments.some(({ features }) => features[name] === true))
}
