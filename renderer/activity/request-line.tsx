/** One row of the list. Drawn anew only when its request, its place or its choice changes. */
import { Ban } from 'lucide-react'
import { memo } from 'react'
import type { DeploymentView, RequestRow } from '../api/types.ts'
import { LaneIcon } from '../parts/lane-name.tsx'
import { strings } from '../strings/index.ts'
import { placeOf } from '../words/deployment-name.ts'
import { clockTime, count, duration, usd } from '../words/figures.ts'
import { whatFailed, whyThere } from '../words/reasons.ts'
import { tokensPerSecond } from '../words/speed.ts'

const words = strings.activity
const none = strings.requests.none

export interface LinePlace {
  readonly index: number
  readonly top: number
  /** The one row that Tab leads to. */
  readonly isEntry: boolean
}

export interface RequestLineProps extends LinePlace {
  readonly row: RequestRow
  readonly deployments: readonly DeploymentView[]
  readonly isSelected: boolean
  readonly onOpen: (id: string, index: number) => void
}

export const RequestLine = memo(Line, (before, now) => {
  const isSame = (name: keyof RequestLineProps) => before[name] === now[name]
  // `onOpen` is another function with every change of the list, and does the same.
  return isSame('row') && isSame('index') && isSame('top') && isSame('isEntry') && isSame('isSelected') && isSame('deployments')
})

function Line({ row, index, top, isEntry, isSelected, deployments, onOpen }: RequestLineProps) {
  const { status, usage, lane, duration_ms, first_output_ms, cost_usd, attempts } = row
  const isFailed = status !== null && status >= 400
  const isError = isFailed && status !== 499
  const { model, provider } = placeOf(row, deployments)
  const isOtherName = row.model !== null && row.deployment !== null && row.model !== model
  const time = clockTime(row.at, Date.now())
  const why = isFailed ? whatFailed(row.error?.code ?? null, status) : whyThere(row.reason, lane)
  const speed = tokensPerSecond(row)
  return (
    <tr
      className={`request-row ${isSelected ? 'is-selected' : ''}`}
      id={`row-${row.id}`}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      aria-label={words.rowLabel(time, row.tool, model, lane)}
      tabIndex={isEntry ? 0 : -1}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onOpen(row.id, index)}
    >
      <td className="c-time">{time}</td>
      <td className="c-tool" title={short(row.tool)}>
        {row.tool}
      </td>
      <td className={`c-deployment ${isError ? 'error' : ''}`} title={short(row.deployment ?? row.model ?? '')}>
        {isFailed && lane === null ? (
          <Ban className="icon lane-icon" size={14} strokeWidth={1.75} aria-hidden />
        ) : (
          lane && <LaneIcon lane={lane} label={lane} size={14} />
        )}
        {isOtherName && <span className="wide-words quiet-words">{row.model} → </span>}
        {model} {provider !== null && <span className="quiet-words">{provider}</span>}
      </td>
      <td className="c-why" title={short(why)}>
        {why || (duration_ms === null ? strings.requests.inFlight : '')}
        {attempts > 1 && <span className="narrow-words quiet-words"> · {words.tries(attempts)}</span>}
      </td>
      <td className="c-status">
        {status === null ? none : isError ? <b className="error">{status}</b> : <span className="quiet-words">{status}</span>}
      </td>
      <td className="c-first">{first_output_ms === null ? none : duration(first_output_ms)}</td>
      <td className="c-total">
        {duration_ms === null ? (
          <span className="quiet-words">{first_output_ms === null ? strings.requests.waiting : strings.requests.streaming}</span>
        ) : (
          <>
            {isError && <b className="error narrow-words">{status}</b>}
            <span className={isError ? 'wide-words' : ''}>{duration(duration_ms)}</span>
          </>
        )}
      </td>
      <td className="c-tokens">
        {usage === null ? none : `${usage.input === null ? none : count(usage.input)} / ${usage.output === null ? none : count(usage.output)}`}
      </td>
      <td className="c-speed">{speed === null ? none : speed < 10 ? speed.toFixed(1) : count(speed)}</td>
      <td className="c-cost">{cost_usd === null ? none : usd(cost_usd)}</td>
      <td className="c-tries">{attempts === 0 ? none : attempts}</td>
    </tr>
  )
}

/** A name of a megabyte is no tooltip. */
const short = (text: string): string => text.slice(0, 300)

export function LoadingRow({ index, top, isEntry }: LinePlace) {
  return (
    <tr
      className="request-row is-loading"
      data-index={index}
      aria-rowindex={index + 2}
      tabIndex={isEntry ? 0 : -1}
      style={{ transform: `translateY(${top}px)` }}
    >
      <td className="c-loading">
        <span className="visually-hidden">{words.loadingRow}</span>
      </td>
    </tr>
  )
}
