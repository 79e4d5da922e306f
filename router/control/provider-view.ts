/** Providers as the panel sees them: what is configured, what the key is worth, how they have answered, what they cost. */
import { checkBaseUrl } from '../config/index.ts'
import type { Catalog, ProviderEntry } from '../core/catalog.ts'
import { startOfDay, startOfMonth } from '../core/clock.ts'
import type { Lane } from '../core/deployment.ts'
import { type HealthSnapshot, type Interval, wilsonInterval, Z_95 } from '../health/index.ts'
import { findProvider } from '../providers/index.ts'
import type { AttemptFigures, ProviderFigures, SettingsStore } from '../registry/index.ts'
import type { Budgets, BudgetView } from './budgets.ts'
import type { DeploymentView, ViewState } from './deployment-view.ts'
import type { KeyState, KeyStates } from './provider-key-state.ts'
import { providerSums } from './provider-sums.ts'

const WINDOW_MS = 24 * 3_600_000
/** Below it the largest of the values says nothing of the true p95 (health page). */
const P95_SAMPLES = 59

export interface Percentiles {
  readonly p50_ms: number | null
  /** Null below 59 values. */
  readonly p95_ms: number | null
  readonly samples: number
}

/** `GET /admin/providers`, one of them. */
export interface ProviderView {
  readonly name: string
  readonly kind: string
  readonly label: string
  readonly base_url: string | null
  /** `engine`, `loopback`, `network`; null without an address. */
  readonly address: string | null
  readonly lane: Lane
  readonly source: string
  /** The panel added it: everything can be changed and it can be removed. */
  readonly editable: boolean
  /** Nobody configured it: it is there under its name. */
  readonly built_in: boolean
  readonly disabled: string | null
  /** Switched off by a person. */
  readonly is_off: boolean
  readonly has_key: boolean
  /** The last four characters of a key that has at least sixteen. */
  readonly key_hint: string | null
  readonly key_source: string | null
  /** A variable that should hold the key and is not set: a key can be pasted instead. */
  readonly unset_key: string | null
  readonly key: { readonly state: KeyState['state']; readonly since: string | null; readonly message: string | null }
  readonly default_model: string | null
  readonly max_in_flight: number
  readonly region: string | null
  readonly priority: number
  readonly headers: readonly string[]
  readonly models: number
  readonly deployments: readonly Pick<DeploymentView, 'name' | 'model' | 'lane' | 'state' | 'detail' | 'in_flight' | 'first_output_ms'>[]
  /** The worst of its deployments. */
  readonly state: ViewState
  readonly detail: string | null
  /** Until the next look at what is out or limited. */
  readonly next_look_ms: number | null
  readonly window_hours: number
  /** Answered or failed; refused keys and rate limits are not counted. */
  readonly attempts: number
  readonly failed: number
  /** 95 % interval of the true share of failures; null without attempts. */
  readonly failure_interval: Interval | null
  readonly first_output: Percentiles
  readonly total: Percentiles
  readonly requests_today: number
  readonly spend_today_usd: number | null
  readonly spend_month_usd: number | null
  /** Null = none is set. */
  readonly budget: BudgetView | null
  readonly last_error: {
    readonly at: string | null
    readonly code: string
    readonly message: string | null
    readonly status: number | null
    readonly request: string
  } | null
}

export interface ProviderViewParts {
  readonly catalog: () => Catalog
  readonly deployments: () => readonly DeploymentView[]
  readonly snapshot: () => readonly HealthSnapshot[]
  readonly figures: ProviderFigures
  readonly settings: SettingsStore
  readonly keyStates: KeyStates
  readonly budgets: Pick<Budgets, 'view'>
  /** Wall clock, ms. */
  readonly now: () => number
}

