/** A guard that moves requests: what it does, since when, and how it ends. */
import { WifiOff } from 'lucide-react'
import type { Overview, SplitSetting } from '../api/types.ts'
import { strings } from '../strings/index.ts'

export function GuardStrip({ guard, setting }: { readonly guard: Overview['guards'][number]; readonly setting: SplitSetting }) {
  const { strong, rest } = strings.split.guards[guard.kind](guard.since, setting, Date.now())
  return (
    <div className="override-strip is-guard" role="status">
      <WifiOff className="icon" size={14} strokeWidth={1.75} aria-hidden />
      <span className="override-words">
        <b>{strong}</b> {rest}
      </span>
    </div>
  )
}
