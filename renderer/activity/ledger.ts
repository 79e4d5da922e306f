/**
 * The rows of the list, outside React: pages of the router's ledger around what is looked at, and above them what happens now.
 * Invariants: rows never move under a reader, what is new waits until the top is shown; the list is told of changes at most four times a second when many come.
 */
import { fetchPage } from '../api/activity.ts'
import type { RequestRow } from '../api/types.ts'
import { failureWords } from '../words/failure-words.ts'
import { type Filters, passes } from './filters.ts'

export const pageRows = 200
/** Pages that are kept: those around what is looked at, and the first. */
const keptPages = 24
/** More rows above the pages than this become pages. */
const liveRowsAtMost = 300
const manyPerSecond = 20
const fewEveryMs = 16
const manyEveryMs = 250
/** Rows that only the router can judge are asked for at most so often. */
const askEveryMs = 1000

export interface LedgerView {
  readonly phase: 'loading' | 'ready' | 'problem'
  readonly problem: string | null
  /** Rows in the list, loaded or not. */
  readonly total: number
  /** Rows that came while the top was out of sight. */
  readonly waiting: number
  /** Counts up with every change: what `rowAt` answers belongs to it. */
  readonly version: number
}

export interface Ledger {
  view(): LedgerView
  subscribe(listener: () => void): () => void
  /** Null = on its way. */
  rowAt(index: number): RequestRow | null
  /** Null = not loaded, or not there. */
  indexOf(id: string): number | null
  /** Loads what is missing of a range. */
  need(from: number, to: number): void
  /** Shows other rows; the old ones stay until they are here. `running`: what runs already. */
  open(filters: Filters, running: readonly RequestRow[]): void
  /** Everything anew, as after a lost connection. */
  reload(): void
  take(row: RequestRow): void
  setAtTop(isAtTop: boolean): void
}

