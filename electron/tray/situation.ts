/** What the menu, the icon and the tooltip are made of: the router as it is, and the app around it. */
import type { RouterStatus } from '../../router/control/desk.ts'

export interface AppSituation {
  readonly platform: NodeJS.Platform
  /** Wall clock, ms. */
  readonly now: number
  /** Why there is no router, as the menu's first line says it; null = there is one. */
  readonly problem: string | null
  /** Version that a restart installs; null = none waits. */
  readonly updateReady: string | null
  /** The app ends when these requests are answered; null = it stays. */
  readonly quittingAfter: number | null
  /** A download finished while nobody looked. */
  readonly hasUnseen: boolean
}

export interface Situation {
  /** Null while there is no router. */
  readonly router: RouterStatus | null
  readonly app: AppSituation
}
