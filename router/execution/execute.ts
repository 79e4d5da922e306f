/** Walks the plan: try, ask the retry rule, go on or stop. Invariant: nothing of an answer leaves before its first output, so everything before that fails over unseen. */
import type { Backend, BackendEvent } from '../core/backend.ts'
import type { CancelSignal } from '../core/cancel.ts'
import type { Clock } from '../core/clock.ts'
import type { FinishReason, Usage } from '../core/conversation.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Dialect } from '../core/dialect.ts'
import { asHeadgateError, HeadgateError } from '../core/errors.ts'
import type { AttemptEnd, AttemptPhase, RouterEvent } from '../core/events.ts'
import type { ParsedBody } from '../core/json-text.ts'
import type { Plan, PlanStep, RequestFacts } from '../core/plan.ts'
import { type AttemptWatch, watchAttempt } from './attempt-watch.ts'
import type { ExecutionLimits } from './limits.ts'
import { mostInformative, nextMove, type PlacedFailure } from './retry-rule.ts'
import type { Slots } from './slots.ts'
import { startDeadlineMs } from './start-deadline.ts'

export interface ExecutionParts {
  readonly clock: Clock
  readonly limits: ExecutionLimits
  readonly slots: Slots
  readonly backendOf: (deployment: Deployment) => Backend
  /** Learned start deadline in ms; null = nothing learned. */
  readonly learnedStartMs: (deployment: string) => number | null
  /** A request that would wait longer for a local deployment goes to the other lane, ms. */
  readonly offloadAfterMs: () => number
  /** Start deadline in ms where nothing is learned and the deployment sets none. */
  readonly defaultStartMs: () => number
  readonly emit: (event: RouterEvent) => void
}

export interface ExecutionRequest {
  readonly id: string
  readonly keyId: string | null
  readonly plan: Plan
  readonly dialect: Dialect
  readonly body: ParsedBody
  readonly facts: RequestFacts
  readonly headers: Readonly<Record<string, string>>
  /** A lock below the global one (key, model). */
  readonly localOnly: boolean
  /** Monotonic ms at which the request came in. */
  readonly startedMs: number
  /** Aborts when the caller goes away. */
  readonly signal: CancelSignal
}

/** Where the answer goes. Nothing is called before the output that makes an answer of it. */
export interface AnswerSink {
  /** The deployment whose answer follows; comes before any byte of it. `notes`: what was translated with a loss, clamped or dropped. */
  serving(notes: readonly string[]): void
  /** One or more whole events of a stream. Returns a promise where the reader needs time, else null. */
  frame(bytes: Uint8Array): Promise<void> | null
  /** A whole reply. */
  body(bytes: Uint8Array): void
}

export interface AnswerEnd {
  readonly usage: Usage | null
  readonly finish: FinishReason | null
}

export interface Execution {
  /** Attempts that have ended. */
  readonly attempts: readonly AttemptEnd[]
  /** The step being tried, or that answered; which attempt it is (1 = the first); why it is not the first step of the plan. */
  current(): { readonly step: PlanStep; readonly attempt: number; readonly movedBy: 'busy' | 'context' | 'failed-over' | null }
  /** ms from the request's start to the first output that was passed on; null before. */
  firstOutputMs(): number | null
  /** Resolves when the answer has ended, or rejects with the failure that the caller is to be told. */
  run(sink: AnswerSink): Promise<AnswerEnd>
}

