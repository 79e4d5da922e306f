/** The plan as it was made, numbered, with what became of each step; then what was left out, each with its reason and what would change it. */
import { Check, OctagonX } from 'lucide-react'
import type { AttemptView, DeploymentView, ExclusionView, PlanView } from '../api/types.ts'
import { LaneIcon } from '../parts/lane-name.tsx'
import { strings } from '../strings/index.ts'
import { splitName } from '../words/deployment-name.ts'
import { whatWouldChangeIt, whyLeftOut, whyThere } from '../words/reasons.ts'

const words = strings.inspector

export interface PlanListProps {
  readonly plan: Pick<PlanView, 'plan'>
  /** Null = nothing was sent: the scores stand where the results would. */
  readonly tries: readonly AttemptView[] | null
  readonly deployments: readonly DeploymentView[]
}

export function PlanList({ plan, tries: all, deployments }: PlanListProps) {
  if (plan.plan.length === 0) return null
  const isAnswered = (all ?? []).some(({ outcome }) => outcome === 'answered')
  return (
    <ol className="plan" aria-label={words.plan}>
      {plan.plan.map((step, index) => {
        const tries = (all ?? []).filter(({ deployment }) => deployment === step.deployment)
        const last = tries.at(-1)
        const result = last?.outcome ?? (isAnswered ? 'unused' : 'untried')
        const { model, provider } = splitName(step.deployment, deployments)
        const why = [whyThere(step.reason, step.lane), step.detail].filter(Boolean).join(', ')
        return (
          <li key={step.deployment}>
            <span className="number">{index + 1}</span>
            <div>
              <LaneIcon lane={step.lane} label={step.lane} size={13} />
              <span className="medium">{model}</span> <span className="quiet-words">{provider}</span>
              <div className="plan-why">
                {last || index === 0 ? why : [words.inReserve, step.detail].filter(Boolean).join(', ')}
                {last?.outcome === 'failed' && `. ${last.message ?? ''}`}
              </div>
            </div>
            {all === null ? (
              <span className="result">{step.score !== null && words.score(step.score)}</span>
            ) : (
              <span className={`result ${result}`}>
                {result === 'answered' && <Check className="icon" size={13} strokeWidth={2} aria-hidden />}
                {result === 'failed' && <OctagonX className="icon" size={13} strokeWidth={2} aria-hidden />}
                {words.results[result]}
              </span>
            )}
          </li>
        )
      })}
    </ol>
  )
}

export function LeftOutList({ excluded, deployments }: { excluded: readonly ExclusionView[]; deployments: readonly DeploymentView[] }) {
  return (
    <>
      <h4 id="left-out">{words.leftOut}</h4>
      <ul className="plan" aria-labelledby="left-out">
        {excluded.map(({ deployment, lane, reason, detail }) => {
          const { model, provider } = splitName(deployment, deployments)
          return (
            <li key={deployment}>
              <span className="number">
                <LaneIcon lane={lane} label={lane} size={13} />
              </span>
              <div>
                <span className="medium">{model}</span> <span className="quiet-words">{provider}</span>
                <div className="plan-why">
                  {sentence(detail ?? whyLeftOut(reason))} {whatWouldChangeIt(reason)}
                </div>
              </div>
              <code>{reason}</code>
            </li>
          )
        })}
      </ul>
    </>
  )
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`