export function createLedger(): Ledger {
  const listeners = new Set<() => void>()
  let filters: Filters = {}
  let view: LedgerView = { phase: 'loading', problem: null, total: 0, waiting: 0, version: 0 }
  /** Pages by number, below the anchor: the newest row when they were opened. */
  let pages = new Map<number, readonly RequestRow[]>()
  let anchor: string | null = null
  let stored = 0
  /** Newest first. */
  let live: readonly RequestRow[] = []
  let waiting = new Set<string>()
  let isAtTop = true
  let generation = 0
  const asked = new Set<number>()
  let incoming: RequestRow[] = []
  let lastSecond: number[] = []
  let isApplyDue = false
  let isAskDue = false

  function tell(change: Partial<LedgerView> = {}): void {
    view = { ...view, ...change, total: live.length + stored, waiting: waiting.size, version: view.version + 1 }
    for (const listener of listeners) listener()
  }

  async function load(before: { readonly keepLive: boolean }): Promise<void> {
    const own = ++generation
    const sentAt = Date.now()
    asked.clear()
    try {
      const page = await fetchPage({ ...filters, limit: String(pageRows), total: '1' })
      if (own !== generation) return
      const ids = new Set(page.requests.map(({ id }) => id))
      const newest = page.requests[0]?.id ?? ''
      // What runs is not in the ledger yet, nor is what ended while the page was on its way.
      const isAbove = (row: RequestRow) => !ids.has(row.id) && (row.duration_ms === null || (row.id > newest && endedAfter(row, sentAt - 1000)))
      live = before.keepLive ? live.filter(isAbove) : []
      pages = new Map([[0, page.requests]])
      anchor = page.requests[0]?.id ?? null
      stored = page.total ?? page.requests.length
      waiting = new Set()
      tell({ phase: 'ready', problem: null })
    } catch (error) {
      if (own === generation) tell({ phase: 'problem', problem: failureWords(error) })
    }
  }

  async function loadPage(number: number): Promise<void> {
    if (asked.has(number) || anchor === null) return
    asked.add(number)
    const own = generation
    try {
      const page = await fetchPage({ ...filters, limit: String(pageRows), before: anchor, offset: String(number * pageRows - 1) })
      if (own !== generation) return
      pages.set(number, page.requests)
      forgetFarPages(number)
      takeOutOfLive(page.requests)
      tell()
    } catch (error) {
      if (own === generation) tell({ phase: 'problem', problem: failureWords(error) })
    } finally {
      if (own === generation) asked.delete(number)
    }
  }

  function forgetFarPages(near: number): void {
    const far = [...pages.keys()].filter((number) => number !== 0).sort((one, other) => Math.abs(other - near) - Math.abs(one - near))
    for (const number of far.slice(0, Math.max(0, pages.size - keptPages))) pages.delete(number)
  }

  /** A row that ran when the pages were opened stands in its place among them now: the other pages moved by one. */
  function takeOutOfLive(rows: readonly RequestRow[]): void {
    const ids = new Set(rows.map(({ id }) => id))
    const left = live.filter(({ id }) => !ids.has(id))
    if (left.length === live.length) return
    stored += live.length - left.length
    live = left
  }

  function applyIncoming(): void {
    isApplyDue = false
    const rows = incoming
    incoming = []
    let isAskNeeded = false
    let next = new Map(live.map((row) => [row.id, row]))
    for (const row of rows) {
      const verdict = passes(row, filters)
      const before = next.get(row.id)
      if (verdict === null) isAskNeeded = true
      else if (!verdict) next.delete(row.id)
      else if (before) {
        if (before.duration_ms === null || row.duration_ms !== null) next.set(row.id, row)
      } else if (!isKnown(row.id)) {
        if (isAtTop) next.set(row.id, row)
        else waiting.add(row.id)
      }
    }
    if (isAskNeeded) askSoon()
    live = [...next.values()].sort((one, other) => (one.id < other.id ? 1 : -1))
    next = new Map()
    if (live.length > liveRowsAtMost && isAtTop) void load({ keepLive: true })
    tell()
  }

  const isKnown = (id: string) => anchor !== null && id <= anchor && [...pages.values()].some((page) => page.some((row) => row.id === id))

  function askSoon(): void {
    if (!isAtTop || isAskDue) return
    isAskDue = true
    setTimeout(() => {
      isAskDue = false
      void load({ keepLive: true })
    }, askEveryMs)
  }

  return {
    view: () => view,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    rowAt(index) {
      if (index < live.length) return live[index] ?? null
      const place = index - live.length
      return pages.get(Math.floor(place / pageRows))?.[place % pageRows] ?? null
    },
    indexOf(id) {
      const above = live.findIndex((row) => row.id === id)
      if (above >= 0) return above
      for (const [number, page] of pages) {
        const place = page.findIndex((row) => row.id === id)
        if (place >= 0) return live.length + number * pageRows + place
      }
      return null
    },
    need(from, to) {
      const first = Math.max(0, Math.floor((from - live.length) / pageRows))
      const last = Math.floor(Math.min(stored - 1, to - live.length) / pageRows)
      for (let number = first; number <= last; number++) if (!pages.has(number)) void loadPage(number)
    },
    open(next, running) {
      filters = next
      live = running.filter((row) => row.duration_ms === null && passes(row, next) === true)
      waiting = new Set()
      if (view.phase === 'problem') tell({ phase: 'loading' })
      void load({ keepLive: true })
    },
    reload: () => void load({ keepLive: false }),
    take(row) {
      incoming.push(row)
      const now = Date.now()
      lastSecond = [...lastSecond.filter((at) => now - at < 1000).slice(-manyPerSecond), now]
      if (isApplyDue) return
      isApplyDue = true
      setTimeout(applyIncoming, lastSecond.length > manyPerSecond ? manyEveryMs : fewEveryMs)
    },
    setAtTop(next) {
      if (next === isAtTop) return
      isAtTop = next
      if (isAtTop && waiting.size > 0) void load({ keepLive: true })
    },
  }
}

const endedAfter = (row: RequestRow, ms: number): boolean => Date.parse(row.at) + (row.duration_ms ?? 0) >= ms
