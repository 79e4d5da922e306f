/** Every sentence of the panel in one place, one file per page. Short: the thing's own name, what happened, with the number, what to do. Codes become words in `words/reasons.ts`. */
import { activity } from './activity.ts'
import { connect } from './connect.ts'
import { downloads } from './downloads.ts'
import { firstRun } from './first-run.ts'
import { guards } from './guards.ts'
import { inspector } from './inspector.ts'
import { logs } from './logs.ts'
import { models } from './models.ts'
import { lanes, modelShares, requests } from './overview.ts'
import { palette } from './palette.ts'
import { parts } from './parts.ts'
import { providers } from './providers.ts'
import { routing } from './routing.ts'
import { settings } from './settings.ts'
import { connection, login, problems, shell } from './shell.ts'
import { laneLabels, presetLabels, split } from './split.ts'

export const strings = {
  product: 'Headgate',
  presetLabels,
  laneLabels,
  shell,
  parts,
  palette,
  firstRun,
  login,
  connection,
  problems,
  split,
  lanes,
  guards,
  modelShares,
  requests,
  inspector,
  activity,
  connect,
  logs,
  models,
  downloads,
  providers,
  routing,
  settings,
} as const
