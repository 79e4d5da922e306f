/** What serves a model in one lane, on two lines: name, place and context above, its state in words below. Nothing there: the reason, and the way to add it. */
import { Button } from 'react-aria-components/Button'
import type { ModelDeployment, ModelView } from '../api/models.ts'
import type { Lane } from '../api/types.ts'
import { strings } from '../strings/index.ts'
import { contextText } from '../strings/models.ts'
import { inLane, isForEmbeddings, leading } from './lanes.ts'

const words = strings.models

export interface SideCellProps {
  readonly model: ModelView
  readonly lane: Lane
  readonly onAdd: () => void
}

export function SideCell({ model, lane, onAdd }: SideCellProps) {
  const deployments = inLane(model, lane)
  const first = leading(deployments)
  if (first === null) {
    if (isForEmbeddings(model)) return <span className="model-side quiet-words clip">{words.noMix}</span>
    return (
      <div className="model-side">
        <span className="quiet-words clip">{words.missing[lane]}</span>
        {model.editable && (
          <Button className="text-link" onPress={onAdd} aria-label={words.addSideLabel(model.name, lane)}>
            {words.addSide}
          </Button>
        )}
      </div>
    )
  }
  const others = deployments.length - 1
  const place = [placeOf(first), first.context === null ? null : contextText(first.context), others > 0 ? words.more(others) : null]
  return (
    <div className="model-side" title={deployments.map((each) => `${each.name}, ${each.upstream_model}: ${stateWords(each)}`).join('\n')}>
      <div className="model-side-name">
        <span className={`dot ${first.state}`} aria-hidden="true" />
        <span className="medium clip">{titleOf(first, model)}</span>
        <span className="quiet-words clip">{place.filter((part) => part !== null && part !== '').join(', ')}</span>
      </div>
      <div className={`model-side-state clip ${first.state}`}>{stateWords(first)}</div>
    </div>
  )
}

/** The file's format where the name is the model's own anyway. */
export function titleOf(deployment: ModelDeployment, model: ModelView): string {
  const { local, upstream_model } = deployment
  if (local === null) return upstream_model.split('/').pop() ?? upstream_model
  if (deployment.model !== model.name) return deployment.model
  return local.quantization === null ? words.engine : `${local.quantization}, ${words.engine}`
}

const placeOf = ({ local, provider }: ModelDeployment): string | null => (local === null ? provider : null)

/** State, and the one number that says most about it. */
export function stateWords(deployment: ModelDeployment): string {
  const { state, detail, loaded, in_flight, memory_bytes, tokens_per_s, first_output_ms, local } = deployment
  const word = strings.lanes.states[state]
  // Some details begin with the state itself.
  if (detail?.startsWith(word)) return detail
  if (state === 'out') return words.state.outBecause(detail)
  if (in_flight > 0 && (state === 'healthy' || state === 'unknown')) return words.state.answering(in_flight, tokens_per_s)
  if (loaded === true && state === 'healthy')
    return words.state.with(words.state.loaded(memory_bytes), deployment.very_small ? words.verySmall : null)
  if (state === 'not-loaded') return words.state.with(words.state.notLoaded(local?.load_ms ?? null), deployment.very_small ? words.verySmall : null)
  if (state === 'healthy' || state === 'unknown')
    return words.state.with(word, detail ?? (first_output_ms === null ? null : words.state.latency(first_output_ms)))
  return words.state.with(word, detail)
}
