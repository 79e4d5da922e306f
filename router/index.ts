/** Door and wiring of the router: every part is made here, in the order in which it starts, and stopped in reverse. */
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { identify } from './admission/index.ts'
import { createEngineBackend, createHttpBackend, createTransport, openDownload } from './backends/index.ts'
import { engineSettings, serverSettings, watchConfiguration } from './config/index.ts'
import { createCatalogControl } from './control/catalog-control.ts'
import { deploymentViews } from './control/deployment-view.ts'
import { createExtraLog } from './control/extra-log.ts'
import { createHealthControl } from './control/health-control.ts'
import { createModelControl } from './control/model-control.ts'
import { createOverview, type Problem } from './control/overview.ts'
import { createPublisher } from './control/publish.ts'
import { createSplitControl } from './control/split-control.ts'
import { createStarterControl } from './control/starter-control.ts'
import { systemClock } from './core/clock.ts'
import type { Deployment, Model } from './core/deployment.ts'
import { HeadgateError } from './core/errors.ts'
import { createEventBus } from './core/events.ts'
import type { AdmissionSituation } from './core/gate.ts'
import type { Host } from './core/host.ts'
import { dialectOf, dialects } from './dialects/index.ts'
import { checkGguf } from './engine/gguf-check.ts'
import { createEngine } from './engine/index.ts'
import type { StarterDescription } from './engine/starter-model.ts'
import { createSlots, type ExecutionLimits, executionLimits } from './execution/index.ts'
import { openDataFolder } from './host/data-folder.ts'
import { createAdminAccess } from './http/admin/access.ts'
import { createEventStream } from './http/admin/event-stream.ts'
import { addAdminRoutes } from './http/admin/index.ts'
import { requestView } from './http/admin/rows.ts'
import { tokenOf } from './http/credentials.ts'
import { addInferenceRoutes } from './http/inference-routes.ts'
import { addPanelRoutes } from './http/panel-routes.ts'
import { addPublicRoutes } from './http/public-routes.ts'
import type { ListedRoute } from './http/route-table.ts'
import { createRunningRequests } from './http/running-requests.ts'
import { createHttpServer, isWildcard } from './http/server.ts'
import { createPipeline } from './pipeline.ts'
import { explainPlan } from './policy/index.ts'
import { providerOf } from './providers/index.ts'
import { openRegistry } from './registry/index.ts'
import { openLog } from './telemetry/log.ts'

const starterDescription = JSON.parse(
  readFileSync(fileURLToPath(new URL('../resources/starter-model.json', import.meta.url)), 'utf8'),
) as StarterDescription
const packageFile = fileURLToPath(new URL('../package.json', import.meta.url))
export const version = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version

export interface RouterSettings {
  readonly dataFolder: string
  readonly configFolder: string
  /** 0 = any free port. */
  readonly port: number
  /** Null = 127.0.0.1 and ::1. */
  readonly host: string | null
  /** Folder of the built panel. */
  readonly panelFolder: string
  /** Folder of a packaged app's resources; null = none. */
  readonly resourcesFolder: string | null
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Numbers of the execution other than the usual ones. */
  readonly limits?: Partial<ExecutionLimits>
}

export interface Router {
  readonly url: string
  readonly port: number
  /** URL that opens the panel once, with a code in its fragment. */
  loginUrl(): string
  /** Why the newest configuration is not in force; null = it is. */
  configProblem(): { readonly file: string; readonly line: number | null; readonly message: string } | null
  /** Where it listens. */
  addresses(): readonly AddressInfo[]
  /** Every route that it serves. */
  routes(): readonly ListedRoute[]
  /** Requests that are being answered. */
  running(): number
  /** Refuses new requests, lets answers end for at most `drainMs`, ends the rest with an error event. A second call may shorten the time. */
  stop(drainMs?: number): Promise<void>
}

const DRAIN_MS = 30_000
const CUT_MS = 1_000

