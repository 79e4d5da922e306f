/** The queue of downloads; nothing at all where there is none. */
import { useId } from 'react'
import { PageError } from '../parts/page-error.tsx'
import { strings } from '../strings/index.ts'
import { DownloadRow } from './download-row.tsx'
import { loadDownloads, useDownloads } from './downloads-state.ts'

const words = strings.downloads

export function DownloadList() {
  const { known, problem, dismissed, failures } = useDownloads()
  const titleId = useId()
  if (known === null) return problem === null ? null : <PageError title={words.notLoaded} how={problem} onRetry={() => void loadDownloads()} />
  // A starter model that came long ago is no news.
  const shown = known.downloads.filter(({ id, state }) => !dismissed.has(id) && state !== 'off' && !(id === 'starter' && state === 'ready'))
  if (shown.length === 0) return null
  return (
    <section className="panel sources-panel" aria-labelledby={titleId}>
      <div className="head">
        <h2 id={titleId}>{words.title}</h2>
        <span className="caption">{words.fact(known.disk_free_bytes)}</span>
      </div>
      <ul className="download-rows">
        {shown.map((download) => (
          <DownloadRow key={download.id} download={download} failure={failures[download.id] ?? null} />
        ))}
      </ul>
    </section>
  )
}
