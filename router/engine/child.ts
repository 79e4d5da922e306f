/** Entry of a child process: one worker behind JSON messages, over `fork` or a utility process. Ends when its parent is gone. */
import { systemClock } from '../core/clock.ts'
import { createWorker } from './worker.ts'
import type { FromWorker, ToWorker } from './worker-protocol.ts'

/** What a utility process has instead of `process.send`. */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): void
}

const parentPort = process.parentPort as ParentPort | undefined
const transmit = (message: unknown) => {
  if (parentPort) parentPort.postMessage(message)
  else if (process.connected) process.send?.(message)
}

/**
 * The streams of one step get their tokens one after the other, within a millisecond. They leave together, as one message, while the next decode
 * already runs on its own thread: each message wakes the router, on a machine whose cores are busy with the model. What is no token waits for nobody.
 */
const TOKENS_WAIT_MS = 1
let outbox: FromWorker[] = []
const flush = () => {
  if (outbox.length === 0) return
  const messages = outbox
  outbox = []
  transmit(messages)
}
const post = (message: FromWorker) => {
  outbox.push(message)
  if (message.type !== 'part') setImmediate(flush)
  else if (outbox.length === 1) systemClock.after(TOKENS_WAIT_MS, flush)
}
const worker = createWorker(post, () => {
  // let the last message leave
  systemClock.after(20, () => process.exit(0))
})

if (parentPort) parentPort.on('message', ({ data }) => worker.handle(data as ToWorker))
else {
  process.on('message', (message) => worker.handle(message as ToWorker))
  process.on('disconnect', () => process.exit(0))
}
// Ctrl-C in a terminal reaches the whole group; the parent ends its children in order.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => process.exit(0))
