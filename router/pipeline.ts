/** One request's whole journey on one page: admit → decide → execute → observe. Every request that comes in ends in exactly one `request-ended`. */
import { admit, identify } from './admission/index.ts'
import { toolName } from './admission/tool-name.ts'
import type { SplitControl } from './control/split-control.ts'
import type { CancelSignal } from './core/cancel.ts'
import type { Catalog } from './core/catalog.ts'
import { type Clock, calendarOf } from './core/clock.ts'
import type { Usage } from './core/conversation.ts'
import type { Deployment } from './core/deployment.ts'
import type { Dialect } from './core/dialect.ts'
import { asHeadgateError, HeadgateError } from './core/errors.ts'
import type { AttemptEnd, RequestInfo, RouterEvent } from './core/events.ts'
import type { AdmissionRequest, AdmissionSituation, Caller, CallerKey } from './core/gate.ts'
import type { MovingGuard } from './core/guard.ts'
import { type ParsedBody, parseBody } from './core/json-text.ts'
import type { DeploymentState, Hold, Lookup, Plan, RequestFacts, Situation } from './core/plan.ts'
import { costUsd } from './core/price.ts'
import type { CallerSplit, Reason } from './core/split.ts'
import { type AnswerEnd, type AnswerSink, type Execution, type ExecutionParts, execute } from './execution/index.ts'
import { autoName, decideResolved, holdAfter, pinnedPlan, promptFeatures, resolveModel, sessionKey, turnAfter } from './policy/index.ts'
import type { SessionStore } from './registry/index.ts'

export interface Incoming {
  readonly id: string
  readonly dialect: Dialect
  /** The caller's bytes, as they came. */
  readonly bytes: Uint8Array
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** Reads the credential as presented; null = none. Throws when two carriers disagree. */
  readonly token: () => string | null
  /** Aborts when the caller goes away. */
  readonly signal: CancelSignal
  /** Sent by the panel, under this name: it was let in already. */
  readonly fromPanel?: string
  /** The panel's own test: it was let in already, and exactly this deployment answers, or nobody. */
  readonly pinned?: { readonly deployment: Deployment; readonly tool: string }
}

/** An answer that is ready to be fetched: what the HTTP side writes. */
export interface Answer {
  readonly id: string
  readonly stream: boolean
  /** `x-headgate-…` of the deployment that serves, or is being tried. */
  headers(): Record<string, string>
  readonly attempts: readonly AttemptEnd[]
  /** Executes the plan into the sink, and tells the end. Rejects with the failure that the caller is to be told. */
  run(sink: AnswerSink): Promise<void>
}

export interface PipelineParts {
  readonly clock: Clock
  readonly catalog: () => Catalog
  readonly split: SplitControl
  readonly sessions: SessionStore
  readonly deploymentStates: () => Lookup<DeploymentState>
  readonly guard: () => MovingGuard | null
  readonly admission: () => AdmissionSituation
  readonly execution: ExecutionParts
  readonly emit: (event: RouterEvent) => void
  /** Refuses what cannot be answered yet in better words (the starter model is on its way); null = nothing to say. */
  readonly explainRefusal: (plan: Plan) => HeadgateError | null
}

export interface Pipeline {
  answer(incoming: Incoming): Answer
  /** Everything around a request as it stands now, for a request without a session. */
  situation(): Situation
  /** Decides without running: the same function, the same snapshot, nothing booked. */
  explain(dialect: Dialect, body: ParsedBody, headers: Readonly<Record<string, string>>, caller: Caller): Plan
}

