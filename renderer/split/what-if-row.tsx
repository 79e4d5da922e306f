/** What the tried share would have changed in the last 24 hours: tokens that stay and leave, money, time to first output. */
import { ArrowRight } from 'lucide-react'
import type { WhatIfAnswer } from '../api/split.ts'
import { strings } from '../strings/index.ts'
import { pairOf } from '../words/pair.ts'

const words = strings.split.whatIf

export function WhatIfRow({ answer }: { readonly answer: WhatIfAnswer | 'asking' | 'failed' }) {
  if (answer === 'asking' || answer === 'failed' || !answer.enough)
    return (
      <div className="what-if is-short">
        {answer === 'asking' ? words.asking : answer === 'failed' ? words.failed : words.notEnough(answer.requests)}
      </div>
    )
  const { before, after } = answer
  return (
    <div className="what-if">
      <div className="what-if-title" aria-hidden="true">
        {words.title(answer)}
      </div>
      <dl aria-label={words.title(answer)}>
        <Change name={words.stays} pair={pairOf('tokens', before.local.tokens, after.local.tokens)} />
        <Change name={words.leaves} pair={pairOf('tokens', before.remote.tokens, after.remote.tokens)} />
        {before.cost_usd === null && after.cost_usd === null ? (
          <Change name={words.spent} pair={words.noPrice} />
        ) : (
          <Change
            name={after.unpriced_requests > 0 ? words.spentPartly : words.spent}
            pair={pairOf('usd', before.cost_usd ?? 0, after.cost_usd ?? 0)}
          />
        )}
        <Change name={words.firstOutput} pair={pairOf('ms', before.first_output_ms, after.first_output_ms)} />
      </dl>
    </div>
  )
}

function Change({ name, pair }: { readonly name: string; readonly pair: { readonly before: string; readonly after: string } | string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {typeof pair === 'string' ? (
          <span className="from">{pair}</span>
        ) : (
          <>
            <span className="from">{pair.before}</span>
            <ArrowRight className="icon" size={11} strokeWidth={2} role="img" aria-label={words.to} />
            {pair.after}
          </>
        )}
      </dd>
    </div>
  )
}
