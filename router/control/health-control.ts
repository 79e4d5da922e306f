/** Joins health to the world: attempt events go into the book, its changes come out as events, and its probes are sent when they are due. */
import type { Backend } from '../core/backend.ts'
import type { Catalog } from '../core/catalog.ts'
import type { Clock, Timer } from '../core/clock.ts'
import type { Deployment } from '../core/deployment.ts'
import type { EventBus } from '../core/events.ts'
import type { Host } from '../core/host.ts'
import type { DeploymentState, Lookup, Plan } from '../core/plan.ts'
import { createHealthBook, type HealthBook, type HealthChange, type HealthSnapshot, type Moment, type Place } from '../health/index.ts'
import { createOfflineGuard } from './offline-guard.ts'
import { createUsageMetrics } from './usage-metrics.ts'

const ONE_TOKEN_TIMEOUT_MS = 60_000
/** Names come from callers: so many places that nobody lists are remembered. */
const MOST_UNLISTED = 256
/** A look that comes so much later than it was planned, or a wall clock that ran so much farther than the monotonic one: the machine slept. */
const SLEPT_MS = 5_000
/** There is a look at least so often, to notice a sleep where no probe is planned. */
const HEARTBEAT_MS = 60_000

export interface HealthControl {
  /** States as they are now; `inFlight` comes from the slots. */
  states(): Lookup<DeploymentState>
  learnedStartMs(deployment: string): number | null
  /** What people see: measured, where `states` has what balancing should expect (with a penalty for failures). Null = no stream lately. */
  medianFirstOutputMs(deployment: string): number | null
  /** Everything that is known of every deployment, for people. */
  snapshot(): readonly HealthSnapshot[]
  /** The catalog changed: new places, forgotten places. */
  catalogChanged(catalog: Catalog): void
  /** The engine's state of this model is another. One that was ready and failed has crashed; a load that fails is told by the attempt that asked for it. */
  engineChanged(file: string, state: string): void
  /** This machine has no network since then (wall clock, ms); null = it has. */
  offlineSince(): number | null
  /** The guard of it does not act any more. */
  releaseOffline(): void
  /** After a sleep. */
  woke(): void
  stop(): void
}

export interface HealthControlParts {
  readonly clock: Clock
  readonly host: Host
  readonly bus: EventBus
  readonly catalog: () => Catalog
  readonly backendOf: (deployment: Deployment) => Backend
  readonly inFlight: (deployment: string) => number
  readonly isLoaded: (file: string) => boolean
  readonly isLocalOnly: () => boolean
  /** The offline guard may act; left out = it may. */
  readonly mayGoOffline?: () => boolean
  /** What other guards say of a deployment. */
  readonly guarded?: (deployment: Deployment) => Pick<DeploymentState, 'memoryRefusal' | 'overBudget'>
  /** The machine slept: connections from before lead nowhere. */
  readonly onWake: () => void
  /** This machine lost the network, or has it back. */
  readonly onOffline?: (isOffline: boolean) => void
}

