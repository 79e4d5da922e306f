/** What the hub was asked, and what it said: one question at a time, the last one counts. */
import { useRef, useState } from 'react'
import { fetchHubModel, type HubModel, type HubResult, searchHub } from '../api/downloads.ts'
import { failureWords } from '../words/failure-words.ts'

export type HubAnswer =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'results'; readonly query: string; readonly results: readonly HubResult[] }
  | { readonly kind: 'model'; readonly model: HubModel }
  | { readonly kind: 'problem'; readonly message: string; readonly repo: string | null; readonly isGated: boolean }

const REPOSITORY = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/
/** An address of the hub that somebody copied. */
const ADDRESS = /^https?:\/\/(?:www\.)?[\w.-]*(?:huggingface\.co|hf\.co)\/([^/\s]+\/[^/\s?#]+)/

export function useHub() {
  const [answer, setAnswer] = useState<HubAnswer>({ kind: 'nothing' })
  /** The last results, to go back to. */
  const [results, setResults] = useState<Extract<HubAnswer, { kind: 'results' }> | null>(null)
  const asked = useRef(0)

  async function ask(question: () => Promise<HubAnswer>, repo: string | null): Promise<void> {
    const number = ++asked.current
    setAnswer({ kind: 'asking' })
    const next = await question().catch((error: unknown): HubAnswer => {
      const message = failureWords(error)
      return { kind: 'problem', message, repo, isGated: repo !== null && /\bgated\b/.test(message) }
    })
    if (number !== asked.current) return
    setAnswer(next)
    if (next.kind === 'results') setResults(next)
  }

  const open = (repo: string) => ask(async () => ({ kind: 'model', model: await fetchHubModel(repo) }), repo)
  const search = (text: string) => {
    const written = text.trim()
    const repo = ADDRESS.exec(written)?.[1] ?? written
    if (REPOSITORY.test(repo)) return open(repo)
    return ask(async () => ({ kind: 'results', query: written, results: await searchHub(written) }), null)
  }
  const back = results === null ? null : () => setAnswer(results)
  return { answer, open, search, back }
}
