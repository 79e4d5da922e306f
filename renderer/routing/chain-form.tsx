/** The form of a fallback chain: its places in order, each with a model and a condition of its own where they are wanted. */
import { useState } from 'react'
import type { Entry } from '../api/rules.ts'
import { FormProblem } from '../parts/form-problem.tsx'
import { Select } from '../parts/select.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { CheckedField } from './checked-field.tsx'
import { NameField } from './name-field.tsx'
import { OrderedFields } from './ordered-fields.tsx'
import { useModelNames } from './route-form.tsx'
import { numberOr } from './rule-draft.ts'
import { rowsOf } from './rule-edits.ts'
import { Field, Form, type RuleFormProps } from './rule-form.tsx'

const words = strings.routing.form

interface Link {
  readonly provider: string
  readonly model: string
  readonly condition: string
}

export function ChainForm({ editing, view, id, onSave }: RuleFormProps) {
  const { at, entry } = editing
  const models = useModelNames()
  const [name, setName] = useState(editing.name)
  const [links, setLinks] = useState(() => linksOf(entry, view.providers[0] ?? ''))
  const [retries, setRetries] = useState(numberText(entry['retry_attempts']))
  const [delay, setDelay] = useState(numberText(entry['retry_delay_ms']))
  const [isTried, setTried] = useState(false)
  const isTaken = name.trim() !== at && rowsOf(view.stored, 'chain').some((row) => row.name === name.trim())
  const submit = () => {
    setTried(true)
    if (name.trim() === '' || isTaken || links.length === 0) return
    const { chain: _chain, retry_attempts: _attempts, retry_delay_ms: _delay, ...rest } = entry
    onSave(name.trim(), {
      ...rest,
      chain: links.map(({ provider, model, condition }) => ({
        provider,
        ...(model.trim() === '' ? {} : { preferred_model: model.trim() }),
        ...(condition.trim() === '' ? {} : { condition: condition.trim() }),
      })),
      ...(retries.trim() === '' ? {} : { retry_attempts: numberOr(retries.trim()) }),
      ...(delay.trim() === '' ? {} : { retry_delay_ms: numberOr(delay.trim()) }),
    })
  }
  return (
    <Form id={id} onSubmit={submit}>
      <Field label={words.names.chain}>
        <TextField
          aria-label={words.names.chain}
          size="wide"
          value={name}
          onChange={setName}
          description={words.nameNotes.chain}
          error={!isTried ? null : name.trim() === '' ? words.nameMissing : isTaken ? words.nameTaken : null}
          autoFocus
        />
      </Field>
      <Field label={words.links}>
        <OrderedFields
          what={words.link}
          items={links}
          onChange={setLinks}
          empty={{ provider: view.providers.find((provider) => !links.some((link) => link.provider === provider)) ?? '', model: '', condition: '' }}
          addLabel={words.addLink}
        >
          {(link, set, label) => (
            <div className="chain-link">
              <Select
                aria-label={label.replace(words.link, words.linkProvider)}
                value={link.provider}
                options={[...new Set([...view.providers, link.provider])].map((provider) => ({ id: provider, label: provider }))}
                onChange={(provider) => set({ ...link, provider })}
              />
              <NameField
                aria-label={label.replace(words.link, words.linkModel)}
                placeholder={words.linkModelPlaceholder}
                value={link.model}
                names={models}
                onChange={(model) => set({ ...link, model })}
              />
              <CheckedField
                kind="condition"
                isQuiet
                aria-label={label.replace(words.link, words.linkCondition)}
                placeholder={words.linkConditionPlaceholder}
                value={link.condition}
                onChange={(condition) => set({ ...link, condition })}
              />
            </div>
          )}
        </OrderedFields>
        <FormProblem text={isTried && links.length === 0 ? words.noLinks : null} />
      </Field>
      <Field label={words.retries}>
        <TextField aria-label={words.retries} size="number" value={retries} onChange={setRetries} />
      </Field>
      <Field label={words.delay}>
        <TextField aria-label={words.delay} size="number" unit={words.ms} value={delay} onChange={setDelay} />
      </Field>
    </Form>
  )
}

/** A file may call a place primary, secondary or tertiary. */
function linksOf(entry: Entry, first: string): readonly Link[] {
  const { chain } = entry
  if (!Array.isArray(chain)) return [{ provider: first, model: '', condition: '' }]
  return (chain as Entry[]).map((link) => ({
    provider: String(link['provider'] ?? link['primary'] ?? link['secondary'] ?? link['tertiary'] ?? ''),
    model: String(link['preferred_model'] ?? ''),
    condition: String(link['condition'] ?? ''),
  }))
}

const numberText = (value: unknown): string => (typeof value === 'number' || typeof value === 'string' ? String(value) : '')
