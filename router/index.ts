/** Door of the router: starts its parts in order, one step per file of `wiring/`, and stops them in reverse. */
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Desk } from './control/desk.ts'
import { HeadgateError } from './core/errors.ts'
import type { Host } from './core/host.ts'
import { type ExecutionLimits, executionLimits } from './execution/index.ts'
import type { ListedRoute } from './http/route-table.ts'
import { openConfiguration } from './wiring/configuration.ts'
import { openDesk } from './wiring/desk.ts'
import { openFoundation, version } from './wiring/foundation.ts'
import { openLanes } from './wiring/lanes.ts'
import { openPanel } from './wiring/panel.ts'
import { openServer, urlOf } from './wiring/server.ts'
import { openService } from './wiring/service.ts'
import type { RouterSettings } from './wiring/settings.ts'
import { createStops } from './wiring/stops.ts'

export { Secret } from './core/secret.ts'
export { dataFolderPath } from './host/data-folder.ts'
export { createHeadlessHost } from './host/headless-host.ts'
export { whoHolds } from './host/port-holder.ts'
export type { RouterSettings } from './wiring/settings.ts'

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
  /** For the app around it: a snapshot, the changes of its menu. */
  readonly desk: Desk
  /** Requests that are being answered. */
  running(): number
  /** Refuses new requests, lets answers end for at most `drainMs`, ends the rest with an error event. A second call may shorten the time. */
  stop(drainMs?: number): Promise<void>
}

const DRAIN_MS = 30_000
const CUT_MS = 1_000

/** Starts a router and resolves when it listens. Rejects with a sentence when the folder or the port is taken; nothing is left running then. */
export async function createRouter(settings: RouterSettings, createHost: (dataFolder: string) => Host): Promise<Router> {
  const stops = createStops((name, error) => process.stderr.write(`${name} did not close: ${String(error)}\n`))
  const limits: ExecutionLimits = { ...executionLimits, ...settings.limits }
  let url = ''
  try {
    const foundation = openFoundation(settings, createHost, stops)
    const configuration = await openConfiguration(settings, foundation, stops)
    const lanes = openLanes(foundation, configuration, limits, stops)
    const service = openService(settings, foundation, configuration, lanes, limits)
    const panel = openPanel({ foundation, configuration, lanes }, () => url, stops)
    const { http, running, downloads, follow } = await openServer(settings, { foundation, configuration, lanes, service, panel, limits }, stops)
    const desk = openDesk({ foundation, configuration, lanes, panel, downloads })
    stops.add('desk', desk.close)
    const port = await http.listen(settings.port, settings.host)
    url = urlOf(settings.host, port)
    foundation.folder.writeRuntime({ pid: process.pid, url, version })
    await configuration.follow()
    follow()

    let stopped: Promise<void> | null = null
    return {
      url,
      port,
      desk,
      loginUrl: () => `${url}/#code=${panel.access.createCode()}`,
      configProblem: configuration.catalogs.problem,
      addresses: http.addresses,
      routes: http.routes,
      running: running.count,
      async stop(drainMs = DRAIN_MS) {
        stopped ??= running.drain().then(stops.run)
        const end = foundation.clock.after(drainMs, () =>
          running.abort(new HeadgateError('shutting-down', 'Headgate is stopping; the answer was not finished.')),
        )
        // A reader that stopped reading gets no error event: its connection is cut.
        const cut = foundation.clock.after(drainMs + CUT_MS, () => void http.close())
        await stopped.finally(() => {
          end.cancel()
          cut.cancel()
        })
      },
    }
  } catch (error) {
    await stops.run()
    throw error
  }
}

export const defaultPanelFolder = fileURLToPath(new URL('../dist/renderer', import.meta.url))
export const defaultConfigFolder = (dataFolder: string) => join(dataFolder, 'config')
