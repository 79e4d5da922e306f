/** A lane as a badge: glyph and word on the lane's tint. */
import { Cloud, Laptop } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Lane } from '../api/types.ts'
import { strings } from '../strings/index.ts'

export function LaneBadge({ lane, children }: { readonly lane: Lane; readonly children?: ReactNode }) {
  const Icon = lane === 'local' ? Laptop : Cloud
  return (
    <span className={`badge ${lane}`}>
      <Icon className="icon" size={12} strokeWidth={2} aria-hidden />
      {children ?? strings.laneLabels[lane]}
    </span>
  )
}
