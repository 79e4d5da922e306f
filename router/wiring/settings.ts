/** What a router is started with. */
import type { ExecutionLimits } from '../execution/index.ts'

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
