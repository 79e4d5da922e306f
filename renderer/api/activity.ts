/** The ledger, recordings and repeats: `/admin/requests…` and `/admin/recordings`. */
import { adminFetch, call, Refused, refusalOf } from './client.ts'
import { createParser } from './event-stream.ts'
import type { Lane, RequestRow } from './types.ts'

export interface LedgerPage {
  readonly requests: readonly RequestRow[]
  readonly next: string | null
  readonly total?: number
}

export interface Counted {
  readonly value: string
  readonly count: number
}

export interface Facets {
  readonly total: number
  readonly errors: number
  readonly fell_back: number
  readonly tool: readonly Counted[]
  readonly deployment: readonly Counted[]
  readonly model: readonly Counted[]
  readonly lane: readonly Counted[]
  readonly reason: readonly Counted[]
  readonly status: readonly Counted[]
}

export interface RecordingState {
  /** ISO time; null = nothing is recorded. */
  readonly until: string | null
  readonly days: number
  readonly megabytes: number
  readonly count: number
  readonly bytes: number
}

type Query = Readonly<Record<string, string>>

const withQuery = (path: string, query: Query): string => {
  const search = new URLSearchParams(query).toString()
  return search === '' ? path : `${path}?${search}`
}

export const fetchPage = (query: Query): Promise<LedgerPage> => call('GET', withQuery('/admin/requests', query))
export const fetchFacets = (query: Query): Promise<Facets> => call('GET', withQuery('/admin/requests/facets', query))

/** Forgets the requests up to a moment; null = all. */
export const clearRequests = (until: string | null): Promise<{ removed: number }> =>
  call('DELETE', withQuery('/admin/requests', until === null ? {} : { until }))

export const fetchRecordingState = (): Promise<RecordingState> => call('GET', '/admin/recordings')
/** Records until a moment; null stops. */
export const recordUntil = (until: string | null): Promise<RecordingState> => call('PUT', '/admin/recordings', { until })

export async function exportRequests(query: Query): Promise<Blob> {
  const response = await adminFetch(withQuery('/admin/requests/export', query))
  if (!response.ok) throw new Refused(refusalOf(await response.text()) ?? `The router answered ${response.status}.`)
  return response.blob()
}

export interface Repeated {
  /** Id of the request that it became. */
  readonly id: string | null
}

/** Sends a recorded request again; `onBytes` gets all of its answer so far. Rejects with the router's own sentence. */
export async function repeatRequest(id: string, lane: Lane, onBytes: (text: string) => void, signal: AbortSignal): Promise<Repeated> {
  const response = await adminFetch(`/admin/requests/${encodeURIComponent(id)}/repeat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ lane }),
    signal,
  })
  const newId = response.headers.get('x-headgate-request-id')
  if (!response.ok || !response.body) throw new Refused(refusalOf(await response.text()) ?? `The router answered ${response.status}.`)
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true })
    onBytes(text)
  }
  const failure = failureIn(text)
  if (failure !== null) throw new Refused(failure)
  return { id: newId }
}

/** An answer that broke off says so in its last event. */
function failureIn(text: string): string | null {
  let failure: string | null = null
  const parse = createParser((_id, data) => {
    if (data.startsWith('{"error"')) failure = refusalOf(data)
  })
  parse(text)
  return failure
}
