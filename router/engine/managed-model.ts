/**
 * One model through its life: absent → checking → loading → ready → draining → absent, or failed with a reason and a time.
 * Invariants: admitted requests end before a model goes; a crash fails what runs and nothing else; the third crash in 10 minutes keeps it off.
 */
import type { Clock, Timer } from '../core/clock.ts'
import { asHeadgateError, HeadgateError } from '../core/errors.ts'
import { failureCodes } from '../core/failure-codes.ts'
import { answerEvents } from './answer-events.ts'
import { createCrashRecord } from './crash-record.ts'
import type { EngineEvent, EngineLog, EngineModelState, EngineRequest, EngineSettings, ModelPhase } from './engine-contract.ts'
import type { ModelLoader, ReadyWorker } from './model-loader.ts'
import { createSlotQueue } from './slot-queue.ts'
import type { Rates } from './worker-protocol.ts'
import { watchWorker } from './worker-watch.ts'

export interface ManagedModel {
  generate(request: EngineRequest, signal: AbortSignal): AsyncGenerator<EngineEvent>
  /** Loads now; forgets crashes. */
  load(context: number | null): Promise<void>
  unload(): Promise<void>
  /** How long it may be idle was changed. */
  idleChanged(): void
  /** Ends at once, with `shutting-down` for what runs. */
  stop(): Promise<void>
  state(): EngineModelState
  /** Ready and without any request: may go to make room. */
  readonly isIdle: boolean
  /** Monotonic time of the last request's end. */
  readonly lastUse: number
  /** Estimate of what it holds now, in bytes. */
  readonly takenBytes: number
}

export interface ManagedModelParts {
  readonly file: string
  readonly clock: Clock
  readonly settings: EngineSettings
  readonly log: EngineLog
  readonly loader: ModelLoader
  /** Loads run one at a time over all models. */
  readonly oneAtATime: <T>(work: () => Promise<T>) => Promise<T>
  /** Unload after so long without a request, in ms; 0 = never. */
  readonly idleUnloadMs: () => number
  readonly onChange: (state: EngineModelState) => void
}

/** Why a load is not tried again before then (monotonic ms). */
interface Wait {
  readonly error: HeadgateError
  readonly untilMs: number
}

const LOAD_MS = 300_000
const QUEUE_MS = 120_000
/** A failed load is not tried again for every request. */
const RETRY_LOAD_MS = 30_000
/** Memory comes and goes: one that did not suffice is looked at again this soon. */
const RETRY_MEMORY_MS = 10_000
/** A request waits for a restart that is this near. */
const SHORT_WAIT_MS = 2_000
const USUAL_ANSWER_MS = 5_000
const LEAK_FACTOR = 1.5
/** What a child takes besides the model: Node, the library, a tokeniser's tables. */
const PROCESS_BYTES = 500_000_000

