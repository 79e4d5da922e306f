/** The app's way into the router: see control/desk.ts. */
import { createDesk, type Desk, type DownloadStatus } from '../control/desk.ts'
import type { DownloadControl } from '../control/download-control.ts'
import type { DownloadView } from '../control/download-view.ts'
import type { Configuration } from './configuration.ts'
import type { Foundation } from './foundation.ts'
import type { Lanes } from './lanes.ts'
import type { Panel } from './panel.ts'

export interface DeskWiring {
  readonly foundation: Foundation
  readonly configuration: Configuration
  readonly lanes: Lanes
  readonly panel: Panel
  readonly downloads: DownloadControl
}

const by = 'tray'

export function openDesk({ foundation, configuration, lanes, panel, downloads }: DeskWiring): Desk {
  const { clock, bus, host, registry } = foundation
  const { split, starter } = configuration
  const { engine, health, transport } = lanes
  const { models, modelShares, idleUnload } = panel
  return createDesk({
    clock,
    bus,
    by,
    url: panel.url,
    running: panel.running,
    settings: registry.settings,
    requests: registry.requests,
    split,
    modelShares,
    guards: lanes.guards,
    guardViews: panel.guards,
    deployments: () => panel.views(),
    problems: panel.overview.problems,
    downloads: () => [starter.view(), ...downloads.list()].flatMap((view) => (view === null || view.state === 'ready' ? [] : [downloadStatus(view)])),
    load: (deployment) => engine.load(models.fileOf(deployment), null),
    unload: (deployment) => engine.unload(models.fileOf(deployment)),
    setKept: (deployment, isKept) => idleUnload.set(models.fileOf(deployment), isKept ? 0 : null),
    async pauseDownload(id) {
      if (id === starter.view()?.id) await starter.change('paused')
      else await downloads.change(id, 'paused')
    },
    keys: registry.keys,
    secrets: host.secrets,
    dropIdle: transport.dropIdle,
    woke: health.woke,
  })
}

const active: ReadonlySet<DownloadView['state']> = new Set(['downloading', 'verifying'])

function downloadStatus({ id, model, state, received_bytes, total_bytes }: DownloadView): DownloadStatus {
  const percent = total_bytes > 0 ? Math.floor((received_bytes / total_bytes) * 100) : 0
  return { id, model, state, percent, isActive: active.has(state) }
}
