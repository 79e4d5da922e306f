/** Keys of providers that were pasted in the panel. They lie in the host's secrets only, each with the origin that it was saved for: whoever changes the address loses the key (security page, e64). */
import type { StoredCredential } from '../config/index.ts'
import { HeadgateError } from '../core/errors.ts'
import type { EventBus } from '../core/events.ts'
import type { SecretStore } from '../core/host.ts'
import { Secret } from '../core/secret.ts'
import type { SettingsStore } from '../registry/index.ts'

export interface ProviderKeys {
  /** Every key that is kept and can be read. Never rejects: one that cannot be read is told once and is missing. */
  load(): Promise<ReadonlyMap<string, StoredCredential>>
  get(provider: string): Promise<StoredCredential | null>
  set(provider: string, credential: StoredCredential): Promise<void>
  remove(provider: string): Promise<void>
  /** True when the operating system keeps them (Keychain); false for a file that only its owner can read. */
  readonly isProtected: boolean
}

export interface ProviderKeyParts {
  readonly secrets: SecretStore
  readonly settings: SettingsStore
  readonly bus: EventBus
}

/** A key as a person pastes it. It is sent as a header: printable ASCII without spaces. The message never repeats it. */
export function pastedKey(text: string): Secret {
  const key = text.trim()
  if (!/^[\x21-\x7e]{1,8192}$/.test(key))
    throw new HeadgateError('invalid-request', 'A key is one word of letters, digits and signs; this one has something else in it.', {
      code: 'invalid_provider',
      param: 'api_key',
    })
  return new Secret(key)
}

const secretName = (provider: string) => `provider:${provider}`

export function createProviderKeys({ secrets, settings, bus }: ProviderKeyParts): ProviderKeys {
  const told = new Set<string>()

  async function get(provider: string): Promise<StoredCredential | null> {
    const stored = await secrets.get(secretName(provider))
    return stored && unbound(stored)
  }

  /** What lies in the host's secrets is not listed there: the registry remembers the names. */
  function note(provider: string, hasKey: boolean): void {
    const { [provider]: change, ...others } = settings.get('providerChanges')
    const { key: _, ...rest } = change ?? {}
    const next = hasKey ? { ...rest, key: true } : rest
    settings.set('providerChanges', Object.keys(next).length === 0 ? others : { ...others, [provider]: next })
  }

  return {
    isProtected: secrets.isProtected,
    get,
    async load() {
      const names = Object.entries(settings.get('providerChanges')).flatMap(([name, { key }]) => (key ? [name] : []))
      const found = new Map<string, StoredCredential>()
      for (const name of names)
        try {
          const credential = await get(name)
          if (credential) found.set(name, credential)
          told.delete(name)
        } catch (error) {
          if (!told.has(name))
            bus.emit({ type: 'log', level: 'error', message: `The key of the provider ${name} cannot be read: ${(error as Error).message}` })
          told.add(name)
        }
      return found
    },
    async set(provider, { origin, secret }) {
      await secrets.set(secretName(provider), new Secret(`${origin} ${secret.reveal()}`))
      note(provider, true)
    },
    async remove(provider) {
      await secrets.remove(secretName(provider))
      note(provider, false)
    },
  }
}

/** `https://api.example.com sk-…`: one text, so that no crash in between can bind a key to another origin. */
function unbound(stored: Secret): StoredCredential | null {
  const text = stored.reveal()
  const space = text.indexOf(' ')
  return space <= 0 ? null : { origin: text.slice(0, space), secret: new Secret(text.slice(space + 1)) }
}
