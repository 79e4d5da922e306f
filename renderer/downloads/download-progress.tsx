/** How far a download is and what stands in its way: the bar, a silence, the sentence of a failure, the token that a gated one needs. */
import { TriangleAlert } from 'lucide-react'
import { ProgressBar } from 'react-aria-components/ProgressBar'
import type { QueuedDownload } from '../api/downloads.ts'
import { strings } from '../strings/index.ts'
import { change } from './downloads-state.ts'
import { HubToken } from './hub-token.tsx'

const words = strings.downloads

export interface DownloadProgressProps {
  readonly download: QueuedDownload
  /** What a button could not do; null = nothing of the kind. */
  readonly failure: string | null
}

export function DownloadProgress({ download, failure }: DownloadProgressProps) {
  const { model, state, received_bytes, total_bytes, detail, problem, stalled } = download
  const share = total_bytes > 0 ? Math.min(100, (received_bytes / total_bytes) * 100) : 0
  const isFailed = state === 'failed'
  return (
    <>
      {state !== 'ready' && !isFailed && (
        <ProgressBar className="bar" aria-label={words.bar(model, share)} value={share} isIndeterminate={total_bytes === 0}>
          <i style={{ width: `${share}%` }} />
        </ProgressBar>
      )}
      {stalled && (
        <p className="note is-warn">
          <TriangleAlert className="icon" size={13} aria-hidden />
          <span>
            <b>{words.stalled}.</b> {words.stalledHow}
          </span>
        </p>
      )}
      {detail !== null && <p className={`download-detail ${isFailed ? 'error' : ''}`}>{detail}</p>}
      {failure !== null && (
        <p className="download-detail error" role="alert">
          {words.notDone(model, failure)}
        </p>
      )}
      {problem === 'gated' && <HubToken onStored={() => void change(download, 'queued')} />}
    </>
  )
}

/** `1.2 of 3.1 GB · 38 MB/s · about 3 min left` */
export function progressFigures({ state, received_bytes, total_bytes, bytes_per_s, seconds_left }: QueuedDownload): string {
  const parts = [
    total_bytes > 0 && state !== 'ready' ? words.progress(received_bytes, total_bytes) : null,
    words.states[state],
    !bytes_per_s || state !== 'downloading' ? null : words.speed(bytes_per_s),
    seconds_left === null || state !== 'downloading' ? null : words.left(seconds_left),
  ]
  return parts.filter(Boolean).join(' · ')
}
