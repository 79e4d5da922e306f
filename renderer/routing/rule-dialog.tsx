/** The dialog of one rule. What the router refuses is said in it, in its own words, and nothing is kept then. */
import { useId } from 'react'
import type { Entry, RulesView } from '../api/rules.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FormActions } from '../parts/form-actions.tsx'
import { FormProblem } from '../parts/form-problem.tsx'
import { useSending } from '../parts/use-sending.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { ChainForm } from './chain-form.tsx'
import { RouteForm } from './route-form.tsx'
import { saveRules } from './routing-state.ts'
import { type Editing, withRule } from './rule-edits.ts'
import { SmartForm } from './smart-form.tsx'

const { stages, form: words } = strings.routing

export interface RuleDialogProps {
  readonly editing: Editing
  readonly view: RulesView
  readonly onClose: () => void
}

export function RuleDialog({ editing, view, onClose }: RuleDialogProps) {
  const { kind, at } = editing
  const id = useId()
  const { isBusy, problem, send } = useSending()
  const save = (name: string, entry: Entry) =>
    send(
      () => saveRules((stored) => withRule(stored, kind, { at, name, entry })),
      () => {
        announce(strings.routing.saved(name === '' ? stages.smart.name : name))
        onClose()
      },
    )
  const Form = kind === 'chain' ? ChainForm : kind === 'smart' ? SmartForm : RouteForm
  const title = kind === 'smart' ? words.smartTitle : at === null ? words.addTitle(stages[kind].one) : words.editTitle(stages[kind].one)
  return (
    <Dialog
      title={title}
      isOpen
      isWide
      onClose={onClose}
      actions={
        <FormActions
          form={id}
          verb={isBusy ? words.saving : at === null && kind !== 'smart' ? words.addVerb : strings.parts.save}
          isDisabled={isBusy}
          onCancel={onClose}
        />
      }
    >
      <Form editing={editing} view={view} id={id} onSave={(name, entry) => void save(name, entry)} />
      <FormProblem text={problem} />
    </Dialog>
  )
}
