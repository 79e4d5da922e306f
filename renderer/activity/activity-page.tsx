/** Activity: every request, live and as far back as the ledger goes, filtered by the address; the chosen one opens the inspector beside the list. */
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { EmptyRequests } from '../overview/empty-requests.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { PageError } from '../parts/page-error.tsx'
import { PageFact, PageSearch } from '../parts/page-toolbar.tsx'
import { useAdminEvents } from '../state/admin-events.ts'
import { currentPlace, go, linkTo, usePlace } from '../state/place.ts'
import { select, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { countFor, countSoon, ledger, loadRecording, useActivity } from './activity-state.ts'
import { FilterBar } from './filter-bar.tsx'
import { type Filters, filtersOf, withFilter } from './filters.ts'
import { NothingMatches } from './nothing-matches.tsx'
import { RecordingStrip } from './recording-strip.tsx'
import { RequestTable } from './request-table.tsx'

const words = strings.activity

export function ActivityPage() {
  const { item, query } = usePlace()
  const search = new URLSearchParams(query).toString()
  // The same filters are the same object: what depends on them is loaded once.
  const filters = useMemo(() => filtersOf(Object.fromEntries(new URLSearchParams(search))), [search])
  const view = useSyncExternalStore(ledger.subscribe, ledger.view)
  const problem = useActivity((state) => state.problem)
  const connection = usePanel((state) => state.connection)
  const isFiltered = Object.keys(filters).length > 0

  useSelection(item)
  useEffect(() => {
    ledger.open(filters, usePanel.getState().requests)
    countFor(filters)
  }, [filters])
  useEffect(() => void loadRecording(), [])
  useEffect(() => {
    let before = usePanel.getState().connection
    return usePanel.subscribe((state) => {
      if (state.connection === 'live' && before !== 'live') ledger.reload()
      before = state.connection
    })
  }, [])
  useAdminEvents((event) => {
    if (event.type === 'request' || event.type === 'request-ended') {
      ledger.take(event.request)
      if (event.type === 'request-ended') countSoon()
    } else if (event.type === 'config') {
      const { changed } = event as { changed?: string }
      if (changed === 'ledger') ledger.open(filters, [])
      if (changed === 'ledger') countFor(filters)
      if (changed === 'recording') void loadRecording()
    }
  })

  const change = (next: Filters) => go(linkTo('activity', item, next as Record<string, string>), { replace: true })
  return (
    <div className="activity">
      <PageFact>{view.phase === 'loading' ? '' : words.fact(view.total, isFiltered)}</PageFact>
      <PageSearch label={words.search} value={filters.q ?? ''} onChange={(q) => change(withFilter(filters, 'q', q))} />
      <FilterBar filters={filters} onChange={change} isLive={connection === 'live'} total={view.total} />
      <RecordingStrip />
      {problem !== null && <p className="activity-problem form-error">{problem}</p>}
      {view.phase === 'problem' && view.total === 0 ? (
        <PageError title={words.notLoaded} how={view.problem} onRetry={ledger.reload} />
      ) : view.phase === 'loading' && view.total === 0 ? (
        <LoadingBars bars={6} />
      ) : view.total > 0 ? (
        <RequestTable view={view} selectedId={item} onOpen={(id) => go(linkTo('activity', id, query), { replace: item !== null })} />
      ) : isFiltered ? (
        <NothingMatches onClear={() => change({})} />
      ) : (
        <EmptyRequests />
      )}
    </div>
  )
}

/** The place says which request is open; the inspector's own Close and Esc say it back to the place. */
function useSelection(item: string | null): void {
  useEffect(() => {
    select(item)
  }, [item])
  useEffect(() => {
    const leave = usePanel.subscribe((state, before) => {
      if (state.selectedId !== null || before.selectedId === null) return
      const place = currentPlace()
      if (place.page === 'activity' && place.item !== null) go(linkTo('activity', null, place.query), { replace: true })
    })
    return () => {
      leave()
      select(null)
    }
  }, [])
}
