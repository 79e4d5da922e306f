/** The models that are suggested here: loaded anew when what is here changes. Invariant: what is shown stays while it is loaded, and the last answer counts. */
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { fetchSuggestions, type Suggestions } from '../api/downloads.ts'
import { usePanel } from '../state/store.ts'
import { failureWords } from '../words/failure-words.ts'

export interface KnownSuggestions {
  /** Null before the first load. */
  readonly suggestions: Suggestions | null
  /** Why the last load failed; null = it did not. */
  readonly problem: string | null
  /** What is here has changed since they were loaded. */
  readonly isStale: boolean
  readonly load: () => void
}

/** `here`: any text that changes when a model comes or goes. */
export function useSuggestions(here: string): KnownSuggestions {
  const connection = usePanel((state) => state.connection)
  const [answer, setAnswer] = useState<{ readonly here: string; readonly suggestions: Suggestions } | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const asked = useRef(0)
  const load = async () => {
    const number = ++asked.current
    try {
      const suggestions = await fetchSuggestions()
      if (number !== asked.current) return
      setAnswer({ here, suggestions })
      setProblem(null)
    } catch (error) {
      if (number === asked.current) setProblem(failureWords(error))
    }
  }
  const loadNow = useEffectEvent(() => void load())
  useEffect(() => {
    if (connection === 'live') loadNow()
  }, [connection, here])
  return { suggestions: answer?.suggestions ?? null, problem, isStale: answer?.here !== here, load: () => void load() }
}
