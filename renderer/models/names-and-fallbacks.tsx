/** Other names of a model as chips, and the models that answer after it, in order. Each change is sent at once. */
import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import { changeModel, type ModelView } from '../api/models.ts'
import { Button } from '../parts/button.tsx'
import { FormProblem } from '../parts/form-problem.tsx'
import { Select } from '../parts/select.tsx'
import { TextField } from '../parts/text-field.tsx'
import { linkTo } from '../state/place.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { loadModels } from './models-state.ts'

const words = strings.models.names

export function NamesAndFallbacks({ model, models }: { readonly model: ModelView; readonly models: readonly ModelView[] }) {
  const [problem, setProblem] = useState<string | null>(null)
  const send = async (entry: Readonly<Record<string, unknown>>): Promise<boolean> => {
    setProblem(null)
    try {
      await changeModel(model.name, entry)
      await loadModels()
      announce(words.saved)
      return true
    } catch (error) {
      setProblem(failureWords(error))
      return false
    }
  }
  return (
    <section className="model-section" aria-labelledby="names-title">
      <h3 id="names-title">{words.title}</h3>
      <div className="panel">
        <div className="model-setting is-top">
          <span>
            <span className="medium">{words.aliases}</span>
            <span className="caption">{words.aliasesNote}</span>
          </span>
          <Aliases model={model} onChange={(aliases) => send({ aliases })} />
        </div>
        <div className="model-setting is-top">
          <span>
            <span className="medium">{words.fallbacks}</span>
            <span className="caption">{words.fallbacksNote}</span>
          </span>
          <Fallbacks model={model} models={models} onChange={(fallbacks) => void send({ fallbacks })} />
        </div>
        <FormProblem text={problem} />
      </div>
    </section>
  )
}

function Aliases({ model, onChange }: { readonly model: ModelView; readonly onChange: (aliases: readonly string[]) => Promise<boolean> }) {
  const { aliases, editable } = model
  const [text, setText] = useState('')
  const add = async () => {
    const name = text.trim()
    if (name !== '' && !aliases.includes(name) && (await onChange([...aliases, name]))) setText('')
  }
  const addOnReturn = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    void add()
  }
  return (
    <div className="alias-chips">
      {aliases.length === 0 && !editable && <span className="quiet-words">{words.noAliases}</span>}
      {aliases.map((name) => (
        <span key={name} className="alias-chip">
          <span className="clip">{name}</span>
          {editable && (
            <Button
              kind="quiet"
              className="alias-remove"
              icon={X}
              aria-label={words.remove(name)}
              onPress={() => void onChange(aliases.filter((each) => each !== name))}
            />
          )}
        </span>
      ))}
      {editable && (
        // biome-ignore lint/a11y/noStaticElementInteractions: Return in the field inside adds the alias
        <span className="row" onKeyDown={addOnReturn}>
          <TextField aria-label={words.addAlias} placeholder={words.addAlias} value={text} onChange={setText} />
          {text.trim() !== '' && <Button onPress={() => void add()}>{strings.models.form.addSideVerb}</Button>}
        </span>
      )}
    </div>
  )
}

interface FallbacksProps {
  readonly model: ModelView
  readonly models: readonly ModelView[]
  readonly onChange: (fallbacks: readonly string[]) => void
}

function Fallbacks({ model, models, onChange }: FallbacksProps) {
  const { fallbacks, editable } = model
  const others = models.filter(({ name }) => name !== model.name && !fallbacks.includes(name))
  const moved = (from: number, to: number) => {
    const list = [...fallbacks]
    list.splice(to, 0, ...list.splice(from, 1))
    return list
  }
  return (
    <div className="model-fallbacks">
      {fallbacks.length === 0 && <span className="quiet-words">{words.noFallbacks}</span>}
      <ol>
        {fallbacks.map((name, place) => (
          <li key={name}>
            <a className="clip" href={linkTo('models', name)}>
              {name}
            </a>
            {editable && (
              <span className="row">
                <Button
                  kind="quiet"
                  icon={ArrowUp}
                  isDisabled={place === 0}
                  aria-label={words.up(name)}
                  onPress={() => onChange(moved(place, place - 1))}
                />
                <Button
                  kind="quiet"
                  icon={ArrowDown}
                  isDisabled={place === fallbacks.length - 1}
                  aria-label={words.down(name)}
                  onPress={() => onChange(moved(place, place + 1))}
                />
                <Button kind="quiet" icon={X} aria-label={words.remove(name)} onPress={() => onChange(fallbacks.filter((each) => each !== name))} />
              </span>
            )}
          </li>
        ))}
      </ol>
      {editable && others.length > 0 && (
        <Select
          aria-label={words.addFallback}
          value=""
          options={[{ id: '', label: words.addFallback, isDisabled: true }, ...others.map(({ name }) => ({ id: name, label: name }))]}
          onChange={(name) => name !== '' && onChange([...fallbacks, name])}
        />
      )}
    </div>
  )
}
