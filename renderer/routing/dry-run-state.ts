/** The request of the dry run, kept while other pages are shown, and its plan: asked for anew a moment after each change. Invariant: an older answer never replaces a newer one. */
import { useEffect } from 'react'
import { create } from 'zustand'
import { type Entry, type ExplainedPlan, explain } from '../api/rules.ts'
import { useAdminEvents } from '../state/admin-events.ts'
import { failureWords } from '../words/failure-words.ts'
import { useRoutingState } from './routing-state.ts'

export interface Header {
  readonly id: number
  readonly name: string
  readonly value: string
}

export const toggles = ['stream', 'tools', 'images', 'json'] as const
export type Toggle = (typeof toggles)[number]

export interface DryRequest {
  readonly model: string
  readonly prompt: string
  readonly headers: readonly Header[]
  readonly wants: readonly Toggle[]
}

export interface DryRun {
  readonly request: DryRequest
  readonly plan: ExplainedPlan | null
  /** The router's own sentence about a request that it does not take. */
  readonly refusal: string | null
  /** Counts up when what surrounds a request has changed. */
  readonly changes: number
}

export const useDryRun = create<DryRun>()(() => ({
  request: { model: 'auto', prompt: '', headers: [], wants: [] },
  plan: null,
  refusal: null,
  changes: 0,
}))

export const changeRequest = (part: Partial<DryRequest>): void => useDryRun.setState(({ request }) => ({ request: { ...request, ...part } }))

/** A person still types for so many ms. */
const pauseMs = 180
let asked = 0

async function ask(request: DryRequest): Promise<void> {
  const turn = ++asked
  const answer = await explain(bodyOf(request), headersOf(request)).then(
    (plan) => ({ plan, refusal: null }),
    (error: unknown) => ({ plan: null, refusal: failureWords(error) }),
  )
  if (turn === asked) useDryRun.setState(answer)
}

/** Asks while it is mounted. */
export function useAsking(): DryRun {
  const state = useDryRun()
  const { request, changes } = state
  const loads = useRoutingState((routing) => routing.loads)
  useEffect(() => {
    const timer = setTimeout(() => void ask(request), asked === 0 ? 0 : pauseMs)
    return () => clearTimeout(timer)
  }, [request, changes, loads])
  useAdminEvents(({ type }) => {
    if (type === 'deployment' || type === 'split' || type === 'engine') useDryRun.setState({ changes: changes + 1 })
  })
  return state
}

/** One pixel: the router looks at what there is, not into it. */
const pixel = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=='

export function bodyOf({ model, prompt, wants }: DryRequest): Entry {
  const text = { type: 'text', text: prompt }
  return {
    ...(model.trim() === '' ? {} : { model: model.trim() }),
    messages: [{ role: 'user', content: wants.includes('images') ? [text, { type: 'image_url', image_url: { url: pixel } }] : prompt }],
    ...(wants.includes('stream') ? { stream: true } : {}),
    ...(wants.includes('tools') ? { tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }] } : {}),
    ...(wants.includes('json') ? { response_format: { type: 'json_object' } } : {}),
  }
}

const headersOf = ({ headers }: DryRequest): Readonly<Record<string, string>> =>
  Object.fromEntries(headers.flatMap(({ name, value }) => (name.trim() === '' ? [] : [[name.trim(), value]])))
