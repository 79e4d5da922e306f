/** What the panel knows of downloads: loaded once, then kept by events. Invariant: what is shown stays while it is loaded anew, and when that fails. */
import { useEffect } from 'react'
import { create } from 'zustand'
import { changeDownload, type Downloads, fetchDownloads, type QueuedDownload, removeDownload } from '../api/downloads.ts'
import type { AdminEvent } from '../api/types.ts'
import { useAdminEvents } from '../state/admin-events.ts'
import { announce, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'

const words = strings.downloads

interface State {
  /** Null before the first load. */
  readonly known: Downloads | null
  /** Why the last load failed; null = it did not. */
  readonly problem: string | null
  /** Finished ones that were taken off the list here. */
  readonly dismissed: ReadonlySet<string>
  /** What a button could not do, by download. */
  readonly failures: Readonly<Record<string, string>>
}

export const useDownloadsState = create<State>()(() => ({ known: null, problem: null, dismissed: new Set(), failures: {} }))

/** Loads on mount, and after the connection came back; follows events meanwhile. */
export function useDownloads(): State {
  const connection = usePanel((state) => state.connection)
  useEffect(() => {
    if (connection === 'live') void loadDownloads()
  }, [connection])
  useAdminEvents(takeEvent)
  return useDownloadsState()
}

/** Never rejects. */
export async function loadDownloads(): Promise<void> {
  try {
    useDownloadsState.setState({ known: await fetchDownloads(), problem: null })
  } catch (error) {
    useDownloadsState.setState({ problem: failureWords(error) })
  }
}

export const change = (download: QueuedDownload, state: 'paused' | 'queued') => attempt(download, () => changeDownload(download.id, state))
export const cancel = (download: QueuedDownload) => attempt(download, () => removeDownload(download.id))

export function dismiss({ id }: QueuedDownload): void {
  useDownloadsState.setState(({ dismissed }) => ({ dismissed: new Set([...dismissed, id]) }))
}

async function attempt({ id }: QueuedDownload, call: () => Promise<unknown>): Promise<void> {
  const put = (failure: string | null) =>
    useDownloadsState.setState(({ failures: { [id]: _, ...failures } }) => ({
      failures: failure === null ? failures : { ...failures, [id]: failure },
    }))
  try {
    await call()
    put(null)
  } catch (error) {
    put(failureWords(error))
  }
  await loadDownloads()
}

type DownloadEvent = Extract<AdminEvent, { type: 'download' }> & { readonly bytes_per_s?: number | null; readonly stalled?: boolean }

function takeEvent(event: AdminEvent): void {
  if (event.type !== 'download') return
  const { id, state, received_bytes, total_bytes, detail, bytes_per_s = null, stalled = false } = event as DownloadEvent
  const { known } = useDownloadsState.getState()
  const before = known?.downloads.find((each) => each.id === id)
  if (!known || !before || state === undefined || state === 'removed' || state === 'failed') return void loadDownloads()
  if (state === 'ready' && before.state !== 'ready') {
    announce(words.announced.ready(before.model))
    return void loadDownloads()
  }
  const received = received_bytes ?? before.received_bytes
  const total = total_bytes ?? before.total_bytes
  const next: QueuedDownload = {
    ...before,
    state,
    received_bytes: received,
    total_bytes: total,
    bytes_per_s,
    seconds_left: bytes_per_s === null || bytes_per_s === 0 ? null : Math.ceil((total - received) / bytes_per_s),
    stalled,
    detail: detail ?? null,
    problem: state === 'waiting' ? 'offline' : null,
  }
  useDownloadsState.setState({ known: { ...known, downloads: known.downloads.map((each) => (each === before ? next : each)) } })
}
