/** Requests per minute of the last hour, oldest left; both lanes on the same scale. A sentence says it to screen readers. */
import type { CSSProperties } from 'react'
import type { Lane } from '../api/types.ts'
import { strings } from '../strings.ts'

export function FlowBars({ lane, perMinute, top }: { lane: Lane; perMinute: readonly number[]; top: number }) {
  const total = perMinute.reduce((sum, requests) => sum + requests, 0)
  const words = strings.lanes
  return (
    <div className="flow-block">
      <div className={`flow ${lane}`} role="img" aria-label={words.chart(lane, total, Math.max(0, ...perMinute))}>
        {perMinute.map((requests, minute) => (
          // The minute is the identity: bars never reorder.
          <i key={minute} style={{ '--v': requests / top } as CSSProperties} />
        ))}
      </div>
      <div className="flow-axis" aria-hidden="true">
        <span>{lane === 'local' ? words.perMinute : words.sameScale}</span>
        <span>{words.now(perMinute.at(-1) ?? 0)}</span>
      </div>
    </div>
  )
}
