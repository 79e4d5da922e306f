/** What the panel knows, in one store. Invariant: data stays when the connection goes; only a sign-out empties it. */
import { create } from 'zustand'
import type { AdminEvent, Overview, RequestDetail, RequestRow, SplitSetting, SplitView } from '../api/types.ts'

export interface Toast {
  readonly id: number
  readonly text: string
  readonly undo: () => void
}

/** What the inspector has for one request. */
export type DetailState = { readonly detail: RequestDetail } | { readonly problem: string }

export interface PanelState {
  readonly phase: 'loading' | 'login' | 'ready' | 'no-router'
  readonly loginProblem: string | null
  readonly connection: 'live' | 'reconnecting' | 'gone'
  /** Wall clock in ms of the last sign of life; null = none yet. */
  readonly liveAt: number | null
  readonly overview: Overview | null
  /** The split as the router last told it. */
  readonly split: SplitView | null
  /** What was set here and is not confirmed yet. */
  readonly wanted: SplitSetting | null
  /** Newest first. */
  readonly requests: readonly RequestRow[]
  readonly selectedId: string | null
  readonly details: Readonly<Record<string, DetailState>>
  readonly toast: Toast | null
  /** The last change that the router refused or did not get; stands until the next one succeeds. */
  readonly problem: string | null
  /** Said once by the live region; the number makes the same words count as new. */
  readonly announcement: { readonly text: string; readonly id: number }
}

const keptRows = 50

export const usePanel = create<PanelState>()(() => ({
  phase: 'loading',
  loginProblem: null,
  connection: 'live',
  liveAt: null,
  overview: null,
  split: null,
  wanted: null,
  requests: [],
  selectedId: null,
  details: {},
  toast: null,
  problem: null,
  announcement: { text: '', id: 0 },
}))

export function announce(text: string): void {
  usePanel.setState(({ announcement }) => ({ announcement: { text, id: announcement.id + 1 } }))
}

export function showToast(text: string, undo: () => void): void {
  usePanel.setState(({ toast }) => ({ toast: { id: (toast?.id ?? 0) + 1, text, undo } }))
}

export const dismissToast = (): void => usePanel.setState({ toast: null })

export function select(id: string | null): void {
  usePanel.setState({ selectedId: id })
}

/** Rows of a page or of an event into the list: newest first, one per id, and an ended row is never replaced by an older running one. */
export function mergeRows(known: readonly RequestRow[], incoming: readonly RequestRow[]): readonly RequestRow[] {
  const byId = new Map(known.map((row) => [row.id, row]))
  for (const row of incoming) {
    const before = byId.get(row.id)
    if (before && before.duration_ms !== null && row.duration_ms === null) continue
    byId.set(row.id, row)
  }
  return [...byId.values()].sort((one, other) => other.at.localeCompare(one.at)).slice(0, keptRows)
}

/** What one event changes, without the split: that one knows about changes of its own (`split-changes.ts`). */
export function applyEvent(state: PanelState, event: AdminEvent): Partial<PanelState> {
  if (event.type === 'request' || event.type === 'request-ended') {
    const { [event.request.id]: _stale, ...details } = state.details
    return { requests: mergeRows(state.requests, [event.request]), details }
  }
  const { overview } = state
  if (!overview) return {}
  if (event.type === 'deployment') {
    const isKnown = overview.deployments.some(({ name }) => name === event.deployment.name)
    const deployments = isKnown
      ? overview.deployments.map((known) => (known.name === event.deployment.name ? { ...known, ...event.deployment } : known))
      : overview.deployments
    return { overview: { ...overview, deployments } }
  }
  // The Overview shows the starter model; the others are shown with the models.
  if (event.type === 'download' && event.state && (event.id ?? 'starter') === 'starter') {
    const { state: step, received_bytes = 0, total_bytes = 0, detail = null, model } = event
    return { overview: { ...overview, download: { state: step, received_bytes, total_bytes, detail, ...(model === undefined ? {} : { model }) } } }
  }
  return {}
}
