/** The models that a provider lists, with context and price where it tells them; asked for when somebody wants to see them. */
import { useState } from 'react'
import { fetchProviderModels, type ListedModel } from '../api/providers.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { ModelFacts } from './model-choice.tsx'

const words = strings.providers
const shownAtMost = 60

export function ListedModels({ name }: { name: string }) {
  const [models, setModels] = useState<readonly ListedModel[] | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const [search, setSearch] = useState('')
  const load = async () => {
    if (isBusy) return
    setBusy(true)
    try {
      const list = await fetchProviderModels(name)
      setModels(list.models)
      setWhy(list.why)
    } catch (error) {
      setWhy(failureWords(error))
    } finally {
      setBusy(false)
    }
  }
  const found = models?.filter(({ id }) => id.toLowerCase().includes(search.trim().toLowerCase())) ?? []
  return (
    <section aria-labelledby="detail-models" className="detail-form">
      <h3 id="detail-models">
        {words.detail.models} {models && <span className="quiet-words">{words.detail.modelsOf(models.length)}</span>}
      </h3>
      {models === null && (
        <div className="row wrap">
          <Button onPress={() => void load()}>{words.detail.loadModels}</Button>
          {why !== null && <span className="caption">{why}</span>}
        </div>
      )}
      {models !== null && models.length > 8 && (
        <TextField
          aria-label={words.form.searchModels}
          type="search"
          size="wide"
          value={search}
          onChange={setSearch}
          placeholder={words.form.searchModels}
        />
      )}
      {models !== null && (
        <ul className="detail-list listed-models">
          {found.slice(0, shownAtMost).map((model) => (
            <li key={model.id}>
              <span className="mono clip" title={model.id}>
                {model.id}
              </span>
              <ModelFacts model={model} />
            </li>
          ))}
        </ul>
      )}
      {found.length > shownAtMost && <p className="caption">{words.form.moreModels(found.length - shownAtMost)}</p>}
    </section>
  )
}
