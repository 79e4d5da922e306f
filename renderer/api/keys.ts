/** Keys of tools, and what a tool needs to be pointed here. */
import type { ConnectView as RouterConnect, ToolView as RouterTool } from '../../router/control/connect.ts'
import { call } from './client.ts'
import type { Lane } from './types.ts'

export type ConnectView = RouterConnect
export type ToolView = RouterTool
export type SnippetPart = RouterTool['parts'][number]

export interface KeySplit {
  /** 0–1; null = it follows the split above it. */
  readonly remote_share: number | null
  /** `local` = never remote. */
  readonly lane_lock: Lane | null
}

export interface KeyView extends KeySplit {
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly created_at: string
  readonly last_used_at: string | null
  readonly revoked_at: string | null
  readonly requests_today: number
  readonly last_request: { readonly at: string; readonly deployment: string | null; readonly lane: Lane | null; readonly status: number } | null
}

/** The key itself comes once, here. */
export type IssuedKey = KeyView & { readonly key: string }

export const fetchKeys = async (): Promise<readonly KeyView[]> => (await call<{ keys: readonly KeyView[] }>('GET', '/admin/keys')).keys
export const issueKey = (name: string, split: Partial<KeySplit>): Promise<IssuedKey> => call('POST', '/admin/keys', { name, ...split })
export const changeKey = (id: string, change: Partial<KeySplit & { name: string }>): Promise<KeyView> =>
  call('PATCH', `/admin/keys/${encodeURIComponent(id)}`, change)
export const revokeKey = (id: string): Promise<void> => call('DELETE', `/admin/keys/${encodeURIComponent(id)}`)
export const fetchConnect = (model: string | null): Promise<ConnectView> =>
  call('GET', `/admin/connect${model === null ? '' : `?model=${encodeURIComponent(model)}`}`)
