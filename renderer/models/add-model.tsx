/** Dialogs that make a model: a new one with up to two sides, and the copy of one that a file sets. */
import { type SubmitEvent, useId, useState } from 'react'
import { addModel, changeModel, type ModelView } from '../api/models.ts'
import type { Lane } from '../api/types.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FormActions } from '../parts/form-actions.tsx'
import { FormProblem } from '../parts/form-problem.tsx'
import { LaneName } from '../parts/lane-name.tsx'
import { TextField } from '../parts/text-field.tsx'
import { useSending } from '../parts/use-sending.ts'
import { go, linkTo } from '../state/place.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { type DeploymentDraft, emptyDraft, engineProvider, entryOf, errorsOf } from './deployment-draft.ts'
import { DeploymentForm } from './deployment-form.tsx'
import { useProviderOptions } from './edit-deployment.tsx'
import { lanes } from './lanes.ts'
import { loadModels } from './models-state.ts'

const words = strings.models.form

export function AddModel({ models, onClose }: { readonly models: readonly ModelView[]; readonly onClose: () => void }) {
  const form = useId()
  const providers = useProviderOptions()
  const [name, setName] = useState('')
  const [drafts, setDrafts] = useState<Readonly<Record<Lane, DeploymentDraft>>>({ local: emptyDraft('local'), remote: emptyDraft('remote') })
  const [isTried, setTried] = useState(false)
  const { isBusy, problem, send } = useSending()
  const chosen = lanes.map((lane) => drafts[lane]).filter(({ provider }) => provider !== '')
  // A file of this name is that model's local side already: the other side joins it.
  const joined = models.find((model) => model.name === name.trim() && !model.is_stored && model.source === 'models folder')
  const nameError = nameErrorOf(name.trim(), models, joined)
  const isSound = nameError === null && chosen.length > 0 && chosen.every((draft) => Object.keys(errorsOf(draft)).length === 0)

  const setDraft = (draft: DeploymentDraft) => {
    setDrafts({ ...drafts, [draft.lane]: draft })
    // The name that most people want is the one that the model has already.
    const id = draft.provider === engineProvider ? draft.model : draft.model.split('/').pop()
    if (name === '' && draft.provider === engineProvider && id) setName(id)
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setTried(true)
    if (!isSound) return
    const finalName = name.trim()
    const isItsOwnFile = (draft: DeploymentDraft) =>
      joined !== undefined && draft.provider === engineProvider && draft.model === finalName && draft.context === ''
    const deployments = chosen.filter((draft) => !isItsOwnFile(draft)).map(entryOf)
    const change = () => (joined ? changeModel(finalName, { deployments }) : addModel({ name: finalName, deployments }))
    void send(
      () => change().then(loadModels),
      () => {
        announce(words.added(finalName))
        onClose()
        go(linkTo('models', finalName))
      },
    )
  }
  return (
    <Dialog
      title={words.addTitle}
      isOpen
      isWide
      onClose={onClose}
      actions={<FormActions form={form} verb={isBusy ? words.saving : words.addVerb} isDisabled={isBusy} onCancel={onClose} />}
    >
      <form id={form} onSubmit={submit} className="model-form" noValidate>
        <div className="field-row">
          <span className="form-label" aria-hidden="true">
            {words.name}
          </span>
          <TextField
            aria-label={words.name}
            size="wide"
            value={name}
            onChange={setName}
            description={words.nameNote}
            error={isTried ? nameError : null}
            autoFocus
          />
        </div>
        {lanes.map((lane) => (
          <fieldset key={lane} className={`side-form ${lane}`}>
            <legend>
              <LaneName lane={lane}>{strings.laneLabels[lane]}</LaneName>
            </legend>
            <DeploymentForm
              draft={drafts[lane]}
              errors={isTried ? errorsOf(drafts[lane]) : {}}
              onChange={setDraft}
              models={models}
              providers={providers}
              isOptional
            />
          </fieldset>
        ))}
        <FormProblem text={problem ?? (isTried && chosen.length === 0 ? words.needsSide : null)} />
      </form>
    </Dialog>
  )
}

function nameErrorOf(name: string, models: readonly ModelView[], joined: ModelView | undefined): string | null {
  if (name === '') return words.nameMissing
  if (joined) return null
  return models.some((model) => model.name === name || model.aliases.includes(name)) ? words.nameTaken : null
}

/** A model of a file under a name of its own, which can be edited then. */
export function CopyModel({
  model,
  models,
  onClose,
}: {
  readonly model: ModelView
  readonly models: readonly ModelView[]
  readonly onClose: () => void
}) {
  const form = useId()
  const [name, setName] = useState(`${model.name}-copy`)
  const [isTried, setTried] = useState(false)
  const { isBusy, problem, send } = useSending()
  const nameError = nameErrorOf(name.trim(), models, undefined)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setTried(true)
    if (nameError !== null) return
    void send(
      () => addModel({ ...model.entry, name: name.trim() }).then(loadModels),
      () => go(linkTo('models', name.trim())),
    )
  }
  return (
    <Dialog
      title={words.copyTitle(model.name)}
      isOpen
      onClose={onClose}
      actions={<FormActions form={form} verb={isBusy ? words.saving : words.copyVerb} isDisabled={isBusy} onCancel={onClose} />}
    >
      <form id={form} onSubmit={submit} className="model-form" noValidate>
        <p className="caption">{words.copyText}</p>
        <TextField label={words.name} size="wide" value={name} onChange={setName} error={isTried ? nameError : null} autoFocus />
        <FormProblem text={problem} />
      </form>
    </Dialog>
  )
}
