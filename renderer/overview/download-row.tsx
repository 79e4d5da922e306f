/** The starter model on its way: name, how far, and when it failed what the router says about it. */
import { Download, OctagonX } from 'lucide-react'
import { ProgressBar } from 'react-aria-components/ProgressBar'
import type { DownloadView } from '../api/types.ts'
import { strings } from '../strings/index.ts'
import { percent } from '../words/figures.ts'

const words = strings.lanes

/** On its way, or failed. */
export const isDownloadShown = (download: DownloadView | null): download is DownloadView =>
  download !== null && !['ready', 'off', 'removed'].includes(download.state)

export function DownloadRow({ download }: { download: DownloadView }) {
  const { state, received_bytes, total_bytes, detail } = download
  const name = download.model ?? words.starter
  if (state === 'failed')
    return (
      <div className="note is-error">
        <OctagonX className="icon" size={14} aria-hidden />
        <span>
          <b>{words.downloadFailed(name)}</b> {detail}
        </span>
      </div>
    )
  const share = total_bytes > 0 ? (received_bytes / total_bytes) * 100 : 0
  const step = state === 'checking' || state === 'verifying' ? words.downloadSteps[state] : words.downloadProgress(received_bytes, total_bytes)
  return (
    <div className="download">
      <div className="row">
        <Download className="icon" size={14} strokeWidth={1.75} aria-hidden />
        <span className="medium">{words.download(name)}</span>
        <span className="quiet-words">{step}</span>
        <span className="quiet-words push">{total_bytes > 0 ? percent(Math.floor(share)) : ''}</span>
      </div>
      <ProgressBar className="bar" aria-label={words.download(name)} value={share} isIndeterminate={total_bytes === 0}>
        <i style={{ width: `${share}%` }} />
      </ProgressBar>
    </div>
  )
}