export function createManagedModel(parts: ManagedModelParts): ManagedModel {
  const { file, clock, settings, log, loader } = parts
  const slots = createSlotQueue(settings.slots)
  const crashes = createCrashRecord()
  let phase: ModelPhase = 'absent'
  let detail: string | null = null
  let worker: ReadyWorker | null = null
  let asked: number | null = null // context that the loaded model was asked for
  let failure: Wait | null = null
  let noRoom: (Wait & { readonly context: number | null }) | null = null // a smaller context may well fit where this one did not
  let loading: Promise<void> | null = null
  let draining: Promise<void> | null = null
  let loadMs: number | null = null
  let rates: Rates = { tokensPerSecond: null, prefillTokensPerSecond: null }
  let answerMs = USUAL_ANSWER_MS
  let arriving = 0 // requests that wait for the model to be loaded
  let lastUse = clock.monotonic()
  let idleTimer: Timer | null = null
  let restartTimer: Timer | null = null
  let isStopping = false

  const state = (): EngineModelState => ({
    file,
    state: phase,
    detail,
    memoryBytes: worker?.bytes ?? null,
    memoryRefusal: worker === null && noRoom !== null && noRoom.untilMs > clock.monotonic() ? noRoom.error.message : null,
    context: worker?.context ?? null,
    trainedContext: worker?.trainedContext ?? null,
    busySlots: slots.busy,
    slots: settings.slots,
    queued: slots.waiting + arriving,
    loadMs,
    ...rates,
  })
  const enter = (next: ModelPhase, why: string | null = null) => {
    phase = next
    detail = why
    parts.onChange(state())
  }
  const fail = (error: HeadgateError, untilMs: number) => {
    failure = { error, untilMs }
    enter('failed', error.message)
  }

  const load = async (context: number | null) => {
    const started = clock.monotonic()
    failure = null
    enter('checking')
    try {
      const ready = await parts.oneAtATime(() => loader.load(file, context, () => enter('loading')))
      worker = ready
      asked = context
      loadMs = Math.round(clock.monotonic() - started)
      void ready.client.crashed.then((how) => crashed(ready, how))
      enter('ready')
      armIdle()
    } catch (thrown) {
      const error = asHeadgateError(thrown)
      if (error.code === failureCodes.engineCrashed) recordCrash(error)
      else fail(error, clock.monotonic() + (error.kind === 'failed-upstream' ? RETRY_LOAD_MS : 0))
      if (error.kind === 'no-room-here') noRoom = { error, untilMs: clock.monotonic() + RETRY_MEMORY_MS, context }
      throw error
    }
  }

  const crashed = (ready: ReadyWorker, how: string) => {
    if (worker !== ready) return
    worker = null
    recordCrash(new HeadgateError('failed-upstream', `The local engine stopped working (${how}).`, { code: failureCodes.engineCrashed }))
  }

  const recordCrash = (error: HeadgateError) => {
    const { off, waitMs, crashes: count } = crashes.crashed(clock.monotonic())
    log('error', `${file}: ${error.message}; crash ${count} of the last 10 minutes`)
    if (off) {
      const message = `${error.message} It crashed ${count} times in 10 minutes and stays off until it is loaded by hand.`
      return fail(new HeadgateError('failed-upstream', message, { code: failureCodes.engineOff }), Number.POSITIVE_INFINITY)
    }
    fail(error, clock.monotonic() + waitMs)
    if (isStopping) return
    restartTimer = clock.after(waitMs, () => void ensureLoaded(asked).catch(() => undefined))
  }

  /** Resolves when the model is ready, loaded for at least this context. */
  const ensureLoaded = async (context: number | null): Promise<void> => {
    for (;;) {
      if (isStopping) throw stopping()
      if (draining) await draining
      else if (loading) await loading
      else if (worker) {
        if (suffices(worker, context)) return
        if (noRoom?.context === context) await waitOut(noRoom)
        await unload() // a deployment with a larger context than this one was loaded for
      } else {
        if (failure) await waitOut(failure)
        if (noRoom?.context === context) await waitOut(noRoom)
        if (loading || draining || worker) continue
        restartTimer?.cancel()
        loading = load(context).finally(() => {
          loading = null
        })
        await loading
      }
    }
  }

  const waitOut = async ({ error, untilMs }: Wait) => {
    const leftMs = untilMs - clock.monotonic()
    if (leftMs <= 0) return
    if (leftMs > SHORT_WAIT_MS)
      throw new HeadgateError(error.kind, error.message, {
        ...error.details,
        ...(Number.isFinite(leftMs) ? { retryAfterMs: Math.ceil(leftMs) } : {}),
      })
    await clock.sleep(leftMs)
  }

  const unload = async (): Promise<void> => {
    if (loading) await loading.catch(() => undefined)
    if (draining) return draining
    restartTimer?.cancel()
    if (!worker) {
      if (phase !== 'absent') enter('absent')
      failure = null
      return
    }
    enter('draining')
    draining = (async () => {
      await slots.idle()
      const leaving = worker
      worker = null
      await leaving?.client.close()
      enter('absent')
    })().finally(() => {
      draining = null
    })
    await draining
  }

  /** A child that grew far beyond its estimate ends when its answers have, and starts anew. */
  const renew = (residentBytes: number) => {
    log('warn', `${file}: the engine holds ${Math.round(residentBytes / 1e6)} MB, far more than estimated, and is started anew`)
    void unload()
      .then(() => ensureLoaded(asked))
      .catch(() => undefined)
  }

  const armIdle = () => {
    idleTimer?.cancel()
    idleTimer = null
    const idleUnloadMs = parts.idleUnloadMs()
    if (idleUnloadMs <= 0) return
    // A request stops it and its end begins it anew: no look at the clock, which may be a fraction behind the timer.
    idleTimer = clock.after(idleUnloadMs, () => {
      if (isIdle()) void unload()
    })
  }
  const isIdle = () => phase === 'ready' && slots.busy === 0 && slots.waiting === 0 && arriving === 0

  /** Loaded, and a slot is ours. A model that went while we queued is loaded again. */
  async function* admission(context: number | null, signal: AbortSignal): AsyncGenerator<EngineEvent, ReadyWorker> {
    for (;;) {
      if (isStopping) throw stopping()
      if (phase !== 'ready' || !worker || !suffices(worker, context)) {
        yield { type: 'waiting', phase: 'load', extendMs: LOAD_MS }
        arriving++
        try {
          await orGone(ensureLoaded(context), signal)
        } finally {
          arriving--
        }
      }
      if (!slots.hasFree) yield { type: 'waiting', phase: 'queue', extendMs: QUEUE_MS }
      await acquireInTime(signal)
      if (worker) return worker // also while draining: it waited before that began
      slots.release()
    }
  }

  const acquireInTime = async (signal: AbortSignal) => {
    if (slots.hasFree) return slots.acquire(signal)
    const overdue = new AbortController()
    const timer = clock.after(QUEUE_MS, () => overdue.abort(busy('has waited too long for a slot')))
    try {
      await slots.acquire(AbortSignal.any([signal, overdue.signal]))
    } catch (reason) {
      if (signal.aborted) throw gone()
      throw reason
    } finally {
      timer.cancel()
    }
  }

  const busy = (why: string) =>
    new HeadgateError('no-room-here', `The local engine is busy: the request ${why} (${slots.waiting} waiting).`, {
      reason: 'busy',
      retryAfterMs: Math.ceil((answerMs * (slots.waiting + 1)) / settings.slots),
    })

  async function* run(request: EngineRequest, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    if (signal.aborted) throw gone()
    if (slots.busy + slots.waiting + arriving >= settings.slots + settings.queueLimit) throw busy('finds the queue full')
    idleTimer?.cancel()
    let ready: ReadyWorker | null = null
    try {
      ready = yield* admission(request.context, signal)
    } finally {
      if (!ready && isIdle()) armIdle() // who left while waiting stopped the timer
    }
    const started = clock.monotonic()
    const own = new AbortController() // also aborts when the reader simply stops reading
    const job = ready.client.run(answerEvents.jobOf(request, { clock, loaded: ready }), AbortSignal.any([signal, own.signal]))
    const watch = watchWorker(ready.client, { clock, log, rates: () => rates })
    void job.ended.then(() => {
      watch.stop()
      lastUse = clock.monotonic()
      slots.release()
      if (isIdle()) armIdle()
    })
    try {
      for await (const event of job.events) {
        if ('rates' in event) rates = event.rates
        if (event.type === 'done') {
          answerMs = answerMs * 0.8 + (clock.monotonic() - started) * 0.2
          if (ready === worker && ready.client.kind === 'child' && hasLeaked(event.residentBytes, ready.bytes)) renew(event.residentBytes)
        }
        yield answerEvents.fromWorker(event)
      }
    } catch (error) {
      throw isStopping && !signal.aborted ? stopping() : error
    } finally {
      own.abort()
    }
  }

  const stop = async () => {
    isStopping = true
    restartTimer?.cancel()
    idleTimer?.cancel()
    await loading?.catch(() => undefined)
    const leaving = worker
    worker = null
    await leaving?.client.close()
    enter('absent')
  }

  return {
    generate: run,
    async load(context) {
      crashes.forget()
      if (phase === 'failed') failure = null
      noRoom = null
      await ensureLoaded(context)
    },
    unload,
    idleChanged() {
      if (isIdle()) armIdle()
    },
    stop,
    state,
    get isIdle() {
      return isIdle()
    },
    get lastUse() {
      return lastUse
    },
    get takenBytes() {
      return worker?.bytes ?? 0
    },
  }
}

/** Loaded for it. What memory made smaller stays: loading it again would give the same, for every request anew. */
function suffices({ wantedContext }: ReadyWorker, context: number | null): boolean {
  return context === null || context <= wantedContext
}

function hasLeaked(residentBytes: number, estimatedBytes: number): boolean {
  return residentBytes > estimatedBytes * LEAK_FACTOR + PROCESS_BYTES
}

function stopping(): HeadgateError {
  return new HeadgateError('shutting-down', 'Headgate is stopping.')
}

function gone(): HeadgateError {
  return new HeadgateError('aborted-by-caller', 'The caller went away.')
}

/** `work`, or the end of the caller's patience; `work` goes on for others. */
async function orGone<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw gone()
  const left = Promise.withResolvers<never>()
  const leave = () => left.reject(gone())
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([work, left.promise])
  } finally {
    signal.removeEventListener('abort', leave)
    work.catch(() => undefined)
  }
}