export function createPipeline(parts: PipelineParts): Pipeline {
  const { clock, emit, sessions, split } = parts
  const turns = createTurns()
  const calendar = createCalendar(clock)

  function answer(incoming: Incoming): Answer {
    const startedMs = clock.monotonic()
    const userAgent = incoming.headers['user-agent'] ?? null
    const { pinned } = incoming
    const tool = pinned?.tool ?? incoming.fromPanel ?? toolName(userAgent)
    const journey = openJourney(incoming, tool, startedMs)
    try {
      // Admit: who calls comes before what is asked
      const token = incoming.token()
      const admission = pinned || incoming.fromPanel !== undefined ? { ...parts.admission(), requireKey: false } : parts.admission()
      const key = identify(token, admission)
      const caller: Caller = { keyId: key?.id ?? null, tool: key?.name ?? tool, key }
      const body = parseBody(incoming.bytes)
      const facts = readFacts(incoming.dialect, body, incoming.headers)
      const admitted = admit({ facts, token, userAgent, caller }, admission)
      journey.admitted(admitted)

      // Decide, and book the draw in the same tick
      const decidingMs = clock.monotonic()
      const { plan, session } = pinned
        ? { plan: planOfTest(pinned.deployment, admitted.facts, key), session: null }
        : decideFor(admitted.facts, admitted.caller, true)
      journey.decided(plan, session, clock.monotonic() - decidingMs)
      const first = plan.steps[0]
      if (!first) throw parts.explainRefusal(plan) ?? refused(plan)
      sessions.book({
        session,
        hold: holdAfter(plan, first, { before: session === null ? null : sessions.hold(session), splitVersion: split.version() }),
        deficit: plan.booking,
      })
      const turn = turnAfter(plan, turns)
      if (turn) turns.set(turn.deployment, turn.count)

      // Execute
      const execution = execute(
        {
          id: incoming.id,
          keyId: admitted.caller.keyId,
          plan,
          dialect: incoming.dialect,
          body,
          facts: admitted.facts,
          headers: incoming.headers,
          localOnly: plan.localOnly,
          startedMs,
          signal: incoming.signal,
        },
        parts.execution,
      )

      // Observe
      return {
        id: incoming.id,
        stream: facts.stream,
        attempts: execution.attempts,
        headers: () => servedHeaders(incoming.id, execution),
        run: (sink) => journey.observed(execution, sink),
      }
    } catch (thrown) {
      throw journey.failed(thrown)
    }
  }

  /** The dialect's facts, and of the headers those that a rule reads. */
  function readFacts(dialect: Dialect, body: ParsedBody, headers: Readonly<Record<string, string>>): RequestFacts {
    const facts = dialect.read(body, headers)
    const { headers: wanted, smart } = parts.catalog().rules
    if (wanted.length === 0 && smart === null) return facts
    const isOpen = smart !== null && (facts.model === null || facts.model === autoName)
    const words = isOpen ? dialect.lastWords(body) : null
    return {
      ...facts,
      prompt: words && promptFeatures(words.text, words.turns),
      headers: Object.fromEntries(wanted.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))),
    }
  }

  function decideFor(facts: RequestFacts, caller: Caller, isLive: boolean): { plan: Plan; session: string | null } {
    const catalog = parts.catalog()
    const situation = situationOf(isLive ? split.chance() : clock.chance(), caller.key)
    const resolved = resolveModel(facts, catalog, situation)
    const session = facts.session === null ? null : sessionKey(caller.keyId, resolved.model.name, facts.session.id)
    if (session !== null) situation.hold = sessions.hold(session)
    const plan = decideResolved(resolved, { facts, catalog, situation })
    return { plan, session: plan.keepsSession ? session : null }
  }

  function planOfTest(deployment: Deployment, facts: RequestFacts, key: CallerKey | null): Plan {
    const model = parts.catalog().modelsByName.get(deployment.model)
    return pinnedPlan(deployment, { facts, situation: situationOf(clock.chance(), key), model })
  }

  /** The hold belongs to the session, which is known once the model is. */
  function situationOf(laneChance: number, key: CallerKey | null = null): Situation & { hold: Hold | null } {
    return {
      split: split.current(),
      key: callerSplitOf(key),
      splitVersion: split.version(),
      deployments: parts.deploymentStates(),
      hold: null,
      deficits: { get: sessions.deficit },
      turns,
      guard: parts.guard(),
      laneChance,
      strategyChance: clock.chance(),
      calendar: calendar(),
    }
  }

  return {
    answer,
    situation: () => situationOf(clock.chance()),
    // A seeded sequence belongs to live requests: looking must not draw from it.
    explain: (dialect, body, headers, caller) => decideFor(readFacts(dialect, body, headers), caller, false).plan,
  }

  /** Follows one request and tells its end once. */
  function openJourney(incoming: Incoming, tool: string, startedMs: number) {
    const at = clock.now()
    let caller: Caller | null = null
    let facts: RequestFacts | null = null
    let plan: Plan | null = null
    let session: string | null = null

    const info = (): RequestInfo => ({
      id: incoming.id,
      at,
      keyId: caller?.keyId ?? null,
      tool: caller?.tool ?? tool,
      dialect: incoming.dialect.name,
      model: plan?.model ?? facts?.model ?? null,
      stream: facts?.stream ?? false,
    })

    function ended(error: HeadgateError | null, execution: Execution | null, usage: Usage | null): void {
      const step = execution && execution.attempts.length > 0 ? execution.current() : null
      const served = step?.step.deployment ?? null
      emit({
        type: 'request-ended',
        request: info(),
        plan,
        session,
        // A pinned request is no sample of what tools ask for.
        facts: incoming.pinned ? null : facts,
        status: error ? error.status : 200,
        deployment: served?.name ?? null,
        lane: served?.lane ?? null,
        reason: step ? servedReason(step) : null,
        attempts: execution?.attempts.length ?? 0,
        firstOutputMs: execution?.firstOutputMs() ?? null,
        durationMs: clock.monotonic() - startedMs,
        usage,
        costUsd: served?.price && usage ? costUsd(served.price, usage) : null,
        errorKind: error?.kind ?? null,
        errorCode: error?.code ?? null,
        errorMessage: error?.message ?? null,
      })
    }

    return {
      admitted(its: Pick<AdmissionRequest, 'caller' | 'facts'>) {
        caller = its.caller
        facts = its.facts
      },
      decided(decision: Plan, key: string | null, decisionMs: number) {
        plan = decision
        session = key
        emit({ type: 'request-decided', request: info(), plan, decisionMs })
      },
      failed(thrown: unknown): HeadgateError {
        const error = asHeadgateError(thrown)
        ended(error, null, null)
        return error
      },
      async observed(execution: Execution, sink: AnswerSink): Promise<void> {
        let error: HeadgateError | null = null
        let end: AnswerEnd | null = null
        try {
          end = await execution.run(sink)
        } catch (thrown) {
          error = asHeadgateError(thrown)
          throw error
        } finally {
          const { step, movedBy } = execution.current()
          if (!error && movedBy !== null && movedBy !== 'busy' && session !== null)
            sessions.book({
              session,
              hold: { deployment: step.deployment.name, lane: step.deployment.lane, failedOver: true, splitVersion: split.version() },
              deficit: null,
            })
          ended(error, execution, end?.usage ?? execution.attempts.at(-1)?.usage ?? null)
        }
      },
    }
  }
}

