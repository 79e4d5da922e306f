/** Bytes that went to other machines since midnight, kept over a restart. Invariant: never fewer than went, but for the last second before a crash. */
import { type Clock, startOfDay, type Timer } from '../core/clock.ts'
import type { RouterEvent } from '../core/events.ts'
import type { SettingsStore } from '../registry/index.ts'

const KEEP_AFTER_MS = 1_000

export interface SentToday {
  bytes(): number
  /** Keeps the sum a moment after a try at another machine ended. */
  note(event: RouterEvent): void
  /** Keeps what is not kept yet. */
  stop(): void
}

/** `sentOut`: counts up from the start of the router. */
export function createSentToday(parts: {
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly settings: SettingsStore
  readonly sentOut: () => number
}): SentToday {
  const { clock, settings } = parts
  let counted = parts.sentOut()
  let timer: Timer | null = null

  function bytes(): number {
    const day = startOfDay(clock.now())
    const kept = settings.get('sentOut')
    const added = parts.sentOut() - counted
    const sum = (kept.day === day ? kept.bytes : 0) + added
    if (added > 0) {
      counted += added
      settings.set('sentOut', { day, bytes: sum })
    }
    return sum
  }

  return {
    bytes,
    note(event) {
      if (event.type !== 'attempt-ended' || timer !== null || parts.sentOut() === counted) return
      timer = clock.after(KEEP_AFTER_MS, () => {
        timer = null
        bytes()
      })
    },
    stop() {
      timer?.cancel()
      bytes()
    },
  }
}
