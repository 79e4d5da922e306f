/** The last requests, live, newest first. A row is a button: press opens the plan beside the list, arrows walk the rows. */
import { Ban } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { DeploymentView, RequestRow } from '../api/types.ts'
import { LaneIcon } from '../parts/lane-name.tsx'
import { linkTo } from '../state/place.ts'
import { select, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { placeOf } from '../words/deployment-name.ts'
import { clockTime, count, duration, usd } from '../words/figures.ts'
import { whyOfRow } from '../words/reasons.ts'
import { isDownloadShown } from './download-row.tsx'
import { EmptyRequests, NothingToAnswer } from './empty-requests.tsx'
import { TestRequestButton } from './test-request-button.tsx'

const shownRows = 10
const words = strings.requests

export function LastRequests() {
  const requests = usePanel((state) => state.requests)
  const selectedId = usePanel((state) => state.selectedId)
  const deployments = usePanel((state) => state.overview?.deployments) ?? []
  const isOnItsWay = usePanel((state) => isDownloadShown(state.overview?.download ?? null))
  const body = useRef<HTMLTableSectionElement>(null)
  const rows = requests.slice(0, shownRows)
  const entryId = rows.some(({ id }) => id === selectedId) ? selectedId : rows[0]?.id

  // The inspector narrows the page and moves the rows: the chosen one stays in view.
  useEffect(() => {
    if (selectedId !== null) document.getElementById(`row-${selectedId}`)?.scrollIntoView({ block: 'nearest' })
  }, [selectedId])

  const walk = (event: KeyboardEvent) => {
    const buttons = [...(body.current?.querySelectorAll<HTMLButtonElement>('button') ?? [])]
    const from = buttons.indexOf(document.activeElement as HTMLButtonElement)
    const to = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: buttons.length - 1 }[event.key]
    const target = to === undefined ? undefined : buttons[to]
    if (!target) return
    event.preventDefault()
    target.focus()
    if (selectedId !== null) select(target.dataset['request'] ?? null)
  }

  if (rows.length === 0) return deployments.length === 0 && !isOnItsWay ? <NothingToAnswer /> : <EmptyRequests />
  return (
    <section className="last-requests" aria-labelledby="requests-title">
      <div className="head">
        <h2 id="requests-title">{words.title}</h2>
        <TestRequestButton className="button quiet push" />
        <a className="text-link caption" href={linkTo('activity')}>
          {words.all}
        </a>
      </div>
      <table>
        <colgroup>
          <col className="col-time" />
          <col className="col-tool" />
          <col className="col-deployment" />
          <col className="col-why" />
          <col className="col-figure optional" />
          <col className="col-figure" />
          <col className="col-figure optional" />
          <col className="col-figure optional" />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">{words.columns.time}</th>
            <th scope="col">{words.columns.tool}</th>
            <th scope="col">{words.columns.deployment}</th>
            <th scope="col">{words.columns.why}</th>
            <th scope="col" className="right optional">
              {words.columns.firstOutput}
            </th>
            <th scope="col" className="right">
              {words.columns.total}
            </th>
            <th scope="col" className="right optional">
              {words.columns.tokens}
            </th>
            <th scope="col" className="right optional">
              {words.columns.cost}
            </th>
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={walk}>
          {rows.map((row) => (
            <Row key={row.id} row={row} deployments={deployments} isSelected={row.id === selectedId} isEntry={row.id === entryId} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface RowProps {
  readonly row: RequestRow
  readonly deployments: readonly DeploymentView[]
  readonly isSelected: boolean
  readonly isEntry: boolean
}

function Row({ row, deployments, isSelected, isEntry }: RowProps) {
  const { status, usage, lane } = row
  const isFailed = status !== null && status >= 400
  const { model, provider } = placeOf(row, deployments)
  const time = clockTime(row.at, Date.now())
  // The button carries role, name and keyboard; its press bubbles to the row, which takes a press anywhere.
  return (
    <tr className={isSelected ? 'is-selected' : ''} onClick={() => select(isSelected ? null : row.id)}>
      <td>
        <button
          type="button"
          id={`row-${row.id}`}
          data-request={row.id}
          tabIndex={isEntry ? 0 : -1}
          aria-label={words.rowLabel(time, row.tool, model, lane)}
          aria-expanded={isSelected}
        >
          {time}
        </button>
      </td>
      <td>{row.tool}</td>
      <td className={isFailed ? 'error' : ''}>
        {isFailed && lane === null ? (
          <Ban className="icon lane-icon" size={14} strokeWidth={1.75} aria-hidden />
        ) : (
          lane && <LaneIcon lane={lane} label={lane} size={14} />
        )}
        {model} {provider !== null && <span className="quiet-words">{provider}</span>}
      </td>
      <td className="why">{whyOfRow(row) || (row.duration_ms === null ? words.inFlight : '')}</td>
      <td className="right optional">{row.first_output_ms === null ? words.none : duration(row.first_output_ms)}</td>
      <td className="right">
        <Total row={row} isFailed={isFailed} />
      </td>
      <td className="right optional">{usage === null ? words.none : count((usage.input ?? 0) + (usage.output ?? 0))}</td>
      <td className="right optional quiet-words">{row.cost_usd === null ? words.none : usd(row.cost_usd)}</td>
    </tr>
  )
}

function Total({ row, isFailed }: { row: RequestRow; isFailed: boolean }) {
  if (isFailed && row.status !== null)
    return (
      <b className="error">
        <span className="visually-hidden">{words.failedStatus(row.status)}</span>
        <span aria-hidden="true">{row.status}</span>
      </b>
    )
  if (row.duration_ms === null) return <span className="quiet-words">{row.first_output_ms === null ? words.waiting : words.streaming}</span>
  return duration(row.duration_ms)
}
