/** Chooses one of the models that a provider lists, by typing; a name that is not listed can be typed all the same. */
import { Check } from 'lucide-react'
import { ComboBox } from 'react-aria-components/ComboBox'
import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Text } from 'react-aria-components/Text'
import type { ListedModel } from '../api/providers.ts'
import { Suggestions } from '../parts/suggestions.tsx'
import { strings } from '../strings/index.ts'

const words = strings.providers.form
/** A long list is narrowed by typing, not by scrolling. */
const shownAtMost = 100

export interface ModelChoiceProps {
  readonly models: readonly ListedModel[]
  readonly value: string
  readonly onChange: (id: string) => void
}

export function ModelChoice({ models, value, onChange }: ModelChoiceProps) {
  const wanted = value.trim().toLowerCase()
  const isListed = models.some((model) => model.id === value)
  const found = (isListed ? models : models.filter((model) => model.id.toLowerCase().includes(wanted))).slice(0, shownAtMost)
  return (
    <ComboBox
      className="text-field model-choice"
      allowsCustomValue
      inputValue={value}
      onInputChange={onChange}
      onChange={(chosen) => chosen !== null && onChange(String(chosen))}
      defaultFilter={() => true}
      menuTrigger="focus"
    >
      <Label className="form-label">{words.defaultModel}</Label>
      <Input className="field wide mono" placeholder={models.length > 0 ? words.searchModels : words.typeModel} />
      <Text slot="description" className="caption">
        {value.trim() === '' ? words.noDefault : words.defaultModelHint}
      </Text>
      <Suggestions label={words.modelList}>
        <ListBox className="menu select-list model-list" items={found}>
          {(model) => (
            <ListBoxItem id={model.id} className="menu-item" textValue={model.id}>
              <span className="mono clip">{model.id}</span>
              <ModelFacts model={model} />
              <Check className="icon menu-check" size={13} strokeWidth={2} aria-hidden />
            </ListBoxItem>
          )}
        </ListBox>
      </Suggestions>
    </ComboBox>
  )
}

export function ModelFacts({ model: { context, price } }: { model: ListedModel }) {
  const facts = [context === null ? null : words.context(context), price === null ? null : words.price(price.input, price.output)].filter(Boolean)
  return <span className="quiet-words model-facts">{facts.join(', ')}</span>
}
