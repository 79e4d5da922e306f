/** The rows about where requests go: presets, what was switched, temporary locks. */
import type { RouterStatus } from '../../router/control/desk.ts'
import type { GuardView } from '../../router/control/guard-view.ts'
import type { Lane } from '../../router/core/deployment.ts'
import type { MenuRow } from './menu-row.ts'
import { effectOf, percent, presetLabels, timeLeft } from './words.ts'

const named = ['local-only', 'prefer-local', 'balanced', 'prefer-remote', 'remote-only'] as const
const lockLabels: Readonly<Record<Lane, string>> = { local: 'Local Only', remote: 'Remote Only' }

/** Radios; the active one says what it does now. While an override is on, what will return is the one that is checked. */
export function presetRows({ split }: RouterStatus): MenuRow[] {
  const effect = effectOf(split)
  const radio = (label: string, isChecked: boolean): MenuRow => ({
    label,
    type: 'radio',
    isChecked,
    ...(isChecked && effect !== null ? { sublabel: effect } : {}),
  })
  return [
    { id: 'split', label: 'Where requests go', type: 'header' },
    ...named.map((preset): MenuRow => ({ id: preset, ...radio(presetLabels[preset], split.preset === preset), action: { do: 'preset', preset } })),
    ...(split.preset === 'custom'
      ? [{ id: 'custom', ...radio(`Custom (${percent(split.remoteShare)} remote)`, true), action: { do: 'show', place: '#/overview' } } as const]
      : []),
  ]
}

export function switchedRows({ override, split, guards, deployments }: RouterStatus, now: number): MenuRow[] {
  const rows: MenuRow[] = []
  if (override !== null)
    rows.push({
      id: 'override',
      label: `${lockLabels[override.lock]}, ${override.until === null ? 'until you turn it off' : timeLeft(override.until, now)}`,
      submenu: [
        ...(override.until === null ? [] : [{ id: 'extend', label: '+1 h', action: { do: 'extend-override', minutes: 60 } } as const]),
        { id: 'end-override', label: 'End Now', action: { do: 'end-override' } },
      ],
    })
  rows.push(...guards.map(guardRow))
  // That there is no network says why the providers are out.
  const lost = guards.some(({ kind }) => kind === 'offline') ? null : lostLane({ split, deployments })
  if (lost !== null)
    rows.push({
      id: 'switched',
      label: `Switched automatically: ${lost === 'remote' ? 'providers are out, using local' : 'local models are out, using remote'}`,
      submenu: [{ id: 'why', label: 'Why…', action: { do: 'show', place: lost === 'remote' ? '#/providers' : '#/models' } }],
    })
  return rows
}

const guardEffects: Readonly<Record<GuardView['kind'], string>> = {
  offline: 'offline, using local',
  battery: 'on battery, new conversations go remote',
  thermal: 'hot, new conversations go remote',
  budget: 'budget used up, using local',
}
const guardNames: Readonly<Record<GuardView['kind'], string>> = {
  offline: 'Offline',
  battery: 'On battery',
  thermal: 'Hot',
  budget: 'Budget used up',
}

/** What a guard does now; one that a person undid, or that a lock leaves without effect, says so. */
function guardRow({ kind, undone_until: until, overruled }: GuardView): MenuRow {
  const why: MenuRow = { id: `why-${kind}`, label: 'Why…', action: { do: 'show', place: kind === 'budget' ? '#/providers' : '#/overview' } }
  if (until !== null && kind !== 'budget')
    return {
      id: `guard-${kind}`,
      label: `${guardNames[kind]}: undone until tomorrow`,
      submenu: [why, { id: `redo-${kind}`, label: 'Let It Act Again', action: { do: 'redo-guard', kind } }],
    }
  return {
    id: `guard-${kind}`,
    label: overruled === null ? `Switched automatically: ${guardEffects[kind]}` : `${guardNames[kind]}: no effect, ${overruledBy[overruled]}`,
    submenu: [why, ...(kind === 'budget' ? [] : [{ id: `undo-${kind}`, label: 'Undo Until Tomorrow', action: { do: 'undo-guard', kind } } as const])],
  }
}

const overruledBy: Readonly<Record<NonNullable<GuardView['overruled']>, string>> = {
  'locked-local': 'locked to this Mac',
  'locked-remote': 'locked to remote',
  'no-fallback': 'Fallback is off',
}

/** A lane that would be asked, whose deployments are all out, while the other one answers for it. */
function lostLane({ split, deployments }: Pick<RouterStatus, 'split' | 'deployments'>): Lane | null {
  if (!split.fallback || split.lock !== null) return null
  const isUp = (lane: Lane) => deployments.some((each) => each.lane === lane && !['out', 'limited', 'disabled'].includes(each.state))
  const isOut = (lane: Lane) => deployments.some((each) => each.lane === lane && ['out', 'limited'].includes(each.state)) && !isUp(lane)
  if (split.remoteShare > 0 && isOut('remote') && isUp('local')) return 'remote'
  return split.remoteShare < 1 && isOut('local') && isUp('remote') ? 'local' : null
}

const lengths = [
  { label: '30 min', length: 30 },
  { label: '1 h', length: 60 },
  { label: 'Until Tomorrow', length: 'tomorrow' },
  { label: 'Until I Turn It Off', length: 'off' },
] as const

export function temporaryRows({ override }: RouterStatus): MenuRow {
  const of = (lock: Lane): MenuRow[] => [
    { label: `${lockLabels[lock]} for`, type: 'header' },
    ...lengths.map(({ label, length }): MenuRow => ({ id: `${lock}-for-${length}`, label, action: { do: 'override', lock, length } })),
  ]
  return {
    id: 'temporarily',
    label: override === null ? 'Temporarily' : 'Temporarily (replaces it)',
    submenu: [...of('local'), { type: 'separator' }, ...of('remote')],
  }
}
