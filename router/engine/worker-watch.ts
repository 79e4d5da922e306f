/** Ends a worker that hangs: no sign of life for ten times what a step may take. */
import type { Clock, Timer } from '../core/clock.ts'
import type { EngineLog } from './engine-contract.ts'
import type { WorkerClient } from './worker-client.ts'
import type { Rates } from './worker-protocol.ts'

/** The longest step is a chunk of 512 prompt tokens. */
const LONGEST_STEP_TOKENS = 512
const SHORTEST_LIMIT_MS = 60_000
/** Nothing measured yet: pages of a large file may still come from the disk. */
const UNMEASURED_LIMIT_MS = 300_000
const LOOK_MS = 10_000

/** Watches while one job runs. `stop` when it has ended. */
export function watchWorker(
  client: WorkerClient,
  parts: { readonly clock: Clock; readonly log: EngineLog; readonly rates: () => Rates },
): { stop(): void } {
  const { clock, log } = parts
  const begun = clock.monotonic()
  let timer: Timer
  const look = () => {
    const perSecond = parts.rates().prefillTokensPerSecond
    const limitMs = perSecond === null ? UNMEASURED_LIMIT_MS : Math.max(SHORTEST_LIMIT_MS, (10_000 * LONGEST_STEP_TOKENS) / perSecond)
    const silentMs = clock.monotonic() - Math.max(begun, client.lastSignAt)
    if (silentMs > limitMs) {
      log('error', `the engine gave no sign of life for ${Math.round(silentMs / 1000)} s and is ended`)
      client.kill()
    } else timer = clock.after(LOOK_MS, look)
  }
  timer = clock.after(LOOK_MS, look)
  return { stop: () => timer.cancel() }
}
