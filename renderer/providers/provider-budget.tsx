/** What a provider may cost in a day or a month: set, changed, taken away; with how much of it is used. */
import { useState } from 'react'
import type { ProviderView } from '../api/providers.ts'
import { Button } from '../parts/button.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { change } from './providers-state.ts'

const words = strings.providers.budget

export function ProviderBudget({ provider: { name, budget } }: { readonly provider: ProviderView }) {
  const [typed, setTyped] = useState(budget === null ? '' : String(budget.usd))
  const [per, setPer] = useState<'day' | 'month'>(budget?.per ?? 'month')
  const usd = Number(typed.replace(',', '.'))
  const isWrong = typed.trim() !== '' && (!Number.isFinite(usd) || usd < 0)
  const isSame = typed.trim() === '' ? budget === null : budget !== null && usd === budget.usd && per === budget.per
  const save = () =>
    void change(name, { budget: typed.trim() === '' ? null : { usd, per } }, typed.trim() === '' ? words.removed(name) : words.saved(name))
  return (
    <section aria-labelledby="detail-budget" className="detail-form">
      <h3 id="detail-budget">{words.title}</h3>
      {budget !== null && (
        <p className={`caption ${budget.state === 'left' ? '' : 'warn'}`}>
          <progress className="budget-bar" value={Math.min(budget.spent_usd, budget.usd)} max={Math.max(budget.usd, 0.01)} aria-label={words.title} />
          {words.used(budget)}
        </p>
      )}
      <div className="row wrap">
        <TextField aria-label={words.amount} size="number" unit="USD" value={typed} onChange={setTyped} error={isWrong ? words.wrong : null} />
        <Segmented
          aria-label={words.period}
          value={per}
          segments={[
            { id: 'day', label: words.per.day },
            { id: 'month', label: words.per.month },
          ]}
          onChange={setPer}
        />
        <Button onPress={save} isDisabled={isWrong || isSame}>
          {words.save}
        </Button>
      </div>
      <p className="caption">{words.hint}</p>
    </section>
  )
}
