/** What the Models page knows, kept up to date by events. Invariant: what is shown stays while it is loaded anew, and when that fails. */
import { useEffect } from 'react'
import { create } from 'zustand'
import { fetchModels, type ModelView } from '../api/models.ts'
import type { AdminEvent } from '../api/types.ts'
import { useAdminEvents } from '../state/admin-events.ts'
import { createLoadWithin } from '../state/load-within.ts'
import { usePanel } from '../state/store.ts'
import { failureWords } from '../words/failure-words.ts'

export interface ModelsState {
  /** Null before the first load. */
  readonly models: readonly ModelView[] | null
  /** Why the last load failed; null = it did not. */
  readonly problem: string | null
  /** An action of a row that failed, in words; stands until the next one. */
  readonly failure: string | null
}

export const useModelsState = create<ModelsState>()(() => ({ models: null, problem: null, failure: null }))

export const reportProblem = (failure: string | null): void => useModelsState.setState({ failure })

/** Events come in bursts: one load for those of so many ms. */
const gatherMs = 150
/** Speeds and latencies follow ended requests by at most this much. */
const afterRequestMs = 2000

let loading: Promise<void> | null = null
let isStale = false
const loadWithin = createLoadWithin(() => void loadModels())

/** Loads now; one that is under way is followed by another. Never rejects. */
export function loadModels(): Promise<void> {
  isStale = true
  loading ??= loadUntilFresh().finally(() => {
    loading = null
  })
  return loading
}

async function loadUntilFresh(): Promise<void> {
  while (isStale) {
    isStale = false
    try {
      useModelsState.setState({ models: await fetchModels(), problem: null })
    } catch (error) {
      useModelsState.setState({ problem: failureWords(error) })
      return
    }
  }
}

/** Loads on mount and follows what happens while the page is shown. */
export function useModels(): ModelsState {
  const connection = usePanel((state) => state.connection)
  useEffect(() => {
    if (connection === 'live') void loadModels()
  }, [connection])
  useAdminEvents(takeEvent)
  return useModelsState()
}

function takeEvent(event: AdminEvent): void {
  if (event.type === 'request-ended') loadWithin(afterRequestMs)
  else if (['deployment', 'engine', 'config', 'split'].includes(event.type) || (event.type === 'download' && event.state === 'ready'))
    loadWithin(gatherMs)
}
