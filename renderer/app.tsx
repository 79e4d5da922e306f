/** Which page is shown: sign in, no router, loading, or the window with the Overview and the inspector beside it. */
import { useEffect } from 'react'
import { Inspector } from './inspector/inspector.tsx'
import { OverviewPage } from './overview/overview-page.tsx'
import { LiveRegion } from './parts/live-region.tsx'
import { ConnectionBar } from './shell/connection-bar.tsx'
import { LoadingPage } from './shell/loading-page.tsx'
import { LoginPage } from './shell/login-page.tsx'
import { NoRouterPage } from './shell/no-router-page.tsx'
import { Sidebar } from './shell/sidebar.tsx'
import { ToastLine } from './shell/toast-line.tsx'
import { Toolbar } from './shell/toolbar.tsx'
import { select, usePanel } from './state/store.ts'
import { strings } from './strings.ts'

export function App() {
  const phase = usePanel((state) => state.phase)
  return (
    <>
      {phase === 'login' && <LoginPage />}
      {phase === 'no-router' && <NoRouterPage />}
      {phase === 'loading' && <LoadingPage />}
      {phase === 'ready' && <Window />}
      <LiveRegion />
    </>
  )
}

function Window() {
  const selectedId = usePanel((state) => state.selectedId)
  useEffect(() => {
    if (selectedId === null) return
    const closeOnEscape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) {
        select(null)
        document.getElementById(`row-${selectedId}`)?.focus()
      }
    }
    addEventListener('keydown', closeOnEscape)
    return () => removeEventListener('keydown', closeOnEscape)
  }, [selectedId])

  return (
    <div className="shell">
      <a className="skip" href="#page">
        {strings.shell.skip}
      </a>
      <Sidebar />
      <div className="main">
        <Toolbar />
        <ConnectionBar />
        <div className="beside">
          <main className="page" id="page" tabIndex={-1}>
            <OverviewPage />
          </main>
          {selectedId !== null && <Inspector key={selectedId} id={selectedId} />}
        </div>
      </div>
      <ToastLine />
    </div>
  )
}
