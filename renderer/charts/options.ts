/** How charts look: bars for counts, plain lines for rates and times, no more ink than the numbers need. */
import uPlot from 'uplot'
import { colourOf, laneFill } from './theme.ts'

export interface ChartSeries {
  readonly lane: 'local' | 'remote'
  readonly label: string
  /** Null = a gap. */
  readonly values: readonly (number | null)[]
}

export interface ChartLook {
  readonly kind: 'bars' | 'lines'
  /** Top of the scale; charts that are compared share it. Null = that of the values. */
  readonly top: number | null
  readonly hasAxes: boolean
  readonly formatValue: (value: number) => string
}

const BAR_PX = 6
const AXIS_FONT = '11px -apple-system, BlinkMacSystemFont, "SF Pro Text", Inter, "Segoe UI", sans-serif'

export function optionsOf(
  series: readonly ChartSeries[],
  look: ChartLook,
  { width, height, onCursor }: { width: number; height: number; onCursor: (index: number | null, left: number) => void },
): uPlot.Options {
  const bars = uPlot.paths.bars?.({ size: [0.76, BAR_PX], radius: 0.14 })
  const axis = { show: look.hasAxes, stroke: () => colourOf('--ink-3'), font: AXIS_FONT, ticks: { show: false } }
  return {
    width,
    height,
    padding: look.hasAxes ? [8, 0, 0, 0] : [6, 0, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: look.kind === 'bars' ? { show: false } : { size: 6, width: 0 } },
    scales: {
      x: { time: true, range: (chart, from, to) => (look.kind === 'bars' ? withRoom(chart, from, to) : [from, to]) },
      y: { range: (_, __, most) => [0, Math.max(look.top ?? most ?? 1, Number.EPSILON)] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 120 },
      {
        ...axis,
        grid: { show: look.hasAxes, stroke: () => colourOf('--line'), width: 0.5 },
        size: 44,
        space: 28,
        values: (_, splits) => splits.map((value) => look.formatValue(value)),
      },
    ],
    series: [
      {},
      ...series.map(
        ({ lane, label }): uPlot.Series =>
          look.kind === 'bars'
            ? { label, fill: (chart) => laneFill(lane, chart.ctx), width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) }
            : {
                label,
                stroke: () => colourOf(`--${lane}-fill`),
                width: 1.5,
                points: { show: false },
                spanGaps: false,
                ...(lane === 'remote' ? { dash: [5, 2.5] } : {}),
              },
      ),
    ],
    hooks: { setCursor: [(chart) => onCursor(chart.cursor.idx ?? null, chart.cursor.left ?? 0)] },
  }
}

/** Half a bar at each end, so that the first and the last are whole. */
function withRoom(chart: uPlot, from: number, to: number): [number, number] {
  const times = chart.data[0]
  const half = times.length > 1 ? (to - from) / (times.length - 1) / 2 : 30
  return [from - half, to + half]
}
