/** A lane's glyph with a name beside it. Invariant: the lane is never told by colour alone; without visible words the glyph has a name. */
import { Cloud, Laptop } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Lane } from '../api/types.ts'

export function LaneIcon({ lane, label, size = 15 }: { lane: Lane; label?: string; size?: number }) {
  const Icon = lane === 'local' ? Laptop : Cloud
  const naming = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label }
  return <Icon className={`icon lane-icon ${lane}`} size={size} strokeWidth={1.75} {...naming} />
}

export function LaneName({ lane, children }: { lane: Lane; children: ReactNode }) {
  return (
    <span className={`lane-name ${lane}`}>
      <LaneIcon lane={lane} />
      {children}
    </span>
  )
}
