/** Walks the plan: try, ask the retry rule, go on or stop. Invariant: nothing of an answer leaves before its first output, so everything before that fails over unseen. */
import type { Backend, BackendEvent } from '../core/backend.ts'
import type { Clock } from '../core/clock.ts'
import type { FinishReason, Usage } from '../core/conversation.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Dialect } from '../core/dialect.ts'
import { asHeadgateError, HeadgateError } from '../core/errors.ts'
import type { AttemptEnd, RouterEvent } from '../core/events.ts'
import type { ParsedBody } from '../core/json-text.ts'
import type { Plan, PlanStep, RequestFacts } from '../core/plan.ts'
import { attempt } from './attempt.ts'
import type { ExecutionLimits } from './limits.ts'
import { mostInformative, nextMove } from './retry-rule.ts'
import type { Slots } from './slots.ts'

export interface ExecutionParts {
  readonly clock: Clock
  readonly limits: ExecutionLimits
  readonly slots: Slots
  readonly backendOf: (deployment: Deployment) => Backend
  /** Learned start deadline in ms; null = nothing learned. */
  readonly learnedStartMs: (deployment: string) => number | null
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
  readonly signal: AbortSignal
}

export type ExecutionEvent =
  /** The deployment whose answer follows; comes before any byte of it. */
  | { readonly type: 'serving'; readonly notes: readonly string[] }
  | { readonly type: 'frame'; readonly bytes: Uint8Array }
  | { readonly type: 'body'; readonly bytes: Uint8Array }
  | { readonly type: 'end'; readonly usage: Usage | null; readonly finish: FinishReason | null }

export interface Execution {
  /** Attempts that have ended. */
  readonly attempts: readonly AttemptEnd[]
  /** The step being tried, or that answered; which attempt it is (1 = the first); why it is not the first step of the plan. */
  current(): { readonly step: PlanStep; readonly attempt: number; readonly movedBy: 'busy' | 'failed-over' | null }
  /** ms from the request's start to the first output that was passed on; null before. */
  firstOutputMs(): number | null
  /** Ends after `end`, or throws the failure that the caller is to be told. */
  events(): AsyncGenerator<ExecutionEvent>
}

