/** One side of the pair on the model's own page: its deployments with state, facts and what can be done; or what is missing there. */
import { useState } from 'react'
import { changeModel, loadLocal, type ModelDeployment, type ModelView, unloadLocal } from '../api/models.ts'
import type { Lane } from '../api/types.ts'
import { ArmedButton } from '../parts/armed-button.tsx'
import { Button } from '../parts/button.tsx'
import { FormProblem } from '../parts/form-problem.tsx'
import { LaneName } from '../parts/lane-name.tsx'
import { strings } from '../strings/index.ts'
import { contextText } from '../strings/models.ts'
import { failureWords } from '../words/failure-words.ts'
import { bytes, count, duration, latency } from '../words/figures.ts'
import { shownFeatures, withDeployment } from './deployment-draft.ts'
import { inLane } from './lanes.ts'
import { loadModels } from './models-state.ts'
import { stateWords, titleOf } from './side-cell.tsx'

const words = strings.models
const facts = words.details.facts

export interface SideColumnProps {
  readonly model: ModelView
  readonly lane: Lane
  readonly onAdd: () => void
  readonly onEdit: (deployment: ModelDeployment) => void
}

export function SideColumn({ model, lane, onAdd, onEdit }: SideColumnProps) {
  const deployments = inLane(model, lane)
  return (
    <section className={`side-column ${lane}`} aria-label={words.columns[lane]}>
      <div className="head">
        <h3>
          <LaneName lane={lane}>{words.columns[lane]}</LaneName>
        </h3>
        {model.editable && deployments.length > 0 && (
          <Button kind="quiet" className="push" onPress={onAdd}>
            {words.details.addTo[lane]}
          </Button>
        )}
      </div>
      {deployments.length === 0 && (
        <div className="panel no-side">
          <p className="quiet-words">{model.deployments.length === 0 ? words.details.noDeployment : words.details.noSide[lane]}</p>
          {model.editable && <Button onPress={onAdd}>{words.details.addTo[lane]}</Button>}
        </div>
      )}
      {deployments.map((deployment) => (
        <DeploymentCard key={deployment.name} model={model} deployment={deployment} onEdit={() => onEdit(deployment)} />
      ))}
    </section>
  )
}

function DeploymentCard({
  model,
  deployment,
  onEdit,
}: {
  readonly model: ModelView
  readonly deployment: ModelDeployment
  readonly onEdit: () => void
}) {
  const { state, local, source, loaded } = deployment
  const [busy, setBusy] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const run = async (what: string, work: () => Promise<unknown>) => {
    setBusy(what)
    setProblem(null)
    try {
      await work()
      await loadModels()
    } catch (error) {
      setProblem(words.failed(what, failureWords(error)))
    } finally {
      setBusy(null)
    }
  }
  const { actions } = words
  const isLoading = busy === actions.load || state === 'loading'
  return (
    <article className="panel deployment-card" aria-label={deployment.name}>
      <header className="card-head">
        <span className={`dot ${state}`} aria-hidden="true" />
        <span className="card-title">
          <span className="medium clip" title={deployment.name}>
            {titleOf(deployment, model)}
          </span>
          <span className={`model-side-state ${state}`}>{stateWords(deployment)}</span>
        </span>
        {local !== null &&
          (loaded ? (
            <Button isDisabled={busy !== null} onPress={() => void run(actions.unload, () => unloadLocal(deployment.name))}>
              {actions.unload}
            </Button>
          ) : (
            <Button isDisabled={busy !== null || isLoading} onPress={() => void run(actions.load, () => loadLocal(deployment.name))}>
              {isLoading ? actions.loading : actions.load}
            </Button>
          ))}
      </header>
      <Facts deployment={deployment} />
      <FormProblem text={problem} />
      {model.editable && (
        <footer className="card-foot">
          <Button kind="quiet" onPress={onEdit}>
            {actions.edit}
          </Button>
          {source === 'panel' && (
            <ArmedButton
              label={actions.remove}
              aria-label={words.remove.sideLabel(deployment.name)}
              isDisabled={busy !== null}
              onConfirm={() => void run(actions.remove, () => changeModel(model.name, { deployments: withDeployment(model, deployment, null) }))}
            />
          )}
        </footer>
      )}
    </article>
  )
}

function Facts({ deployment }: { readonly deployment: ModelDeployment }) {
  const { local, provider, upstream_model, context, price, features, first_output_ms, tokens_per_s, memory_bytes, weight, priority, max_in_flight } =
    deployment
  const can = shownFeatures.filter((feature) => features[feature] === true).map((feature) => facts.features[feature])
  const prefill = local?.prefill_tokens_per_s ?? null
  const list: (readonly [string, string | null, string?])[] = [
    ...(local === null
      ? ([
          [facts.provider, provider],
          [facts.model, upstream_model],
        ] as const)
      : []),
    [facts.context, context === null ? words.notKnown : facts.contextOf(context, local?.trained_context ?? null)],
    [facts.can, can.length === 0 ? words.notKnown : can.join(', ')],
    ...(local === null ? ([[facts.price, price === null ? words.notKnown : facts.priceOf(price.input, price.output)]] as const) : []),
    [facts.firstOutput, first_output_ms === null ? facts.notMeasured : latency(first_output_ms)],
    ...(local === null
      ? []
      : ([
          [facts.speed, tokens_per_s === null ? facts.notMeasured : facts.speedOf(tokens_per_s) + (prefill === null ? '' : facts.prefill(prefill))],
          [facts.load, local.load_ms === null ? facts.notMeasured : duration(local.load_ms)],
          [
            facts.memory,
            memory_bytes === null
              ? null
              : bytes(memory_bytes) + (local.loaded_context === null ? '' : `, ${contextText(local.loaded_context)} × ${local.slots ?? 1}`),
          ],
          [facts.file, local.file.split('/').pop() ?? local.file, local.file],
          [facts.size, local.size_bytes === null ? words.notKnown : bytes(local.size_bytes)],
          [facts.format, [local.architecture, local.quantization].filter((part) => part !== null).join(', ') || words.notKnown],
          [facts.license, local.license ?? facts.notSaid],
        ] as const)),
    [facts.weight, weight === null ? null : String(weight)],
    [facts.priority, priority === 0 ? null : String(priority)],
    [facts.maxInFlight, local === null && max_in_flight !== 64 ? count(max_in_flight) : null],
  ]
  return (
    <dl className="deployment-facts">
      {list.map(
        ([name, value, title]) =>
          value !== null && (
            <div key={name}>
              <dt>{name}</dt>
              <dd title={title ?? value}>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
