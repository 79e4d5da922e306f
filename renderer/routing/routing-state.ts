/** What the Routing page knows: the rules, kept up to date by events, and how a change is sent. Invariant: what is shown stays while it is loaded anew, and when that fails. */
import { useEffect } from 'react'
import { create } from 'zustand'
import { fetchRules, putRules, type RulesView, type StoredRules } from '../api/rules.ts'
import { useAdminEvents } from '../state/admin-events.ts'
import { usePanel } from '../state/store.ts'
import { failureWords } from '../words/failure-words.ts'

export interface RoutingState {
  /** Null before the first load. */
  readonly view: RulesView | null
  /** Why the last load failed; null = it did not. */
  readonly problem: string | null
  /** A change that was refused, in the router's words; stands until the next one. */
  readonly failure: string | null
  /** Counts up with every load: whoever shows a plan asks for it anew. */
  readonly loads: number
}

export const useRoutingState = create<RoutingState>()(() => ({ view: null, problem: null, failure: null, loads: 0 }))

const take = (view: RulesView) => useRoutingState.setState(({ loads }) => ({ view, problem: null, loads: loads + 1 }))

/** Never rejects. */
export async function loadRules(): Promise<void> {
  try {
    take(await fetchRules())
  } catch (error) {
    useRoutingState.setState({ problem: failureWords(error) })
  }
}

/** Sends what the panel's rules are to be. Throws the router's sentence where they do not compile; nothing is kept then. */
export async function saveRules(change: (stored: StoredRules) => StoredRules): Promise<void> {
  const before = useRoutingState.getState().view?.stored ?? {}
  take(await putRules(change(before)))
  useRoutingState.setState({ failure: null })
}

/** The same for a button in a row: what is refused stands above the list. */
export function changeRules(change: (stored: StoredRules) => StoredRules): Promise<boolean> {
  return saveRules(change).then(
    () => true,
    (error: unknown) => {
      useRoutingState.setState({ failure: failureWords(error) })
      return false
    },
  )
}

/** Loads on mount and follows what happens while the page is shown. */
export function useRouting(): RoutingState {
  const connection = usePanel((state) => state.connection)
  useEffect(() => {
    if (connection === 'live') void loadRules()
  }, [connection])
  useAdminEvents(({ type }) => {
    if (type === 'config') void loadRules()
  })
  return useRoutingState()
}
