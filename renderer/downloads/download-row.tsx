/** One download: what it is, how far, how fast, what is wrong with it; pause, resume, cancel. */
import { Check, Download, OctagonX, Pause, Play, X } from 'lucide-react'
import type { QueuedDownload } from '../api/downloads.ts'
import { Button } from '../parts/button.tsx'
import { linkTo } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { DownloadProgress, progressFigures } from './download-progress.tsx'
import { cancel, change, dismiss } from './downloads-state.ts'

const words = strings.downloads

export function DownloadRow({ download, failure }: { readonly download: QueuedDownload; readonly failure: string | null }) {
  const { id, model, repository, state } = download
  const Icon = state === 'failed' ? OctagonX : state === 'ready' ? Check : Download
  return (
    <li className={`download-row ${state}`}>
      <Icon className="icon" size={15} strokeWidth={1.75} aria-hidden />
      <div className="download-words">
        <div className="row">
          <span className="medium clip">{model}</span>
          <span className="quiet-words clip">{id === 'starter' ? words.starterNote : repository}</span>
          <span className="push download-figures">{progressFigures(download)}</span>
        </div>
        <DownloadProgress download={download} failure={failure} />
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
