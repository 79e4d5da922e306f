/** Providers over the admin API: what they are, how they do, a test, and changes. A key goes out and never comes back. */
import type { ListedModel as RouterListedModel } from '../../router/backends/model-list.ts'
import type { ProviderKindView } from '../../router/control/provider-kinds.ts'
import type { ProviderTest as RouterTest } from '../../router/control/provider-test.ts'
import type { ProviderView as RouterView } from '../../router/control/provider-view.ts'
import { call } from './client.ts'

export type ProviderView = RouterView
export type ProviderKind = ProviderKindView
export type ProviderTest = RouterTest
export type ListedModel = RouterListedModel

export interface ProviderList {
  readonly providers: readonly ProviderView[]
  /** The operating system keeps the keys. */
  readonly keys_are_protected: boolean
}

/** As models.yaml would hold it; null takes out what was set. */
export interface ProviderChange {
  readonly kind?: string
  readonly base_url?: string | null
  readonly api_key?: string | null
  readonly default_model?: string | null
  readonly max_in_flight?: number | null
  readonly region?: string | null
  readonly priority?: number
  readonly disabled?: boolean
  readonly budget?: { readonly usd: number; readonly per: 'day' | 'month' } | null
}

/** `notes`: what happened beside what was asked for, in sentences. */
export type Changed = ProviderView & { readonly notes: readonly string[] }

export interface UnsavedProvider {
  readonly name?: string
  readonly kind?: string
  readonly base_url?: string
  readonly api_key?: string
}

const at = (name: string, rest = '') => `/admin/providers/${encodeURIComponent(name)}${rest}`

export const fetchProviders = (): Promise<ProviderList> => call('GET', '/admin/providers')
export const fetchProviderKinds = async (): Promise<readonly ProviderKind[]> =>
  (await call<{ kinds: readonly ProviderKind[] }>('GET', '/admin/provider-kinds')).kinds
export const addProvider = (name: string, entry: ProviderChange): Promise<Changed> => call('POST', '/admin/providers', { name, ...entry })
export const changeProvider = (name: string, change: ProviderChange): Promise<Changed> => call('PATCH', at(name), change)
export const removeProvider = (name: string): Promise<undefined> => call('DELETE', at(name))
export const testProvider = (name: string, options: { paid?: boolean; api_key?: string } = {}): Promise<ProviderTest> =>
  call('POST', at(name, '/test'), options)
export const testUnsaved = (entry: UnsavedProvider): Promise<ProviderTest> => call('POST', '/admin/providers/test', entry)
export const fetchProviderModels = (name: string): Promise<{ models: readonly ListedModel[] | null; why: string | null }> =>
  call('GET', at(name, '/models'))
