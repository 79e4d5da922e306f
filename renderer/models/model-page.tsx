/** One model's own page: its gate, both sides with what was measured, the test of both, names and fallbacks, context and memory. */
import { ChevronLeft, Copy, Info, Lock, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { type ModelDeployment, type ModelView, removeModel } from '../api/models.ts'
import type { Lane } from '../api/types.ts'
import { ArmedButton } from '../parts/armed-button.tsx'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { FormProblem } from '../parts/form-problem.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { PageError } from '../parts/page-error.tsx'
import { go, linkTo, usePlace } from '../state/place.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { CopyModel } from './add-model.tsx'
import { AddSide, EditDeployment } from './edit-deployment.tsx'
import { isSetByFile } from './lanes.ts'
import { MemorySteps } from './memory-steps.tsx'
import { ModelShare } from './model-share.tsx'
import { loadModels, type ModelsState } from './models-state.ts'
import { NamesAndFallbacks } from './names-and-fallbacks.tsx'
import { SideBySideTest } from './side-by-side-test.tsx'
import { SideColumn } from './side-column.tsx'

const words = strings.models

type Open = { readonly add: Lane } | { readonly edit: ModelDeployment } | 'copy' | null

export function ModelPage({ name, models, problem, failure }: ModelsState & { readonly name: string }) {
  const model = models?.find((each) => each.name === name)
  if (models === null && problem === null) return <LoadingBars bars={6} />
  if (models === null) return <PageError title={words.notLoaded} how={problem} onRetry={() => void loadModels()} />
  if (!model)
    return (
      <>
        <BackLink />
        <PageError title={words.notFound(name)} how={words.notFoundHow} />
      </>
    )
  return <Found model={model} models={models} problem={problem === null ? failure : words.notRefreshed(problem)} />
}

interface FoundProps {
  readonly model: ModelView
  readonly models: readonly ModelView[]
  readonly problem: string | null
}

function Found({ model, models, problem }: FoundProps) {
  const { query } = usePlace()
  const [open, setOpen] = useState<Open>(query['copy'] === undefined ? null : 'copy')
  const engine = model.deployments.find(({ local }) => local !== null) ?? null
  const close = () => setOpen(null)
  return (
    <div className="model-page">
      <Head model={model} onCopy={() => setOpen('copy')} />
      <FormProblem text={problem} />
      <ModelShare model={model} onAddSide={(lane) => setOpen({ add: lane })} />
      <div className="model-pair">
        {(['local', 'remote'] as const).map((lane) => (
          <SideColumn key={lane} model={model} lane={lane} onAdd={() => setOpen({ add: lane })} onEdit={(edit) => setOpen({ edit })} />
        ))}
      </div>
      {model.deployments.length > 0 && <SideBySideTest model={model} isAsked={query['test'] !== undefined} />}
      {engine && <MemorySteps model={model} engine={engine} />}
      {model.name !== 'auto' && <NamesAndFallbacks model={model} models={models} />}
      {model.editable && <Remove model={model} />}
      {open === 'copy' && <CopyModel model={model} models={models} onClose={close} />}
      {open !== null && typeof open === 'object' && 'add' in open && <AddSide model={model} lane={open.add} models={models} onClose={close} />}
      {open !== null && typeof open === 'object' && 'edit' in open && (
        <EditDeployment model={model} deployment={open.edit} models={models} onClose={close} />
      )}
    </div>
  )
}

const BackLink = () => (
  <a className="back-link" href={linkTo('models')}>
    <ChevronLeft className="icon" size={14} strokeWidth={2} aria-hidden />
    {words.back}
  </a>
)

function Head({ model, onCopy }: { readonly model: ModelView; readonly onCopy: () => void }) {
  const { name, aliases, source } = model
  const isOfFile = isSetByFile(source)
  return (
    <header className="model-head">
      <BackLink />
      <div className="model-title">
        <h2 id="model-title" tabIndex={-1}>
          {name}
        </h2>
        <CopyButton text={name} label={words.actions.copyName} />
        {aliases.length > 0 && <span className="quiet-words clip">{words.aliases(aliases)}</span>}
        <span className="push" />
        {isOfFile && (
          <Button icon={Copy} onPress={onCopy}>
            {words.actions.copyToEdit}
          </Button>
        )}
      </div>
      <SourceNote model={model} />
    </header>
  )
}

function SourceNote({ model: { name, source, problem } }: { readonly model: ModelView }) {
  const text =
    problem !== null
      ? words.details.problem(problem)
      : isSetByFile(source)
        ? words.details.setByFile(source)
        : name === 'auto'
          ? words.details.auto
          : source === 'models folder'
            ? words.details.found
            : null
  if (text === null) return null
  const Icon = problem !== null ? TriangleAlert : isSetByFile(source) ? Lock : Info
  return (
    <p className={`note ${problem === null ? '' : 'is-error'}`}>
      <Icon className="icon" size={14} strokeWidth={1.75} aria-hidden />
      {text}
    </p>
  )
}

/** A file of ours goes with the model that it is; any other stays, and the row says so. */
function Remove({ model }: { readonly model: ModelView }) {
  const [problem, setProblem] = useState<string | null>(null)
  const file = model.deployments.find(({ local }) => local !== null)?.local ?? null
  const deletesFile = !model.is_stored && file !== null
  const remove = async () => {
    setProblem(null)
    try {
      await removeModel(model.name, deletesFile)
      announce(words.remove.announced(model.name))
      await loadModels()
      go(linkTo('models'), { replace: true })
    } catch (error) {
      setProblem(words.remove.notRemoved(failureWords(error)))
    }
  }
  if (!model.is_stored && (file === null || !file.is_ours)) return null
  const label = deletesFile ? words.remove.withFile(file.size_bytes) : words.remove.entry
  const note = deletesFile
    ? words.remove.fileGoes(file.file)
    : file === null
      ? words.remove.entryGoes
      : file.is_ours
        ? words.remove.backToFound
        : words.remove.fileStays
  return (
    <section className="model-section" aria-labelledby="remove-title">
      <h3 id="remove-title">{words.remove.title}</h3>
      <div className="panel">
        <div className="model-setting">
          <span className="caption">{note}</span>
          <ArmedButton label={label} onConfirm={() => void remove()} />
        </div>
        <FormProblem text={problem} />
      </div>
    </section>
  )
}