/** `request.plan.steps` is not empty. */
export function execute(request: ExecutionRequest, parts: ExecutionParts): Execution {
  const { clock, slots, emit } = parts
  const limits = limitsOf(request.plan, parts.limits)
  const { steps } = request.plan
  const ended: AttemptEnd[] = []
  const failures: PlacedFailure[] = []
  const tried = new Set<number>()
  let position = 0
  let movedBy: 'busy' | 'context' | 'failed-over' | null = null
  let firstOutputMs: number | null = null
  let isSent = false
  let currentAttempt = 0
  const stepAt = (place: number) => steps[place] as PlanStep
  const sinceStart = () => clock.monotonic() - request.startedMs

  async function run(sink: AnswerSink): Promise<AnswerEnd> {
    let attemptsHere = 0
    const open = steps.flatMap((step, place) => (mayFollow(step) ? [place] : []))
    position = placeWithRoom(request.plan.mayFallBack && open.length > 0 ? open : [0])
    if (position > 0) movedBy = 'busy'
    for (;;) {
      attemptsHere++
      const outcome = await tryStep(stepAt(position), sink)
      if (!(outcome instanceof HeadgateError)) return outcome
      failures.push({ error: outcome, place: position, elapsedMs: sinceStart() })
      tried.add(position)
      const others = placesLeft(outcome)
      const move = nextMove(
        {
          error: outcome,
          failures,
          attempts: ended.length,
          attemptsHere,
          isOutputSent: isSent,
          elapsedMs: sinceStart(),
          placesLeft: others.length,
          mayFallBack: request.plan.mayFallBack,
          chance: clock.chance(),
        },
        limits,
      )
      if (move.move === 'stop')
        throw isSent || outcome.kind === 'aborted-by-caller'
          ? outcome
          : concluded(
              failures.map(({ error }) => error),
              ended,
            )
      if (move.afterMs > 0) await clock.sleep(move.afterMs, request.signal)
      if (move.move === 'wait' && move.place !== position) {
        position = move.place
        attemptsHere = 0
        movedBy = position === 0 ? null : 'failed-over'
      }
      if (move.move === 'next') {
        position = placeWithRoom(others)
        attemptsHere = 0
        // A prompt that turned out too long here is no failure of this place.
        movedBy = outcome.kind === 'context-too-long' ? 'context' : 'failed-over'
      }
    }
  }

  /** The steps that this failure may go to; a prompt that was too long only goes to a larger context. */
  function placesLeft(error: HeadgateError): number[] {
    const { context: tooSmall } = stepAt(position).deployment
    const fits = ({ deployment: { context } }: PlanStep) =>
      error.rule.mayGoNext !== 'larger-context' || context === null || tooSmall === null || context > tooSmall
    return steps.flatMap((step, place) => (!tried.has(place) && fits(step) && mayFollow(step) ? [place] : []))
  }

  /** A link of a chain may ask for a rate limit before it. */
  function mayFollow({ onlyAfterLimitOf: providers }: PlanStep): boolean {
    if (providers === undefined) return true
    return failures.some(({ error, place }) => error.kind === 'rate-limited-upstream' && providers.includes(stepAt(place).deployment.provider))
  }

  /**
   * The first that has room; where all are full, the request waits in the line of the first. One of the other lane only where the line of
   * the first, a local one, takes too long, or nobody knows how long it takes. `places` is not empty.
   */
  function placeWithRoom(places: readonly number[]): number {
    const first = places[0] as number
    const free = places.find((place) => !slots.isFull(stepAt(place).deployment))
    if (free === undefined || free === first) return first
    const { deployment } = stepAt(first)
    if (deployment.lane !== 'local' || stepAt(free).deployment.lane === 'local') return free
    const waitMs = slots.predictedWaitMs(deployment)
    return waitMs !== null && waitMs <= parts.offloadAfterMs() ? first : free
  }

  /** Tries one step. Returns the end of its answer, or the failure. */
  async function tryStep(step: PlanStep, sink: AnswerSink): Promise<AnswerEnd | HeadgateError> {
    const { deployment } = step
    const isLast = tried.size >= steps.length - 1 || !request.plan.mayFallBack
    const record = openRecord(deployment)
    let release: (() => void) | null = null
    let watch: AttemptWatch | null = null
    try {
      release = await slots.take(deployment, request.signal, request.body.bytes.length)
      record.begin()
      emit({ type: 'attempt-started', requestId: request.id, index: ended.length, deployment: deployment.name, lane: deployment.lane })
      watch = watchAttempt({
        deployment,
        isStream: request.facts.stream,
        clock,
        limits,
        startMs: startDeadlineMs({ deployment, learnedMs: parts.learnedStartMs(deployment.name), defaultMs: parts.defaultStartMs(), isLast }, limits),
        callerSignal: request.signal,
      })
      return await passOn(parts.backendOf(deployment).send({ ...request, deployment }, watch.signal), { sink, watch, record })
    } catch (thrown) {
      const error = asHeadgateError(watch ? watch.causeOf(thrown) : thrown)
      record.end(error.kind === 'aborted-by-caller' ? 'aborted' : 'failed', error, null)
      return error
    } finally {
      watch?.stop()
      release?.()
    }
  }

  /** Passes the events of one attempt on to the caller; holds back what comes before the first output while there is another place to go. */
  async function passOn(
    events: AsyncIterable<BackendEvent>,
    { sink, watch, record }: { readonly sink: AnswerSink; readonly watch: AttemptWatch; readonly record: AttemptRecord },
  ): Promise<AnswerEnd> {
    const isGated = steps.length > 1
    let held: Uint8Array[] = []
    let notes: readonly string[] = []
    let isServing = false

    function serve(): void {
      isServing = true
      sink.serving(notes)
    }
    async function write(bytes: Uint8Array): Promise<void> {
      isSent = true
      const pause = sink.frame(bytes)
      if (pause === null) return
      watch.hold(true)
      await pause
      watch.hold(false)
    }

    for await (const event of events) {
      watch.saw(event)
      switch (event.type) {
        case 'waiting':
          record.waiting(event.phase)
          break
        case 'opened':
          notes = event.notes ?? []
          record.opened(event.soFar ?? null)
          break
        case 'frame':
          if (event.output) record.output()
          if (!isServing && isGated && !event.output) {
            held.push(event.bytes)
            break
          }
          if (!isServing) {
            serve()
            for (const bytes of held) await write(bytes)
            held = []
          }
          await write(event.bytes)
          break
        case 'whole': {
          const end = { usage: event.usage, finish: event.finish }
          record.output()
          serve()
          isSent = true
          sink.body(event.bytes)
          record.end('answered', null, end)
          return end
        }
        case 'end': {
          const end = { usage: event.usage, finish: event.finish }
          record.end('answered', null, end)
          if (!isServing) {
            // A complete answer without output (a refusal by a filter): passed on as it is.
            serve()
            for (const bytes of held) await write(bytes)
          }
          return end
        }
      }
    }
    throw new HeadgateError('internal', 'The backend ended without an end.')
  }

  /** Books one attempt: `end` counts once, the first time. What left the queue without a slot was no attempt. */
  function openRecord(deployment: Deployment): AttemptRecord {
    const index = ended.length
    currentAttempt = index + 1
    let startedMs: number | null = null
    let outputMs: number | null = null
    let afterModelLoad = false
    let soFar: (() => Usage | null) | null = null
    const phases: AttemptPhase[] = []
    /** Closes the phase that is open, at this moment. */
    const closePhase = () => {
      const last = phases.at(-1)
      if (last && outputMs === null) phases[phases.length - 1] = { ...last, toMs: sinceStart() }
    }
    return {
      begin() {
        startedMs = sinceStart()
      },
      waiting(phase) {
        if (phase === 'load') afterModelLoad = true
        closePhase()
        const now = sinceStart()
        if (phases.at(-1)?.phase !== phase && outputMs === null) phases.push({ phase, fromMs: now, toMs: now })
      },
      opened(partialUsage) {
        soFar = partialUsage
      },
      output() {
        if (outputMs !== null) return
        closePhase()
        outputMs = sinceStart()
        firstOutputMs ??= outputMs
      },
      end(outcome, error, end) {
        if (startedMs === null || ended.length > index) return
        closePhase()
        const summary: AttemptEnd = {
          index,
          deployment: deployment.name,
          provider: deployment.provider,
          lane: deployment.lane,
          outcome,
          status: error ? (error.details.upstreamStatus ?? null) : 200,
          kind: error?.kind ?? outcome,
          code: error?.code ?? outcome,
          errorKind: error?.kind ?? null,
          message: error?.message ?? null,
          safeToRepeat: error?.details.safeToRepeat ?? true,
          retryAfterMs: error?.details.retryAfterMs ?? null,
          startedMs,
          firstOutputMs: outputMs,
          ms: Math.round((sinceStart() - startedMs) * 10) / 10,
          // What a cut or abandoned answer has cost so far is in the ledger too.
          usage: end ? end.usage : (soFar?.() ?? null),
          finish: end?.finish ?? null,
          isStream: request.facts.stream,
          afterModelLoad,
          ...(phases.length === 0 ? {} : { phases }),
        }
        ended.push(summary)
        emit({ type: 'attempt-ended', requestId: request.id, keyId: request.keyId, attempt: summary })
      },
    }
  }

  return {
    attempts: ended,
    current: () => ({ step: stepAt(position), attempt: currentAttempt, movedBy }),
    firstOutputMs: () => firstOutputMs,
    run,
  }
}

