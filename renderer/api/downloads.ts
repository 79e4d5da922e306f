/** Where local models come from: downloads, the model hub, GGUF files of this machine, other servers on it. */
import type { DownloadView } from '../../router/control/download-view.ts'
import type { FoundServerView } from '../../router/control/found-servers.ts'
import type { GgufView, KnownFolder as RouterFolder, GgufLook as RouterLook } from '../../router/control/gguf-folder.ts'
import type { HubControl, HubFileView, HubModelView } from '../../router/control/hub-control.ts'
import type { SuggestionsView, SuggestionView } from '../../router/control/suggestion-control.ts'
import type { Fit as RouterFit } from '../../router/engine/memory-fit.ts'
import { call } from './client.ts'

/** One of `GET /admin/downloads`; its id is `starter`, or one of the queue. */
export type QueuedDownload = DownloadView
export type DownloadState = QueuedDownload['state']
export type Fit = RouterFit
export type HubResult = Awaited<ReturnType<HubControl['search']>>[number]
export type HubFile = HubFileView
/** Files: smallest first. */
export type HubModel = HubModelView & { readonly disk_free_bytes: number }
export type GgufFile = GgufView
export type GgufLook = RouterLook
export type KnownFolder = RouterFolder
export type FoundServer = FoundServerView
export type Suggestion = SuggestionView
export type Suggestions = SuggestionsView

export interface Downloads {
  readonly downloads: readonly QueuedDownload[]
  /** Null = there is none to offer. */
  readonly starter: { readonly name: string; readonly size_bytes: number; readonly licence: string; readonly state: string } | null
  readonly disk_free_bytes: number
}

export const fetchDownloads = (): Promise<Downloads> => call('GET', '/admin/downloads')
export const startDownload = (repo: string, file: string): Promise<QueuedDownload> => call('POST', '/admin/downloads', { repo, file })
export const changeDownload = (id: string, state: 'paused' | 'queued'): Promise<unknown> =>
  call('PATCH', `/admin/downloads/${encodeURIComponent(id)}`, { state })
export const removeDownload = (id: string): Promise<void> => call('DELETE', `/admin/downloads/${encodeURIComponent(id)}`)

export const searchHub = async (query: string): Promise<readonly HubResult[]> =>
  (await call<{ results: readonly HubResult[] }>('GET', `/admin/hub/search?q=${encodeURIComponent(query)}`)).results
export const fetchHubModel = (repo: string): Promise<HubModel> => call('GET', `/admin/hub/model?repo=${encodeURIComponent(repo)}`)
/** The hub is not asked for it. */
export const fetchSuggestions = (): Promise<Suggestions> => call('GET', '/admin/hub/suggestions')
export const putHubToken = (token: string | null): Promise<unknown> => call('PUT', '/admin/hub/token', { token })

export const fetchKnownFolders = async (): Promise<readonly KnownFolder[]> =>
  (await call<{ folders: readonly KnownFolder[] }>('GET', '/admin/gguf/known')).folders
export const lookAtGgufs = (path: string): Promise<GgufLook> => call('POST', '/admin/gguf/look', { path })
export const addGgufs = (
  files: readonly { path: string; name: string }[],
): Promise<{ readonly added: readonly string[]; readonly failed: readonly { readonly path: string; readonly message: string }[] }> =>
  call('POST', '/admin/gguf/add', { files })

export const fetchFoundServers = async (): Promise<readonly FoundServer[]> =>
  (await call<{ servers: readonly FoundServer[] }>('GET', '/admin/found-servers')).servers
export const useFoundServer = (
  url: string,
  models: readonly string[],
): Promise<{ readonly models: readonly string[]; readonly failed: readonly string[] }> => call('POST', '/admin/found-servers/use', { url, models })
export const dismissFoundServer = (url: string): Promise<void> => call('POST', '/admin/found-servers/dismiss', { url })
