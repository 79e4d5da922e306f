/** A reader of the event bus that tells the panel: facts become the named events of `/admin/events`. Builds nothing while nobody listens. */
import type { RouterEvent } from '../core/events.ts'
import type { RequestRow } from '../registry/index.ts'

export interface PublishParts {
  readonly isFollowed: () => boolean
  readonly publish: (
    name: 'request' | 'request-ended' | 'deployment' | 'split' | 'guard' | 'config' | 'download' | 'engine' | 'log',
    data: Readonly<Record<string, unknown>>,
  ) => void
  readonly requestView: (row: RequestRow) => Record<string, unknown>
  readonly deployment: (name: string) => unknown
  readonly split: () => unknown
}

export function createPublisher(parts: PublishParts): (event: RouterEvent) => void {
  return (event) => {
    if (!parts.isFollowed()) return
    switch (event.type) {
      case 'request-decided': {
        const { request, plan } = event
        const first = plan.steps[0]
        return parts.publish('request', {
          request: {
            id: request.id,
            at: new Date(request.at).toISOString(),
            tool: request.tool,
            dialect: request.dialect,
            model: request.model,
            stream: request.stream,
            deployment: first?.deployment.name ?? null,
            lane: first?.deployment.lane ?? null,
            reason: first?.reason ?? plan.refusal?.reason ?? null,
            status: null,
            attempts: 0,
            first_output_ms: null,
            duration_ms: null,
            usage: null,
            cost_usd: null,
          },
        })
      }
      case 'request-ended':
        return parts.publish('request-ended', { request: parts.requestView(rowOf(event)) })
      case 'deployment-changed': {
        const deployment = parts.deployment(event.deployment)
        // What a rule made of a name is shown nowhere.
        if (deployment === null) return
        return parts.publish('deployment', { deployment, from: event.from, to: event.to, detail: event.detail })
      }
      case 'split-changed':
        return parts.publish('split', { split: parts.split(), by: event.by, sessions_that_may_move: event.sessionsThatMay })
      case 'guard-changed':
        return parts.publish('guard', { guard: event.guard, detail: event.detail })
      case 'setting-changed':
        return parts.publish('config', { ok: true, changed: event.what, by: event.by, detail: event.detail })
      case 'config-applied':
        return parts.publish('config', { ok: true, version: event.version, files: event.files, warnings: event.warnings })
      case 'config-refused':
        return parts.publish('config', { ok: false, error: { file: event.file, line: event.line, message: event.message } })
      case 'download-progress':
        return parts.publish('download', {
          id: event.id,
          model: event.model,
          state: event.state,
          received_bytes: event.receivedBytes,
          total_bytes: event.totalBytes,
          bytes_per_s: event.bytesPerSecond,
          stalled: event.isStalled,
          detail: event.detail,
        })
      case 'engine-state':
        return parts.publish('engine', { model: event.model, state: event.state, detail: event.detail })
      case 'log':
        return parts.publish('log', { level: event.level, source: event.source ?? 'router', message: event.message })
      default:
        return
    }
  }
}

function rowOf(event: Extract<RouterEvent, { type: 'request-ended' }>): RequestRow {
  const { type: _, request, plan: __, session: ___, ...rest } = event
  return { ...request, ...rest }
}
