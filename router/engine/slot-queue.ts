/** First come, first served: who may use one of a model's slots. Invariant: a slot handed over is never counted free in between. */

export interface SlotQueue {
  /** Resolves when the caller has a slot; rejects with the signal's reason. A place in the queue is given up at once. */
  acquire(signal: AbortSignal): Promise<void>
  release(): void
  readonly busy: number
  readonly waiting: number
  readonly hasFree: boolean
  /** Resolves as soon as nobody has or wants a slot. */
  idle(): Promise<void>
}

export function createSlotQueue(slots: number): SlotQueue {
  let busy = 0
  const queue: { take(): void }[] = []
  let idleWaiters: (() => void)[] = []
  return {
    acquire(signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      if (busy < slots && queue.length === 0) {
        busy++
        return Promise.resolve()
      }
      return new Promise<void>((resolve, reject) => {
        const leave = () => {
          queue.splice(queue.indexOf(entry), 1)
          reject(signal.reason)
        }
        const entry = {
          take() {
            signal.removeEventListener('abort', leave)
            resolve()
          },
        }
        queue.push(entry)
        signal.addEventListener('abort', leave, { once: true })
      })
    },
    release() {
      const next = queue.shift()
      if (next) return next.take()
      busy--
      if (busy > 0) return
      for (const resolve of idleWaiters) resolve()
      idleWaiters = []
    },
    get busy() {
      return busy
    },
    get waiting() {
      return queue.length
    },
    get hasFree() {
      return busy < slots && queue.length === 0
    },
    idle: () => (busy === 0 && queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve))),
  }
}
