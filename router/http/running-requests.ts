/** Requests that are being answered: what a graceful stop waits for, and ends when it has waited long enough. */
import type { ServerResponse } from 'node:http'
import { Canceller, type CancelSignal } from '../core/cancel.ts'
import { HeadgateError } from '../core/errors.ts'

export interface RunningRequests {
  count(): number
  isDraining(): boolean
  /** Follows one answer until its connection is done with it. The signal aborts when the caller goes away, or at the end of a stop. */
  begin(raw: ServerResponse): CancelSignal
  /** From now on nothing new is begun; resolves when the last answer has ended. */
  drain(): Promise<void>
  /** Ends every answer: an error event in an open stream, an error reply elsewhere. */
  abort(reason: HeadgateError): void
}

export function createRunningRequests(): RunningRequests {
  const controllers = new Set<Canceller>()
  const waiting: (() => void)[] = []
  let draining = false
  return {
    count: () => controllers.size,
    isDraining: () => draining,
    begin(raw) {
      const controller = new Canceller()
      // A connection that is gone by now tells nobody any more.
      if (raw.destroyed || raw.closed) {
        controller.abort(callerGone())
        return controller
      }
      controllers.add(controller)
      raw.once('close', () => {
        controllers.delete(controller)
        if (!raw.writableFinished) controller.abort(callerGone())
        if (controllers.size === 0) for (const resolve of waiting.splice(0)) resolve()
      })
      return controller
    },
    drain() {
      draining = true
      return controllers.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))
    },
    abort(reason) {
      for (const controller of controllers) controller.abort(reason)
    },
  }
}

const callerGone = () => new HeadgateError('aborted-by-caller', 'The caller went away.')
