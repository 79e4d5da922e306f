/** The calls of `/admin/providers` that the set-up makes. */
import { call } from '../api/client.ts'

export interface KindView {
  readonly kind: string
  readonly label: string
  readonly name: string
  readonly base_url: string | null
  readonly needs_key: boolean
  readonly key_page: string | null
  readonly key_variable: string | null
  readonly key_is_set: boolean
  readonly local: boolean
  readonly default_model: string | null
}

export interface TestView {
  readonly ok: boolean
  readonly message: string
  readonly how_to_fix: string | null
  readonly said: string | null
  readonly latency_ms: number
  readonly list: readonly { readonly id: string }[] | null
}

export interface ProviderEntry {
  readonly name: string
  readonly kind: string
  readonly base_url?: string
  readonly api_key?: string
  readonly default_model?: string
}

export const fetchKinds = async (): Promise<readonly KindView[]> => (await call<{ kinds: readonly KindView[] }>('GET', '/admin/provider-kinds')).kinds
export const fetchKeysAreProtected = async (): Promise<boolean> =>
  (await call<{ keys_are_protected: boolean }>('GET', '/admin/providers')).keys_are_protected
export const testEntry = ({ default_model: _unasked, ...entry }: ProviderEntry): Promise<TestView> => call('POST', '/admin/providers/test', entry)
export const addProvider = (entry: ProviderEntry): Promise<unknown> => call('POST', '/admin/providers', entry)
