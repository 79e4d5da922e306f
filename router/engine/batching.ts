/**
 * Which tokens go into the next batch, and when streams must pause. Pure but for counters: no clock, no library.
 * Invariants: an empty plan is returned at most 12 times in a row; running streams always go before prefills.
 */

export interface PlannedItem {
  readonly tokens: readonly unknown[]
}

export interface Planned<Item> {
  item: Item
  processAmount: number
}

export interface BatchPlanner {
  plan<Item extends PlannedItem>(options: { readonly items: readonly Item[]; readonly size: number }): Planned<Item>[]
}

/** Rounds of microtasks that the loop may wait for streams that are about to queue their token. More would starve the event loop. */
const GATHER_ROUNDS = 12

/**
 * After a decode the library plans its next batch before the last stream has queued its token: most batches then hold all streams but one.
 * An empty plan makes it come round again a few microtasks later, when all have queued.
 * `streams` = streams now inside an evaluation (gated ones do not count); `prefillBudget` = prompt tokens that may ride along with running streams.
 */
export function createBatchPlanner(parts: { readonly streams: () => number; readonly prefillBudget: () => number }): BatchPlanner {
  let rounds = 0
  return {
    plan({ items, size }) {
      if (items.length < parts.streams() && rounds < GATHER_ROUNDS) {
        rounds++
        return []
      }
      rounds = 0
      const running = items.filter(({ tokens }) => tokens.length === 1)
      const prefills = items.filter(({ tokens }) => tokens.length > 1)
      let left = running.length > 0 ? Math.min(Math.max(1, size - running.length), parts.prefillBudget()) : size
      const planned = running.map((item) => ({ item, processAmount: 1 }))
      for (const item of prefills) {
        if (left <= 0) break
        const processAmount = Math.min(item.tokens.length, left)
        left -= processAmount
        planned.push({ item, processAmount })
      }
      return planned
    },
  }
}

/**
 * While two or more streams run, the library's batch loop keeps the context's lock; erasing or copying a sequence would wait until all of them end.
 * Streams pass this gate before each step; work that needs the lock closes it, so that the loop runs dry within one batch.
 */
export interface StreamGate {
  /** Null = pass at once (the usual case, without a microtask). */
  passage(): Promise<void> | null
  /** Runs `work` while the gate is closed. */
  closedWhile<T>(work: () => Promise<T>): Promise<T>
}

export function createStreamGate(): StreamGate {
  let closers = 0
  let opening = Promise.withResolvers<void>()
  return {
    passage: () => (closers === 0 ? null : opening.promise),
    async closedWhile(work) {
      closers++
      try {
        return await work()
      } finally {
        closers--
        if (closers === 0) {
          opening.resolve()
          opening = Promise.withResolvers()
        }
      }
    },
  }
}

/** Measured prefill speed, and from it how many prompt tokens fit a time. */
export interface PrefillPace {
  record(tokens: number, ms: number): void
  /** Null until measured. */
  readonly tokensPerSecond: number | null
  /** Prompt tokens for about 250 ms, 32–512: what one prefill may cost running streams per batch, and a caller who goes away. */
  readonly budget: number
}

const BUDGET_MS = 250
const SMALLEST_BUDGET = 32
const LARGEST_BUDGET = 512
/** Below this a chunk says more about overhead than about speed. */
const SMALLEST_SAMPLE = 24

export function createPrefillPace(): PrefillPace {
  let perMs: number | null = null
  return {
    record(tokens, ms) {
      if (tokens < SMALLEST_SAMPLE || ms <= 0) return
      const sample = tokens / ms
      perMs = perMs === null ? sample : perMs * 0.7 + sample * 0.3
    },
    get tokensPerSecond() {
      return perMs === null ? null : perMs * 1000
    },
    get budget() {
      if (perMs === null) return 64
      return Math.max(SMALLEST_BUDGET, Math.min(LARGEST_BUDGET, Math.floor(perMs * BUDGET_MS)))
    },
  }
}
