/** What people see: deployments with their state, the Overview, the models, the event stream, and who may open it. */
import { type DeploymentView, deploymentViews } from '../control/deployment-view.ts'
import { type GuardView, guardViews } from '../control/guard-view.ts'
import { createIdleUnload, type IdleUnload } from '../control/idle-unload.ts'
import { createModelControl, type ModelControl } from '../control/model-control.ts'
import { createModelFileFacts } from '../control/model-file-facts.ts'
import { isInsideFolder, refuseForeignFile, removeModelFile } from '../control/model-file-removal.ts'
import { createModelShares, type ModelShares } from '../control/model-share.ts'
import { createOverview, type Overview } from '../control/overview.ts'
import { createPublisher } from '../control/publish.ts'
import { createSentToday } from '../control/sent-today.ts'
import type { Model } from '../core/deployment.ts'
import { checkGguf } from '../engine/gguf-check.ts'
import { modelMemory } from '../engine/memory-fit.ts'
import { type AdminAccess, createAdminAccess } from '../http/admin/access.ts'
import { createEventStream, type EventStream } from '../http/admin/event-stream.ts'
import { requestView } from '../http/admin/rows.ts'
import type { Configuration } from './configuration.ts'
import { type Foundation, version } from './foundation.ts'
import type { Lanes } from './lanes.ts'
import type { Stops } from './stops.ts'

export interface Panel {
  readonly views: (model?: Model) => readonly DeploymentView[]
  readonly overview: Overview
  readonly models: ModelControl
  readonly modelShares: ModelShares
  readonly guards: () => readonly GuardView[]
  readonly idleUnload: IdleUnload
  readonly access: AdminAccess
  readonly events: EventStream
  /** Requests that are being answered. */
  readonly running: () => number
  /** Where the router is found. */
  readonly url: () => string
}

export interface PanelParts {
  readonly foundation: Foundation
  readonly configuration: Configuration
  readonly lanes: Lanes
}

/** `url`: where the router is found, known once it listens. */
export function openPanel({ foundation, configuration, lanes }: PanelParts, url: () => string, stops: Stops): Panel {
  const { clock, startedAt, folder, bus, registry } = foundation
  const { catalog, catalogs, split, starter, engine: engineSettings } = configuration
  const { transport, engine, slots, health, guards, budgets } = lanes
  const fileFacts = createModelFileFacts(checkGguf)
  const idleUnload = createIdleUnload({
    settings: registry.settings,
    engine,
    catalog,
    isRemoteOnly: () => split.current().lock === 'remote',
    emit: bus.emit,
  })
  const views = (model?: Model) =>
    deploymentViews(
      {
        catalog,
        states: health.states,
        medianFirstOutputMs: health.medianFirstOutputMs,
        slots,
        engineStates: engine.states,
        starterFile: () => starter.listing()?.file ?? null,
        fileFacts: fileFacts.of,
        idleUnloadS: idleUnload.of,
        isOurs: (file) => isInsideFolder(folder.modelsFolder, file),
      },
      model,
    )
  const modelShares = createModelShares({ catalog, split, bus })
  const decided = new Set<string>()
  bus.subscribe((event) => {
    if (event.type === 'request-decided') decided.add(event.request.id)
    else if (event.type === 'request-ended') decided.delete(event.request.id)
  })
  const running = () => decided.size
  const sentToday = createSentToday({ clock, settings: registry.settings, sentOut: transport.bytesSentOut })
  bus.subscribe(sentToday.note)
  stops.add('bytes sent today', sentToday.stop)
  const guardsShown = () => {
    const usedUp = [...catalog().providers.keys()].flatMap((name) => budgets.usedUp(name) ?? [])
    return guardViews(guards.active(), usedUp, split.current())
  }
  const overview = createOverview({
    url,
    version,
    startedAt: new Date(startedAt).toISOString(),
    now: clock.now,
    catalog,
    split,
    requests: registry.requests,
    laneFigures: registry.laneFigures,
    modelShares,
    running,
    guards: guardsShown,
    offersBattery: guards.offersBattery,
    memory: () => ({
      used_bytes: engine.states().reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0),
      budget_bytes: Math.round(modelMemory(engineSettings().memoryBudgetBytes)),
    }),
    deployments: views,
    isPaused: () => registry.settings.get('paused'),
    bytesSentToday: sentToday.bytes,
    download: starter.view,
    engineInfo: engine.info,
    problems: () => {
      const problem = catalogs.problem()
      const message = problem && `${problem.file}:${problem.line ?? 1}: ${problem.message}`
      return message ? [{ level: 'error', message, how_to_fix: 'Mend the file; until then the last good configuration serves.' }] : []
    },
  })
  const models = createModelControl({
    catalog,
    split,
    entries: registry.entries,
    deployments: views,
    reload: catalogs.reload,
    learnFiles: fileFacts.learn,
    refuseForeignFile: (file) => refuseForeignFile(folder.modelsFolder, file),
    async deleteFile(file) {
      await engine.unload(file)
      removeModelFile(folder.modelsFolder, file)
      starter.deleted(file)
      idleUnload.set(file, null)
    },
  })
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
  const access = createAdminAccess(folder.adminToken, clock)
  return { views, overview, models, modelShares, guards: guardsShown, idleUnload, access, events, running, url }
}
