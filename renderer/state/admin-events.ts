/** Hands every event of `/admin/events` to the pages that follow them. Invariant: a reader hears an event once, after the store has taken it. */
import { useEffect, useEffectEvent } from 'react'
import type { AdminEvent } from '../api/types.ts'

const readers = new Set<(event: AdminEvent) => void>()

export function publishAdminEvent(event: AdminEvent): void {
  for (const reader of readers) reader(event)
}

/** Returns the way to stop. */
export function onAdminEvent(reader: (event: AdminEvent) => void): () => void {
  readers.add(reader)
  return () => readers.delete(reader)
}

/** While the component is mounted. */
export function useAdminEvents(reader: (event: AdminEvent) => void): void {
  const read = useEffectEvent(reader)
  useEffect(() => onAdminEvent(read), [])
}
