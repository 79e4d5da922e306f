/** Keeps the store fed: signs in, loads, follows the event stream, reconnects. Invariant: a lost connection never empties the page. */
import { fetchOverview, fetchRequest, fetchRequests, Refused, resume, SignedOut } from '../api/client.ts'
import { createEventStream } from '../api/event-stream.ts'
import { currentToken, exchangeCode, forgetToken, keepToken, takeLoginCode } from '../api/session.ts'
import type { AdminEvent } from '../api/types.ts'
import { strings } from '../strings/index.ts'
import { publishAdminEvent } from './admin-events.ts'
import { reportFailures, takeSplit, takeSplitEvent } from './split-changes.ts'
import { announce, applyEvent, usePanel } from './store.ts'

const rowsLoaded = 50
/** Waits between tries, in ms; the last one repeats. */
const retryDelaysMs = [250, 500, 1000, 2000, 4000]
/** A hiccup shorter than this is not worth a bar. */
const patienceMs = 800
/** So many tries in a row without an answer, and the router counts as gone. */
const triesUntilGone = 4
/** The minutes of the bars move without any event. */
const refreshEveryMs = 30_000
/** Figures follow an ended request by at most this much. */
const refreshAfterEventMs = 1000

let following: AbortController | null = null
let wakeUp: () => void = () => undefined
let isRefreshDue = false

/** Starts the panel: a code in the address first, else the token of this tab, else the login page. */
export async function start(): Promise<void> {
  reportFailures(takeFailure)
  addEventListener('hashchange', () => void signInWithCode())
  setInterval(() => {
    if (document.visibilityState === 'visible' && usePanel.getState().phase === 'ready') void refresh().catch(takeFailure)
  }, refreshEveryMs)
  await signInWithCode()
}

async function signInWithCode(): Promise<void> {
  const code = takeLoginCode()
  if (code !== null) {
    try {
      const isAccepted = await exchangeCode(code)
      if (!isAccepted && currentToken() === null) return showLogin(strings.login.codeUsed)
    } catch {
      return usePanel.setState({ phase: 'no-router' })
    }
  }
  if (currentToken() === null) return showLogin(null)
  await load()
}

/** Tries a pasted admin token. */
export async function signInWithToken(token: string): Promise<void> {
  keepToken(token)
  await load()
}

/** The first load; also *Retry* on the page that says there is no router. */
export async function load(): Promise<void> {
  try {
    await refresh()
    usePanel.setState({ phase: 'ready', loginProblem: null, connection: 'live' })
    if (!following) void follow()
  } catch (error) {
    if (error instanceof SignedOut) return showLogin(strings.login.tokenRefused)
    usePanel.setState({ phase: 'no-router' })
  }
}

/** *Try now* of the bar. */
export const retryNow = (): void => wakeUp()

/** Ends the pause. */
export async function resumeRequests(): Promise<void> {
  try {
    await resume()
    await refresh()
    announce(strings.problems.resumed)
  } catch (error) {
    takeFailure(error)
  }
}

/** Loads the detail of a request for the inspector, once per version of its row. */
export async function loadDetail(id: string): Promise<void> {
  const put = (value: { detail: Awaited<ReturnType<typeof fetchRequest>> } | { problem: string }) =>
    usePanel.setState(({ details }) => ({ details: { ...details, [id]: value } }))
  try {
    put({ detail: await fetchRequest(id) })
  } catch (error) {
    put({ problem: error instanceof Refused ? error.message : strings.inspector.notLoaded })
    if (!(error instanceof Refused)) takeFailure(error)
  }
}

async function refresh(): Promise<void> {
  const [overview, rows] = await Promise.all([fetchOverview(), fetchRequests(rowsLoaded)])
  takeSplit(overview.split)
  usePanel.setState(({ requests }) => ({ overview, requests: mergeLoaded(requests, rows), liveAt: Date.now() }))
}

function mergeLoaded(known: ReturnType<typeof usePanel.getState>['requests'], rows: typeof known): typeof known {
  const loaded = new Set(rows.map(({ id }) => id))
  // What still runs is not in the ledger yet; what ended is, unless it was cleared.
  return [...known.filter((row) => row.duration_ms === null && !loaded.has(row.id)), ...rows].sort((one, other) => other.at.localeCompare(one.at))
}

async function follow(): Promise<void> {
  const controller = new AbortController()
  following = controller
  let failures = 0
  let isFirst = true
  let notice: ReturnType<typeof setTimeout> | undefined
  const readOnce = createEventStream({
    onOpen() {
      clearTimeout(notice)
      failures = 0
      if (usePanel.getState().connection !== 'live') announce(strings.connection.back)
      usePanel.setState({ connection: 'live', liveAt: Date.now() })
      if (!isFirst) void refresh().catch(takeFailure)
      isFirst = false
    },
    onEvent: takeEvent,
  })
  while (!controller.signal.aborted) {
    try {
      await readOnce(controller.signal)
    } catch (error) {
      if (error instanceof SignedOut) return signOut()
    }
    if (controller.signal.aborted) return
    failures += 1
    if (failures === 1)
      notice = setTimeout(() => usePanel.setState(({ connection }) => ({ connection: connection === 'gone' ? 'gone' : 'reconnecting' })), patienceMs)
    if (failures === triesUntilGone) usePanel.setState({ connection: 'gone' })
    await pause(retryDelaysMs[Math.min(failures, retryDelaysMs.length) - 1] ?? 1000)
  }
}

function takeEvent(event: AdminEvent): void {
  usePanel.setState({ liveAt: Date.now() })
  if (event.type === 'split') takeSplitEvent(event)
  else usePanel.setState((state) => applyEvent(state, event))
  publishAdminEvent(event)
  if (event.type !== 'request' && event.type !== 'log' && event.type !== 'download') refreshSoon()
}

/** Figures follow a change within a second. */
export function refreshSoon(): void {
  if (isRefreshDue) return
  isRefreshDue = true
  setTimeout(() => {
    isRefreshDue = false
    if (usePanel.getState().phase === 'ready') void refresh().catch(takeFailure)
  }, refreshAfterEventMs)
}

/** A call failed: a refused token ends the session; a router that is gone the event stream notices by itself. */
function takeFailure(error: unknown): void {
  if (error instanceof SignedOut) signOut()
}

function signOut(): void {
  following?.abort()
  following = null
  showLogin(strings.login.ended)
}

function showLogin(problem: string | null): void {
  forgetToken()
  usePanel.setState({ phase: 'login', loginProblem: problem })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    wakeUp = () => {
      clearTimeout(timer)
      resolve()
    }
  })
}
