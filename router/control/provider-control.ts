/** Providers as they can be changed at run time. What a file sets is read-only here but for switching it off, its budget and, where its variable is not set, its key. Invariants: a key goes to the host's secrets and nowhere else; a change that does not load leaves everything as it was. */
import { checkBaseUrl } from '../config/index.ts'
import type { Budget, Catalog, ProviderEntry } from '../core/catalog.ts'
import { HeadgateError } from '../core/errors.ts'
import { findProvider } from '../providers/index.ts'
import type { EntryStore, SettingsStore, StoredSettings } from '../registry/index.ts'
import { createTurns, tryChange } from './kept-changes.ts'
import { type ProviderKeys, pastedKey } from './provider-keys.ts'

/** What may be said of a provider; null removes what was set. `api_key` is kept apart from the rest. */
export interface ProviderChange {
  readonly kind?: string | null | undefined
  readonly base_url?: string | null | undefined
  readonly api_key?: string | null | undefined
  readonly default_model?: string | null | undefined
  readonly headers?: Readonly<Record<string, string>> | null | undefined
  readonly max_in_flight?: number | null | undefined
  readonly region?: string | null | undefined
  readonly priority?: number | null | undefined
  readonly disabled?: boolean | null | undefined
  readonly budget?: Budget | null | undefined
}

/** What happened beside what was asked for, in sentences. */
export type Notes = readonly string[]

export interface ProviderControl {
  /** Throws `invalid-request` with the reason where it cannot be used; nothing is kept then. */
  add(name: string, entry: ProviderChange): Promise<Notes>
  change(name: string, change: ProviderChange): Promise<Notes>
  remove(name: string): Promise<void>
}

export interface ProviderControlParts {
  readonly catalog: () => Catalog
  readonly entries: EntryStore
  readonly settings: SettingsStore
  readonly keys: ProviderKeys
  readonly reload: (by: string) => Promise<void>
  /** Our own address: a provider that is this router would call itself for ever. */
  readonly ownUrl: () => string
}

type Entry = Readonly<Record<string, unknown>>
type Above = StoredSettings['providerChanges'][string]

