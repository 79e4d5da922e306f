/** What a router is started with. */
import { type HubAddress, hubAddress } from '../backends/index.ts'
import type { ExecutionLimits } from '../execution/index.ts'

/** Only programs of this machine can reach it. */
export const isLoopbackOnly = (host: string | null): boolean => host === null || ['127.0.0.1', '::1', 'localhost'].includes(host)

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
  /** How many wrong keys an address may send in a minute, other than the usual number. */
  readonly wrongKeysPerMinute?: number
}

/** The model hub: the usual one, or that of `HEADGATE_HUB_URL`. Throws a sentence where that is no address. */
export function hubOf({ environment }: Pick<RouterSettings, 'environment'>): HubAddress {
  return hubAddress(environment['HEADGATE_HUB_URL'] || null)
}
