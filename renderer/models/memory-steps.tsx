/** Context steps of a local model with what each takes, the one in use, and how long the model may be idle. Estimated in the router without loading anything. */
import { Ban, Check } from 'lucide-react'
import { useEffect, useState } from 'react'
import { changeModel, fetchEstimate, type MemoryEstimate, type ModelDeployment, type ModelView, setIdleUnload } from '../api/models.ts'
import { Button } from '../parts/button.tsx'
import { FormProblem } from '../parts/form-problem.tsx'
import { Select } from '../parts/select.tsx'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { bytes } from '../words/figures.ts'
import { withDeployment } from './deployment-draft.ts'
import { loadModels } from './models-state.ts'

const words = strings.models.memory

/** Memory that Macs come with, in GB, and what the router leaves to everything else. */
const macs = [8, 16, 24, 32, 36, 48, 64, 96, 128, 192, 256, 512]
const leftToOthers = 4 * 2 ** 30
const idleChoices = [300, 900, 3600]

export function MemorySteps({ model, engine }: { readonly model: ModelView; readonly engine: ModelDeployment }) {
  const [estimate, setEstimate] = useState<MemoryEstimate | 'failed' | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const file = engine.local?.file
  useEffect(() => {
    let isGone = false
    fetchEstimate(engine.name).then(
      (found) => !isGone && setEstimate(found),
      () => !isGone && setEstimate('failed'),
    )
    return () => {
      isGone = true
    }
  }, [engine.name, file, engine.loaded])

  const send = async (change: () => Promise<unknown>) => {
    setProblem(null)
    try {
      await change()
      await loadModels()
    } catch (error) {
      setProblem(failureWords(error))
    }
  }
  const use = (context: number) => send(() => changeModel(model.name, { deployments: withDeployment(model, engine, { ...engine.entry, context }) }))
  const idle = engine.local?.idle_unload_s ?? null
  const idleOptions = [
    { id: 'as-set', label: words.idleAs },
    ...[...new Set([...idleChoices, ...(idle === null || idle === 0 ? [] : [idle])])]
      .toSorted((one, other) => one - other)
      .map((seconds) => ({ id: String(seconds), label: words.idleAfter(seconds) })),
    { id: '0', label: words.idleNever },
  ]
  return (
    <section className="model-section" aria-labelledby="memory-title">
      <h3 id="memory-title">{words.title}</h3>
      <div className="panel">
        <div className="model-setting">
          <span>
            <span className="medium">{words.idle}</span>
            <span className="caption">{words.idleNote}</span>
          </span>
          <Select
            aria-label={words.idle}
            value={idle === null ? 'as-set' : String(idle)}
            options={idleOptions}
            onChange={(choice) => void send(() => setIdleUnload(engine.name, choice === 'as-set' ? null : Number(choice)))}
          />
        </div>
        {estimate === null && <p className="caption memory-note">{words.estimating}</p>}
        {estimate === 'failed' && <p className="caption memory-note">{words.failed}</p>}
        {estimate !== null && estimate !== 'failed' && (
          <Steps estimate={estimate} model={model} engine={engine} onUse={(context) => void use(context)} />
        )}
        <FormProblem text={problem} />
      </div>
    </section>
  )
}

interface StepsProps {
  readonly estimate: MemoryEstimate
  readonly model: ModelView
  readonly engine: ModelDeployment
  readonly onUse: (context: number) => void
}

function Steps({ estimate, model, engine, onUse }: StepsProps) {
  const { steps, available_bytes, slots, usual_context } = estimate
  const chosen = engine.context ?? usual_context
  const most = Math.max(available_bytes, ...steps.map(({ bytes: needed }) => needed))
  return (
    <>
      <p className="caption memory-note">
        {words.note(slots, available_bytes)} {words.reload}
      </p>
      <ul className="memory-steps">
        {steps.map(({ context, bytes: needed, fits }) => (
          <li key={context} className={context === chosen ? 'is-chosen' : ''}>
            <span className="step-context">{words.tokens(context)}</span>
            <span className="step-track" aria-hidden="true">
              <i className={fits ? '' : 'too-large'} style={{ width: `${(needed / most) * 100}%` }} />
              {available_bytes < most && <b style={{ left: `${(available_bytes / most) * 100}%` }} />}
            </span>
            <span className="step-bytes">{bytes(needed)}</span>
            {fits ? (
              <span className="badge ok">
                <Check className="icon" size={11} strokeWidth={2.5} aria-hidden />
                {words.fits}
              </span>
            ) : (
              <span className="badge error">
                <Ban className="icon" size={11} strokeWidth={2} aria-hidden />
                {words.tooLarge}, {words.whichMac(smallestMac(needed))}
              </span>
            )}
            <span className="step-action">
              {context === chosen ? (
                <span className="quiet-words">{engine.context === null ? words.usual : words.inUse}</span>
              ) : (
                model.editable &&
                fits && (
                  <Button kind="quiet" aria-label={words.useLabel(context)} onPress={() => onUse(context)}>
                    {words.use}
                  </Button>
                )
              )}
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

const smallestMac = (needed: number): number | null => macs.find((gigabytes) => gigabytes * 2 ** 30 - leftToOthers >= needed) ?? null
