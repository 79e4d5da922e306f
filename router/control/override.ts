/** A Lock with an end: kept over a restart, measured by the wall clock. Invariant: it ends on time, also when the machine slept through it: every look checks. */
import type { Clock, Timer } from '../core/clock.ts'
import type { Override } from '../core/split.ts'
import type { SettingsStore } from '../registry/index.ts'

/** A timer may stand still in a sleep: it looks at the wall clock at least so often while an override is on. */
const LOOK_MS = 30_000

export interface OverrideControl {
  /** Null once its time is over. */
  current(): Override | null
  /** The newer replaces the older. */
  set(override: Override): void
  /** False = there was none. */
  end(): boolean
  stop(): void
}

/** `onEnd` is called when its time is over, at most one look too late. */
export function createOverrideControl(parts: {
  readonly settings: SettingsStore
  readonly clock: Clock
  readonly onEnd: () => void
}): OverrideControl {
  const { settings, clock } = parts
  let override = settings.get('override')
  let timer: Timer | null = null

  function keep(next: Override | null): void {
    timer?.cancel()
    timer = null
    override = next
    settings.set('override', next)
    look()
  }

  function look(): void {
    if (override === null || override.until === null) return
    const leftMs = override.until - clock.now()
    if (leftMs <= 0) {
      keep(null)
      parts.onEnd()
      return
    }
    timer?.cancel()
    timer = clock.after(Math.min(leftMs, LOOK_MS), look)
  }

  // One that ended while nothing ran has nobody to tell.
  keep(override?.until != null && override.until <= clock.now() ? null : override)
  return {
    current() {
      if (override?.until != null && clock.now() >= override.until) look()
      return override
    },
    set: keep,
    end() {
      if (override === null) return false
      keep(null)
      return true
    },
    stop: () => timer?.cancel(),
  }
}
