/** One download: what it is, how far, how fast, what is wrong with it; pause, resume, cancel. */
import { Check, Download, OctagonX, Pause, Play, TriangleAlert, X } from 'lucide-react'
import { ProgressBar } from 'react-aria-components/ProgressBar'
import type { QueuedDownload } from '../api/downloads.ts'
import { Button } from '../parts/button.tsx'
import { linkTo } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { cancel, change, dismiss } from './downloads-state.ts'
import { HubToken } from './hub-token.tsx'

const words = strings.downloads

export function DownloadRow({ download, failure }: { readonly download: QueuedDownload; readonly failure: string | null }) {
  const { id, model, repository, state, received_bytes, total_bytes, detail, problem, stalled } = download
  const share = total_bytes > 0 ? Math.min(100, (received_bytes / total_bytes) * 100) : 0
  const isFailed = state === 'failed'
  const Icon = isFailed ? OctagonX : state === 'ready' ? Check : Download
  return (
    <li className={`download-row ${state}`}>
      <Icon className="icon" size={15} strokeWidth={1.75} aria-hidden />
      <div className="download-words">
        <div className="row">
          <span className="medium clip">{model}</span>
          <span className="quiet-words clip">{id === 'starter' ? words.starterNote : repository}</span>
          <span className="push download-figures">{figuresOf(download)}</span>
        </div>
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
      </div>
      <Actions download={download} />
    </li>
  )
}

function Actions({ download }: { readonly download: QueuedDownload }) {
  const { model, state, received_bytes } = download
  if (state === 'ready')
    return (
      <div className="download-actions">
        <a className="quiet-link" href={linkTo('models', model)}>
          {words.show}
        </a>
        {download.id !== 'starter' && <Button kind="quiet" icon={X} aria-label={words.dismiss(model)} onPress={() => takeOff(download)} />}
      </div>
    )
  return (
    <div className="download-actions">
      {state === 'failed' ? (
        <Button onPress={() => void change(download, 'queued')}>{words.retry}</Button>
      ) : state === 'paused' || state === 'off' ? (
        <Button kind="quiet" icon={Play} aria-label={words.resume(model)} onPress={() => void change(download, 'queued')} />
      ) : (
        <Button kind="quiet" icon={Pause} aria-label={words.pause(model)} onPress={() => void change(download, 'paused')} />
      )}
      <Button kind="quiet" icon={X} aria-label={words.cancelLabel(model, received_bytes)} onPress={() => void cancel(download)} />
    </div>
  )
}

/** A finished download leaves the list; its model stays. */
function takeOff(download: QueuedDownload): void {
  dismiss(download)
  void cancel(download)
}

/** `1.2 of 3.1 GB · 38 MB/s · about 3 min left` */
function figuresOf({ state, received_bytes, total_bytes, bytes_per_s, seconds_left }: QueuedDownload): string {
  const parts = [
    total_bytes > 0 && state !== 'ready' ? words.progress(received_bytes, total_bytes) : null,
    words.states[state],
    !bytes_per_s || state !== 'downloading' ? null : words.speed(bytes_per_s),
    seconds_left === null || state !== 'downloading' ? null : words.left(seconds_left),
  ]
  return parts.filter(Boolean).join(' · ')
}
