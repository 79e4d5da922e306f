/** The gate itself: two wedges cut by a leaf, with the ghost of where it stands and the mark of what really happened. */
import type { CSSProperties, HTMLAttributes } from 'react'
import type { Lane } from '../api/types.ts'
import { strings } from '../strings/index.ts'

export interface GateProps {
  /** 0–100: where the leaf is drawn. */
  readonly value: number
  /** 0–100 with its words: where the gate stands or returns to; null = no ghost. */
  readonly ghost: { readonly value: number; readonly text: string } | null
  /** 0–100 of the last sessions; null = no mark. */
  readonly actual: number | null
  /** The only lane there is; null = both. */
  readonly only: Lane | null
  readonly isLifted: boolean
  readonly valueText: string
  readonly describedBy: string
  readonly track: HTMLAttributes<HTMLElement>
}

export const at = (value: number) => ({ '--r': value }) as CSSProperties

export function Gate({ value, ghost, actual, only, isLifted, valueText, describedBy, track }: GateProps) {
  return (
    <>
      <div
        className={`gate ${only ? 'is-locked' : ''}`}
        role="slider"
        tabIndex={0}
        aria-label={strings.split.slider}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={value}
        aria-valuetext={valueText}
        aria-disabled={only !== null}
        aria-describedby={describedBy}
        {...track}
      >
        <Wedge only={only} strokeWidth={2} />
        <div className="axis" data-axis>
          {ghost && ghost.value !== value && <span className="leaf ghost" style={at(ghost.value)} />}
          <span className={`leaf ${value === 0 ? 'at-0' : value === 100 ? 'at-100' : ''} ${isLifted ? 'lifted' : ''}`} style={at(value)} data-leaf />
        </div>
      </div>
      <Ticks value={value} ghost={ghost && ghost.value !== value ? ghost : null} actual={actual} />
    </>
  )
}

/** Local falls from left to right, remote rises; with one lane only, one channel. */
export function Wedge({ only, strokeWidth }: { only: Lane | null; strokeWidth: number }) {
  return (
    <svg className="wedge" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      {only === null ? (
        <>
          <path className="wedge-local" d="M0 0V100H100Z" />
          <path className="wedge-remote" d="M0 0H100V100Z" />
          <path d="M0 0L100 100" stroke="var(--surface)" strokeWidth={strokeWidth} vectorEffect="non-scaling-stroke" />
        </>
      ) : (
        <rect className={`wedge-${only}`} width="100" height="100" />
      )}
    </svg>
  )
}

function Ticks({ value, ghost, actual }: Pick<GateProps, 'value' | 'ghost' | 'actual'>) {
  const marks = [ghost?.value, actual].filter((mark) => mark !== undefined && mark !== null)
  const isFree = (tick: number, room: number) => marks.every((mark) => Math.abs(mark - tick) > room)
  const place = (mark: number) => (mark < 4 ? 'at-start' : mark > 92 ? 'at-end' : '')
  return (
    <div className="ticks" aria-hidden="true">
      {isFree(0, 5) && (
        <span className="from" style={x(0)}>
          0
        </span>
      )}
      {[25, 50, 75].map(
        (tick) =>
          isFree(tick, 7) && (
            <span key={tick} style={x(tick)}>
              {tick}
            </span>
          ),
      )}
      {isFree(100, 13) && <span className="to">{strings.split.hundred}</span>}
      {actual !== null && (
        <>
          <i className="drift" style={{ ...x(Math.min(value, actual)), '--w': Math.abs(value - actual) } as CSSProperties} />
          <span className={`actual ${place(actual)}`} style={x(actual)}>
            {strings.split.actual(actual)}
          </span>
        </>
      )}
      {ghost && (
        <span className={`ghost-tag ${place(ghost.value)}`} style={x(ghost.value)}>
          {ghost.text}
        </span>
      )}
    </div>
  )
}

const x = (value: number) => ({ '--x': value }) as CSSProperties
