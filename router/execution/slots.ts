/** In-flight slots per deployment with a bounded queue. Invariants: every slot that was taken is given back exactly once; nobody overtakes the line. */
import type { CancelSignal } from '../core/cancel.ts'
import type { Clock } from '../core/clock.ts'
import type { Deployment } from '../core/deployment.ts'
import { HeadgateError } from '../core/errors.ts'
import type { ExecutionLimits } from './limits.ts'

interface Waiter {
  readonly take: () => void
}

/** Kept while somebody is in flight or waits: names come from callers (`anything@provider`), and there is no end of them. */
interface Lot {
  readonly name: string
  inFlight: number
  /** As the deployment says now; a change of the configuration may have moved it. */
  maxInFlight: number
  readonly waiters: Waiter[]
}

export interface Slots {
  inFlight(deployment: string): number
  /** Requests in flight over all deployments. */
  total(): number
  queued(deployment: string): number
  isFull(deployment: Deployment): boolean
  /**
   * Resolves with the function that gives the slot back. Waits in line where all are taken; `overloaded-here` when the line is full or too
   * slow. `bytes`: size of the body that would wait.
   */
  take(deployment: Deployment, signal: CancelSignal, bytes?: number): Promise<() => void>
}

export function createSlots(clock: Clock, limits: ExecutionLimits): Slots {
  const lots = new Map<string, Lot>()
  let waiting = 0
  let waitingBytes = 0
  let total = 0

  function lotOf({ name, maxInFlight }: Deployment): Lot {
    let lot = lots.get(name)
    if (!lot) lots.set(name, (lot = { name, inFlight: 0, maxInFlight, waiters: [] }))
    lot.maxInFlight = maxInFlight
    return lot
  }

  function forgetEmpty(lot: Lot): void {
    if (lot.inFlight === 0 && lot.waiters.length === 0) lots.delete(lot.name)
  }

  function serveLine(lot: Lot): void {
    while (lot.inFlight < lot.maxInFlight && lot.waiters.length > 0) lot.waiters[0]?.take()
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
      serveLine(lot)
      forgetEmpty(lot)
    }
  }

  function wait(lot: Lot, signal: CancelSignal, bytes: number): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        timer.cancel()
        signal.removeEventListener('abort', onAbort)
        const place = lot.waiters.indexOf(waiter)
        if (place !== -1) lot.waiters.splice(place, 1)
        waiting--
        waitingBytes -= bytes
      }
      const waiter: Waiter = {
        take() {
          leave()
          resolve(occupy(lot))
        },
      }
      const giveUp = (reason: unknown) => {
        leave()
        forgetEmpty(lot)
        reject(reason)
      }
      const onAbort = () => giveUp(signal.reason)
      const timer = clock.after(limits.queueLeaveMs, () =>
        giveUp(
          new HeadgateError('overloaded-here', `No slot came free in ${limits.queueLeaveMs / 1000} s.`, {
            code: 'queue_timeout',
            retryAfterMs: 5_000,
          }),
        ),
      )
      signal.addEventListener('abort', onAbort)
      waiting++
      waitingBytes += bytes
      lot.waiters.push(waiter)
    })
  }

  return {
    inFlight: (name) => lots.get(name)?.inFlight ?? 0,
    total: () => total,
    queued: (name) => lots.get(name)?.waiters.length ?? 0,
    isFull({ name, maxInFlight }) {
      const lot = lots.get(name)
      return (lot ? lot.inFlight + lot.waiters.length : 0) >= maxInFlight
    },
    async take(deployment, signal, bytes = 0) {
      if (signal.aborted) throw signal.reason
      const lot = lotOf(deployment)
      serveLine(lot)
      if (lot.inFlight < lot.maxInFlight) return occupy(lot)
      if (lot.waiters.length < limits.queuePerDeployment && waiting < limits.queueInAll && waitingBytes + bytes <= limits.queueBytesInAll)
        return wait(lot, signal, bytes)
      forgetEmpty(lot)
      throw new HeadgateError(
        'overloaded-here',
        `${deployment.name} answers ${lot.inFlight} requests and ${lot.waiters.length} wait; the queue is full.`,
        { code: 'queue_full', reason: 'busy', howToFix: 'Try again in a moment, or allow the other lane.', retryAfterMs: 2_000 },
      )
    },
  }
}
