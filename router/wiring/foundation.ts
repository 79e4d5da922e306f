/** What everything stands on: the locked data folder, the event bus, the log, the host, the registry. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Clock, systemClock } from '../core/clock.ts'
import { createEventBus, type EventBus } from '../core/events.ts'
import type { Host } from '../core/host.ts'
import { type DataFolder, openDataFolder } from '../host/data-folder.ts'
import { openRegistry, type Registry } from '../registry/index.ts'
import { openLog } from '../telemetry/log.ts'
import { createLogRing, type LogRing } from '../telemetry/log-ring.ts'
import { readLogTail } from '../telemetry/log-tail.ts'
import type { RouterSettings } from './settings.ts'
import type { Stops } from './stops.ts'

const packageFile = fileURLToPath(new URL('../../package.json', import.meta.url))
export const version = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version

/** Of the programs around this one, for the support bundle. */
export const runtimeVersions = { node: process.versions.node, electron: process.versions['electron'] ?? null }

export interface Foundation {
  readonly clock: Clock
  /** Wall clock, ms. */
  readonly startedAt: number
  readonly folder: DataFolder
  readonly bus: EventBus
  readonly host: Host
  readonly registry: Registry
  readonly logRing: LogRing
}

/** Throws a sentence when another router has the folder. */
export function openFoundation(settings: RouterSettings, createHost: (dataFolder: string) => Host, stops: Stops): Foundation {
  const clock = systemClock
  const startedAt = clock.now()
  const folder = openDataFolder(settings.dataFolder)
  stops.add('data folder', folder.release)
  const bus = createEventBus((error) => process.stderr.write(`reader failed: ${String(error)}\n`))
  const log = openLog(folder.logFile, clock.now)
  const leaveLog = bus.subscribe(log.read)
  const logRing = createLogRing(clock.now, () => readLogTail(folder.logFile, startedAt))
  bus.subscribe(logRing.read)
  stops.add('log', () => {
    leaveLog()
    log.close()
  })
  const host = createHost(folder.path)
  const registry = openRegistry(folder.databaseFile, clock, (trouble) =>
    bus.emit({
      type: 'log',
      level: trouble ? 'error' : 'info',
      message: trouble
        ? `The data folder cannot be written; requests are answered all the same: ${trouble.message}`
        : 'The data folder can be written again.',
    }),
  )
  registry.onDropped((message) => bus.emit({ type: 'log', level: 'error', message }))
  stops.add('registry', registry.close)
  return { clock, startedAt, folder, bus, host, registry, logRing }
}
