/** One suggested model: what it is good for, what it takes of this machine, and the way to get it, stop it, or see it. */
import { Check, OctagonX, X } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { type QueuedDownload, type Suggestion, startDownload } from '../api/downloads.ts'
import { DownloadProgress, progressFigures } from '../downloads/download-progress.tsx'
import { cancel, change, loadDownloads } from '../downloads/downloads-state.ts'
import { FitWord } from '../downloads/fit-badge.tsx'
import { Button } from '../parts/button.tsx'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { SuggestionFacts } from './suggestion-facts.tsx'

const words = strings.firstRun.local.suggested

export interface SuggestionCardProps {
  readonly suggestion: Suggestion
  /** Bytes of the disk. */
  readonly free: number
  /** On its way, or failed; null = not asked for, or here. */
  readonly download: QueuedDownload | null
  /** What a button could not do with the download. */
  readonly failure: string | null
  readonly onShow: (model: string) => void
}

export function SuggestionCard({ suggestion, free, download, failure, onShow }: SuggestionCardProps) {
  const { role, name, good_for, fit, model } = suggestion
  const id = useId()
  const onTheWay = model === null ? download : null
  return (
    <li className="suggestion" data-role={role} aria-labelledby={id}>
      <div className="suggestion-head">
        <span className="suggestion-role">{words.roles[role]}</span>
        <FitWord fit={fit} label={strings.downloads.fit.label[fit.word]} />
      </div>
      <h2 id={id} className="choice-title">
        {name}
      </h2>
      <p className="choice-text">{good_for}</p>
      <SuggestionFacts suggestion={suggestion} totalBytes={onTheWay?.total_bytes ?? null} />
      <div className="suggestion-way">
        {onTheWay !== null && (
          <div className={`suggestion-progress ${onTheWay.state}`}>
            <DownloadProgress download={onTheWay} failure={failure} />
          </div>
        )}
        <Way suggestion={suggestion} free={free} download={onTheWay} onShow={onShow} />
      </div>
    </li>
  )
}

/** One button that always stands at the same place, so that the keyboard keeps it, and words beside it. */
function Way({ suggestion, free, download, onShow }: Omit<SuggestionCardProps, 'failure'>) {
  const { repo, file, name, size_bytes, fit, model } = suggestion
  const row = useRef<HTMLDivElement>(null)
  const [isAsking, setAsking] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const get = async () => {
    setAsking(true)
    await startDownload(repo, file).then(
      () => setRefusal(null),
      (error: unknown) => setRefusal(failureWords(error)),
    )
    await loadDownloads()
    setAsking(false)
  }
  const stop = async (stopped: QueuedDownload) => {
    await cancel(stopped)
    row.current?.querySelector('button')?.focus()
  }
  const why = fit.word === 'too-large' ? fit.why : size_bytes > free ? strings.downloads.get.noDisk(size_bytes, free) : refusal
  const isHalted = download !== null && (download.state === 'paused' || download.state === 'failed')
  const step = model !== null ? 'show' : download === null ? 'get' : download.state === 'failed' ? 'retry' : isHalted ? 'resume' : 'pause'
  const press = () => {
    if (model !== null) onShow(model)
    else if (download === null) void get()
    else void change(download, isHalted ? 'queued' : 'paused')
  }
  return (
    <div className="row" ref={row}>
      <Button
        aria-label={words.buttonLabels[step](name)}
        isDisabled={step === 'get' && why !== null && why !== refusal}
        isPending={isAsking}
        onPress={press}
      >
        {isAsking ? strings.downloads.get.starting : words.buttons[step]}
      </Button>
      {model !== null ? (
        <span className="suggestion-words here">
          <Check className="icon ok" size={14} strokeWidth={2} aria-hidden />
          <span>{words.here(model)}</span>
        </span>
      ) : download !== null ? (
        <span className={`suggestion-words ${download.state}`}>
          {download.state === 'failed' && <OctagonX className="icon" size={13} aria-hidden />}
          <span>{progressFigures(download)}</span>
        </span>
      ) : (
        why !== null && (
          <span className="suggestion-words error" role={why === refusal ? 'alert' : undefined}>
            <OctagonX className="icon" size={13} aria-hidden />
            <span>{why}</span>
          </span>
        )
      )}
      {download !== null && (
        <Button
          kind="quiet"
          className="push"
          icon={X}
          aria-label={strings.downloads.cancelLabel(name, download.received_bytes)}
          onPress={() => void stop(download)}
        />
      )}
    </div>
  )
}