/** Starts a router and resolves when it listens. Rejects with a sentence when the folder or the port is taken. */
export async function createRouter(settings: RouterSettings, createHost: (dataFolder: string) => Host): Promise<Router> {
  const clock = systemClock
  const limits: ExecutionLimits = { ...executionLimits, ...settings.limits }
  const startedAt = clock.now()
  const folder = openDataFolder(settings.dataFolder)
  const bus = createEventBus((error) => process.stderr.write(`reader failed: ${String(error)}\n`))
  const { emit } = bus
  try {
    const log = openLog(folder.logFile, clock.now)
    bus.subscribe(log.read)
    const host = createHost(folder.path)
    const registry = openRegistry(folder.databaseFile, clock, (trouble) =>
      emit({
        type: 'log',
        level: trouble ? 'error' : 'info',
        message: trouble
          ? `The data folder cannot be written; requests are answered all the same: ${trouble.message}`
          : 'The data folder can be written again.',
      }),
    )

    // Configuration
    const starter = createStarterControl({
      dataFolder: folder.path,
      modelsFolder: folder.modelsFolder,
      resourcesFolder: settings.resourcesFolder,
      description: starterDescription,
      setting: settings.environment['HEADGATE_STARTER_MODEL'] || null,
      clock,
      emit,
      fetchRange: openDownload,
    })
    const catalogs = await createCatalogControl({
      folder: settings.configFolder,
      dataFolder: folder.path,
      modelsFolder: folder.modelsFolder,
      environment: settings.environment,
      entries: registry.entries,
      bus,
      inspectModel: checkGguf,
      starter: starter.listing,
    })
    const catalog = catalogs.current
    let server = serverSettings(catalog())
    const extraLog = createExtraLog({ open: (file) => openLog(file, clock.now), emit })
    extraLog.follow(catalog().logFile)
    bus.subscribe(extraLog.read)
    const split = createSplitControl({ settings: registry.settings, sessions: registry.sessions, base: catalog().split, clock, emit })
    const isLocalOnly = () => split.current().lock === 'local'

    // Backends
    const transport = createTransport({
      connectMs: () => catalog().timeouts.connectMs,
      connectLoopbackMs: () => catalog().timeouts.connectLoopbackMs,
      isLocalOnly,
      clock,
    })
    const fromFiles = engineSettings(catalog())
    const engine = createEngine({
      host,
      clock,
      settings: {
        isolation: fromFiles.isolation === 'process' ? 'in-process' : fromFiles.isolation,
        slots: fromFiles.slots,
        threads: fromFiles.threads,
        context: fromFiles.contextTokens,
        queueLimit: limits.queuePerDeployment,
        idleUnloadMs: fromFiles.idleUnloadMs,
        memoryBudgetBytes: fromFiles.memoryBudgetBytes,
      },
      log: (level, message) => emit({ type: 'log', level, message }),
    })
    const backends = {
      engine: createEngineBackend({ engine, clock }),
      http: createHttpBackend({ transport, clock, version, providerOf, dialectOf }),
    }
    const backendOf = ({ kind }: Deployment) => (kind === 'engine' ? backends.engine : backends.http)

    // Decision and execution
    const slots = createSlots(clock, limits)
    const isLoaded = (file: string) => engine.states().some((state) => state.file === file && state.state === 'ready')
    const health = createHealthControl({
      clock,
      host,
      bus,
      catalog,
      backendOf,
      inFlight: slots.inFlight,
      isLoaded,
      isLocalOnly,
      onWake: transport.dropIdle,
    })
    health.catalogChanged(catalog())
    // Remote Only: no local model stays loaded; answers that run are finished first.
    bus.subscribe((event) => {
      if (event.type !== 'split-changed' || event.lock !== 'remote') return
      for (const { file, state } of engine.states()) if (state === 'ready' || state === 'loading') void engine.unload(file).catch(() => {})
    })
    engine.onChange(({ file, state, detail }) => {
      emit({ type: 'engine-state', model: basename(file), state, detail })
      if (state === 'ready') health.engineLoaded(file)
    })
    const isLoopbackOnly = settings.host === null || ['127.0.0.1', '::1', 'localhost'].includes(settings.host)
    if (!isLoopbackOnly && !registry.keys.hasActive())
      throw new Error(
        `Listening on ${settings.host} needs a key for the tools, and none has been issued. Run \`headgate token create\` first, or leave --host out.`,
      )
    const admission = (): AdmissionSituation => ({
      paused: registry.settings.get('paused'),
      requireKey: !isLoopbackOnly || (registry.settings.get('requireKey') ?? server.requireKey),
      findKey: registry.keys.find,
    })
    const pipeline = createPipeline({
      clock,
      catalog,
      split,
      sessions: registry.sessions,
      deploymentStates: health.states,
      admission,
      execution: {
        clock,
        limits,
        slots,
        backendOf,
        learnedStartMs: health.learnedStartMs,
        defaultStartMs: () => catalog().timeouts.startMs,
        emit,
      },
      emit,
      explainRefusal: (plan) => starter.explain(plan),
    })
    const planTexts = new Map<string, string>()
    bus.subscribe((event) => {
      if (event.type === 'request-decided') planTexts.set(event.request.id, JSON.stringify(explainPlan(event.plan)))
      if (event.type === 'attempt-ended') registry.requests.note(event, null)
      if (event.type !== 'request-ended') return
      registry.requests.note(event, planTexts.get(event.request.id) ?? null)
      planTexts.delete(event.request.id)
    })

    // What people see
    const views = (model?: Model) =>
      deploymentViews(
        { catalog, states: health.states, slots, engineStates: engine.states, starterFile: () => starter.listing()?.file ?? null },
        model,
      )
    const problems = (): Problem[] => {
      const problem = catalogs.problem()
      return problem
        ? [
            {
              level: 'error',
              message: `${problem.file}:${problem.line ?? 1}: ${problem.message}`,
              how_to_fix: 'Mend the file; until then the last good configuration serves.',
            },
          ]
        : []
    }
    const overview = createOverview({
      url: () => url,
      version,
      startedAt: new Date(startedAt).toISOString(),
      now: clock.now,
      catalog,
      split,
      requests: registry.requests,
      deployments: views,
      isPaused: () => registry.settings.get('paused'),
      bytesSentOut: transport.bytesSentOut,
      download: starter.view,
      engineInfo: engine.info,
      problems,
    })
    const models = createModelControl({ catalog, split, entries: registry.entries, deployments: views, reload: catalogs.reload })
    const access = createAdminAccess(folder.adminToken, clock)
    const events = createEventStream(clock.now, clock.id('run'))
    bus.subscribe(
      createPublisher({
        publish: events.publish,
        isFollowed: events.isFollowed,
        requestView,
        deployment: (name) => views().find((view) => view.name === name) ?? null,
        split: overview.split,
      }),
    )

    // HTTP
    const running = createRunningRequests()
    const [defaultDialect] = dialects
    if (!defaultDialect) throw new Error('no dialect')
    const http = await createHttpServer({
      clock,
      defaultDialect,
      hostNames: () => server.hostNames,
      origins: () => server.corsOrigins,
      emit,
      addRoutes: async (app) => {
        addInferenceRoutes(app, { pipeline, dialects, clock, clocks: limits, running })
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
    const port = await http.listen(settings.port, settings.host)
    const url = `http://${addressOf(settings.host)}:${port}`
    folder.writeRuntime({ pid: process.pid, url, version })

    // What goes on beside the requests
    const watcher = await watchConfiguration({ folder: settings.configFolder, clock, onChange: () => void catalogs.reload('files').catch(() => {}) })
    catalogs.onChange((next) => {
      server = serverSettings(next)
      extraLog.follow(next.logFile)
      split.setBase(next.split)
      health.catalogChanged(next)
    })
    if (catalogs.problem() === null) void catalogs.reload('start').catch(() => {}) // what changed between the first load and the watch
    const stopping = new AbortController()
    const starting = starter.ensure(stopping.signal, () => catalogs.reload('starter model').catch(() => {}))

    let stopped: Promise<void> | null = null
    async function stop(): Promise<void> {
      const answered = running.drain()
      stopping.abort()
      await watcher.close()
      await answered
      events.close()
      await http.close()
      health.stop()
      await starting
      await catalogs.settled()
      await engine.stop()
      await transport.close()
      registry.close()
      extraLog.close()
      log.close()
      folder.release()
    }
    return {
      url,
      port,
      loginUrl: () => `${url}/#code=${access.createCode()}`,
      configProblem: catalogs.problem,
      addresses: http.addresses,
      routes: http.routes,
      running: running.count,
      async stop(drainMs = DRAIN_MS) {
        stopped ??= stop()
        const end = clock.after(drainMs, () =>
          running.abort(new HeadgateError('shutting-down', 'Headgate is stopping; the answer was not finished.')),
        )
        // A reader that stopped reading gets no error event: its connection is cut.
        const cut = clock.after(drainMs + CUT_MS, () => void http.close())
        await stopped.finally(() => {
          end.cancel()
          cut.cancel()
        })
      },
    }
  } catch (error) {
    folder.release()
    throw error
  }
}

export const defaultPanelFolder = fileURLToPath(new URL('../dist/renderer', import.meta.url))
export const defaultConfigFolder = (dataFolder: string) => join(dataFolder, 'config')

/** Where this machine itself finds a router that listens on `host`. */
function addressOf(host: string | null): string {
  if (host === null || isWildcard(host)) return host === '::' ? '[::1]' : '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
