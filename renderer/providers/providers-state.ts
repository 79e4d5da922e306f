/** What the Providers page knows, kept up to date by events. Invariant: what is shown stays while it is loaded anew, and when that fails. */
import { useEffect } from 'react'
import { create } from 'zustand'
import { type Changed, changeProvider, fetchProviders, type ProviderChange, type ProviderList, removeProvider } from '../api/providers.ts'
import type { AdminEvent } from '../api/types.ts'
import { useAdminEvents } from '../state/admin-events.ts'
import { createLoadWithin } from '../state/load-within.ts'
import { announce, usePanel } from '../state/store.ts'
import { failureWords } from '../words/failure-words.ts'

interface ProvidersState {
  /** Null before the first load. */
  readonly list: ProviderList | null
  /** When it was loaded: waits are counted down from then. */
  readonly loadedAt: number
  /** Why the last load failed; null = it did not. */
  readonly problem: string | null
  /** Why a change was refused, or what happened beside it; stands until the next change of that provider. */
  readonly said: Readonly<Record<string, { readonly words: string; readonly isProblem: boolean }>>
}

export const useProvidersState = create<ProvidersState>()(() => ({ list: null, loadedAt: 0, problem: null, said: {} }))

const afterRequestMs = 1500
const afterChangeMs = 100
const loadWithin = createLoadWithin(() => void loadProviders())

export async function loadProviders(): Promise<void> {
  try {
    useProvidersState.setState({ list: await fetchProviders(), loadedAt: Date.now(), problem: null })
  } catch (error) {
    useProvidersState.setState({ problem: failureWords(error) })
  }
}

/** Loads on mount and follows what happens while the page is shown. */
export function useProviders(): ProvidersState {
  const connection = usePanel((state) => state.connection)
  useEffect(() => {
    if (connection === 'live') void loadProviders()
  }, [connection])
  useAdminEvents(takeEvent)
  return useProvidersState()
}

/** Changes a provider. False = it was refused, and the reason stands at its row. */
export async function change(name: string, what: ProviderChange, done: string): Promise<boolean> {
  return await attempt(name, () => changeProvider(name, what), done)
}

export async function remove(name: string, done: string): Promise<boolean> {
  return await attempt(name, () => removeProvider(name), done)
}

async function attempt(name: string, act: () => Promise<Changed | undefined>, done: string): Promise<boolean> {
  say(name, null)
  try {
    const changed = await act()
    const note = changed?.notes.join(' ')
    if (note) say(name, { words: note, isProblem: false })
    announce(note ? `${done} ${note}` : done)
    return true
  } catch (error) {
    say(name, { words: failureWords(error), isProblem: true })
    return false
  } finally {
    await loadProviders()
  }
}

export function say(name: string, words: ProvidersState['said'][string] | null): void {
  useProvidersState.setState(({ said: { [name]: _, ...others } }) => ({ said: words === null ? others : { ...others, [name]: words } }))
}

function takeEvent(event: AdminEvent): void {
  if (event.type === 'request-ended') loadWithin(afterRequestMs)
  else if (event.type === 'deployment' || event.type === 'config' || event.type === 'split') loadWithin(afterChangeMs)
}
