/**
 * The list: only the rows in sight are in the page, however long the ledger is. Arrows walk, Home and End go to its ends, Return opens.
 * Invariant: the row that has the focus stays in the page, also when it is scrolled out of sight.
 */
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { ArrowUp } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { ledger } from './activity-state.ts'
import type { LedgerView } from './ledger.ts'
import { LoadingRow, RequestLine } from './request-line.tsx'

const words = strings.activity
const rowHeight = 28
/** One function for all of them: another one would have every row of the ledger measured anew. */
const heightOf = () => rowHeight
const overscan = 12
/** Scrolled by less than a row still counts as the top. */
const topWithin = 20

export interface RequestTableProps {
  readonly view: LedgerView
  readonly selectedId: string | null
  readonly onOpen: (id: string) => void
}

/** The row that the keyboard is on: by id, for rows move down; by place while it is on its way. */
interface Spot {
  readonly id: string | null
  readonly index: number
}

export function RequestTable({ view, selectedId, onOpen }: RequestTableProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [spot, setSpot] = useState<Spot>({ id: selectedId, index: 0 })
  const isFocusDue = useRef(false)
  const hasFocus = useRef(false)
  const deployments = usePanel((state) => state.overview?.deployments) ?? []
  const spotIndex = Math.min((spot.id === null ? null : ledger.indexOf(spot.id)) ?? spot.index, view.total - 1)

  const virtualizer = useVirtualizer({
    count: view.total,
    getScrollElement: () => scroller.current,
    estimateSize: heightOf,
    overscan,
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), spotIndex])].sort((one, other) => one - other),
  })
  const items = virtualizer.getVirtualItems()
  const inSight = items.filter(({ index }) => index !== spotIndex)
  const first = inSight[0]?.index ?? 0
  const last = inSight.at(-1)?.index ?? 0

  useEffect(() => ledger.need(first, last), [first, last, view.version])
  useEffect(() => () => ledger.setAtTop(true), [])
  useEffect(() => {
    // A row that was on its way is another element when it is here.
    const row = spot.id === null ? ledger.rowAt(spotIndex) : null
    if (!row || !hasFocus.current) return
    isFocusDue.current = true
    setSpot({ id: row.id, index: spotIndex })
  }, [spot, spotIndex, view.version])
  useEffect(() => {
    if (!isFocusDue.current) return
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${spotIndex}"]`)
    if (!row) return
    isFocusDue.current = false
    row.focus({ preventScroll: true })
  })

  const moveTo = (index: number) => {
    const place = Math.max(0, Math.min(view.total - 1, index))
    const row = ledger.rowAt(place)
    isFocusDue.current = true
    setSpot({ id: row?.id ?? null, index: place })
    virtualizer.scrollToIndex(place)
    if (selectedId !== null && row) onOpen(row.id)
  }
  const walk = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2)
    const to = {
      ArrowDown: spotIndex + 1,
      ArrowUp: spotIndex - 1,
      PageDown: spotIndex + page,
      PageUp: spotIndex - page,
      Home: 0,
      End: view.total - 1,
    }[event.key]
    const row = event.key === 'Enter' || event.key === ' ' ? ledger.rowAt(spotIndex) : null
    if (to === undefined && !row) return
    event.preventDefault()
    if (to !== undefined) moveTo(to)
    else if (row) onOpen(row.id)
  }
  const open = (id: string, index: number) => {
    setSpot({ id, index })
    onOpen(id)
  }
  const showNew = () => {
    virtualizer.scrollToOffset(0)
    ledger.setAtTop(true)
  }

  return (
    <div className="request-list">
      {view.waiting > 0 && (
        <Button className="new-rows" icon={ArrowUp} aria-label={words.showNew(view.waiting)} onPress={showNew}>
          {words.newRows(view.waiting)}
        </Button>
      )}
      <div className="request-scroll" tabIndex={-1} ref={scroller} onScroll={(event) => ledger.setAtTop(event.currentTarget.scrollTop < topWithin)}>
        <table
          className="request-grid"
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows that one walks through and opens are a grid
          role="grid"
          aria-label={words.list}
          aria-rowcount={view.total + 1}
          onKeyDown={walk}
          onFocus={(event) => {
            hasFocus.current = true
            const index = Number(event.target.closest<HTMLElement>('[data-index]')?.dataset['index'] ?? spotIndex)
            const id = ledger.rowAt(index)?.id ?? null
            if (id !== spot.id || index !== spot.index) setSpot({ id, index })
          }}
          onBlur={(event) => {
            // A row that left the page names no one that has the focus now.
            if (event.relatedTarget !== null) hasFocus.current = event.currentTarget.contains(event.relatedTarget)
          }}
        >
          <Head />
          <tbody style={{ height: virtualizer.getTotalSize() }}>
            {items.map(({ index, start }) => {
              const row = ledger.rowAt(index)
              const place = { index, top: start, isEntry: index === spotIndex }
              return row ? (
                <RequestLine key={row.id} row={row} {...place} deployments={deployments} isSelected={row.id === selectedId} onOpen={open} />
              ) : (
                <LoadingRow key={`place-${index}`} {...place} />
              )
            })}
          </tbody>
        </table>
      </div>
    </div>
  )
}

function Head() {
  const { columns } = words
  return (
    <thead>
      <tr className="request-row" aria-rowindex={1}>
        <th scope="col" className="c-time">
          {columns.time}
        </th>
        <th scope="col" className="c-tool">
          {columns.tool}
        </th>
        <th scope="col" className="c-deployment">
          <span className="wide-words">{columns.deployment}</span>
          <span className="narrow-words">{columns.deploymentShort}</span>
        </th>
        <th scope="col" className="c-why">
          {columns.why}
        </th>
        <th scope="col" className="c-status">
          {columns.status}
        </th>
        <th scope="col" className="c-first">
          {columns.firstOutput}
        </th>
        <th scope="col" className="c-total">
          {columns.total}
        </th>
        <th scope="col" className="c-tokens">
          {columns.tokens}
        </th>
        <th scope="col" className="c-speed">
          {columns.speed}
        </th>
        <th scope="col" className="c-cost">
          {columns.cost}
        </th>
        <th scope="col" className="c-tries">
          {columns.tries}
        </th>
      </tr>
    </thead>
  )
}
