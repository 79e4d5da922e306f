/** What the form *Add a provider* offers: every kind that is reached over HTTP, with its address, whether it needs a key, and where to get one. */
import type { Catalog } from '../core/catalog.ts'
import type { Provider } from '../core/provider.ts'
import { providers } from '../providers/index.ts'

export interface ProviderKindView {
  readonly kind: string
  readonly label: string
  /** A name to begin with; it is the kind's own where that brings the address along. */
  readonly name: string
  readonly base_url: string | null
  readonly needs_key: boolean
  /** Page where a person gets a key. */
  readonly key_page: string | null
  readonly key_variable: string | null
  /** The variable is set: no key has to be pasted. */
  readonly key_is_set: boolean
  /** It usually runs on this machine. */
  readonly local: boolean
  readonly default_model: string | null
}

export function providerKindViews(catalog: Catalog): readonly ProviderKindView[] {
  return providers.filter(({ kind }) => kind !== 'engine').map((provider) => viewOf(provider, catalog))
}

function viewOf({ kind, label, defaultBaseUrl, keyVariable, keyPage, defaultModel }: Provider, catalog: Catalog): ProviderKindView {
  const builtIn = catalog.providers.get(kind)
  return {
    kind,
    label,
    name: kind === 'openai-compatible' ? '' : kind,
    base_url: defaultBaseUrl,
    needs_key: keyVariable !== null,
    key_page: keyPage ?? null,
    key_variable: keyVariable,
    key_is_set: builtIn?.source === 'built-in' && builtIn.credentialSource === keyVariable && keyVariable !== null,
    local: keyVariable === null,
    default_model: defaultModel,
  }
}
