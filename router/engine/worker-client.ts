/**
 * One worker as seen from the engine: requests with promises, answers as streams.
 * Invariants: whatever is under way when the worker ends fails with `engine_crashed`; a cancelled answer leaves its caller at once, its slot when the worker says so.
 */
import type { Clock } from '../core/clock.ts'
import { HeadgateError } from '../core/errors.ts'
import { failureCodes } from '../core/failure-codes.ts'
import type { EngineLog } from './engine-contract.ts'
import type { FromWorker, Job, Opened, OpenFile, WireError } from './worker-protocol.ts'
import type { Wire } from './worker-wire.ts'

export type JobEvent = Extract<FromWorker, { type: 'started' | 'part' | 'done' }>

export interface RunningJob {
  /** Throws when the answer fails, the worker ends, or the signal aborts (at once). Consume it to its end. */
  readonly events: AsyncIterable<JobEvent>
  /** Resolves when the worker is done with it and its slot is free. */
  readonly ended: Promise<void>
  cancel(): void
}

export interface WorkerClient {
  readonly kind: Wire['kind']
  readonly pid: number | null
  open(file: OpenFile): Promise<Opened>
  load(context: number): Promise<void>
  run(job: Job, signal: AbortSignal): RunningJob
  /** Ends answers, frees the model; resolves when the worker is gone. */
  close(): Promise<void>
  kill(): void
  /** Resolves with how it ended, when the worker is gone without having been told to. */
  readonly crashed: Promise<string>
  /** Monotonic time of the last sign of life. */
  readonly lastSignAt: number
}

/** A worker that does not answer `close` is killed after this. */
const CLOSE_MS = 10_000

interface Waiting {
  resolve(message: FromWorker): void
  reject(error: HeadgateError): void
}

export function createWorkerClient(wire: Wire, clock: Clock, log: EngineLog): WorkerClient {
  const jobs = new Map<string, JobChannel>()
  const crash = Promise.withResolvers<string>()
  const exit = Promise.withResolvers<void>()
  let waiting: Waiting | null = null
  let isClosing = false
  let isGone = false
  let lastSignAt = clock.monotonic()

  wire.onMessage((message) => {
    lastSignAt = clock.monotonic()
    switch (message.type) {
      case 'opened':
      case 'loaded':
        waiting?.resolve(message)
        waiting = null
        return
      case 'refused':
        waiting?.reject(errorOf(message.error))
        waiting = null
        return
      case 'started':
      case 'part':
        jobs.get(message.id)?.push(message)
        return
      case 'done':
        jobs.get(message.id)?.push(message)
        jobs.get(message.id)?.end(null)
        jobs.delete(message.id)
        return
      case 'failed':
        jobs.get(message.id)?.end(errorOf(message.error))
        jobs.delete(message.id)
        return
      case 'log':
        log(message.level, `engine: ${message.message}`)
        return
      case 'progress':
      case 'evaluated':
      case 'closed':
        return
    }
  })
  wire.onExit((detail) => {
    isGone = true
    const error = crashError(detail)
    waiting?.reject(error)
    waiting = null
    for (const job of jobs.values()) job.end(error)
    jobs.clear()
    exit.resolve()
    if (!isClosing) crash.resolve(detail)
  })

  const ask = <Type extends 'opened' | 'loaded'>(message: Parameters<Wire['send']>[0]) =>
    new Promise<Extract<FromWorker, { type: Type }>>((resolve, reject) => {
      if (isGone) return reject(crashError('it has ended'))
      waiting = { resolve: resolve as Waiting['resolve'], reject }
      wire.send(message)
    })

  return {
    kind: wire.kind,
    pid: wire.pid,
    async open(file) {
      return (await ask<'opened'>({ type: 'open', file })).opened
    },
    async load(context) {
      await ask<'loaded'>({ type: 'load', context })
    },
    run(job, signal) {
      const channel = createJobChannel()
      const cancel = () => {
        if (!isGone && jobs.has(job.id)) wire.send({ type: 'cancel', id: job.id })
      }
      const onAbort = () => {
        cancel()
        channel.release(new HeadgateError('aborted-by-caller', 'The caller went away.'))
      }
      if (isGone) channel.end(crashError('it has ended'))
      else {
        jobs.set(job.id, channel)
        wire.send({ type: 'generate', job })
        signal.addEventListener('abort', onAbort, { once: true })
        void channel.ended.then(() => signal.removeEventListener('abort', onAbort))
        if (signal.aborted) onAbort()
      }
      return { events: channel, ended: channel.ended, cancel }
    },
    async close() {
      isClosing = true
      if (isGone) return
      wire.send({ type: 'close' })
      const overdue = clock.after(CLOSE_MS, () => wire.kill())
      await exit.promise
      overdue.cancel()
    },
    kill: () => wire.kill(),
    crashed: crash.promise,
    get lastSignAt() {
      return lastSignAt
    },
  }
}

interface JobChannel extends AsyncIterable<JobEvent> {
  push(event: JobEvent): void
  /** The worker is done with the job. */
  end(error: HeadgateError | null): void
  /** The reader is let go, while the worker still works. */
  release(error: HeadgateError): void
  readonly ended: Promise<void>
}

/** A queue with one reader. Events that wait are handed over without a promise each. */
function createJobChannel(): JobChannel {
  const events: JobEvent[] = []
  const ended = Promise.withResolvers<void>()
  let isOver = false
  let failure: HeadgateError | null = null
  let wake: (() => void) | null = null
  const signal = () => {
    wake?.()
    wake = null
  }
  return {
    ended: ended.promise,
    push(event) {
      if (isOver) return
      events.push(event)
      signal()
    },
    end(error) {
      if (!isOver) failure = error
      isOver = true
      ended.resolve()
      signal()
    },
    release(error) {
      if (isOver) return
      isOver = true
      failure = error
      events.length = 0
      signal()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (events.length > 0) yield events.shift() as JobEvent
        if (isOver) {
          if (failure) throw failure
          return
        }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

function crashError(detail: string): HeadgateError {
  return new HeadgateError('failed-upstream', `The local engine stopped working (${detail}).`, {
    code: failureCodes.engineCrashed,
    safeToRepeat: true,
  })
}

function errorOf({ kind, message, details }: WireError): HeadgateError {
  return new HeadgateError(kind, message, details)
}