export function createProviderControl(parts: ProviderControlParts): ProviderControl {
  const { entries, settings, keys } = parts
  const storedEntry = (name: string) => entries.providers().find((row) => row.name === name)?.entry as Entry | undefined
  const isOfPanel = (name: string) =>
    storedEntry(name) !== undefined && ['panel', 'built-in', undefined].includes(parts.catalog().providers.get(name)?.source)
  const isOff = (name: string) => settings.get('providerChanges')[name]?.off === true

  const inTurn = createTurns()

  /** What is set above an entry, whoever wrote it; undefined takes it back. */
  function setAbove<Key extends 'off' | 'budget'>(name: string, key: Key, value: Above[Key] | undefined): void {
    const { [name]: change, ...others } = settings.get('providerChanges')
    const { [key]: _, ...rest } = change ?? {}
    const next = value === undefined ? rest : { ...rest, [key]: value }
    settings.set('providerChanges', Object.keys(next).length === 0 ? others : { ...others, [name]: next })
  }
  const switchOff = (name: string, off: boolean) => setAbove(name, 'off', off || undefined)

  /** A moment of everything that is kept of one provider, to go back to. */
  async function keptOf(name: string): Promise<() => Promise<void>> {
    const entry = storedEntry(name)
    const credential = settings.get('providerChanges')[name]?.key ? await keys.get(name) : null
    const off = isOff(name)
    const budget = settings.get('providerChanges')[name]?.budget
    return async () => {
      if (entry) entries.putProvider(name, entry)
      else entries.remove('provider', name)
      if (credential) await keys.set(name, credential)
      else await keys.remove(name)
      switchOff(name, off)
      setAbove(name, 'budget', budget)
    }
  }

  async function attempt(name: string, change: () => Promise<void>, mustExist = true): Promise<void> {
    const reload = () => parts.reload('panel')
    await tryChange(
      async () => {
        await change()
        await reload()
        const why = mustExist ? whyLeftOut(name) : null
        if (why !== null) throw invalid(why)
      },
      { undo: await keptOf(name), reload, invalid },
    )
  }

  /** An entry that cannot be used does not break the rest: the catalog leaves it out and says why. */
  function whyLeftOut(name: string): string | null {
    const { warnings } = parts.catalog()
    const said = warnings.find(
      ({ file, message }) => file === 'panel' && message.startsWith(`provider ${JSON.stringify(name)} of the panel is not used: `),
    )
    return said ? said.message.replace(/^.*? is not used: /, '') : null
  }

  /** Where its requests go; null where that cannot be told, and then no key is kept for it. */
  function originOf(name: string, { kind, base_url }: Entry): string | null {
    const url = base_url ?? findProvider(String(kind ?? name))?.defaultBaseUrl ?? findProvider(name)?.defaultBaseUrl
    if (typeof url !== 'string') return null
    const checked = checkBaseUrl(url)
    if ('problem' in checked) throw invalid(`base_url: ${checked.problem}`, 'base_url')
    const own = checkBaseUrl(parts.ownUrl())
    if (checked.address === 'loopback' && !('problem' in own) && checked.hostAndPort.split(':').at(-1) === own.hostAndPort.split(':').at(-1))
      throw invalid('This is Headgate’s own address: it would ask itself for ever.', 'base_url')
    return checked.origin
  }

  function configured(name: string): ProviderEntry {
    const entry = parts.catalog().providers.get(name)
    if (!entry || entry.source === 'built-in')
      throw new HeadgateError('not-found', `There is no provider ${name.slice(0, 200)}.`, { code: 'provider_not_found' })
    return entry
  }

  async function changeOfFile(entry: ProviderEntry, { api_key, disabled, budget, ...rest }: ProviderChange): Promise<Notes> {
    const { name } = entry
    if (Object.values(rest).some((value) => value !== undefined))
      throw new HeadgateError('invalid-request', `${name} is set by ${entry.source}; change it there.`, { code: 'set_by_file' })
    if (typeof api_key === 'string' && entry.unsetKey == null && entry.credentialSource !== 'panel')
      throw new HeadgateError('invalid-request', `The key of ${name} is set by ${entry.credentialSource ?? entry.source}; change it there.`, {
        code: 'set_by_file',
        param: 'api_key',
      })
    const origin = entry.endpoint === null ? null : new URL(entry.endpoint.baseUrl).origin
    if (typeof api_key === 'string' && origin === null)
      throw new HeadgateError('invalid-request', `${name} has no address yet: ${entry.disabled ?? 'set one first'}.`, { code: 'invalid_provider' })
    await attempt(name, async () => {
      if (typeof disabled === 'boolean') switchOff(name, disabled)
      if (budget !== undefined) setAbove(name, 'budget', budget ?? undefined)
      if (api_key === null) await keys.remove(name)
      else if (api_key !== undefined && origin !== null) await keys.set(name, { origin, secret: pastedKey(api_key) })
    })
    return []
  }

  async function changeOfPanel(name: string, { api_key, ...change }: ProviderChange): Promise<Notes> {
    const before = storedEntry(name) ?? {}
    const next = merged(before, change)
    const origin = originOf(name, next)
    const hasMoved = origin !== originOf(name, before)
    const hadKey = settings.get('providerChanges')[name]?.key === true
    await attempt(name, async () => {
      // The old key must not be there for a moment in which the new address is.
      if (api_key === null || (hasMoved && hadKey)) await keys.remove(name)
      if (typeof api_key === 'string') await saveKey(name, origin, api_key)
      entries.putProvider(name, next)
    })
    if (!hasMoved || !hadKey || api_key !== undefined) return []
    return [`The key was removed: it was saved for another address, and goes to no other. Paste it again if it is meant for ${origin}.`]
  }

  async function saveKey(name: string, origin: string | null, text: string): Promise<void> {
    if (origin === null) throw invalid('A key needs an address that it is for: give a base_url.', 'base_url')
    await keys.set(name, { origin, secret: pastedKey(text) })
  }

  return {
    add: (name, { api_key, ...entry }) =>
      inTurn(async () => {
        const known = parts.catalog().providers.get(name)
        if (storedEntry(name) || (known && known.source !== 'built-in') || known?.kind === 'engine')
          throw new HeadgateError('invalid-request', `There is a provider ${name} already.`, { status: 409, code: 'provider_exists', param: 'name' })
        const next = merged({}, entry)
        const origin = originOf(name, next)
        await attempt(name, async () => {
          if (api_key) await saveKey(name, origin, api_key)
          entries.putProvider(name, next)
        })
        return []
      }),
    change: (name, change) =>
      inTurn(async () => (isOfPanel(name) ? await changeOfPanel(name, change) : await changeOfFile(configured(name), change))),
    remove: (name) =>
      inTurn(async () => {
        if (!storedEntry(name)) {
          const { source } = configured(name)
          throw new HeadgateError('invalid-request', `${name} is set by ${source}; remove it there.`, { code: 'set_by_file' })
        }
        const users = modelsAt(name, parts.entries)
        if (users.length > 0)
          throw new HeadgateError(
            'invalid-request',
            `${name} still serves ${users.slice(0, 5).join(', ')}. Take it out of ${users.length === 1 ? 'that model' : 'those models'} first, or switch it off.`,
            {
              status: 409,
              code: 'provider_in_use',
            },
          )
        await attempt(
          name,
          async () => {
            await keys.remove(name)
            switchOff(name, false)
            setAbove(name, 'budget', undefined)
            entries.remove('provider', name)
          },
          false,
        )
      }),
  }
}

const invalid = (message: string, param?: string) =>
  new HeadgateError('invalid-request', message, { code: 'invalid_provider', ...(param === undefined ? {} : { param }) })

/** Null takes a key out; what is not named stays. */
function merged(before: Entry, change: Omit<ProviderChange, 'api_key'>): Entry {
  const next: Record<string, unknown> = { ...before }
  for (const [key, value] of Object.entries(change))
    if (value === null || value === '') delete next[key]
    else if (value !== undefined) next[key] = value
  return next
}

/** Models of the panel that name the provider. A file that names it does not load without it, and says so. */
function modelsAt(provider: string, entries: EntryStore): string[] {
  const names = (value: unknown) => (value as { provider?: unknown } | null)?.provider === provider
  const ofModels = entries.models().filter(({ entry }) => {
    const { deployments } = entry as { deployments?: unknown }
    return Array.isArray(deployments) && deployments.some(names)
  })
  return [...ofModels.map(({ name }) => name), ...entries.deployments().flatMap(({ model, entry }) => (names(entry) ? [model] : []))]
}
