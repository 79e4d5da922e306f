/** The clocks of one attempt: start deadline, progress, transport and total. When one runs out, or the caller leaves, the backend is told in the same tick. */
import type { BackendEvent } from '../core/backend.ts'
import { Canceller, type CancelSignal } from '../core/cancel.ts'
import type { Clock } from '../core/clock.ts'
import type { Deployment } from '../core/deployment.ts'
import { HeadgateError } from '../core/errors.ts'
import type { ExecutionLimits } from './limits.ts'

export interface AttemptWatchParts {
  readonly deployment: Deployment
  readonly isStream: boolean
  readonly clock: Clock
  readonly limits: ExecutionLimits
  /** Start deadline in ms from sending to the first output. */
  readonly startMs: number
  /** Aborts when the caller goes away. */
  readonly callerSignal: CancelSignal
}

export interface AttemptWatch {
  /** Ends the backend's work; its reason is the HeadgateError that says why. */
  readonly signal: CancelSignal
  /** While held, the event is with the reader and the clocks of the deployment stand still: a reader that takes its time is nobody's stall. */
  hold(isHeld: boolean): void
  saw(event: BackendEvent): void
  /** What ended the attempt: a clock or the caller where one of them did, else what was thrown. */
  causeOf(thrown: unknown): unknown
  /** No clock runs any more, and the caller is no longer listened to. */
  stop(): void
}

export function watchAttempt(parts: AttemptWatchParts): AttemptWatch {
  const { callerSignal } = parts
  const controller = new Canceller()
  const onAbort = () => controller.abort(callerSignal.reason)
  if (callerSignal.aborted) onAbort()
  callerSignal.addEventListener('abort', onAbort)
  const watchdog = parts.isStream ? streamWatchdog(parts, controller) : wholeWatchdog(parts, controller)
  return {
    signal: controller,
    hold(isHeld) {
      watchdog.isHeld = isHeld
    },
    saw: (event) => watchdog.saw(event, parts.clock.monotonic()),
    causeOf: (thrown) => (controller.aborted ? controller.reason : thrown),
    stop() {
      watchdog.stop()
      callerSignal.removeEventListener('abort', onAbort)
    },
  }
}

interface Watchdog {
  isHeld: boolean
  saw(event: BackendEvent, nowMs: number): void
  stop(): void
}

/** One timer that moves itself: events only note the time, so that a token costs no timer. */
function streamWatchdog({ clock, limits, deployment, startMs }: AttemptWatchParts, controller: Canceller): Watchdog {
  const usualMs = deployment.lane === 'local' ? limits.progressLocalMs : limits.progressMs
  const slowMs = Math.max(usualMs, limits.progressSlowMs)
  let progressMs = usualMs
  const begun = clock.monotonic()
  let startBy = begun + startMs
  let lastOutput: number | null = null
  let lastByte = begun
  let isPastStart = false

  const due = () => (lastOutput === null ? startBy : Math.min(lastOutput + progressMs, lastByte + Math.max(limits.transportMs, progressMs)))
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
        const wantedMs = event.isSlow === true ? slowMs : usualMs
        if (!isPastStart || wantedMs !== progressMs) {
          isPastStart = true
          progressMs = wantedMs
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
function wholeWatchdog({ clock, limits, deployment }: AttemptWatchParts, controller: Canceller): Watchdog {
  const timer = clock.after(limits.totalWholeMs, () => controller.abort(tooLong(deployment.name, limits.totalWholeMs)))
  return { isHeld: false, saw() {}, stop: () => timer.cancel() }
}

const tooLong = (deployment: string, ms: number) =>
  new HeadgateError('too-slow-to-start', `${deployment} took longer than ${ms / 1000} s in all.`, { code: 'upstream_timeout', safeToRepeat: false })
