/** Every provider there is: those of files, those of the panel, and the built-in ones. Invariant: a name is one provider, and a file's wins. */
import type { ProviderEntry } from '../core/catalog.ts'
import type { Address, Source } from '../core/deployment.ts'
import type { Provider } from '../core/provider.ts'
import { Secret } from '../core/secret.ts'
import { nearNames } from '../policy/near-names.ts'
import { builtInProviderNames, findProvider, providerKinds, providerOf } from '../providers/index.ts'
import { checkBaseUrl } from './base-url.ts'
import { hintOf, quote } from './configuration-error.ts'
import { defaultMaxInFlight, type ProviderInput } from './schema/entries.ts'
import { laterKinds } from './schema/index.ts'
import type { StoredEntries } from './stored-entries.ts'
import { type Environment, UnsetVariable, variableOf } from './variables.ts'

/** A provider with what only this folder needs to know of it. */
export interface ConfiguredProvider {
  readonly entry: ProviderEntry
  readonly data: Provider
  readonly address: Address
  /** Where the base URL is written. */
  readonly urlSource: Source
  readonly credentialSource: Source | null
}

export type StoredChanges = Pick<StoredEntries, 'credentials' | 'keysElsewhere' | 'switchedOff' | 'budgets' | 'listed'>

export interface ProviderRequest {
  readonly input: ProviderInput
  readonly source: Source
  readonly environment: Environment
  /** What the panel keeps of it, whoever wrote the entry. */
  readonly stored: StoredChanges
  /** The engine's slots: its default limit. */
  readonly engineSlots: number
  /** Told something that is odd and not wrong. */
  readonly warn: (message: string) => void
  /** Ends with the place of a key of this entry. */
  readonly fail: (key: keyof ProviderInput, message: string) => never
}

/** One provider entry: what it writes, over what is built in under its name or kind. */
export function configureProvider(request: ProviderRequest): ConfiguredProvider {
  const { input, source, fail } = request
  const kind = kindOf(input, fail)
  const data = providerOf(laterKinds.includes(kind) ? 'openai-compatible' : kind)
  const own = findProvider(input.name)
  if (data.kind === 'engine') return engineProvider(request, data)
  if (input.base_url !== undefined && input.endpoint !== undefined) fail('endpoint', 'base_url and endpoint mean the same; set one')
  const written = input.base_url ?? input.endpoint
  const url = written ?? data.defaultBaseUrl ?? own?.defaultBaseUrl ?? fail('name', `provider ${quote(input.name)} needs a base_url`)
  const disabled: string[] = []
  const isOff = input.disabled === true || request.stored.switchedOff.has(input.name)
  if (isOff) disabled.push(input.disabled === true && source !== 'panel' ? `switched off by ${source}` : 'switched off in the panel')
  if (laterKinds.includes(kind)) {
    disabled.push(`kind ${kind} is not in force yet`)
    request.warn(`known, not in force yet: kind ${kind} (provider ${input.name} is off)`)
  }
  const urlKey = input.endpoint === undefined ? 'base_url' : 'endpoint'
  let baseUrl: string | null = null
  let address: Address = 'network'
  let origin: string | null = null
  let isOwnOrigin = false
  if (url instanceof UnsetVariable) disabled.push(url.reason)
  else if (url === '') disabled.push(`${urlKey} is empty`)
  else {
    const checked = checkBaseUrl(url)
    if ('problem' in checked) return fail(urlKey, checked.problem)
    baseUrl = checked.baseUrl
    address = checked.address
    origin = checked.origin
    isOwnOrigin = [data.defaultBaseUrl, own?.defaultBaseUrl].some((known) => known != null && new URL(known).origin === checked.origin)
  }
  const credential = credentialOf(request, origin, isOwnOrigin ? data.keyVariable : null)
  if (credential.missing !== null) disabled.push(credential.missing)
  return {
    data,
    address,
    urlSource: written === undefined ? 'built-in' : source,
    credentialSource: credential.source,
    entry: {
      name: input.name,
      kind: laterKinds.includes(kind) ? kind : data.kind,
      endpoint: baseUrl === null ? null : { baseUrl, credential: credential.secret, headers: input.headers ?? {} },
      defaultModel: input.default_model === undefined ? (data.defaultModel ?? own?.defaultModel ?? null) : input.default_model,
      maxInFlight: input.max_in_flight ?? defaultMaxInFlight,
      source,
      remoteModelSuffix: data.quirks.remoteModelSuffix ?? null,
      disabled: disabled[0] ?? null,
      isOff,
      priority: input.priority ?? 0,
      region: input.region ?? null,
      listed: request.stored.listed?.get(input.name) ?? [],
      budget: request.stored.budgets.get(input.name) ?? input.budget ?? null,
      credentialSource: credential.source,
      unsetKey: credential.unset,
    },
  }
}

