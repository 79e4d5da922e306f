/** The tooltip, and the text beside the icon: what a glance should answer. */
import type { Situation } from './situation.ts'
import { percent, presetLabels } from './words.ts'

/** `Headgate – Prefer Local – qwen3:8b loaded – 127.0.0.1:4777`. */
export function tooltipOf({ router, app }: Situation): string {
  if (router === null) return `Headgate – ${app.problem ?? 'starting'}`
  const { split, override, deployments, url } = router
  const loaded = deployments.filter(({ loaded }) => loaded === true).map(({ model }) => model)
  const setting =
    override !== null
      ? override.lock === 'local'
        ? 'Local Only for now'
        : 'Remote Only for now'
      : split.preset === 'custom'
        ? `${percent(split.remoteShare)} remote`
        : presetLabels[split.preset]
  const parts = [
    'Headgate',
    ...(router.isPaused ? ['paused'] : []),
    setting,
    loaded.length === 0 ? 'no local model loaded' : `${loaded.slice(0, 3).join(', ')} loaded`,
    new URL(url).host,
  ]
  return parts.join(' – ')
}

/** Off by default; empty = nothing. */
export function trayTextOf({ router }: Situation): string {
  if (router === null || router.desktop.trayText === 'none') return ''
  if (router.desktop.trayText === 'share') return `${percent(router.split.remoteShare)} remote`
  const speeds = router.deployments.filter(({ loaded, in_flight }) => loaded === true && in_flight > 0).map((each) => each.tokens_per_s ?? 0)
  const fastest = Math.max(0, ...speeds)
  return fastest > 0 ? `${Math.round(fastest)} t/s` : ''
}
