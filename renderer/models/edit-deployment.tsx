/** The dialogs that add one deployment to a model or change one. What the router refuses is said in the dialog, in its own words. */
import { type SubmitEvent, useEffect, useId, useState } from 'react'
import { changeModel, type Entry, fetchProviderOptions, type ModelDeployment, type ModelView, type ProviderOption } from '../api/models.ts'
import type { Lane } from '../api/types.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FormActions } from '../parts/form-actions.tsx'
import { FormProblem } from '../parts/form-problem.tsx'
import { useSending } from '../parts/use-sending.ts'
import { strings } from '../strings/index.ts'
import { type DeploymentDraft, draftOf, emptyDraft, entryOf, errorsOf, storedEntries, withDeployment } from './deployment-draft.ts'
import { DeploymentForm } from './deployment-form.tsx'
import { loadModels } from './models-state.ts'

const words = strings.models.form

interface SideProps {
  readonly model: ModelView
  readonly models: readonly ModelView[]
  readonly onClose: () => void
}

export function AddSide({ lane, ...rest }: SideProps & { readonly lane: Lane }) {
  const { model } = rest
  return (
    <DeploymentDialog
      {...rest}
      title={words.addSideTitle[lane](model.name)}
      verb={words.addSideVerb}
      start={emptyDraft(lane)}
      listWith={(entry) => [...storedEntries(model), entry]}
    />
  )
}

export function EditDeployment({ deployment, ...rest }: SideProps & { readonly deployment: ModelDeployment }) {
  const { model } = rest
  return (
    <DeploymentDialog
      {...rest}
      title={words.editTitle(deployment.name)}
      verb={words.save}
      start={draftOf(deployment)}
      listWith={(entry) => withDeployment(model, deployment, entry)}
    />
  )
}

interface DeploymentDialogProps extends SideProps {
  readonly title: string
  readonly verb: string
  readonly start: DeploymentDraft
  readonly listWith: (entry: Entry) => readonly Entry[]
}

function DeploymentDialog({ model, models, onClose, title, verb, start, listWith }: DeploymentDialogProps) {
  const form = useId()
  const providers = useProviderOptions()
  const [draft, setDraft] = useState(start)
  const [isTried, setTried] = useState(false)
  const { isBusy, problem, send } = useSending()
  const errors = errorsOf(draft)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setTried(true)
    if (draft.provider === '' || Object.keys(errors).length > 0) return
    void send(() => changeModel(model.name, { deployments: listWith(entryOf(draft)) }).then(loadModels), onClose)
  }
  return (
    <Dialog
      title={title}
      isOpen
      isWide
      onClose={onClose}
      actions={<FormActions form={form} verb={isBusy ? words.saving : verb} isDisabled={isBusy || draft.provider === ''} onCancel={onClose} />}
    >
      <form id={form} onSubmit={submit} className="model-form" noValidate>
        <DeploymentForm
          draft={draft}
          errors={isTried ? errors : {}}
          onChange={setDraft}
          models={models}
          providers={providers}
          isOptional={draft.provider === ''}
        />
        <FormProblem text={problem} />
      </form>
    </Dialog>
  )
}

/** The configured providers; empty until they are here, and where they cannot be had. */
export function useProviderOptions(): readonly ProviderOption[] {
  const [providers, setProviders] = useState<readonly ProviderOption[]>([])
  useEffect(() => {
    fetchProviderOptions().then(setProviders, () => undefined)
  }, [])
  return providers
}