export function createHealthControl(parts: HealthControlParts): HealthControl {
  const { clock, bus } = parts
  const now = (): Moment => ({ monotonicMs: clock.monotonic(), wallMs: clock.now(), chance: clock.chance() })
  let byName = new Map<string, Deployment>()
  /** Places that rules made of names: no file lists them, and they fail like any other. The oldest are forgotten. */
  const unlisted = new Map<string, Deployment>()
  let book: HealthBook = createHealthBook({ allowedFails: 3 })
  let rules = ''
  let timer: Timer | null = null
  let plannedMs = Number.POSITIVE_INFINITY
  let aheadMs = clock.now() - clock.monotonic()
  const engineStates = new Map<string, string>()
  const usage = createUsageMetrics(clock)
  let isStopped = false

  const deploymentOf = (name: string) => byName.get(name) ?? unlisted.get(name)
  const tell = (changes: readonly HealthChange[]) => {
    for (const change of changes) bus.emit({ type: 'deployment-changed', ...change })
  }
  const guard = createOfflineGuard({
    clock,
    elsewhere: () => [...byName.values()].filter(({ address, disabled }) => address === 'network' && disabled === null),
    async isReachable(deployment) {
      const timeoutMs = Math.max(1, parts.catalog().timeouts.probeMs)
      const { unanswered = false } = await parts.backendOf(deployment).probe(deployment, timeoutMs, parts.isLocalOnly())
      return !unanswered
    },
    mayLook: () => (parts.mayGoOffline?.() ?? true) && !parts.isLocalOnly(),
    onChange(isOffline) {
      tell(book.setOffline(isOffline, now()))
      parts.onOffline?.(isOffline)
      look()
    },
  })
  const conditions = () => ({ localOnly: parts.isLocalOnly(), onBattery: parts.host.power() === 'battery' })

  const unsubscribe = bus.subscribe((event) => {
    usage.read(event)
    if (event.type === 'request-decided') adopt(event.plan)
    else if (event.type === 'attempt-started') {
      if (noticeSleep()) look() // before the request leaves on a connection that the sleep has cut
      book.attemptStarted(event.deployment, now())
    } else if (event.type === 'attempt-ended') {
      const { attempt } = event
      const deployment = deploymentOf(attempt.deployment)
      if (!deployment) return
      tell(
        book.attemptEnded(
          {
            deployment: attempt.deployment,
            endpointKey: endpointKey(deployment),
            credentialKey: credentialKey(deployment),
            address: deployment.address,
            outcome: attempt.outcome,
            errorKind: attempt.errorKind,
            code: attempt.code,
            retryAfterMs: attempt.retryAfterMs,
            firstOutputMs: attempt.isStream && attempt.firstOutputMs !== null ? attempt.firstOutputMs - attempt.startedMs : null,
            afterModelLoad: attempt.afterModelLoad,
            startedMonotonicMs: clock.monotonic() - attempt.ms,
          },
          now(),
        ),
      )
      if (attempt.outcome !== 'answered') {
        if (book.suspectsOffline(now())) guard.suspect()
        look()
      }
    }
  })

  /** Keeps the state of what a plan holds and nobody lists. */
  function adopt({ steps }: Plan): void {
    const fresh = steps.filter(({ deployment: { name } }) => !byName.has(name) && !unlisted.has(name))
    if (fresh.length === 0) return
    for (const { deployment } of fresh) unlisted.set(deployment.name, deployment)
    for (const [oldest] of unlisted) if (unlisted.size > MOST_UNLISTED) unlisted.delete(oldest)
    setPlaces()
  }

  function setPlaces(): void {
    book.setPlaces([...byName.values(), ...unlisted.values()].filter(({ disabled }) => disabled === null).map(placeOf), now())
  }

  /** Settles what time changed, sends the probes that are due, and plans the next look. */
  function look(): void {
    if (isStopped) return
    timer?.cancel()
    noticeSleep()
    tell(book.settle(now()))
    for (const { deployment, kind } of book.due(now(), conditions())) void send(deployment, kind)
    const nextMs = book.nextLookMs(now(), conditions())
    const waitMs = Math.min(HEARTBEAT_MS, Math.max(50, nextMs ?? HEARTBEAT_MS))
    plannedMs = clock.monotonic() + waitMs
    timer = clock.after(waitMs, look)
  }

  /** Whether the monotonic clock stands still in a sleep (Linux) or runs on, one of the two shows it. */
  function noticeSleep(): boolean {
    const aheadBeforeMs = aheadMs
    aheadMs = clock.now() - clock.monotonic()
    const slept = aheadMs - aheadBeforeMs > SLEPT_MS || clock.monotonic() - plannedMs > SLEPT_MS
    if (slept) woke()
    return slept
  }

  function woke(): void {
    plannedMs = Number.POSITIVE_INFINITY
    parts.onWake()
    tell(book.woke(now()))
  }

  async function send(name: string, kind: 'free' | 'one-token'): Promise<void> {
    const deployment = deploymentOf(name)
    if (!deployment) return
    const backend = parts.backendOf(deployment)
    const timeoutMs = kind === 'free' ? Math.max(1, parts.catalog().timeouts.probeMs) : ONE_TOKEN_TIMEOUT_MS
    const result = await (kind === 'free'
      ? backend.probe(deployment, timeoutMs, parts.isLocalOnly())
      : backend.tryOneToken(deployment, timeoutMs, parts.isLocalOnly()))
    if (isStopped) return
    tell(book.probed({ deployment: name, kind, ...result }, now()))
    look()
  }

  const deploymentsOf = (file: string) =>
    [...byName.values()].filter(({ kind, upstreamModel }) => kind === 'engine' && upstreamModel === file).map(({ name }) => name)

  function engineChanged(file: string, state: string): void {
    const before = engineStates.get(file)
    engineStates.set(file, state)
    const act = state === 'ready' ? book.engineLoaded : state === 'failed' && before === 'ready' ? book.engineCrashed : null
    if (act === null) return
    for (const name of deploymentsOf(file)) tell(act(name, now()))
    look()
  }

  /** More failures than forgiven within the window: half its weight, until there are fewer (seed 003, error based routing). */
  function degraded(name: string, state: DeploymentState): Pick<DeploymentState, 'rampShare' | 'detail'> {
    const rule = parts.catalog().errorRouting
    const failures = rule ? usage.failuresWithin(name, rule.windowMs) : 0
    if (!rule || failures <= rule.threshold) return { rampShare: state.rampShare, detail: state.detail }
    const detail = `${failures} failures in ${Math.round(rule.windowMs / 1000)} s: half its weight`
    return { rampShare: state.rampShare / 2, detail: state.detail === null ? detail : `${state.detail}; ${detail}` }
  }

  return {
    states: () => ({
      get(name) {
        const deployment = deploymentOf(name)
        if (!deployment) return undefined
        const state = book.state(name, now())
        return {
          ...state,
          ...degraded(name, state),
          usage: usage.of(name),
          inFlight: parts.inFlight(name),
          loaded: deployment.kind === 'engine' ? parts.isLoaded(deployment.upstreamModel) : null,
          ...parts.guarded?.(deployment),
        }
      },
    }),
    learnedStartMs: (name) => book.learnedStartDeadlineMs(name, now()),
    medianFirstOutputMs: (name) => book.medianFirstOutputMs(name, now()),
    snapshot: () => book.snapshot(now()),
    catalogChanged(catalog) {
      const wanted = JSON.stringify([catalog.allowedFails, catalog.healthCheckMs, catalog.longestWaitMs, catalog.rateLimitFallbackMs])
      if (wanted !== rules) {
        rules = wanted
        book = createHealthBook({
          allowedFails: catalog.allowedFails,
          healthCheckMs: catalog.healthCheckMs,
          rateLimitFallbackMs: catalog.rateLimitFallbackMs,
          ...(catalog.longestWaitMs === null ? {} : { longestWaitMs: catalog.longestWaitMs }),
        })
        if (guard.since() !== null) book.setOffline(true, now())
      }
      byName = new Map(catalog.models.flatMap(({ deployments }) => deployments).map((deployment) => [deployment.name, deployment]))
      // What is at another address or under another key now is another place; what is listed now is no longer unlisted.
      for (const [name, deployment] of unlisted) {
        const endpoint = catalog.providers.get(deployment.provider)?.endpoint
        const isSame =
          endpoint?.baseUrl === deployment.endpoint?.baseUrl && endpoint?.credential?.fingerprint() === deployment.endpoint?.credential?.fingerprint()
        if (byName.has(name) || !isSame) unlisted.delete(name)
      }
      setPlaces()
      look()
    },
    engineChanged,
    offlineSince: guard.since,
    releaseOffline: guard.release,
    woke() {
      woke()
      look()
    },
    stop() {
      isStopped = true
      guard.stop()
      timer?.cancel()
      unsubscribe()
    },
  }
}

function placeOf(deployment: Deployment): Place {
  return {
    deployment: deployment.name,
    endpointKey: endpointKey(deployment),
    credentialKey: credentialKey(deployment),
    upstreamModel: deployment.upstreamModel,
    host: deployment.endpoint ? new URL(deployment.endpoint.baseUrl).hostname : null,
    address: deployment.address,
    lane: deployment.lane,
    allowsOneToken: deployment.lane === 'local' && deployment.features.embeddings !== true,
  }
}

const endpointKey = (deployment: Deployment) => deployment.endpoint?.baseUrl ?? null
/** Another key at the same place is another credential: what was learned about the old one is forgotten. */
const credentialKey = ({ provider, endpoint }: Deployment) =>
  endpoint?.credential ? `${provider} ${endpoint.baseUrl} ${endpoint.credential.fingerprint()}` : null
