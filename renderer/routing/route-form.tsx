/** The form of a rule that sends requests somewhere: what it takes, the providers and models in order, what follows, and how large a model has to be. */
import { useState } from 'react'
import { useModelsState } from '../models/models-state.ts'
import { Select, type SelectOption } from '../parts/select.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { CheckedField } from './checked-field.tsx'
import { ConditionWords } from './condition-words.tsx'
import { NameField } from './name-field.tsx'
import { OrderedFields } from './ordered-fields.tsx'
import { draftOf, entryOf, type RuleDraft } from './rule-draft.ts'
import { rowsOf } from './rule-edits.ts'
import { Field, Form, type RuleFormProps } from './rule-form.tsx'

const words = strings.routing.form

export function RouteForm({ editing, view, id, onSave }: RuleFormProps) {
  const { kind, at, entry } = editing
  const models = useModelNames()
  const [draft, setDraft] = useState(() => draftOf(editing.name, entry))
  const [isTried, setTried] = useState(false)
  const change = (part: Partial<RuleDraft>) => setDraft({ ...draft, ...part })
  const name = draft.name.trim()
  const isTaken =
    (kind === 'metadata' || kind === 'exact' || kind === 'capability') && name !== at && rowsOf(view.stored, kind).some((row) => row.name === name)
  const nameError = !isTried ? null : name === '' ? words.nameMissing : isTaken ? words.nameTaken : null
  const submit = () => {
    setTried(true)
    if (name !== '' && !isTaken && (kind !== 'metadata' || draft.condition.trim() !== '')) onSave(name, entryOf(kind, draft, entry))
  }
  const providers: SelectOption<string>[] = view.providers.map((provider) => ({ id: provider, label: provider }))
  return (
    <Form id={id} onSubmit={submit}>
      {(kind === 'pattern' || kind === 'size') && (
        <Field label={words.names[kind]}>
          <CheckedField
            kind={kind}
            aria-label={words.names[kind]}
            value={draft.name}
            onChange={(next) => change({ name: next })}
            note={words.nameNotes[kind]}
            error={nameError}
            autoFocus
          />
        </Field>
      )}
      {(kind === 'metadata' || kind === 'exact' || kind === 'capability') && (
        <Field label={words.names[kind]}>
          <TextField
            aria-label={words.names[kind]}
            size="wide"
            value={draft.name}
            onChange={(next) => change({ name: next })}
            description={words.nameNotes[kind]}
            error={nameError}
            autoFocus
          />
        </Field>
      )}
      {kind === 'metadata' && (
        <Field label={words.condition}>
          <CheckedField
            kind="condition"
            aria-label={words.condition}
            value={draft.condition}
            onChange={(condition) => change({ condition })}
            note={words.conditionNote}
            error={isTried && draft.condition.trim() === '' ? words.nameMissing : null}
          />
          <ConditionWords
            view={view}
            onPick={(word) => change({ condition: [draft.condition.trimEnd(), word].filter((part) => part !== '').join(' ') })}
          />
        </Field>
      )}
      <Field label={words.providers} note={words.providersNote}>
        <OrderedFields
          what={words.linkProvider.split(' ')[0] ?? ''}
          items={draft.providers}
          onChange={(next) => change({ providers: next })}
          empty={view.providers.find((provider) => !draft.providers.includes(provider)) ?? ''}
          addLabel={words.addProvider}
        >
          {(provider, set, label) => <Select aria-label={label} value={provider} options={withChosen(providers, provider)} onChange={set} />}
        </OrderedFields>
      </Field>
      <Field label={words.models} note={kind === 'pattern' ? `${words.modelsNote} ${words.templateNote}` : words.modelsNote}>
        <OrderedFields
          what={words.linkModel.split(' ')[0] ?? ''}
          items={draft.models}
          onChange={(next) => change({ models: next })}
          empty=""
          addLabel={words.addModel}
        >
          {(model, set, label) => <NameField aria-label={label} value={model} names={models} onChange={set} />}
        </OrderedFields>
      </Field>
      <Field label={words.fallback}>
        <Select
          aria-label={words.fallback}
          value={draft.fallback}
          options={withChosen(
            [
              { id: '', label: words.usual, hint: words.usualHint },
              { id: 'none', label: words.nothing, hint: words.nothingHint },
              ...view.rules.chains.map((chain) => ({ id: `to:${chain.name}`, label: chain.name, hint: words.chainHint })),
              ...view.providers.map((provider) => ({ id: `to:${provider}`, label: provider, hint: words.providerHint })),
            ],
            draft.fallback,
          )}
          onChange={(fallback) => change({ fallback })}
        />
      </Field>
      <Field label={words.strategy}>
        <Select
          aria-label={words.strategy}
          value={draft.strategy}
          options={withChosen(
            [{ id: '', label: words.asWritten }, ...view.strategies.map((each) => ({ id: each.name, label: each.name, hint: each.summary }))],
            draft.strategy,
          )}
          onChange={(strategy) => change({ strategy })}
        />
      </Field>
      <Field label={words.more}>
        <div className="row wrap">
          <TextField label={words.minSize} size="number" placeholder="13B" value={draft.minSize} onChange={(minSize) => change({ minSize })} />
          <TextField
            label={words.minContext}
            size="number"
            unit={words.tokens}
            value={draft.minContext}
            onChange={(minContext) => change({ minContext })}
          />
        </div>
      </Field>
    </Form>
  )
}

/** Names and aliases of the listed models. */
export function useModelNames(): readonly string[] {
  const models = useModelsState((state) => state.models) ?? []
  return models.flatMap(({ name, aliases }) => [name, ...aliases])
}

/** A name that is not there any more is shown as it is, so that it can be seen and changed. */
function withChosen(options: readonly SelectOption<string>[], chosen: string): readonly SelectOption<string>[] {
  return options.some(({ id }) => id === chosen) ? options : [...options, { id: chosen, label: chosen.replace(/^to:/, '') }]
}
