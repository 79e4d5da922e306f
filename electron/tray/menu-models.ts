/** The rows about models: each one's own share, what is loaded here, downloads, how every deployment stands. */
import type { DownloadStatus, RouterStatus } from '../../router/control/desk.ts'
import type { MenuRow } from './menu-row.ts'
import { bytes, percent, shortened } from './words.ts'

const shares = [0, 0.25, 0.5, 0.75, 1] as const
/** A menu longer than a screen is of no use; the page has them all. */
const ROWS_AT_MOST = 24

export function perModelRows({ models }: RouterStatus): MenuRow[] {
  if (models.length === 0) return []
  const more: MenuRow[] = models.length > ROWS_AT_MOST ? [{ label: `All ${models.length} models…`, action: { do: 'show', place: '#/models' } }] : []
  return [
    {
      id: 'per-model',
      label: 'Per Model',
      submenu: [
        ...models.slice(0, ROWS_AT_MOST).map(
          (model): MenuRow => ({
            id: `model:${model.name}`,
            label: shortened(model.name, 48),
            ...(model.ownRemoteShare === null ? {} : { badge: `${percent(model.ownRemoteShare)} remote` }),
            submenu: sharesOf(model),
          }),
        ),
        ...more,
      ],
    },
  ]
}

function sharesOf({ name, ownRemoteShare, hasBothLanes }: RouterStatus['models'][number]): MenuRow[] {
  const own = ownRemoteShare !== null && !shares.some((share) => share === ownRemoteShare)
  const row = (label: string, remoteShare: number | null): MenuRow => ({
    id: `share:${name}:${remoteShare === null ? 'global' : Math.round(remoteShare * 100)}`,
    label,
    type: 'radio',
    isChecked: ownRemoteShare === remoteShare,
    isEnabled: hasBothLanes || remoteShare === null,
    action: { do: 'share', model: name, remoteShare },
  })
  return [
    row('Follow Global', null),
    ...shares.map((share) => row(`${percent(share)} remote`, share)),
    ...(own ? [row(`${percent(ownRemoteShare)} remote`, ownRemoteShare)] : []),
    { type: 'separator' },
    { id: `open:${name}`, label: 'Open…', action: { do: 'show', place: `#/models/${encodeURIComponent(name)}` } },
  ]
}

export function localModelRows({ deployments, downloads }: RouterStatus): MenuRow[] {
  const local = deployments.filter(({ loaded }) => loaded !== null)
  if (local.length === 0 && downloads.length === 0) return []
  const [loaded, others] = [local.filter(({ loaded }) => loaded), local.filter(({ loaded }) => !loaded)]
  const rows: MenuRow[] = [
    ...loaded.map((deployment) => loadedRow(deployment)),
    ...others.slice(0, ROWS_AT_MOST).map(
      ({ name, model, state }): MenuRow =>
        state === 'loading'
          ? { id: `local:${name}`, label: `${shortened(model, 48)} is loading`, isEnabled: false }
          : {
              id: `local:${name}`,
              label: shortened(model, 48),
              submenu: [{ id: `load:${name}`, label: 'Load', isEnabled: state !== 'disabled', action: { do: 'load', deployment: name } }],
            },
    ),
    ...(downloads.length > 0 && local.length > 0 ? [{ type: 'separator' } as const] : []),
    ...downloads.map(downloadRow),
  ]
  return [{ id: 'local-models', label: 'Local Models', submenu: rows }]
}

function loadedRow({ name, model, memory_bytes, local }: RouterStatus['deployments'][number]): MenuRow {
  const isKept = local?.idle_unload_s === 0
  return {
    id: `local:${name}`,
    label: `● ${shortened(model, 48)}`,
    ...(memory_bytes === null ? {} : { badge: bytes(memory_bytes) }),
    submenu: [
      { id: `unload:${name}`, label: 'Unload', action: { do: 'unload', deployment: name } },
      {
        id: `keep:${name}`,
        label: 'Keep Loaded',
        type: 'checkbox',
        isChecked: isKept,
        action: { do: isKept ? 'release' : 'keep', deployment: name },
      },
    ],
  }
}

function downloadRow({ id, model, state, percent: done, isActive }: DownloadStatus): MenuRow {
  const label = `↓ ${shortened(model, 40)} ${isActive ? `${done} %` : state}`
  return isActive
    ? { id: `download:${id}`, label, submenu: [{ id: `pause-download:${id}`, label: 'Pause', action: { do: 'pause-download', id } }] }
    : { id: `download:${id}`, label, action: { do: 'show', place: '#/models' } }
}

const dots: Readonly<Record<string, string>> = {
  healthy: '●',
  'not-loaded': '●',
  unknown: '●',
  loading: '◐',
  'on-trial': '◐',
  ramping: '◐',
  limited: '◐',
}

export function healthRows({ deployments }: RouterStatus): MenuRow[] {
  if (deployments.length === 0) return []
  const more: MenuRow[] =
    deployments.length > ROWS_AT_MOST ? [{ label: `All ${deployments.length} deployments…`, action: { do: 'show', place: '#/overview' } }] : []
  return [
    {
      id: 'health',
      label: 'Health',
      submenu: [
        ...deployments.slice(0, ROWS_AT_MOST).map(
          (each): MenuRow => ({
            id: `health:${each.name}`,
            label: `${dots[each.state] ?? '○'} ${shortened(each.name, 40)}`,
            badge: standing(each),
            action: { do: 'show', place: each.lane === 'local' ? `#/models/${encodeURIComponent(each.model)}` : '#/providers' },
          }),
        ),
        ...more,
      ],
    },
  ]
}

function standing({ state, detail, first_output_ms }: RouterStatus['deployments'][number]): string {
  if (state === 'healthy' && first_output_ms !== null) return `${Math.round(first_output_ms)} ms`
  const word =
    { healthy: 'ready', 'not-loaded': 'not loaded', unknown: 'not asked yet', limited: 'rate-limited', 'on-trial': 'on trial' }[state as string] ??
    state
  return shortened(detail === null || state === 'healthy' ? word : state === 'limited' ? `${word}, ${detail}` : `${word}: ${detail}`, 48)
}