/** Hour and weekday of this machine, looked up once a minute. */
function createCalendar(clock: Clock): () => Situation['calendar'] {
  let until = 0
  let known = calendarOf(0)
  return () => {
    const now = clock.now()
    if (now < until) return known
    until = now + 60_000 - (now % 60_000)
    known = calendarOf(now)
    return known
  }
}

/** How often each deployment came first; halved together before the numbers grow, so that a new deployment is not flooded. */
function createTurns(): { get(name: string): number | undefined; set(name: string, count: number): void } {
  const counts = new Map<string, number>()
  return {
    get: (name) => counts.get(name),
    set(name, count) {
      counts.set(name, count)
      if (count > 1_000_000) for (const [other, its] of counts) counts.set(other, Math.floor(its / 2))
    },
  }
}

/** Only a key that says something about its requests. */
function callerSplitOf(key: CallerKey | null): CallerSplit | null {
  const { remoteShare = null, laneLock = null } = key ?? {}
  return key && (remoteShare !== null || laneLock !== null) ? { id: key.id, name: key.name, remoteShare, laneLock } : null
}

function servedReason({ step, movedBy }: ReturnType<Execution['current']>): Reason {
  return movedBy ?? step.reason
}

function servedHeaders(id: string, execution: Execution): Record<string, string> {
  const current = execution.current()
  const { deployment } = current.step
  return {
    'x-headgate-request-id': id,
    'x-headgate-model': headerText(deployment.model),
    'x-headgate-deployment': headerText(deployment.name),
    'x-headgate-lane': deployment.lane,
    'x-headgate-attempts': String(current.attempt),
    'x-headgate-reason': servedReason(current),
  }
}

/** Names come out of files and requests: outside printable ASCII they are percent-encoded. */
const printable = /^[\x20-\x7e]*$/
const headerText = (text: string) => (printable.test(text) ? text : encodeURIComponent(text))

function refused(plan: Plan): HeadgateError {
  const refusal = plan.refusal
  if (!refusal) return new HeadgateError('no-eligible-deployment', `No deployment of ${plan.model} can answer.`)
  return new HeadgateError(refusal.kind, refusal.message, {
    reason: refusal.reason,
    ...(refusal.reason === 'offline' ? { code: 'offline' } : {}),
    howToFix: refusal.howToFix,
    ...(refusal.kind === 'context-too-long' ? { param: 'messages' } : {}),
    ...(refusal.kind === 'budget-exceeded' ? { headers: { 'x-should-retry': 'false' } } : {}),
    ...(refusal.retryAfterMs === null ? {} : { retryAfterMs: refusal.retryAfterMs }),
  })
}
