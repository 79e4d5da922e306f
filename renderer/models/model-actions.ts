/** What a row's menu offers, and what it does. Failures are said where they happened: the row's own page has room for them. */
import { loadLocal, type ModelView, unloadLocal } from '../api/models.ts'
import type { MenuAction } from '../parts/menu-button.tsx'
import { go, linkTo } from '../state/place.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { isSetByFile } from './lanes.ts'
import { reportProblem } from './models-state.ts'

const { actions } = strings.models

export function menuOf(model: ModelView): MenuAction[] {
  const engine = model.deployments.find(({ local }) => local !== null)
  return [
    { id: 'open', label: actions.open },
    ...(model.deployments.length > 0 ? [{ id: 'test', label: actions.test }] : []),
    ...(engine ? [engine.loaded ? { id: 'unload', label: actions.unload } : { id: 'load', label: actions.load }] : []),
    { id: 'copy-name', label: actions.copyName },
    ...(isSetByFile(model.source) ? [{ id: 'copy', label: actions.copyToEdit }] : []),
  ]
}

export function runAction(id: string, model: ModelView): void {
  const engine = model.deployments.find(({ local }) => local !== null)
  if (id === 'open') go(linkTo('models', model.name))
  else if (id === 'test') go(linkTo('models', model.name, { test: '1' }))
  else if (id === 'copy') go(linkTo('models', model.name, { copy: '1' }))
  else if (id === 'copy-name') void navigator.clipboard.writeText(model.name).then(() => announce(strings.shell.copied))
  else if (engine && id === 'load') void tell(loadLocal(engine.name), actions.load, model.name)
  else if (engine && id === 'unload') void tell(unloadLocal(engine.name), actions.unload, model.name)
}

async function tell(work: Promise<unknown>, what: string, name: string): Promise<void> {
  try {
    await work
  } catch (error) {
    reportProblem(strings.models.failed(`${what} ${name}`, failureWords(error)))
  }
}
