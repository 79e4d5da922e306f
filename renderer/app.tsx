/** Which page is shown: sign in, no router, loading, first run, or the window with one page and the inspector beside it. */
import { useEffect, useLayoutEffect, useRef } from 'react'
import { FirstRunBar } from './first-run/first-run-bar.tsx'
import { FirstRunPage } from './first-run/first-run-page.tsx'
import { isFirstRunDue, useFirstRun } from './first-run/first-run-state.ts'
import { Inspector } from './inspector/inspector.tsx'
import { Palette } from './palette/palette.tsx'
import { LiveRegion } from './parts/live-region.tsx'
import { loadSettings, useSettings } from './settings/settings-state.ts'
import { ConnectionBar } from './shell/connection-bar.tsx'
import { LoadingPage } from './shell/loading-page.tsx'
import { LoginPage } from './shell/login-page.tsx'
import { NoRouterPage } from './shell/no-router-page.tsx'
import { PageBoundary } from './shell/page-boundary.tsx'
import { pages } from './shell/pages.tsx'
import { listenForShortcuts } from './shell/shortcuts.ts'
import { Sidebar } from './shell/sidebar.tsx'
import { ToastLine } from './shell/toast-line.tsx'
import { Toolbar } from './shell/toolbar.tsx'
import { useAdminEvents } from './state/admin-events.ts'
import { type PageId, usePlace } from './state/place.ts'
import { select, usePanel } from './state/store.ts'
import { strings } from './strings/index.ts'

export function App() {
  const phase = usePanel((state) => state.phase)
  return (
    <>
      {/* First: below the window it would make the page one pixel taller. */}
      <LiveRegion />
      {phase === 'login' && <LoginPage />}
      {phase === 'no-router' && <NoRouterPage />}
      {phase === 'loading' && <LoadingPage />}
      {phase === 'ready' && <Ready />}
    </>
  )
}

/** The settings say whether this is the first run: until they are here, the window would flash. */
function Ready() {
  const view = useSettings((state) => state.view)
  const problem = useSettings((state) => state.problem)
  const { isAskedFor, isAside } = useFirstRun()
  useEffect(() => void loadSettings(), [])
  useAdminEvents((event) => {
    if (event.type === 'config') void loadSettings() // changed in a file, the tray, another window
  })
  if (view === null && problem === null) return <LoadingPage />
  if (view !== null && !isAside && isFirstRunDue(view, isAskedFor)) return <FirstRunPage view={view} />
  return <Window />
}

/** Where the inspector of a request may stand. */
const besidePages: readonly PageId[] = ['overview', 'activity']

function Window() {
  const { page } = usePlace()
  const selectedId = usePanel((state) => state.selectedId)
  const inspected = besidePages.includes(page) ? selectedId : null
  useEffect(listenForShortcuts, [])
  useEffect(() => {
    if (inspected === null) return
    const closeOnEscape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) {
        select(null)
        document.getElementById(`row-${inspected}`)?.focus()
      }
    }
    addEventListener('keydown', closeOnEscape)
    return () => removeEventListener('keydown', closeOnEscape)
  }, [inspected])

  const Content = pages.find(({ id }) => id === page)?.Content ?? NoRouterPage
  const main = usePagePosition(page)
  return (
    <div className="shell">
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        {strings.shell.skip}
      </button>
      <Sidebar />
      <div className="main">
        <Toolbar />
        <ConnectionBar />
        <FirstRunBar />
        <div className="beside">
          <main className="page" id="page" tabIndex={-1} ref={main} aria-label={strings.shell.pageNames[page]}>
            <PageBoundary key={page}>
              <Content />
            </PageBoundary>
          </main>
          {inspected !== null && <Inspector key={inspected} id={inspected} />}
        </div>
      </div>
      <ToastLine />
      <Palette />
    </div>
  )
}

/** A page that is left keeps its scroll position; the one that is shown gets its title and the focus. */
function usePagePosition(page: PageId) {
  const main = useRef<HTMLElement>(null)
  const positions = useRef<Partial<Record<PageId, number>>>({})
  const shown = useRef<PageId | null>(null)
  useLayoutEffect(() => {
    document.title = `${strings.shell.pageNames[page]} – ${strings.product}`
    const element = main.current
    if (!element) return
    element.scrollTop = positions.current[page] ?? 0
    if (shown.current !== null && shown.current !== page && !document.querySelector('[role="dialog"]')) element.focus({ preventScroll: true })
    shown.current = page
    const keep = () => {
      positions.current[page] = element.scrollTop
    }
    element.addEventListener('scroll', keep, { passive: true })
    return () => element.removeEventListener('scroll', keep)
  }, [page])
  return main
}
