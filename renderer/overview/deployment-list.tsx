/** A lane's deployments: shape, name, state in words, latency. A long reason gets a line of its own. */
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import type { DeploymentView, Lane } from '../api/types.ts'
import { strings } from '../strings/index.ts'
import { bytes, latency } from '../words/figures.ts'

const shownAtFirst = 6
/** Details longer than this do not fit beside the name. */
const inlineLength = 22
const words = strings.lanes

export function DeploymentList({ lane, deployments }: { lane: Lane; deployments: readonly DeploymentView[] }) {
  const [isWhole, setWhole] = useState(false)
  const rest = deployments.length - shownAtFirst
  return (
    <>
      <ul className="deployments" aria-label={words.deployments[lane]}>
        {(isWhole ? deployments : deployments.slice(0, shownAtFirst)).map((deployment) => (
          <DeploymentRow key={deployment.name} deployment={deployment} />
        ))}
      </ul>
      {rest > 0 && (
        <Button className="button quiet more" onPress={() => setWhole(!isWhole)}>
          {isWhole ? words.showFewer : words.showMore(rest)}
        </Button>
      )}
    </>
  )
}

function DeploymentRow({ deployment }: { deployment: DeploymentView }) {
  const { state, detail, model, provider, lane, memory_bytes, very_small, first_output_ms } = deployment
  const isDetailOwnLine = detail !== null && detail.length > inlineLength
  // The provider tells two places of one model apart: it stays when facts make room.
  const place = lane === 'remote' || provider !== 'engine' ? provider : null
  const facts = [memory_bytes !== null ? bytes(memory_bytes) : null, very_small ? words.verySmall : null]
  return (
    <li title={deployment.name}>
      <span className={`dot ${state}`} aria-hidden="true" />
      <span className="clip">
        <span className="medium">{model}</span> {place !== null && <span className="quiet-words place">{place} </span>}
        <span className="quiet-words">{facts.filter(Boolean).join(', ')}</span>
      </span>
      <span className={`state ${state}`}>
        {stateWords(deployment)}
        {detail !== null && !isDetailOwnLine && `, ${detail}`}
      </span>
      <span className="latency">{first_output_ms === null ? '' : latency(first_output_ms)}</span>
      {isDetailOwnLine && <span className="detail">{detail}</span>}
    </li>
  )
}

function stateWords({ state, in_flight, loaded }: DeploymentView): string {
  if (in_flight > 0 && state === 'healthy') return words.answering(in_flight)
  if (state === 'healthy' && loaded === true) return words.loaded
  return words.states[state]
}
