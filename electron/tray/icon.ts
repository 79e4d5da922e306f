/** Which icon stands for a situation: one state at a time, the most severe first. */
import { problemOf } from './problem.ts'
import type { Situation } from './situation.ts'

export const iconNames = ['attention', 'paused', 'downloading', 'finished', 'local', 'remote', 'loaded', 'pulse', 'idle'] as const
export type IconName = (typeof iconNames)[number]

export interface IconChoice {
  readonly name: IconName
  /** A local model answers: the icon alternates with `pulse`, where motion is welcome. */
  readonly isPulsing: boolean
}

export function iconOf({ router, app }: Situation): IconChoice {
  const still = (name: IconName): IconChoice => ({ name, isPulsing: false })
  if (router === null || app.problem !== null || problemOf(router)?.isSevere) return still('attention')
  if (router.isPaused) return still('paused')
  if (router.downloads.some(({ isActive }) => isActive)) return still('downloading')
  if (app.hasUnseen) return still('finished')
  if (router.split.lock === 'local') return still('local')
  if (router.split.lock === 'remote') return still('remote')
  const loaded = router.deployments.filter((deployment) => deployment.loaded === true)
  if (loaded.length === 0) return still('idle')
  return { name: 'loaded', isPulsing: loaded.some(({ in_flight }) => in_flight > 0) }
}

/** `trayPausedTemplate.png`; its @2x lies beside it. */
export function iconFile(name: IconName): string {
  return `tray${name[0]?.toUpperCase()}${name.slice(1)}Template.png`
}