/** `request.plan.steps` is not empty. */
export function execute(request: ExecutionRequest, parts: ExecutionParts): Execution {
  const { clock, limits, slots, emit } = parts
  const { steps } = request.plan
  const ended: AttemptEnd[] = []
  const failures: HeadgateError[] = []
  const tried = new Set<number>()
  let position = 0
  let movedBy: 'busy' | 'failed-over' | null = null
  let firstOutputMs: number | null = null
  let isSent = false
  let currentAttempt = 0
  const stepAt = (place: number) => steps[place] as PlanStep
  const sinceStart = () => clock.monotonic() - request.startedMs

  async function* events(): AsyncGenerator<ExecutionEvent> {
    let attemptsHere = 0
    position = placeWithRoom(request.plan.mayFallBack ? steps.map((_, place) => place) : [0])
    if (position > 0) movedBy = 'busy'
    for (;;) {
      attemptsHere++
      const error = yield* tryStep(stepAt(position))
      if (error === null) return
      failures.push(error)
      tried.add(position)
      const others = placesLeft(error)
      const move = nextMove(
        {
          error,
          attempts: ended.length,
          attemptsHere,
          isOutputSent: isSent,
          elapsedMs: sinceStart(),
          hasNext: others.length > 0,
          mayFallBack: request.plan.mayFallBack,
          chance: clock.chance(),
        },
        limits,
      )
      if (move.move === 'stop') throw isSent || error.kind === 'aborted-by-caller' ? error : concluded(failures, ended)
      if (move.afterMs > 0) await clock.sleep(move.afterMs, request.signal)
      if (move.move === 'next') {
        position = placeWithRoom(others)
        attemptsHere = 0
        movedBy = 'failed-over'
      }
    }
  }

  /** The steps that this failure may go to; a prompt that was too long only goes to a larger context. */
  function placesLeft(error: HeadgateError): number[] {
    const { context: tooSmall } = stepAt(position).deployment
    const fits = ({ deployment: { context } }: PlanStep) =>
      error.rule.mayGoNext !== 'larger-context' || context === null || tooSmall === null || context > tooSmall
    return steps.flatMap((step, place) => (!tried.has(place) && fits(step) ? [place] : []))
  }

  /** The first that has room; where all are full, the request waits in the line of the first. `places` is not empty. */
  function placeWithRoom(places: readonly number[]): number {
    return places.find((place) => !slots.isFull(stepAt(place).deployment)) ?? (places[0] as number)
  }

  /** Tries one step. Returns null when it answered, else the failure. */
  async function* tryStep(step: PlanStep): AsyncGenerator<ExecutionEvent, HeadgateError | null> {
    const { deployment } = step
    const isLast = tried.size >= steps.length - 1 || !request.plan.mayFallBack
    const record = openRecord(deployment)
    const held: Uint8Array[] = []
    const isGated = request.facts.stream && steps.length > 1
    let isServing = false
    let notes: readonly string[] = []
    let release = () => {}
    try {
      release = await slots.take(deployment, request.signal)
      record.begin()
      emit({ type: 'attempt-started', requestId: request.id, index: ended.length, deployment: deployment.name, lane: deployment.lane })
      for await (const event of attempt({
        backend: parts.backendOf(deployment),
        request: { ...request, deployment },
        clock,
        limits,
        startMs: startMs(deployment, isLast),
        signal: request.signal,
      })) {
        if (event.type === 'waiting' && event.phase === 'load') record.loaded()
        if (event.type === 'opened') notes = event.notes ?? []
        if (carriesOutput(event)) record.output()
        if (event.type === 'frame') {
          if (!isServing && (event.output || !isGated)) {
            isServing = true
            yield { type: 'serving', notes }
            for (const bytes of held) yield { type: 'frame', bytes }
          }
          if (isServing) {
            isSent = true
            yield { type: 'frame', bytes: event.bytes }
          } else held.push(event.bytes)
        } else if (event.type === 'body') {
          isSent = isServing = true
          yield { type: 'serving', notes }
          yield { type: 'body', bytes: event.bytes }
        } else if (event.type === 'end') {
          record.end('answered', null, event.usage, event.finish)
          if (!isServing) {
            // A complete answer without output (a refusal by a filter): passed on as it is.
            yield { type: 'serving', notes }
            for (const bytes of held) yield { type: 'frame', bytes }
          }
          yield { type: 'end', usage: event.usage, finish: event.finish }
          return null
        }
      }
      throw new HeadgateError('internal', `${deployment.name} ended without an end.`)
    } catch (thrown) {
      const error = asHeadgateError(thrown)
      record.end(error.kind === 'aborted-by-caller' ? 'aborted' : 'failed', error, null, null)
      return error
    } finally {
      record.end('aborted', null, null, null) // the reader left while a frame was with it
      release()
    }
  }

  function startMs(deployment: Deployment, isLast: boolean): number {
    const learned = parts.learnedStartMs(deployment.name)
    const wanted = learned ?? deployment.startDeadlineMs ?? parts.defaultStartMs()
    return isLast && learned !== null ? Math.max(limits.lastStartMs, wanted) : wanted
  }

  /** Books one attempt: `end` counts once, the first time. What left the queue without a slot was no attempt. */
  function openRecord(deployment: Deployment) {
    const index = ended.length
    currentAttempt = index + 1
    let startedMs: number | null = null
    let outputMs: number | null = null
    let afterModelLoad = false
    return {
      begin() {
        startedMs = sinceStart()
      },
      loaded() {
        afterModelLoad = true
      },
      output() {
        if (outputMs !== null) return
        outputMs = sinceStart()
        firstOutputMs ??= outputMs
      },
      end(outcome: AttemptEnd['outcome'], error: HeadgateError | null, usage: Usage | null, finish: FinishReason | null) {
        if (startedMs === null || ended.length > index) return
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
          usage,
          finish,
          isStream: request.facts.stream,
          afterModelLoad,
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
    events,
  }
}

const carriesOutput = (event: BackendEvent) => event.type === 'body' || (event.type === 'frame' && event.output)

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
