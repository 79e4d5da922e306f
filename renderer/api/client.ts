/** Calls of the admin API. Invariant: every one carries the panel's bearer token; a 401 is told as `SignedOut`, no answer at all as `NoRouter`. */
import { currentToken } from './session.ts'
import type { Overview, RequestDetail, RequestRow, SplitSetting, SplitView } from './types.ts'

export class SignedOut extends Error {}
export class NoRouter extends Error {}

/** The router answered, and refused; the message is its own. */
export class Refused extends Error {}

export const fetchOverview = (): Promise<Overview> => call('GET', '/admin/overview')
export const putSplit = (setting: Partial<SplitSetting>): Promise<SplitView> => call('PUT', '/admin/split', setting)
export const fetchRequests = async (limit: number): Promise<readonly RequestRow[]> =>
  (await call<{ requests: readonly RequestRow[] }>('GET', `/admin/requests?limit=${limit}`)).requests

/** Removes the override; answers the split that is then in force. */
export const resetSplit = (): Promise<SplitView> => call('DELETE', '/admin/split')
export const resume = (): Promise<unknown> => call('PUT', '/admin/settings', { paused: false })

/** The detail replaces the row's number of attempts by the tries themselves; both are kept here, under two names. */
export async function fetchRequest(id: string): Promise<RequestDetail> {
  const detail = await call<Omit<RequestDetail, 'attempts' | 'tries'> & { attempts: RequestDetail['tries'] }>(
    'GET',
    `/admin/requests/${encodeURIComponent(id)}`,
  )
  return { ...detail, attempts: detail.attempts.length, tries: detail.attempts }
}

/** Any admin request with the bearer; the body is left unread. */
export async function adminFetch(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${currentToken() ?? ''}`)
  const response = await fetch(path, { ...init, headers, cache: 'no-store' }).catch((error: unknown) => {
    if (init.signal?.aborted) throw error
    throw new NoRouter('no answer', { cause: error })
  })
  if (response.status === 401 || response.status === 403) throw new SignedOut('the token is not accepted')
  return response
}

/** Calls an admin route with a JSON body and reads a JSON answer. Throws `Refused` with the router's sentence, `SignedOut` or `NoRouter`. */
export async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const init = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await adminFetch(path, { method, ...init })
  const text = await response.text()
  if (!response.ok) throw new Refused(refusalOf(text) ?? `The router answered ${response.status}.`)
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}

/** The sentence of an error body, whatever its dialect. */
export function refusalOf(text: string): string | null {
  try {
    const { error, message } = JSON.parse(text) as { error?: { message?: string } | string; message?: string }
    return (typeof error === 'string' ? error : error?.message) ?? message ?? null
  } catch {
    return null
  }
}
