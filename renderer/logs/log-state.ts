/** The lines that the page shows: the newest of a filter, what comes after them, and what was before. Invariant: lines are in order and there once; another run starts anew. */
import { create } from 'zustand'
import { fetchLogs, type LogLine } from '../api/logs.ts'
import { failureWords } from '../words/failure-words.ts'

const pageLines = 500
const keptLines = 5000
const askEveryMs = 500

export interface LogState {
  readonly phase: 'loading' | 'ready' | 'problem'
  readonly problem: string | null
  readonly files: readonly string[]
  readonly lines: readonly LogLine[]
  /** Nothing older is in memory. */
  readonly isWhole: boolean
}

export const useLogs = create<LogState>()(() => ({ phase: 'loading', problem: null, files: [], lines: [], isWhole: false }))

let filter: Readonly<Record<string, string>> = {}
let run = ''
let isAskDue = false
let isAskingOlder = false

/** Shows the newest lines of another filter. */
export async function openLogs(next: Readonly<Record<string, string>>): Promise<void> {
  filter = next
  try {
    const page = await fetchLogs({ ...next, limit: String(pageLines) })
    if (filter !== next) return
    run = page.run
    useLogs.setState({ phase: 'ready', problem: null, files: page.files, lines: page.lines, isWhole: page.lines.length < pageLines })
  } catch (error) {
    if (filter === next) useLogs.setState({ phase: 'problem', problem: failureWords(error) })
  }
}

/** Something happened: there may be new lines. Asked for at most twice a second. */
export function askForNewer(): void {
  if (isAskDue) return
  isAskDue = true
  setTimeout(() => {
    isAskDue = false
    void loadNewer()
  }, askEveryMs)
}

async function loadNewer(): Promise<void> {
  const own = filter
  const { lines, phase } = useLogs.getState()
  if (phase === 'problem') return openLogs(filter)
  try {
    const page = await fetchLogs({ ...own, after: String(lines.at(-1)?.id ?? 0), limit: String(keptLines) })
    if (own !== filter) return
    if (page.run !== run) return openLogs(filter)
    if (page.lines.length === 0) return
    const known = useLogs.getState().lines
    const last = known.at(-1)?.id ?? 0
    const all = [...known, ...page.lines.filter(({ id }) => id > last)]
    useLogs.setState({ lines: all.slice(-keptLines), ...(all.length > keptLines ? { isWhole: false } : {}) })
  } catch {
    // The connection bar says that the router does not answer; the next event asks again.
  }
}

/** What was before the first line. Answers how many lines came. */
export async function loadOlder(): Promise<number> {
  const own = filter
  const { lines, isWhole } = useLogs.getState()
  const first = lines[0]
  if (isWhole || isAskingOlder || !first || lines.length >= keptLines) return 0
  isAskingOlder = true
  try {
    const page = await fetchLogs({ ...own, before: String(first.id), limit: String(pageLines) })
    if (own !== filter || page.run !== run) return 0
    useLogs.setState((state) => ({ lines: [...page.lines, ...state.lines], isWhole: page.lines.length < pageLines }))
    return page.lines.length
  } catch {
    return 0
  } finally {
    isAskingOlder = false
  }
}
