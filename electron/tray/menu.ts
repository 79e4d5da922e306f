/** The tray menu as data: a pure function of the router and the app. Complete without a window; a row that is not true is not there. */
import type { RouterStatus } from '../../router/control/desk.ts'
import { healthRows, localModelRows, perModelRows } from './menu-models.ts'
import type { MenuRow } from './menu-row.ts'
import { presetRows, switchedRows, temporaryRows } from './menu-split.ts'
import { problemOf } from './problem.ts'
import type { Situation } from './situation.ts'
import { plural, shortened } from './words.ts'

const separator: MenuRow = { type: 'separator' }

export function menuOf(situation: Situation): readonly MenuRow[] {
  const { router, app } = situation
  if (router === null)
    return [
      { id: 'state', label: shortened(app.problem ?? 'Headgate is starting'), isEnabled: false },
      ...(app.problem === null ? [] : [{ id: 'retry', label: 'Retry', action: { do: 'retry' } } as const]),
      separator,
      openRow,
      separator,
      ...quitRows(situation),
    ]
  return inGroups([
    stateRow(router),
    { id: 'copy-url', label: 'Copy Base URL', accelerator: 'CmdOrCtrl+C', action: { do: 'copy-url' } },
    { id: 'copy-key', label: 'Copy API Key', action: { do: 'copy-key' } },
    ...problemRows(router),
    separator,
    ...presetRows(router),
    ...switchedRows(router, app.now),
    temporaryRows(router),
    separator,
    ...perModelRows(router),
    ...localModelRows(router),
    ...healthRows(router),
    separator,
    openRow,
    { id: 'activity', label: 'Activity…', action: { do: 'show', place: '#/activity' } },
    { id: 'connect', label: 'Connect a Tool…', action: { do: 'show', place: '#/connect' } },
    separator,
    {
      id: 'pause',
      label: 'Pause All Requests',
      type: 'checkbox',
      isChecked: router.isPaused,
      accelerator: 'CmdOrCtrl+P',
      action: { do: router.isPaused ? 'resume' : 'pause' },
    },
    { id: 'settings', label: 'Settings…', accelerator: 'CmdOrCtrl+,', action: { do: 'show', place: '#/settings' } },
    separator,
    ...(app.updateReady === null
      ? []
      : [{ id: 'update', label: `Restart to Update to ${app.updateReady}`, action: { do: 'restart-to-update' } } as const]),
    ...quitRows(situation),
  ])
}

/** A group without rows takes its separator with it. */
function inGroups(rows: readonly MenuRow[]): MenuRow[] {
  return rows.filter((row, at) => row.type !== 'separator' || rows[at - 1]?.type !== 'separator')
}

const openRow: MenuRow = { id: 'open', label: 'Open Headgate', accelerator: 'CmdOrCtrl+O', action: { do: 'open' } }

function stateRow({ isPaused, url }: RouterStatus): MenuRow {
  return { id: 'state', label: isPaused ? 'Headgate is paused' : 'Headgate is running', sublabel: `${url}/v1`, isEnabled: false }
}

/** One standing problem, the most severe; its page has the others. */
function problemRows(router: RouterStatus): MenuRow[] {
  const worst = problemOf(router)
  if (worst === null) return []
  const text = shortened(worst.text)
  return [{ id: 'problem', label: `⚠ ${text}${text.endsWith('…') ? '' : '…'}`, action: { do: 'show', place: worst.place } }]
}

function quitRows({ app }: Situation): MenuRow[] {
  if (app.quittingAfter === null) return [{ id: 'quit', label: 'Quit Headgate', accelerator: 'CmdOrCtrl+Q', action: { do: 'quit' } }]
  return [
    { id: 'quitting', label: `Quitting after ${plural(app.quittingAfter, 'request')}`, isEnabled: false },
    { id: 'quit-now', label: 'Quit Now', accelerator: 'CmdOrCtrl+Q', action: { do: 'quit-now' } },
  ]
}
