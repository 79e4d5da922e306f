/** A deployment's state: shape, colour and word together, then the detail in grey. */
import type { DeploymentState } from '../api/types.ts'
import { strings } from '../strings/index.ts'

export interface StateWordProps {
  readonly state: DeploymentState
  /** Instead of the state's own word: `answering 2`. */
  readonly word?: string
  readonly detail?: string | null
}

export function StateWord({ state, word, detail = null }: StateWordProps) {
  return (
    <span className="state-word">
      <span className={`dot ${state}`} aria-hidden="true" />
      <span className={`state ${state}`}>{word ?? strings.lanes.states[state]}</span>
      {detail !== null && <span className="quiet-words clip">{detail}</span>}
    </span>
  )
}
