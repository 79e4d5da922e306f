/** The fields of one deployment: where it is served, what it is called there, context, price, what it can do; the rare ones behind a disclosure. */
import { ChevronDown } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { Button as PlainButton } from 'react-aria-components/Button'
import { Checkbox } from 'react-aria-components/Checkbox'
import { CheckboxGroup } from 'react-aria-components/CheckboxGroup'
import { ComboBox } from 'react-aria-components/ComboBox'
import { FieldError } from 'react-aria-components/FieldError'
import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Text } from 'react-aria-components/Text'
import { type FeatureName, fetchProviderModels, type ModelView, type ProviderOption } from '../api/models.ts'
import type { Lane } from '../api/types.ts'
import { Segmented } from '../parts/segmented.tsx'
import { Select, type SelectOption } from '../parts/select.tsx'
import { Suggestions } from '../parts/suggestions.tsx'
import { TextField } from '../parts/text-field.tsx'
import { linkTo } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { bytes } from '../words/figures.ts'
import { type DeploymentDraft, type DraftErrors, engineProvider, isUsual, providersFor, shownFeatures } from './deployment-draft.ts'

const words = strings.models.form
const facts = strings.models.details.facts

export interface DeploymentFormProps {
  readonly draft: DeploymentDraft
  readonly errors: DraftErrors
  readonly onChange: (draft: DeploymentDraft) => void
  readonly models: readonly ModelView[]
  readonly providers: readonly ProviderOption[]
  /** The side may stay empty. */
  readonly isOptional: boolean
}

export function DeploymentForm({ draft, errors, onChange, models, providers, isOptional }: DeploymentFormProps) {
  const { lane } = draft
  const id = useId()
  const files = lane === 'local' ? modelFiles(models) : []
  const servers = providersFor(lane, providers)
  const known = servers.some(({ name }) => name === draft.provider)
  const options: SelectOption<string>[] = [
    ...(isOptional ? [{ id: '', label: words.nothing }] : []),
    ...(lane === 'local'
      ? [{ id: engineProvider, label: words.engine, ...(files.length === 0 ? { hint: words.noFiles, isDisabled: true } : {}) }]
      : []),
    ...servers.map((server) => serverOption(lane, server)),
    ...(draft.provider === '' || draft.provider === engineProvider || known ? [] : [{ id: draft.provider, label: draft.provider }]),
  ]
  const change = (part: Partial<DeploymentDraft>) => onChange({ ...draft, ...part })
  const chooseProvider = (provider: string) =>
    change({ provider, model: provider === engineProvider ? (files[0]?.id ?? '') : provider === draft.provider ? draft.model : '' })
  return (
    <div className="deployment-form">
      <div className="field-row">
        <span className="form-label" id={`${id}-where`}>
          {words.where[lane]}
        </span>
        <div className="field-stack">
          <Select aria-label={words.where[lane]} value={draft.provider} options={options} onChange={chooseProvider} />
          {draft.provider === '' && lane === 'remote' && !servers.some((server) => server.disabled === null && isUsual('remote', server)) && (
            <span className="caption">
              {words.noProviders} <a href={linkTo('providers')}>{words.addProvider}</a>
            </span>
          )}
        </div>
      </div>
      {draft.provider === engineProvider && (
        <div className="field-row">
          <span className="form-label">{words.file}</span>
          <Select aria-label={words.file} value={draft.model} options={withChosen(files, draft.model)} onChange={(model) => change({ model })} />
        </div>
      )}
      {draft.provider !== '' && draft.provider !== engineProvider && (
        <ModelId
          key={draft.provider}
          provider={draft.provider}
          value={draft.model}
          error={errors.model ?? null}
          onChange={(model) => change({ model })}
        />
      )}
      {draft.provider !== '' && <Details draft={draft} errors={errors} onChange={change} />}
    </div>
  )
}

function ModelId({ provider, value, error, onChange }: { provider: string; value: string; error: string | null; onChange: (id: string) => void }) {
  const [ids, setIds] = useState<readonly string[]>([])
  useEffect(() => {
    let isGone = false
    fetchProviderModels(provider).then(
      (list) => !isGone && setIds(list),
      () => undefined,
    )
    return () => {
      isGone = true
    }
  }, [provider])
  return (
    <ComboBox
      className="field-row model-combo"
      allowsCustomValue
      menuTrigger="focus"
      inputValue={value}
      onInputChange={onChange}
      isInvalid={error !== null}
      defaultItems={ids.map((id) => ({ id }))}
    >
      <Label className="form-label">{words.modelId}</Label>
      <div className="field-stack">
        <div className="model-combo-box">
          <Input className="field" spellCheck="false" autoComplete="off" />
          {ids.length > 0 && (
            <PlainButton className="model-combo-open">
              <ChevronDown className="icon" size={13} strokeWidth={2} aria-hidden />
            </PlainButton>
          )}
        </div>
        <Text slot="description" className="caption">
          {words.modelIdNote(ids.length)}
        </Text>
        <FieldError className="form-error">{error}</FieldError>
      </div>
      {ids.length > 0 && (
        <Suggestions label={words.modelList(provider)}>
          <ListBox className="menu select-list model-combo-list">
            {({ id }: { id: string }) => (
              <ListBoxItem id={id} className="menu-item" textValue={id}>
                <span className="clip">{id}</span>
              </ListBoxItem>
            )}
          </ListBox>
        </Suggestions>
      )}
    </ComboBox>
  )
}

