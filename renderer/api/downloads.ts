/** Where local models come from: downloads, the model hub, GGUF files of this machine, other servers on it. */
import { call } from './client.ts'

export type DownloadState = 'checking' | 'queued' | 'downloading' | 'waiting' | 'verifying' | 'paused' | 'ready' | 'failed' | 'off'

/** One of `GET /admin/downloads`. */
export interface QueuedDownload {
  /** `starter`, or an id of the queue. */
  readonly id: string
  readonly model: string
  readonly repository: string | null
  readonly file: string | null
  readonly state: DownloadState
  readonly received_bytes: number
  readonly total_bytes: number
  readonly bytes_per_s: number | null
  readonly seconds_left: number | null
  readonly stalled: boolean
  readonly problem: 'offline' | 'disk-full' | 'gated' | 'not-found' | 'wrong-sum' | 'changed' | 'refused' | 'no-model' | 'other' | null
  readonly detail: string | null
}

export interface Downloads {
  readonly downloads: readonly QueuedDownload[]
  /** Null = there is none to offer. */
  readonly starter: { readonly name: string; readonly size_bytes: number; readonly licence: string; readonly state: string } | null
  readonly disk_free_bytes: number
}

export interface Fit {
  readonly word: 'fits' | 'tight' | 'too-large'
  readonly needs_bytes: number
  readonly of_bytes: number
  readonly why: string
}

export interface HubResult {
  readonly repo: string
  readonly downloads: number | null
  readonly likes: number | null
  readonly gated: boolean
}

export interface HubFile {
  readonly file: string
  readonly quantization: string | null
  readonly size_bytes: number
  readonly sha256: string | null
  readonly parts: number
  readonly fit: Fit
  readonly problem: string | null
}

export interface HubModel {
  readonly repo: string
  readonly revision: string
  readonly gated: boolean
  readonly licence: string | null
  readonly architecture: string | null
  readonly parameters: number | null
  readonly context: number | null
  /** Smallest first. */
  readonly files: readonly HubFile[]
  readonly disk_free_bytes: number
}

export interface HubInfo {
  readonly origin: string
  readonly has_token: boolean
}

export interface GgufFile {
  readonly path: string
  readonly name: string
  readonly size_bytes: number
  readonly architecture: string | null
  readonly parameters: number | null
  readonly quantization: string | null
  readonly context: number | null
  readonly fit: Fit | null
  readonly problem: string | null
  readonly used_as: string | null
}

export interface GgufLook {
  readonly path: string
  readonly files: readonly GgufFile[]
  readonly truncated: boolean
}

export interface KnownFolder {
  readonly program: string
  readonly path: string
  readonly files: number
}

export interface FoundServer {
  readonly kind: string
  readonly label: string
  readonly url: string
  readonly models: readonly { readonly id: string; readonly context: number | null; readonly embedding: boolean }[]
  readonly configured: boolean
  readonly dismissed: boolean
}

export const fetchDownloads = (): Promise<Downloads> => call('GET', '/admin/downloads')
export const startDownload = (repo: string, file: string): Promise<QueuedDownload> => call('POST', '/admin/downloads', { repo, file })
export const changeDownload = (id: string, state: 'paused' | 'queued'): Promise<unknown> =>
  call('PATCH', `/admin/downloads/${encodeURIComponent(id)}`, { state })
export const removeDownload = (id: string): Promise<void> => call('DELETE', `/admin/downloads/${encodeURIComponent(id)}`)

export const fetchHub = (): Promise<HubInfo> => call('GET', '/admin/hub')
export const searchHub = async (query: string): Promise<readonly HubResult[]> =>
  (await call<{ results: readonly HubResult[] }>('GET', `/admin/hub/search?q=${encodeURIComponent(query)}`)).results
export const fetchHubModel = (repo: string): Promise<HubModel> => call('GET', `/admin/hub/model?repo=${encodeURIComponent(repo)}`)
export const putHubToken = (token: string | null): Promise<HubInfo> => call('PUT', '/admin/hub/token', { token })

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
