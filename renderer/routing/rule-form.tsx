/** What the forms of rules share: the form's element, and a row of it. */
import type { ReactNode, SubmitEvent } from 'react'
import type { Entry, RulesView } from '../api/rules.ts'
import type { Editing } from './rule-edits.ts'

export interface RuleFormProps {
  readonly editing: Editing
  readonly view: RulesView
  /** Puts a rule into force; its form says what is missing before. */
  readonly onSave: (name: string, entry: Entry) => void
  /** The form's element, for the button at the foot of the dialog. */
  readonly id: string
}

/** Return sends it, the browser's own words stay away. */
export function Form({ id, onSubmit, children }: { readonly id: string; readonly onSubmit: () => void; readonly children: ReactNode }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form id={id} onSubmit={submit} className="model-form rule-form" noValidate>
      {children}
    </form>
  )
}

/** A label beside its controls, which carry it as their own name. */
export function Field({ label, note, children }: { readonly label: string; readonly note?: string; readonly children: ReactNode }) {
  return (
    <div className="field-row">
      <span className="form-label" aria-hidden="true">
        {label}
      </span>
      <div className="field-stack">
        {children}
        {note !== undefined && <span className="caption">{note}</span>}
      </div>
    </div>
  )
}
