/** A moment as people say it, `12 s ago`, kept true; the exact time is in its title. One timer serves all of them. */
import { useSyncExternalStore } from 'react'
import { strings } from '../strings/index.ts'
import { clockTime } from '../words/figures.ts'

const tickMs = 1000

export function RelativeTime({ at }: { readonly at: string | number }) {
  const now = useNow()
  const time = new Date(at)
  return (
    <time dateTime={time.toISOString()} title={clockTime(at, 0)}>
      {strings.parts.ago(Math.max(0, now - time.getTime()))}
    </time>
  )
}

/** The wall clock in ms, once a second while somebody looks. */
export function useNow(): number {
  return useSyncExternalStore(follow, () => now)
}

let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined
const followers = new Set<() => void>()

function follow(onChange: () => void): () => void {
  followers.add(onChange)
  if (followers.size === 1) {
    now = Date.now()
    timer = setInterval(() => {
      if (document.visibilityState !== 'visible') return
      now = Date.now()
      for (const tell of followers) tell()
    }, tickMs)
  }
  return () => {
    followers.delete(onChange)
    if (followers.size === 0) clearInterval(timer)
  }
}