export function providerViews(parts: ProviderViewParts): readonly ProviderView[] {
  const nowMs = parts.now()
  const catalog = parts.catalog()
  const attempts = parts.figures.attempts(nowMs - WINDOW_MS)
  const today = providerSums(catalog, parts.figures, startOfDay(nowMs))
  const month = providerSums(catalog, parts.figures, startOfMonth(nowMs))
  const waits = new Map(parts.snapshot().map(({ deployment, nextLookMs }) => [deployment, nextLookMs]))
  const deployments = Map.groupBy(parts.deployments(), ({ provider }) => provider)
  return [...catalog.providers.values()].map((entry) => {
    const own = deployments.get(entry.name) ?? []
    const { state, detail, next_look_ms } = worstOf(entry, own, { waits, hasAnswered: (attempts.get(entry.name)?.answered ?? 0) > 0 })
    const { state: keyState, since, message } = parts.keyStates.of(entry.name)
    return {
      ...configuredPart(entry, parts.settings),
      lane: own[0]?.lane ?? (addressOf(entry) === 'network' ? 'remote' : 'local'),
      key: { state: entry.endpoint?.credential ? keyState : 'none', since: timeText(since), message },
      models: new Set(own.map(({ model }) => model)).size,
      deployments: own.map(({ name, model, lane, state: its, detail: why, in_flight, first_output_ms }) => ({
        name,
        model,
        lane,
        state: its,
        detail: why,
        in_flight,
        first_output_ms,
      })),
      state,
      detail,
      next_look_ms,
      ...measuredPart(attempts.get(entry.name)),
      requests_today: today.get(entry.name)?.requests ?? 0,
      spend_today_usd: today.get(entry.name)?.costUsd ?? null,
      spend_month_usd: month.get(entry.name)?.costUsd ?? null,
      budget: parts.budgets.view(entry.name),
    }
  })
}

function configuredPart(entry: ProviderEntry, settings: SettingsStore) {
  const { name, kind, endpoint, source } = entry
  return {
    name,
    kind,
    label: findProvider(name)?.label ?? findProvider(kind)?.label ?? kind,
    base_url: endpoint?.baseUrl ?? null,
    address: addressOf(entry),
    source,
    editable: source === 'panel',
    built_in: source === 'built-in',
    disabled: entry.disabled,
    is_off: entry.isOff === true,
    has_key: endpoint?.credential != null,
    key_hint: endpoint?.credential?.hint() ?? null,
    key_source: entry.credentialSource ?? (settings.get('providerChanges')[name]?.key ? 'panel' : null),
    unset_key: entry.unsetKey ?? null,
    default_model: entry.defaultModel,
    max_in_flight: entry.maxInFlight,
    region: entry.region ?? null,
    priority: entry.priority ?? 0,
    headers: Object.keys(endpoint?.headers ?? {}),
  }
}

function measuredPart(figures: AttemptFigures | undefined) {
  const { answered = 0, failed = 0, firstOutputMs = [], totalMs = [], lastFailure = null } = figures ?? {}
  // A refused key and a rate limit are shown for themselves: they say nothing of how often it fails.
  const attempts = answered + failed
  return {
    window_hours: WINDOW_MS / 3_600_000,
    attempts,
    failed,
    failure_interval: wilsonInterval(failed, attempts, Z_95),
    first_output: percentiles(firstOutputMs),
    total: percentiles(totalMs),
    last_error: lastFailure && {
      at: timeText(lastFailure.at),
      code: lastFailure.code,
      message: lastFailure.message,
      status: lastFailure.status,
      request: lastFailure.requestId,
    },
  }
}

/** Rising milliseconds; the nearest rank, no interpolation. */
function percentiles(rising: readonly number[]): Percentiles {
  const at = (share: number) => Math.round(rising[Math.max(0, Math.ceil(share * rising.length) - 1)] ?? 0)
  return { p50_ms: rising.length > 0 ? at(0.5) : null, p95_ms: rising.length >= P95_SAMPLES ? at(0.95) : null, samples: rising.length }
}

/** Worst first. One that is healthy speaks for those that nobody has asked yet. */
const severity: readonly ViewState[] = ['out', 'limited', 'on-trial', 'ramping', 'loading', 'healthy', 'unknown', 'not-loaded', 'disabled']

function worstOf(
  entry: ProviderEntry,
  own: readonly DeploymentView[],
  { waits, hasAnswered }: { readonly waits: ReadonlyMap<string, number | null>; readonly hasAnswered: boolean },
): Pick<ProviderView, 'state' | 'detail' | 'next_look_ms'> {
  if (entry.disabled !== null) return { state: 'disabled', detail: entry.disabled, next_look_ms: null }
  const worst = own.toSorted((one, other) => severity.indexOf(one.state) - severity.indexOf(other.state))[0]
  if (!worst) return { state: 'unknown', detail: null, next_look_ms: null }
  const wait = waits.get(worst.name) ?? null
  // What answered today and is not out is healthy, whoever asked it.
  const state = worst.state === 'unknown' && hasAnswered ? 'healthy' : worst.state
  return { state, detail: worst.detail, next_look_ms: wait === null ? null : Math.round(wait) }
}

function addressOf({ kind, endpoint }: ProviderEntry): string | null {
  if (kind === 'engine') return 'engine'
  const checked = endpoint && checkBaseUrl(endpoint.baseUrl)
  return checked && !('problem' in checked) ? checked.address : null
}

const timeText = (at: number | null) => (at === null ? null : new Date(at).toISOString())
