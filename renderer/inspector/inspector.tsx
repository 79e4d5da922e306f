/** One request beside the list: facts, timeline, why it went there, the plan with results, what was left out. Not a modal: the page stays usable, Esc closes. */
import { Check, OctagonX, X } from 'lucide-react'
import { useEffect } from 'react'
import { Button } from 'react-aria-components/Button'
import type { RequestDetail } from '../api/types.ts'
import { loadDetail } from '../state/connection.ts'
import { select, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { placeOf } from '../words/deployment-name.ts'
import { clockTime, count, duration, usd } from '../words/figures.ts'
import { tokensPerSecond } from '../words/speed.ts'
import { whySentence } from '../words/why.ts'
import { Comparison } from './comparison.tsx'
import { InspectorActions } from './inspector-actions.tsx'
import { LeftOutList, PlanList } from './plan-list.tsx'
import { Recorded } from './recorded.tsx'
import { SentenceOf } from './sentence.tsx'
import { Waterfall } from './waterfall.tsx'

const words = strings.inspector

export function Inspector({ id }: { id: string }) {
  const known = usePanel((state) => state.details[id])
  const isMissing = known === undefined
  useEffect(() => {
    if (isMissing) void loadDetail(id)
  }, [id, isMissing])
  const close = () => {
    select(null)
    document.getElementById(`row-${id}`)?.focus()
  }
  return (
    <aside className="inspector" aria-label={words.label} tabIndex={-1}>
      <Button className="button quiet icon-only inspector-close" aria-label={words.close} onPress={close}>
        <X className="icon" size={15} aria-hidden />
      </Button>
      {!known && <p className="quiet-words">{words.loading}</p>}
      {known && 'problem' in known && <p className="form-error">{known.problem}</p>}
      {known && 'detail' in known && <Detail detail={known.detail} />}
    </aside>
  )
}

function Detail({ detail }: { detail: RequestDetail }) {
  const deployments = usePanel((state) => state.overview?.deployments) ?? []
  const { model, provider } = placeOf(detail, deployments)
  return (
    <>
      <header>
        <div className="inspector-title">
          <h2>{model}</h2>
          {provider !== null && <span className="quiet-words">{provider}</span>}
          <Result detail={detail} />
        </div>
        <p className="caption">
          {words.via(detail.tool, clockTime(detail.at, Date.now()))}
          <span className="mono">{detail.id}</span>
        </p>
        <InspectorActions detail={detail} />
      </header>
      <Facts detail={detail} />
      {detail.error && (
        <section className="told">
          <h3>{words.errorTitle}</h3>
          <p>
            {detail.error.message} <code>{detail.error.code}</code>
          </p>
        </section>
      )}
      <Comparison detail={detail} />
      {detail.tries.length > 0 && <Waterfall detail={detail} />}
      <section>
        <h3>{words.why}</h3>
        {detail.plan ? (
          <>
            <p className="why-sentence">
              <SentenceOf words={whySentence(detail)} />
            </p>
            <PlanList plan={detail.plan} tries={detail.tries} deployments={deployments} />
            {detail.plan.excluded.length > 0 && <LeftOutList excluded={detail.plan.excluded} deployments={deployments} />}
          </>
        ) : (
          <p className="why-sentence">{words.noPlan}</p>
        )}
      </section>
      <Recorded detail={detail} />
    </>
  )
}

function Result({ detail }: { detail: RequestDetail }) {
  const { status, duration_ms } = detail
  if (duration_ms === null) return <span className="badge">{words.running}</span>
  if (status === 499) return <span className="badge">{words.aborted}</span>
  if (status !== null && status >= 400)
    return (
      <span className="badge error">
        <OctagonX className="icon" size={12} aria-hidden />
        {words.failed(status)}
      </span>
    )
  return (
    <span className="badge ok">
      <Check className="icon" size={12} strokeWidth={2.25} aria-hidden />
      {detail.tries.length > 1 ? words.answeredOnTry(detail.tries.length) : words.answered}
    </span>
  )
}

function Facts({ detail }: { detail: RequestDetail }) {
  const { first_output_ms, duration_ms, usage, cost_usd } = detail
  const speed = tokensPerSecond(detail)
  const facts: [string, string][] = [
    [words.facts.firstOutput, first_output_ms === null ? '–' : duration(first_output_ms)],
    [words.facts.total, duration_ms === null ? '–' : duration(duration_ms)],
    [
      words.facts.tokens,
      usage === null ? '–' : `${usage.input === null ? '–' : count(usage.input)} / ${usage.output === null ? '–' : count(usage.output)}`,
    ],
  ]
  if (speed !== null) facts.push([words.facts.speed, words.speed(speed)])
  if (cost_usd !== null) facts.push([words.facts.cost, usd(cost_usd)])
  return (
    <dl className="request-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
