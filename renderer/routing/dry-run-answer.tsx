/** The plan that a request would get: the sentence, the rule that takes it, the steps in order, and what is left out with its reason. */
import { OctagonX } from 'lucide-react'
import type { ExplainedPlan, RulesView } from '../api/rules.ts'
import { LeftOutList, PlanList } from '../inspector/plan-list.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { linkTo } from '../state/place.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { ruleHref } from '../words/rule-words.ts'
import { rowOfRoute } from './rule-rows.ts'

const words = strings.routing.dry

export interface DryRunAnswerProps {
  readonly plan: ExplainedPlan | null
  readonly refusal: string | null
  readonly view: RulesView
}

export function DryRunAnswer({ plan, refusal, view }: DryRunAnswerProps) {
  const deployments = usePanel((state) => state.overview?.deployments) ?? []
  return (
    <section className="dry-answer" aria-labelledby="dry-answer-title">
      <h3 id="dry-answer-title" className="visually-hidden">
        {words.answer}
      </h3>
      {refusal !== null && <Refusal text={refusal} />}
      {refusal === null && plan === null && <LoadingBars />}
      {plan && (
        <>
          <p className="dry-taken">
            <TakenBy plan={plan} view={view} />
          </p>
          {plan.refusal ? (
            <Refusal text={`${plan.refusal.message} ${plan.refusal.how_to_fix}`} />
          ) : (
            <p className="dry-sentence" role="status">
              {plan.sentence}
            </p>
          )}
          <PlanList plan={plan} tries={null} deployments={deployments} />
          {plan.plan.length > 1 && !plan.fallback_allowed && <p className="caption">{words.noFallback}</p>}
          {plan.excluded.length > 0 && <LeftOutList excluded={plan.excluded} deployments={deployments} />}
        </>
      )}
    </section>
  )
}

function Refusal({ text }: { readonly text: string }) {
  return (
    <p className="note is-error" role="status">
      <OctagonX className="icon" size={14} strokeWidth={1.75} aria-hidden />
      <span>
        <b>{words.refused}</b> {text}
      </span>
    </p>
  )
}

function TakenBy({ plan, view }: { readonly plan: ExplainedPlan; readonly view: RulesView }) {
  const row = rowOfRoute(plan, view)
  const { kind, rule } = plan.route
  if (row === null) return words.byPlace(rule)
  if (row === 'listed') return <a href={linkTo('models', plan.model === 'auto' ? null : plan.model)}>{words.listed(rule)}</a>
  const text = row === 'default' ? words.byDefault : words.rule(strings.routing.stages[kind === 'alias' ? 'exact' : kind].one, rule)
  return <a href={ruleHref(row)}>{text}</a>
}
