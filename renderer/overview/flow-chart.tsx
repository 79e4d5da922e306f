/** Requests per minute of the last hour, oldest left; both lanes on the same scale. A minute before the router started is a gap, not a nought. */
import { useMemo } from 'react'
import type { Lane } from '../api/types.ts'
import { Chart } from '../parts/chart.tsx'
import { strings } from '../strings/index.ts'
import { clockTime } from '../words/figures.ts'

const words = strings.lanes
const minuteMs = 60_000
const heightPx = 40

interface FlowChartProps {
  readonly lane: Lane
  readonly perMinute: readonly number[]
  readonly startedAt: string
  readonly top: number
}

export function FlowChart({ lane, perMinute, startedAt, top }: FlowChartProps) {
  const total = perMinute.reduce((sum, requests) => sum + requests, 0)
  // The numbers come with every look; the minutes move on with the clock.
  const minute = Math.floor(Date.now() / minuteMs)
  const key = perMinute.join()
  const { times, series } = useMemo(() => {
    const first = minute - perMinute.length + 1
    const started = Math.floor(Date.parse(startedAt) / minuteMs)
    return {
      times: perMinute.map((_, index) => (first + index) * minuteMs),
      series: [
        {
          lane,
          label: strings.laneLabels[lane],
          values: perMinute.map((requests, index) => (requests === 0 && first + index < started ? null : requests)),
        },
      ],
    }
  }, [key, minute, lane, startedAt])
  return (
    <div className={`flow-block ${lane}`}>
      <Chart
        kind="bars"
        label={words.chart(lane, total, Math.max(0, ...perMinute))}
        times={times}
        series={series}
        top={top}
        height={heightPx}
        formatTime={(ms) => clockTime(ms, Date.now()).replace(/:\d\d$/, '')}
        formatValue={words.tooltipValue}
      />
      <div className="flow-axis" aria-hidden="true">
        <span>{lane === 'local' ? words.perMinute : words.sameScale}</span>
        <span>{words.now(perMinute.at(-1) ?? 0)}</span>
      </div>
    </div>
  )
}
