/** A quick model and the best for this machine, each with what it takes; what is on its way is shown where it was asked for. */
import type { QueuedDownload, Suggestion } from '../api/downloads.ts'
import { useDownloads } from '../downloads/downloads-state.ts'
import { SourcesProblem } from '../downloads/sources-problem.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { SuggestionCard } from './suggestion-card.tsx'
import { useSuggestions } from './suggestions-state.ts'

const words = strings.firstRun.local.suggested

export interface SuggestedModelsProps {
  /** To the page of a model that is here. */
  readonly onShow: (model: string) => void
}

export function SuggestedModels({ onShow }: SuggestedModelsProps) {
  const { known, failures } = useDownloads()
  const downloads = known?.downloads ?? []
  const local = usePanel(({ overview }) => (overview?.deployments ?? []).flatMap(({ lane, name }) => (lane === 'local' ? [name] : [])).join('\n'))
  const came = downloads.flatMap(({ state, id }) => (state === 'ready' ? [id] : [])).join('\n')
  const { suggestions: answer, problem, isStale, load } = useSuggestions(`${came}\n\n${local}`)
  if (answer === null)
    return (
      <section className="panel first-run-card" aria-label={words.label}>
        {problem === null ? <LoadingBars bars={4} /> : <SourcesProblem title={words.notLoaded} how={problem} onRetry={load} />}
      </section>
    )
  const { suggestions, without_best, origin, disk_free_bytes } = answer
  // One that came counts by its file: it may have been deleted since.
  const downloadOf = ({ repo, file }: Suggestion): QueuedDownload | null =>
    downloads.find((each) => each.repository === repo && each.file === file && (each.state !== 'ready' || isStale)) ?? null
  return (
    <section aria-label={words.label}>
      <ul className="suggestions">
        {suggestions.map((suggestion) => {
          const download = downloadOf(suggestion)
          return (
            <SuggestionCard
              key={`${suggestion.repo}/${suggestion.file}`}
              suggestion={suggestion}
              free={disk_free_bytes}
              download={download}
              failure={download === null ? null : (failures[download.id] ?? null)}
              onShow={onShow}
            />
          )
        })}
        {without_best !== null && suggestions[0] && (
          <li className="suggestion-none">
            <span className="suggestion-role">{words.roles.best}</span>
            <p>{words.withoutBest[without_best](suggestions[0], disk_free_bytes)}</p>
          </li>
        )}
      </ul>
      {suggestions.some(({ model }) => model === null) && <p className="caption suggestions-note">{words.note(new URL(origin).host)}</p>}
    </section>
  )
}
