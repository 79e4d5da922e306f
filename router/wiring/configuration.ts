/** The catalog in force and what follows from it alone: the starter model's place in it, the split, the server's settings, the log that it names. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { connectHub } from '../backends/index.ts'
import {
  changesOfProviders,
  type EngineSettings,
  type GuardSettings,
  type ServerSettings,
  type StoredEntries,
  watchConfiguration,
  watchModels,
} from '../config/index.ts'
import { type CatalogControl, createCatalogControl } from '../control/catalog-control.ts'
import { createExtraLog } from '../control/extra-log.ts'
import { createProviderKeys, type ProviderKeys } from '../control/provider-keys.ts'
import { routerLines } from '../control/router-lines.ts'
import { createSettingControl, type SettingControl, starterModelOf } from '../control/setting-control.ts'
import { createSplitControl, type SplitControl } from '../control/split-control.ts'
import { createStarterControl, type StarterControl } from '../control/starter-control.ts'
import type { Catalog, EffectiveSetting } from '../core/catalog.ts'
import { checkGguf } from '../engine/gguf-check.ts'
import type { StarterDescription } from '../engine/starter-model.ts'
import { openLog } from '../telemetry/log.ts'
import type { Foundation } from './foundation.ts'
import { hubOf, isLoopbackOnly, type RouterSettings } from './settings.ts'
import type { Stops } from './stops.ts'

const starterFile = fileURLToPath(new URL('../../resources/starter-model.json', import.meta.url))
const starterDescription = JSON.parse(readFileSync(starterFile, 'utf8')) as StarterDescription

/** Where tools look for it when nobody says another. */
const DEFAULT_PORT = 4777

export interface Configuration {
  readonly starter: StarterControl
  readonly catalogs: CatalogControl
  readonly catalog: () => Catalog
  readonly server: () => ServerSettings
  readonly engine: () => EngineSettings
  readonly guards: () => GuardSettings
  readonly settingControl: SettingControl
  readonly split: SplitControl
  readonly providerKeys: ProviderKeys
  /** What providers say they have, as it is now; the catalog follows. */
  readonly setListed: (next: NonNullable<StoredEntries['listed']>) => void
  /** Watches the files, and gets the starter model in the background. */
  follow(): Promise<void>
}

export async function openConfiguration(
  settings: RouterSettings,
  { clock, folder, bus, host, registry }: Foundation,
  stops: Stops,
): Promise<Configuration> {
  const starterOfEnvironment = settings.environment['HEADGATE_STARTER_MODEL'] || null
  const starter = createStarterControl({
    dataFolder: folder.path,
    modelsFolder: folder.modelsFolder,
    resourcesFolder: settings.resourcesFolder,
    description: starterDescription,
    setting: starterModelOf(registry.settings, starterOfEnvironment),
    environment: settings.environment,
    clock,
    emit: bus.emit,
    fetchRange: connectHub(hubOf(settings), async () => null).open,
    hub: hubOf(settings).trusted[0] ?? null,
    held: { get: () => registry.settings.get('starterHold'), set: (hold) => registry.settings.set('starterHold', hold) },
  })
  const providerKeys = createProviderKeys({ secrets: host.secrets, settings: registry.settings, bus })
  let listed: NonNullable<StoredEntries['listed']> = new Map()
  const catalogs = await createCatalogControl({
    folder: settings.configFolder,
    dataFolder: folder.path,
    modelsFolder: folder.modelsFolder,
    environment: settings.environment,
    entries: registry.entries,
    rules: () => registry.settings.get('rules'),
    async providerChanges() {
      return { credentials: await providerKeys.load(), ...changesOfProviders(registry.settings.get('providerChanges')) }
    },
    listed: () => listed,
    engineContext: () => (registry.settings.get('settingOverrides')['engine.context'] as number | undefined) ?? null,
    chosenFiles: () => registry.settings.get('chosenFiles'),
    bus,
    inspectModel: checkGguf,
    starter: starter.listing,
  })
  stops.add('catalog', catalogs.settled)
  const catalog = catalogs.current
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
  stops.add('split', split.stop)
  catalogs.onChange((next) => {
    extraLog.follow(next.logFile)
    split.setBase(next.split)
  })
  const reload = (by: string) => catalogs.reload(by).catch(() => {}) // told by the catalog itself
  const settingControl = createSettingControl({
    settings: registry.settings,
    catalog,
    now: clock.now,
    started: startedWith(settings, folder.modelsFolder),
    starterOfEnvironment,
    isLoopbackOnly: isLoopbackOnly(settings.host),
    inspectModel: checkGguf,
    reload: () => catalogs.reload('panel'),
    hasRequests: () => registry.requests.list({ limit: 1 }).length > 0,
  })

  return {
    starter,
    catalogs,
    catalog,
    server: settingControl.server,
    engine: settingControl.engine,
    guards: settingControl.guards,
    settingControl,
    split,
    providerKeys,
    setListed(next) {
      listed = next
      void reload('provider list')
    },
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

/** What holds until the next start, and who said so. */
function startedWith({ port, host, dataFolder, configFolder, environment }: RouterSettings, modelsFolder: string): EffectiveSetting[] {
  const sourceOf = (variable: string, value: unknown, option: string) => {
    const set = environment[variable]
    return set !== undefined && set !== '' && set === String(value) ? variable : option
  }
  return [
    { path: 'server.port', value: port, source: port === DEFAULT_PORT ? 'default' : sourceOf('HEADGATE_PORT', port, '--port') },
    { path: 'server.host', value: host ?? '127.0.0.1, ::1', source: host === null ? 'default' : sourceOf('HEADGATE_HOST', host, '--host') },
    { path: 'folders.data', value: dataFolder, source: sourceOf('HEADGATE_DATA', dataFolder, 'start') },
    { path: 'folders.config', value: configFolder, source: sourceOf('HEADGATE_CONFIG', configFolder, 'start') },
    { path: 'folders.models', value: modelsFolder, source: 'start' },
  ]
}
