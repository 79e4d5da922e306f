/** The HTTP server with all its routes. */
import { identify } from '../admission/index.ts'
import { dialects } from '../dialects/index.ts'
import type { ExecutionLimits } from '../execution/index.ts'
import { addAdminRoutes } from '../http/admin/index.ts'
import { tokenOf } from '../http/credentials.ts'
import { addInferenceRoutes } from '../http/inference-routes.ts'
import { addPanelRoutes } from '../http/panel-routes.ts'
import { addPublicRoutes } from '../http/public-routes.ts'
import { createRunningRequests, type RunningRequests } from '../http/running-requests.ts'
import { createHttpServer, type HttpServer, isWildcard } from '../http/server.ts'
import type { Configuration } from './configuration.ts'
import { type Foundation, version } from './foundation.ts'
import type { Lanes } from './lanes.ts'
import type { Panel } from './panel.ts'
import type { Service } from './service.ts'
import type { RouterSettings } from './settings.ts'
import type { Stops } from './stops.ts'

export interface ServerParts {
  readonly foundation: Foundation
  readonly configuration: Configuration
  readonly lanes: Lanes
  readonly service: Service
  readonly panel: Panel
  readonly limits: ExecutionLimits
}

export interface Serving {
  readonly http: HttpServer
  readonly running: RunningRequests
}

export async function openServer(settings: RouterSettings, parts: ServerParts, stops: Stops): Promise<Serving> {
  const { clock, startedAt, bus, registry } = parts.foundation
  const { catalog, catalogs, server, split, starter } = parts.configuration
  const { pipeline, admission, isLoopbackOnly } = parts.service
  const { views, overview, models, access, events } = parts.panel
  const { engine } = parts.lanes
  const running = createRunningRequests()
  const [defaultDialect] = dialects
  if (!defaultDialect) throw new Error('no dialect')

  const http = await createHttpServer({
    clock,
    defaultDialect,
    hostNames: () => server().hostNames,
    origins: () => server().corsOrigins,
    emit: bus.emit,
    addRoutes: async (app) => {
      addInferenceRoutes(app, { pipeline, dialects, clock, clocks: parts.limits, running })
      addPublicRoutes(app, {
        version,
        catalog,
        split,
        deployments: views,
        pipeline,
        dialects,
        health: () => {
          const problem = catalogs.problem()
          return {
            status: problem ? 'degraded' : 'ok',
            version,
            uptime_s: Math.round((clock.now() - startedAt) / 1000),
            ...(problem ? { config_error: problem } : {}),
            engine: engine.info(),
          }
        },
        isReady: () => !running.isDraining(),
        checkKey: (message) => void identify(tokenOf(message), admission()),
        checkInside: (message) => {
          const token = tokenOf(message)
          if (token === null || !access.opens(token)) identify(token, { ...admission(), requireKey: !isLoopbackOnly })
        },
        startedAtS: Math.floor(startedAt / 1000),
      })
      await addAdminRoutes(app, {
        access,
        registry,
        emit: bus.emit,
        split,
        overview,
        models,
        deployments: views,
        engine: { states: engine.states, load: (file) => engine.load(file, null), unload: engine.unload, info: engine.info },
        settings: () => catalog().settings,
        download: starter.view,
        events,
      })
      await addPanelRoutes(app, settings.panelFolder)
    },
  })
  stops.add('http', http.close)
  stops.add('event stream', events.close) // before the server: it waits for open connections
  return { http, running }
}

/** Where this machine itself finds a router that listens on `host`. */
export function urlOf(host: string | null, port: number): string {
  if (host === null || isWildcard(host)) return `http://${host === '::' ? '[::1]' : '127.0.0.1'}:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