/** What the configuration or the chain of this plan says about attempts. A chain is walked to its end unless it says otherwise. */
function limitsOf({ retry, steps }: Plan, limits: ExecutionLimits): ExecutionLimits {
  if (retry === null) return limits
  return {
    ...limits,
    attempts: retry.attempts ?? Math.max(limits.attempts, steps.length),
    repeatsHere: retry.attempts === null ? limits.repeatsHere : retry.attempts - 1,
    backoffBaseMs: retry.delayMs ?? limits.backoffBaseMs,
  }
}

/** What is noted of an attempt while it runs; `end` counts once. */
interface AttemptRecord {
  begin(): void
  waiting(phase: AttemptPhase['phase']): void
  opened(soFar: (() => Usage | null) | null): void
  output(): void
  end(outcome: AttemptEnd['outcome'], error: HeadgateError | null, end: AnswerEnd | null): void
}

/** What the caller is told when no attempt answered. */
function concluded(failures: readonly HeadgateError[], attempts: readonly AttemptEnd[]): HeadgateError {
  const error = mostInformative(failures)
  const { details } = error
  if (error.rule.fault === 'caller' && error.kind !== 'rate-limited-here') return error
  if (error.kind === 'unreachable') {
    const names = [...new Set(attempts.map(({ deployment }) => deployment))].join(', ')
    return new HeadgateError('unreachable', `${error.message} Tried: ${names}.`, {
      ...details,
      code: 'no_eligible_deployment',
      reason: 'out',
      howToFix: 'Start that server, or add another deployment of this model.',
      retryAfterMs: 5_000,
    })
  }
  const waits = failures.flatMap((failure) =>
    failure.kind === 'rate-limited-upstream' && failure.details.retryAfterMs !== undefined ? [failure.details.retryAfterMs] : [],
  )
  if (error.kind === 'rate-limited-upstream')
    return new HeadgateError(error.kind, error.message, { ...details, ...(waits.length > 0 ? { retryAfterMs: Math.min(...waits) } : {}) })
  return new HeadgateError(error.kind, error.message, { ...details, headers: { ...details.headers, 'x-should-retry': 'false' } })
}
