/** The foot of a dialog with a form: Cancel, and the verb that sends it. */
import { strings } from '../strings/index.ts'
import { Button } from './button.tsx'

export interface FormActionsProps {
  /** Id of the form. */
  readonly form: string
  readonly verb: string
  readonly isDisabled: boolean
  readonly onCancel: () => void
}

export function FormActions({ form, verb, isDisabled, onCancel }: FormActionsProps) {
  return (
    <>
      <Button className="push" onPress={onCancel}>
        {strings.parts.cancel}
      </Button>
      <Button kind="primary" type="submit" form={form} isDisabled={isDisabled}>
        {verb}
      </Button>
    </>
  )
}
