/** Gets a model from the hub: search or a repository's name, then its files with what each needs of this machine. */
import { ChevronRight, Lock, Search } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { changeDownload, type HubResult } from '../api/downloads.ts'
import { Button } from '../parts/button.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { loadDownloads, useDownloads } from './downloads-state.ts'
import { HubFiles } from './hub-files.tsx'
import { type HubAnswer, useHub } from './hub-state.ts'
import { HubToken } from './hub-token.tsx'
import { SourcesHead } from './sources-head.tsx'
import { SourcesProblem } from './sources-problem.tsx'

const words = strings.downloads.get

/** Names of repositories, nothing more: what is in them the hub says. */
const goodStarts = ['ggml-org/gemma-3-4b-it-GGUF', 'Qwen/Qwen3-8B-GGUF', 'Qwen/Qwen2.5-Coder-7B-Instruct-GGUF', 'ggml-org/gpt-oss-20b-GGUF']

export interface GetModelPanelProps {
  /** A repository to begin with. It is only written down: the hub is asked when a person says so. */
  readonly wanted?: string
  readonly onClose?: () => void
}

export function GetModelPanel({ wanted = '', onClose }: GetModelPanelProps) {
  const { known } = useDownloads()
  const [text, setText] = useState(wanted)
  const { answer, open, search, back } = useHub()
  const titleId = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() !== '') void search(text)
  }
  const openNamed = (repo: string) => {
    setText(repo)
    void open(repo)
  }
  const starter = known?.starter
  return (
    <section className="panel sources-panel" aria-labelledby={titleId}>
      <SourcesHead id={titleId} title={words.title} fact={known === null ? undefined : words.disk(known.disk_free_bytes)} onClose={onClose} />
      <search>
        <form className="sources-form" onSubmit={submit}>
          <TextField
            aria-label={words.field}
            value={text}
            onChange={setText}
            placeholder={words.placeholder}
            type="search"
            size="wide"
            autoFocus={onClose !== undefined}
          />
          <Button type="submit" icon={Search} isDisabled={text.trim() === ''}>
            {words.go}
          </Button>
        </form>
      </search>
      {answer.kind === 'nothing' && (
        <div className="source-chips">
          <span className="caption" id={`${titleId}-start`}>
            {words.start}
          </span>
          <ul className="row wrap" aria-labelledby={`${titleId}-start`}>
            {goodStarts.map((repo) => (
              <li key={repo}>
                <Button className="source-chip" onPress={() => openNamed(repo)} aria-label={words.open(repo)}>
                  {repo.split('/')[1]?.replace(/-GGUF$/, '')}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {answer.kind === 'nothing' && starter?.state === 'off' && (
        <p className="row wrap caption">
          {words.starterText}
          <Button onPress={() => void changeDownload('starter', 'queued').then(loadDownloads, loadDownloads)}>
            {words.starter(starter.name, starter.size_bytes)}
          </Button>
        </p>
      )}
      {answer.kind === 'asking' && <LoadingBars bars={4} />}
      {answer.kind === 'problem' && (
        <SourcesProblem
          title={answer.message}
          how={howOf(answer)}
          onRetry={answer.isGated ? null : () => void (answer.repo === null ? search(text) : open(answer.repo))}
        >
          {answer.isGated && answer.repo !== null && <HubToken onStored={() => void open(answer.repo ?? '')} />}
        </SourcesProblem>
      )}
      {answer.kind === 'results' && <Results query={answer.query} results={answer.results} onOpen={(repo) => void open(repo)} />}
      {answer.kind === 'model' && <HubFiles key={answer.model.repo} model={answer.model} queue={known?.downloads ?? []} onBack={back} />}
    </section>
  )
}

function howOf({ isGated, message }: Extract<HubAnswer, { kind: 'problem' }>): string | null {
  if (isGated) return null
  return / is not on /.test(message) ? words.notFoundHow : words.failedHow
}

interface ResultsProps {
  readonly query: string
  readonly results: readonly HubResult[]
  readonly onOpen: (repo: string) => void
}

function Results({ query, results, onOpen }: ResultsProps) {
  if (results.length === 0)
    return (
      <p className="sources-none" role="status">
        <span className="medium">{words.none(query)}</span> <span className="quiet-words">{words.noneHow}</span>
      </p>
    )
  return (
    <ul className="hub-results" aria-label={words.results(results.length)}>
      {results.map(({ repo, downloads, gated }) => {
        const [owner, name] = repo.split('/')
        return (
          <li key={repo}>
            <Button kind="quiet" className="hub-result" onPress={() => onOpen(repo)}>
              <span className="clip">
                <span className="medium">{name}</span> <span className="quiet-words">{owner}</span>
              </span>
              {gated && (
                <span className="badge">
                  <Lock className="icon" size={11} aria-hidden />
                  {words.gated}
                </span>
              )}
              <span className="push quiet-words figure">{downloads === null ? '' : words.downloadsOf(downloads)}</span>
              <ChevronRight className="icon" size={14} strokeWidth={1.75} aria-hidden />
            </Button>
          </li>
        )
      })}
    </ul>
  )
}
