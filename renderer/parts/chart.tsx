/** One chart: drawn on a canvas, said in a sentence to screen readers, with the values under the pointer in a tooltip. Redrawn when theme, contrast or size change. */
import { useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { type ChartLook, type ChartSeries, optionsOf } from '../charts/options.ts'
import { onThemeChange } from '../charts/theme.ts'
import { LaneBadge } from './lane-badge.tsx'

export interface ChartProps extends Partial<ChartLook> {
  /** What the chart shows, in a sentence with its numbers. */
  readonly label: string
  /** Wall clock in ms, ascending. */
  readonly times: readonly number[]
  readonly series: readonly ChartSeries[]
  /** px. */
  readonly height: number
  readonly formatTime: (ms: number) => string
}

interface Pointed {
  readonly index: number
  /** px from the left edge of the drawing. */
  readonly left: number
}

const plain = (value: number) => String(value)
/** Nearer than this to the right edge the tooltip flips, in px. */
const TOOLTIP_ROOM_PX = 150

export function Chart({ label, times, series, height, formatTime, kind = 'lines', top = null, hasAxes = false, formatValue = plain }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const [pointed, setPointed] = useState<Pointed | null>(null)
  const data = useMemo(() => [times.map((ms) => ms / 1000), ...series.map(({ values }) => [...values])] as uPlot.AlignedData, [times, series])
  const latest = useRef({ data, series })
  latest.current = { data, series }
  // What the drawing is made of: another label or lane makes another drawing, other numbers do not.
  const shape = JSON.stringify([series.map(({ lane, label: name }) => [lane, name]), kind, top, hasAxes, height])

  useEffect(() => {
    const element = place.current
    if (!element) return
    const made = new uPlot(
      optionsOf(
        latest.current.series,
        { kind, top, hasAxes, formatValue },
        {
          width: element.clientWidth,
          height,
          onCursor: (index, left) => setPointed(index === null || left < 0 ? null : { index, left }),
        },
      ),
      latest.current.data,
      element,
    )
    chart.current = made
    const sized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    sized.observe(element)
    const leaveTheme = onThemeChange(() => made.redraw())
    return () => {
      sized.disconnect()
      leaveTheme()
      made.destroy()
      chart.current = null
    }
  }, [shape])
  useEffect(() => chart.current?.setData(data), [data])

  return (
    <div className="chart">
      <div ref={place} role="img" aria-label={label} style={{ height }} />
      {pointed !== null && times[pointed.index] !== undefined && (
        <div
          className={`chart-tooltip ${pointed.left > (place.current?.clientWidth ?? 0) - TOOLTIP_ROOM_PX ? 'is-flipped' : ''}`}
          style={{ left: pointed.left }}
          aria-hidden="true"
        >
          <span className="caption">{formatTime(times[pointed.index] as number)}</span>
          {series.map(({ lane, values }) => {
            const value = values[pointed.index]
            return value === null || value === undefined ? null : (
              <LaneBadge key={lane} lane={lane}>
                {formatValue(value)}
              </LaneBadge>
            )
          })}
        </div>
      )}
    </div>
  )
}