/** The built-in providers that nothing configures. Their default model is not offered by itself: a key in the environment is no wish to send prompts away. */
export function builtInProviders(
  taken: ReadonlySet<string>,
  parts: Pick<ProviderRequest, 'environment' | 'engineSlots' | 'stored'>,
): ConfiguredProvider[] {
  const missing = builtInProviderNames.filter((name) => !taken.has(name))
  return missing.map((name) => {
    const built = configureProvider({
      input: { name },
      source: 'built-in',
      ...parts,
      warn: () => {},
      fail: (_, message) => {
        throw new TypeError(message)
      },
    })
    return { ...built, entry: { ...built.entry, defaultModel: null } }
  })
}

function kindOf(input: ProviderInput, fail: ProviderRequest['fail']): string {
  if (input.kind === undefined) return findProvider(input.name)?.kind ?? 'openai-compatible'
  if (findProvider(input.kind) === null && !laterKinds.includes(input.kind)) {
    const known = [...providerKinds, ...laterKinds]
    fail('kind', `unknown kind ${quote(input.kind)}; ${hintOf(nearNames(input.kind, known, 3), known)}`)
  }
  return input.kind
}

function engineProvider(request: ProviderRequest, data: Provider): ConfiguredProvider {
  const { input, source, fail } = request
  if (input.base_url !== undefined || input.endpoint !== undefined)
    fail(input.base_url === undefined ? 'endpoint' : 'base_url', 'the engine runs here and has no URL; give another kind to redefine this name')
  if (input.api_key !== undefined) fail('api_key', 'the engine needs no key')
  return {
    data,
    address: 'engine',
    urlSource: 'built-in',
    credentialSource: null,
    entry: {
      name: input.name,
      kind: 'engine',
      endpoint: null,
      defaultModel: input.default_model ?? null,
      maxInFlight: input.max_in_flight ?? request.engineSlots,
      source,
      remoteModelSuffix: null,
      disabled: null,
    },
  }
}

interface FoundCredential {
  readonly secret: Secret | null
  readonly source: Source | null
  /** Why there is none although there has to be; null = fine. */
  readonly missing: string | null
  /** The variable that should hold it, also where a stored one stands in. */
  readonly unset: string | null
}

/**
 * A credential is bound to the origin that it is for (security page, e64): a key of the environment goes to the built-in's own origin only, a
 * key of the panel to the origin that it was saved for. One that is written goes first; then the panel's for its own provider, and for another's
 * where the environment has none.
 */
function credentialOf({ input, source, environment, stored }: ProviderRequest, origin: string | null, keyVariable: string | null): FoundCredential {
  const written = input.api_key
  if (written && !(written instanceof UnsetVariable)) return { secret: written, source, missing: null, unset: null }
  const kept = stored.credentials.get(input.name)
  const pasted = kept?.origin === origin ? kept.secret : null
  const isPasted = pasted !== null || stored.keysElsewhere?.has(input.name) === true
  if (isPasted && source === 'panel') return { secret: pasted, source, missing: null, unset: null }
  const value = keyVariable === null || written !== undefined ? null : variableOf(environment, keyVariable)
  if (value !== null) return { secret: new Secret(value), source: keyVariable, missing: null, unset: null }
  const unset = written instanceof UnsetVariable ? written.name : keyVariable
  if (isPasted) return { secret: pasted, source: 'panel', missing: null, unset }
  if (unset === null) return { secret: null, source: null, missing: null, unset }
  const missing = written === null ? 'api_key is empty' : `${unset} is not set`
  return { secret: null, source: written === undefined ? null : source, missing, unset }
}
