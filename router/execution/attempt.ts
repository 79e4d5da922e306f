/** One try at one deployment, under its clocks: start deadline, progress, transport and total. The failure is thrown with its kind; nothing else is decided here. */
import type { Backend, BackendEvent, BackendRequest } from '../core/backend.ts'
import type { Clock } from '../core/clock.ts'
import { HeadgateError } from '../core/errors.ts'
import type { ExecutionLimits } from './limits.ts'

export interface AttemptParts {
  readonly backend: Backend
  readonly request: BackendRequest
  readonly clock: Clock
  readonly limits: ExecutionLimits
  /** Start deadline in ms from sending to the first output. */
  readonly startMs: number
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal
}

/** Yields the backend's events. Throws a HeadgateError; the backend is told within the same tick when a clock runs out or the caller leaves. */
export async function* attempt(parts: AttemptParts): AsyncGenerator<BackendEvent> {
  const { request, clock, signal } = parts
  const controller = new AbortController()
  const onAbort = () => controller.abort(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  const watchdog = request.facts.stream ? streamWatchdog(parts, controller) : wholeWatchdog(parts, controller)
  let isEnded = false
  try {
    for await (const event of parts.backend.send(request, controller.signal)) {
      watchdog.saw(event, clock.monotonic())
      if (event.type === 'end') isEnded = true
      watchdog.isHeld = true // a reader that takes its time is nobody's stall
      yield event
      watchdog.isHeld = false
    }
  } catch (error) {
    isEnded = true
    if (controller.signal.aborted) throw controller.signal.reason
    throw error
  } finally {
    watchdog.stop()
    signal.removeEventListener('abort', onAbort)
    if (!isEnded) controller.abort(new HeadgateError('aborted-by-caller', 'No longer wanted.'))
  }
}

interface Watchdog {
  /** The event is with the reader; the clocks of the deployment stand still. */
  isHeld: boolean
  saw(event: BackendEvent, nowMs: number): void
  stop(): void
}

/** One timer that moves itself: events only note the time, so that a token costs no timer. */
function streamWatchdog({ clock, limits, request, startMs }: AttemptParts, controller: AbortController): Watchdog {
  const { deployment } = request
  const isLocal = deployment.lane === 'local'
  const progressMs = isLocal ? limits.progressLocalMs : limits.progressMs
  const begun = clock.monotonic()
  let startBy = begun + startMs
  let lastOutput: number | null = null
  let lastByte = begun
  let isPastStart = false

  const due = () =>
    lastOutput === null ? startBy : Math.min(lastOutput + progressMs, lastByte + Math.max(limits.transportMs, isLocal ? progressMs : 0))
  const check = () => {
    const now = clock.monotonic()
    if (watchdog.isHeld) {
      lastByte = now
      if (lastOutput !== null) lastOutput = now
      else startBy = now + startMs
    }
    const left = due() - now
    if (now - begun >= limits.totalStreamMs) return controller.abort(tooLong(deployment.name, limits.totalStreamMs))
    if (left > 0) {
      timer = clock.after(left, check)
      return
    }
    controller.abort(
      isPastStart
        ? new HeadgateError(
            'stalled',
            `${deployment.name} stopped in the middle of its answer: no output for ${Math.round((now - (lastOutput ?? begun)) / 1000)} s.`,
            { safeToRepeat: false },
          )
        : new HeadgateError('too-slow-to-start', `${deployment.name} gave no output within ${Math.round((now - begun) / 1000)} s.`, {
            safeToRepeat: false,
          }),
    )
  }
  let timer = clock.after(startMs, check)
  const watchdog: Watchdog = {
    isHeld: false,
    saw(event, nowMs) {
      lastByte = nowMs
      if (event.type === 'waiting') {
        startBy = Math.max(startBy, nowMs + event.extendMs)
      } else if (event.type === 'frame' && event.output) {
        lastOutput = nowMs
        if (!isPastStart) {
          isPastStart = true
          timer.cancel()
          timer = clock.after(due() - nowMs, check)
        }
      }
    },
    stop: () => timer.cancel(),
  }
  return watchdog
}

/** A whole reply has no output to watch: only the total. */
function wholeWatchdog({ clock, limits, request }: AttemptParts, controller: AbortController): Watchdog {
  const timer = clock.after(limits.totalWholeMs, () => controller.abort(tooLong(request.deployment.name, limits.totalWholeMs)))
  return { isHeld: false, saw() {}, stop: () => timer.cancel() }
}

const tooLong = (deployment: string, ms: number) =>
  new HeadgateError('too-slow-to-start', `${deployment} took longer than ${ms / 1000} s in all.`, { code: 'upstream_timeout', safeToRepeat: false })
