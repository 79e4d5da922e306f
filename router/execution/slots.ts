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
  /** As `mostAtOnce` said last: a guard or a change of the configuration may have moved it. */
  maxInFlight: number
  readonly waiters: Waiter[]
}

export interface Slots {
  /** What a request would wait for a slot now, in ms: 0 where one is free, null where nobody has been answered there yet. */
  predictedWaitMs(deployment: Deployment): number | null
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

/** Of a slot's last holders, the newest counts for so much. */
const NEWEST_PART = 0.3
/** Names come from callers: so many are remembered. */
const HOLD_TIMES_KEPT = 1_000

/** `mostAtOnce`: fewer than the deployment allows, for as long as something asks for it. */
export function createSlots(
  clock: Clock,
  limits: ExecutionLimits,
  mostAtOnce: (deployment: Deployment) => number = ({ maxInFlight }) => maxInFlight,
): Slots {
  const lots = new Map<string, Lot>()
  /** By deployment: how long a slot is held, ms, newer ones counting more. */
  const holdMs = new Map<string, number>()
  let waiting = 0
  let waitingBytes = 0
  let total = 0

  function lotOf(deployment: Deployment): Lot {
    const { name } = deployment
    const maxInFlight = mostAtOnce(deployment)
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
    const takenMs = clock.monotonic()
    let isGiven = false
    return () => {
      if (isGiven) return
      isGiven = true
      learn(lot.name, clock.monotonic() - takenMs)
      lot.inFlight--
      total--
      serveLine(lot)
      forgetEmpty(lot)
    }
  }

  function learn(name: string, ms: number): void {
    const before = holdMs.get(name)
    holdMs.delete(name)
    holdMs.set(name, before === undefined ? ms : before + NEWEST_PART * (ms - before))
    if (holdMs.size > HOLD_TIMES_KEPT) for (const [oldest] of holdMs) return void holdMs.delete(oldest)
  }

  function isFull(deployment: Deployment): boolean {
    const lot = lots.get(deployment.name)
    return (lot ? lot.inFlight + lot.waiters.length : 0) >= mostAtOnce(deployment)
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
    isFull,
    predictedWaitMs(deployment) {
      if (!isFull(deployment)) return 0
      const each = holdMs.get(deployment.name)
      if (each === undefined) return null
      // The next slot comes free after a part of the usual time, each one before in the line adds as much.
      return ((lots.get(deployment.name)?.waiters.length ?? 0) + 1) * (each / mostAtOnce(deployment))
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
