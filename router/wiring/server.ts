/** The HTTP server with all its routes. */
import { identify } from '../admission/index.ts'
import { shownMetrics } from '../config/index.ts'
import { createDeploymentTest } from '../control/deployment-test.ts'
import type { DownloadControl } from '../control/download-control.ts'
import { createRuleControl } from '../control/rule-control.ts'
import { dialectOf, dialects } from '../dialects/index.ts'
import type { ExecutionLimits } from '../execution/index.ts'
import { addAdminRoutes } from '../http/admin/index.ts'
import { tokenOf } from '../http/credentials.ts'
import { addInferenceRoutes } from '../http/inference-routes.ts'
import { addPanelRoutes } from '../http/panel-routes.ts'
import { addPublicRoutes } from '../http/public-routes.ts'
import { createRunningRequests, type RunningRequests } from '../http/running-requests.ts'
import { createHttpServer, type HttpServer, isWildcard } from '../http/server.ts'
import { createWrongKeys } from '../http/wrong-keys.ts'
import { openActivity } from './activity.ts'
import type { Configuration } from './configuration.ts'
import { openConnect } from './connect.ts'
import { type Foundation, version } from './foundation.ts'
import type { Lanes } from './lanes.ts'
import type { Panel } from './panel.ts'
import { openProviders } from './providers.ts'
import type { Service } from './service.ts'
import type { RouterSettings } from './settings.ts'
import { openSources } from './sources.ts'
import type { Stops } from './stops.ts'
import { openWhatIf } from './what-if.ts'

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
  /** The queue of downloads. */
  readonly downloads: DownloadControl
  /** Begins what waits until the router listens. */
  follow(): void
}

export async function openServer(settings: RouterSettings, parts: ServerParts, stops: Stops): Promise<Serving> {
  const { clock, startedAt, bus, registry } = parts.foundation
  const { catalog, catalogs, server, settingControl, split } = parts.configuration
  const { pipeline, recorder, metrics, admission, isLoopbackOnly } = parts.service
  const { views, overview, models, modelShares, idleUnload, access, events } = parts.panel
  const { engine, guards } = parts.lanes
  const running = createRunningRequests()
  const judge = createWrongKeys(clock, settings.wrongKeysPerMinute)
  const providers = openProviders(parts.foundation, parts.configuration, parts.lanes, parts.panel)
  const sources = openSources(settings, parts.foundation, parts.configuration, parts.panel, providers.control, stops)
  const [defaultDialect] = dialects
  if (!defaultDialect) throw new Error('no dialect')

  const http = await createHttpServer({
    clock,
    defaultDialect,
    hostNames: () => server().hostNames,
    origins: () => server().corsOrigins,
    emit: bus.emit,
    judge,
    addRoutes: async (app) => {
      addInferenceRoutes(app, { pipeline, dialects, clock, clocks: parts.limits, running, judge })
      addPublicRoutes(app, {
        version,
        catalog,
        split,
        deployments: views,
        pipeline,
        metrics: () => metrics.shown(shownMetrics(catalog())),
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
          return token === null || !access.opens(token) ? identify(token, { ...admission(), requireKey: !isLoopbackOnly }) : null
        },
        startedAtS: Math.floor(startedAt / 1000),
      })
      await addAdminRoutes(app, {
        access,
        registry,
        now: clock.now,
        connect: openConnect(settings, parts),
        providers,
        emit: bus.emit,
        split,
        overview,
        models,
        modelShares,
        guards,
        guardViews: parts.panel.guards,
        whatIf: openWhatIf(parts.foundation, parts.configuration, parts.lanes),
        deployments: views,
        idleUnload,
        testDeployment: createDeploymentTest({ clock, bus, dialect: defaultDialect, answer: pipeline.answer }),
        beginAnswer: running.begin,
        engine,
        settings: settingControl,
        rules: createRuleControl({ catalogs, settings: registry.settings }),
        sources: sources.routes,
        recorder,
        version,
        repeat: { answer: pipeline.answer, dialectOf, begin: running.begin, clock, clocks: parts.limits },
        ...openActivity(parts.foundation, parts.configuration, parts.lanes, parts.panel),
        events,
      })
      await addPanelRoutes(app, settings.panelFolder)
    },
  })
  stops.add('http', http.close)
  stops.add('event stream', events.close) // before the server: it waits for open connections
  const follow = () => {
    sources.follow()
    void idleUnload.loadKept()
  }
  return { http, running, downloads: sources.routes.downloads, follow }
}

/** Where this machine itself finds a router that listens on `host`. */
export function urlOf(host: string | null, port: number): string {
  if (host === null || isWildcard(host)) return `http://${host === '::' ? '[::1]' : '127.0.0.1'}:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
