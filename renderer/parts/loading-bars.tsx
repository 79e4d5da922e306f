/** Still grey bars where something is on its way; the style sheet shows them after 200 ms only. */
import { strings } from '../strings/index.ts'

const widths = ['38%', '72%', '55%', '64%', '47%', '70%']

export function LoadingBars({ bars = 3 }: { readonly bars?: number }) {
  return (
    <div className="loading-bars" aria-busy="true" role="status">
      <span className="visually-hidden">{strings.connection.loading}</span>
      {widths.slice(0, bars).map((width) => (
        <i key={width} style={{ width }} />
      ))}
    </div>
  )
}