interface DetailsProps {
  readonly draft: DeploymentDraft
  readonly errors: DraftErrors
  readonly onChange: (part: Partial<DeploymentDraft>) => void
}

function Details({ draft, errors, onChange }: DetailsProps) {
  const isEngine = draft.provider === engineProvider
  const hasRare = [draft.weight, draft.priority, draft.maxInFlight, draft.timeout].some((value) => value !== '')
  return (
    <>
      <div className="field-row">
        <span className="form-label" aria-hidden="true">
          {words.context}
        </span>
        <TextField
          aria-label={words.context}
          size="number"
          unit={words.tokens}
          value={draft.context}
          error={errors.context ?? null}
          description={words.contextNote[draft.lane]}
          onChange={(context) => onChange({ context })}
        />
      </div>
      {!isEngine && (
        <>
          <div className="field-row">
            <span className="form-label" aria-hidden="true">
              {words.price}
            </span>
            <div className="price-fields">
              <TextField
                aria-label={words.priceIn}
                size="number"
                unit={words.priceBetween}
                value={draft.priceIn}
                error={errors.priceIn ?? null}
                onChange={(priceIn) => onChange({ priceIn })}
              />
              <TextField
                aria-label={words.priceOut}
                size="number"
                unit={words.priceAfter}
                value={draft.priceOut}
                error={errors.priceOut ?? null}
                onChange={(priceOut) => onChange({ priceOut })}
              />
            </div>
          </div>
          <Features value={draft.features} onChange={(features) => onChange({ features })} />
        </>
      )}
      <details className="rare-details" open={hasRare}>
        <summary>{words.more}</summary>
        <div className="rare-fields">
          <TextField
            label={words.weight}
            size="number"
            value={draft.weight}
            error={errors.weight ?? null}
            onChange={(weight) => onChange({ weight })}
          />
          <TextField
            label={words.priority}
            size="number"
            value={draft.priority}
            error={errors.priority ?? null}
            description={words.priorityNote}
            onChange={(priority) => onChange({ priority })}
          />
          <TextField
            label={words.maxInFlight}
            size="number"
            value={draft.maxInFlight}
            error={errors.maxInFlight ?? null}
            onChange={(maxInFlight) => onChange({ maxInFlight })}
          />
          <TextField
            label={words.timeout}
            size="number"
            unit={words.seconds}
            value={draft.timeout}
            error={errors.timeout ?? null}
            onChange={(timeout) => onChange({ timeout })}
          />
        </div>
      </details>
    </>
  )
}

function Features({ value, onChange }: { value: readonly FeatureName[] | null; onChange: (value: readonly FeatureName[] | null) => void }) {
  return (
    <div className="field-row">
      <span className="form-label" aria-hidden="true">
        {words.features}
      </span>
      <div className="field-stack">
        <Segmented
          aria-label={words.features}
          value={value === null ? 'unknown' : 'known'}
          segments={[
            { id: 'unknown', label: words.featuresUnknown },
            { id: 'known', label: words.featuresKnown },
          ]}
          onChange={(next) => onChange(next === 'unknown' ? null : (value ?? ['tools', 'json']))}
        />
        {value !== null && (
          <CheckboxGroup
            aria-label={words.features}
            className="feature-checks"
            value={[...value]}
            onChange={(next) => onChange(next as FeatureName[])}
          >
            {shownFeatures.map((feature) => (
              <Checkbox key={feature} value={feature} className="feature-check-row">
                <span className="feature-check" aria-hidden="true" />
                {facts.features[feature]}
              </Checkbox>
            ))}
          </CheckboxGroup>
        )}
      </div>
    </div>
  )
}

/** Every model file that a deployment of the engine has, by the name under which an entry may name it. */
export function modelFiles(models: readonly ModelView[]): SelectOption<string>[] {
  const seen = new Set<string>()
  return models.flatMap(({ deployments }) =>
    deployments.flatMap(({ local, entry, upstream_model }) => {
      if (local === null || seen.has(local.file)) return []
      seen.add(local.file)
      const hint = [local.quantization, local.size_bytes === null ? null : bytes(local.size_bytes)].filter((part) => part !== null).join(', ')
      return [{ id: String(entry['model']), label: upstream_model, ...(hint === '' ? {} : { hint }) }]
    }),
  )
}

function serverOption(lane: Lane, server: ProviderOption): SelectOption<string> {
  const { name, disabled } = server
  if (disabled !== null) return { id: name, label: name, hint: disabled, isDisabled: true }
  return isUsual(lane, server) ? { id: name, label: name } : { id: name, label: name, hint: lane === 'local' ? words.notOnThisMac : words.onThisMac }
}

const withChosen = (files: readonly SelectOption<string>[], chosen: string): readonly SelectOption<string>[] =>
  chosen === '' || files.some(({ id }) => id === chosen) ? files : [...files, { id: chosen, label: chosen }]
