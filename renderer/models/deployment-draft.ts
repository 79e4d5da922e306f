/** A deployment while it is typed: fields as text, and the entry that they make. Invariant: what the form does not know of an entry is kept. */
import type { Entry, FeatureName, ModelDeployment, ModelView, ProviderOption } from '../api/models.ts'
import type { Lane } from '../api/types.ts'
import { strings } from '../strings/index.ts'

const words = strings.models.form

export const engineProvider = 'engine'
export const shownFeatures: readonly FeatureName[] = ['tools', 'vision', 'json', 'reasoning', 'embeddings']

export interface DeploymentDraft {
  readonly lane: Lane
  /** Empty = nothing serves this side yet. */
  readonly provider: string
  /** Id at the provider; for the engine the model file. */
  readonly model: string
  readonly context: string
  readonly priceIn: string
  readonly priceOut: string
  /** Null = nobody knows; else the list is complete. */
  readonly features: readonly FeatureName[] | null
  readonly weight: string
  readonly priority: string
  readonly maxInFlight: string
  readonly timeout: string
  readonly rest: Entry
}

export type DraftErrors = Partial<Record<keyof DeploymentDraft, string>>

export function emptyDraft(lane: Lane): DeploymentDraft {
  return {
    lane,
    provider: '',
    model: '',
    context: '',
    priceIn: '',
    priceOut: '',
    features: null,
    weight: '',
    priority: '',
    maxInFlight: '',
    timeout: '',
    rest: {},
  }
}

export function draftOf({ entry, lane }: ModelDeployment): DeploymentDraft {
  const { provider, model, context, price, features, weight, priority, max_in_flight, timeout, lane: _, ...rest } = entry
  const { input, output } = (price ?? {}) as { input?: unknown; output?: unknown }
  return {
    lane,
    provider: text(provider),
    model: text(model),
    context: text(context),
    priceIn: text(input),
    priceOut: text(output),
    features: Array.isArray(features) ? (features as FeatureName[]) : null,
    weight: text(weight),
    priority: text(priority),
    maxInFlight: text(max_in_flight),
    timeout: text(timeout),
    rest,
  }
}

/** What is wrong with it before the router is asked. */
export function errorsOf(draft: DeploymentDraft): DraftErrors {
  const errors: { -readonly [Field in keyof DraftErrors]: DraftErrors[Field] } = {}
  for (const field of ['context', 'priceIn', 'priceOut', 'weight', 'priority', 'maxInFlight', 'timeout'] as const)
    if (draft[field].trim() !== '' && !Number.isFinite(numberOf(draft[field]))) errors[field] = words.notANumber
  if ((draft.priceIn.trim() === '') !== (draft.priceOut.trim() === '')) errors.priceOut ??= words.priceBoth
  if (draft.provider !== '' && draft.model.trim() === '') errors.model = words.needsModel
  return errors
}

/** As models.yaml would hold it. The lane is written where a server has it, so that its address does not decide. */
export function entryOf(draft: DeploymentDraft): Entry {
  const number = (key: string, value: string) => (value.trim() === '' ? {} : { [key]: numberOf(value) })
  const isEngine = draft.provider === engineProvider
  return {
    ...draft.rest,
    provider: draft.provider,
    model: draft.model.trim(),
    ...(isEngine ? {} : { lane: draft.lane }),
    ...number('context', draft.context),
    ...(draft.priceIn.trim() === '' ? {} : { price: { input: numberOf(draft.priceIn), output: numberOf(draft.priceOut) } }),
    ...(draft.features === null ? {} : { features: draft.features }),
    ...number('weight', draft.weight),
    ...number('priority', draft.priority),
    ...number('max_in_flight', draft.maxInFlight),
    ...number('timeout', draft.timeout),
  }
}

/** The deployments of the model that the panel holds, as entries: what a change sends whole. */
export const storedEntries = (model: ModelView): readonly Entry[] =>
  model.deployments.filter(({ source }) => source === 'panel').map(({ entry }) => entry)

/** The same with one deployment replaced, or removed; one that was found on the disk joins them when it is changed. */
export function withDeployment(model: ModelView, changed: ModelDeployment, entry: Entry | null): readonly Entry[] {
  const kept = model.deployments.filter(({ source, name }) => source === 'panel' || name === changed.name)
  return kept.flatMap((each) => (each.name !== changed.name ? [each.entry] : entry === null ? [] : [entry]))
}

/** Every server may stand on either side (a proxy on this machine leads to a cloud): first those that are usual there, of these the usable ones. */
export function providersFor(lane: Lane, providers: readonly ProviderOption[]): readonly ProviderOption[] {
  const rank = (provider: ProviderOption) => (isUsual(lane, provider) ? 0 : 2) + (provider.disabled === null ? 0 : 1)
  return providers.filter(({ kind }) => kind !== engineProvider).toSorted((one, other) => rank(one) - rank(other))
}

export const isUsual = (lane: Lane, { base_url }: ProviderOption): boolean => isOnThisMac(base_url) === (lane === 'local')

function isOnThisMac(baseUrl: string | null): boolean {
  if (baseUrl === null || !URL.canParse(baseUrl)) return false
  const host = new URL(baseUrl).hostname
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))

/** `8k`, `1M`, `8 192` and `8192` alike. */
function numberOf(value: string): number {
  const match = /^([\d\s\u2009\u00a0]*\.?\d+)\s*([kM]?)$/.exec(value.trim())
  if (!match) return Number.NaN
  const scale = match[2] === 'k' ? 1024 : match[2] === 'M' ? 1024 * 1024 : 1
  return Number((match[1] ?? '').replace(/\s/g, '')) * scale
}
