/** The catalog in force and what follows from it alone: the starter model's place in it, the split, the server's settings, the log that it names. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openDownload } from '../backends/index.ts'
import { type ServerSettings, serverSettings, watchConfiguration, watchModels } from '../config/index.ts'
import { type CatalogControl, createCatalogControl } from '../control/catalog-control.ts'
import { createExtraLog } from '../control/extra-log.ts'
import { routerLines } from '../control/router-lines.ts'
import { createSplitControl, type SplitControl } from '../control/split-control.ts'
import { createStarterControl, type StarterControl } from '../control/starter-control.ts'
import type { Catalog } from '../core/catalog.ts'
import { checkGguf } from '../engine/gguf-check.ts'
import type { StarterDescription } from '../engine/starter-model.ts'
import { openLog } from '../telemetry/log.ts'
import type { Foundation } from './foundation.ts'
import type { RouterSettings } from './settings.ts'
import type { Stops } from './stops.ts'

const starterFile = fileURLToPath(new URL('../../resources/starter-model.json', import.meta.url))
const starterDescription = JSON.parse(readFileSync(starterFile, 'utf8')) as StarterDescription

export interface Configuration {
  readonly starter: StarterControl
  readonly catalogs: CatalogControl
  readonly catalog: () => Catalog
  readonly server: () => ServerSettings
  readonly split: SplitControl
  /** Watches the files, and gets the starter model in the background. */
  follow(): Promise<void>
}

export async function openConfiguration(
  settings: RouterSettings,
  { clock, folder, bus, registry }: Foundation,
  stops: Stops,
): Promise<Configuration> {
  const starter = createStarterControl({
    dataFolder: folder.path,
    modelsFolder: folder.modelsFolder,
    resourcesFolder: settings.resourcesFolder,
    description: starterDescription,
    setting: settings.environment['HEADGATE_STARTER_MODEL'] || null,
    environment: settings.environment,
    clock,
    emit: bus.emit,
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
  stops.add('catalog', catalogs.settled)
  const catalog = catalogs.current
  let server = serverSettings(catalog())
  const extraLog = createExtraLog({ open: (file) => openLog(file, clock.now), emit: bus.emit })
  extraLog.follow(catalog().logFile)
  const leaveExtraLog = bus.subscribe(extraLog.read)
  stops.add('extra log', () => {
    leaveExtraLog()
    extraLog.close()
  })
  const leaveLines = bus.subscribe((event) => {
    if (catalog().logsDecisions) for (const message of routerLines(event)) bus.emit({ type: 'log', level: 'info', message })
  })
  stops.add('router lines', leaveLines)
  const split = createSplitControl({ settings: registry.settings, sessions: registry.sessions, base: catalog().split, clock, emit: bus.emit })
  catalogs.onChange((next) => {
    server = serverSettings(next)
    extraLog.follow(next.logFile)
    split.setBase(next.split)
  })
  const reload = (by: string) => catalogs.reload(by).catch(() => {}) // told by the catalog itself

  return {
    starter,
    catalogs,
    catalog,
    server: () => server,
    split,
    async follow() {
      const watcher = await watchConfiguration({ folder: settings.configFolder, clock, onChange: () => void reload('files') })
      stops.add('watcher', watcher.close)
      const modelsWatcher = await watchModels({ folder: folder.modelsFolder, clock, onChange: () => void reload('models folder') })
      stops.add('models watcher', modelsWatcher.close)
      if (catalogs.problem() === null) void reload('start') // what changed between the first load and the watch
      const stopping = new AbortController()
      const starting = starter.ensure(stopping.signal, () => reload('starter model'))
      stops.add('starter model', () => {
        stopping.abort()
        return starting
      })
    },
  }
}
