/** The lock for a time: how long, what comes then, longer, and the end. */
import { Clock } from 'lucide-react'
import type { OverrideView } from '../api/split.ts'
import { Button } from '../parts/button.tsx'
import { strings } from '../strings/index.ts'
import { endOverride, extend } from './override-state.ts'
import { useNow } from './use-now.ts'

const words = strings.split.override

export function OverrideStrip({ override }: { readonly override: OverrideView }) {
  const now = useNow(10_000)
  const { strong, rest } = words.strip(override, now)
  return (
    <div className="override-strip">
      <Clock className="icon" size={14} strokeWidth={1.75} aria-hidden />
      <span className="override-words">
        <b>{strong}</b> {rest}
      </span>
      {override.until !== null && <Button onPress={() => void extend()}>{words.more}</Button>}
      <Button onPress={() => void endOverride()}>{words.end}</Button>
    </div>
  )
}

/** 41:52 left */
export function TimeLeft({ until }: { readonly until: string }) {
  const now = useNow(1000)
  return <span className="time-left">{words.left(Date.parse(until) - now)}</span>
}
