/** What providers have said of the keys that they were sent, since the start. Invariant: what was said of a key says nothing of the one that replaced it. */
import type { Catalog } from '../core/catalog.ts'
import type { Clock } from '../core/clock.ts'
import type { EventBus } from '../core/events.ts'

export interface KeyState {
  readonly state: 'none' | 'unknown' | 'accepted' | 'rejected' | 'no-credit'
  /** Wall clock, ms: since when it stands so; null where nothing is known. */
  readonly since: number | null
  /** The provider's own words. */
  readonly message: string | null
}

export interface KeyStates {
  of(provider: string): KeyState
  /** A free look told it. */
  told(provider: string, state: 'accepted' | 'rejected' | 'no-credit', message: string | null): void
  catalogChanged(catalog: Catalog): void
}

interface Known {
  readonly fingerprint: string | null
  /** Monotonic: an attempt that began before says nothing. */
  readonly fromMs: number
  readonly state: KeyState
}

export function createKeyStates({ clock, bus }: { readonly clock: Clock; readonly bus: EventBus }): KeyStates {
  const known = new Map<string, Known>()

  function note(by: 'look' | 'request', provider: string, state: 'accepted' | 'rejected' | 'no-credit', message: string | null): void {
    const before = known.get(provider)
    if (!before || before.fingerprint === null) return
    // Some lists are open to everybody: what a request was told weighs more.
    if (by === 'look' && state === 'accepted' && (before.state.state === 'rejected' || before.state.state === 'no-credit')) return
    const since = before.state.state === state ? before.state.since : clock.now()
    known.set(provider, { ...before, state: { state, since, message } })
  }

  bus.subscribe((event) => {
    if (event.type !== 'attempt-ended') return
    const { provider, outcome, errorKind, message, ms } = event.attempt
    const before = known.get(provider)
    if (!before || clock.monotonic() - ms < before.fromMs) return
    if (outcome === 'answered') {
      if (before.state.state !== 'accepted') note('request', provider, 'accepted', null)
    } else if (errorKind === 'bad-credentials') note('request', provider, 'rejected', message)
    else if (errorKind === 'quota-exhausted') note('request', provider, 'no-credit', message)
  })

  return {
    of: (provider) => known.get(provider)?.state ?? { state: 'none', since: null, message: null },
    told: (provider, state, message) => note('look', provider, state, message),
    catalogChanged(catalog) {
      for (const name of known.keys()) if (!catalog.providers.has(name)) known.delete(name)
      for (const { name, endpoint } of catalog.providers.values()) {
        const fingerprint = endpoint?.credential ? `${endpoint.baseUrl} ${endpoint.credential.fingerprint()}` : null
        if (known.get(name)?.fingerprint === fingerprint) continue
        const state = fingerprint === null ? 'none' : 'unknown'
        known.set(name, { fingerprint, fromMs: clock.monotonic(), state: { state, since: null, message: null } })
      }
    },
  }
}
