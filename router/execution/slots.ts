/** In-flight slots per deployment with a bounded queue. Invariant: every slot that was taken is given back exactly once. */
import type { Clock } from '../core/clock.ts'
import type { Deployment } from '../core/deployment.ts'
import { HeadgateError } from '../core/errors.ts'
import type { ExecutionLimits } from './limits.ts'

interface Waiter {
  readonly take: () => void
}

interface Lot {
  inFlight: number
  readonly waiters: Waiter[]
}

export interface Slots {
  inFlight(deployment: string): number
  /** Requests in flight over all deployments. */
  total(): number
  queued(deployment: string): number
  isFull(deployment: Deployment): boolean
  /** Resolves with the function that gives the slot back. Waits in line where all are taken; `overloaded-here` when the line is full or too slow. */
  take(deployment: Deployment, signal: AbortSignal): Promise<() => void>
}

export function createSlots(clock: Clock, limits: ExecutionLimits): Slots {
  const lots = new Map<string, Lot>()
  let waiting = 0
  let total = 0
  const lotOf = (name: string) => {
    let lot = lots.get(name)
    if (!lot) lots.set(name, (lot = { inFlight: 0, waiters: [] }))
    return lot
  }

  function occupy(lot: Lot): () => void {
    lot.inFlight++
    total++
    let isGiven = false
    return () => {
      if (isGiven) return
      isGiven = true
      lot.inFlight--
      total--
      lot.waiters.shift()?.take()
    }
  }

  function wait(lot: Lot, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        timer.cancel()
        signal.removeEventListener('abort', onAbort)
        const place = lot.waiters.indexOf(waiter)
        if (place !== -1) lot.waiters.splice(place, 1)
        waiting--
      }
      const waiter: Waiter = {
        take() {
          leave()
          resolve(occupy(lot))
        },
      }
      const onAbort = () => {
        leave()
        reject(signal.reason)
      }
      const timer = clock.after(limits.queueLeaveMs, () => {
        leave()
        reject(
          new HeadgateError('overloaded-here', `No slot came free in ${limits.queueLeaveMs / 1000} s.`, {
            code: 'queue_timeout',
            retryAfterMs: 5_000,
          }),
        )
      })
      signal.addEventListener('abort', onAbort, { once: true })
      waiting++
      lot.waiters.push(waiter)
    })
  }

  return {
    inFlight: (name) => lots.get(name)?.inFlight ?? 0,
    total: () => total,
    queued: (name) => lots.get(name)?.waiters.length ?? 0,
    isFull: (deployment) => (lots.get(deployment.name)?.inFlight ?? 0) >= deployment.maxInFlight,
    async take(deployment, signal) {
      const lot = lotOf(deployment.name)
      if (signal.aborted) throw signal.reason
      if (lot.inFlight < deployment.maxInFlight) return occupy(lot)
      if (lot.waiters.length >= limits.queuePerDeployment || waiting >= limits.queueInAll)
        throw new HeadgateError(
          'overloaded-here',
          `${deployment.name} answers ${lot.inFlight} requests and ${lot.waiters.length} wait; the queue is full.`,
          {
            code: 'queue_full',
            reason: 'busy',
            howToFix: 'Try again in a moment, or allow the other lane.',
            retryAfterMs: 2_000,
          },
        )
      return wait(lot, signal)
    },
  }
}
