/** Where local models come from: the queue of downloads, the hub, files of this machine, and other servers on it. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { connectHub, createHub, findLocalServers, usualPorts } from '../backends/index.ts'
import { createDownloadControl } from '../control/download-control.ts'
import { createFoundServers } from '../control/found-servers.ts'
import { createGgufFolder } from '../control/gguf-folder.ts'
import { createHubControl, tokenName } from '../control/hub-control.ts'
import type { ProviderControl } from '../control/provider-control.ts'
import { suggestedModels } from '../control/suggested-models.ts'
import { createSuggestionControl } from '../control/suggestion-control.ts'
import { checkGguf } from '../engine/gguf-check.ts'
import { modelMemory } from '../engine/memory-fit.ts'
import type { DownloadRouteParts } from '../http/admin/download-routes.ts'
import { findProvider } from '../providers/index.ts'
import type { Configuration } from './configuration.ts'
import type { Foundation } from './foundation.ts'
import type { Panel } from './panel.ts'
import { hubOf, type RouterSettings } from './settings.ts'
import type { Stops } from './stops.ts'

const suggestedFile = fileURLToPath(new URL('../../resources/suggested-models.json', import.meta.url))

export interface Sources {
  readonly routes: DownloadRouteParts['sources']
  /** Goes on with downloads, and looks around once; to be called when the router listens. */
  follow(): void
}

/** Throws a sentence where the hub's address or the list of ports is none. */
export function openSources(
  settings: RouterSettings,
  { clock, folder, bus, host, registry }: Foundation,
  { catalog, catalogs, engine, starter }: Configuration,
  { models, url }: Panel,
  providers: Pick<ProviderControl, 'add'>,
  stops: Stops,
): Sources {
  const address = hubOf(settings)
  const connection = connectHub(address, () => host.secrets.get(tokenName(address.origin)))
  const hub = createHub(connection)
  const room = () => {
    const { contextTokens, memoryBudgetBytes } = engine()
    return { contextTokens, ofBytes: modelMemory(memoryBudgetBytes) }
  }
  const downloads = createDownloadControl({
    modelsFolder: folder.modelsFolder,
    store: registry.downloads,
    hub,
    fetchRange: connection.open,
    clock,
    emit: bus.emit,
    inspectModel: checkGguf,
    onReady: () => catalogs.reload('download').catch(() => {}), // told by the catalog itself
  })
  stops.add('downloads', downloads.stop)
  const { settings: stored } = registry
  const ggufs = createGgufFolder({
    home: settings.environment['HOME'] || homedir(),
    modelsFolder: folder.modelsFolder,
    inspect: checkGguf,
    room,
    names: () => new Set(catalog().modelsByName.keys()),
    usedFiles: () =>
      new Map(
        catalog().models.flatMap(({ name, deployments, source }) =>
          source === 'built-in' ? [] : deployments.filter(({ kind }) => kind === 'engine').map(({ upstreamModel }) => [upstreamModel, name] as const),
        ),
      ),
    models,
    chosen: { get: () => stored.get('chosenFiles'), set: (files) => stored.set('chosenFiles', files) },
  })
  const ports = portsOf(settings.environment['HEADGATE_LOCAL_SERVERS'])
  const foundServers = createFoundServers({
    look: () => findLocalServers(ports.filter((port) => String(port) !== new URL(url()).port)),
    clock,
    catalog,
    labelOf: (kind) => findProvider(kind)?.label ?? kind,
    builtInUrl: (kind) => findProvider(kind)?.defaultBaseUrl ?? null,
    models,
    providers,
    dismissed: { get: () => stored.get('dismissedServers'), set: (urls) => stored.set('dismissedServers', urls) },
  })
  const suggestions = createSuggestionControl({
    list: suggestedModels.parse(JSON.parse(readFileSync(suggestedFile, 'utf8'))),
    origin: address.origin,
    room,
    downloads,
    modelsFolder: folder.modelsFolder,
    catalog,
  })
  return {
    routes: {
      downloads,
      hub: createHubControl({ hub, origin: address.origin, secrets: host.secrets, room }),
      suggestions,
      ggufs,
      foundServers,
      starter,
    },
    follow() {
      void downloads.start()
      if (ports.length > 0) void foundServers.list()
    },
  }
}

/** `HEADGATE_LOCAL_SERVERS`: ports separated by commas, or `off`. */
function portsOf(setting: string | undefined): readonly number[] {
  if (!setting) return usualPorts
  if (setting === 'off') return []
  return setting.split(',').map((text) => {
    const port = Number(text.trim())
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`HEADGATE_LOCAL_SERVERS: ${text.slice(0, 50)} is not a port.`)
    return port
  })
}
