/** Where a rule sends a request: its candidates as a model of their own, and the places of its chain after them. Deployments that no file lists are made by name. */
import type { Catalog, ProviderEntry } from '../core/catalog.ts'
import type { Deployment, Model } from '../core/deployment.ts'
import type { ChainLink, RouteRule } from '../core/rules.ts'
import { autoName } from './auto-model.ts'
import { sizeOf } from './match-rule.ts'
import { sizeOfName } from './model-size.ts'
import { unlistedDeployment, unlistedModel } from './unlisted.ts'

/** Priorities of one preference, so that those of the deployments themselves count inside it. */
const STEP = 1_000

/**
 * The candidates of a rule for a name (null = none was asked for), best preference first where the rule names no strategy. Without any, the
 * model is empty and the chain decides.
 */
export function modelOfRule(rule: RouteRule, name: string | null, catalog: Catalog): Model {
  const names = rule.models.length > 0 ? rule.models : name === null ? [] : [rule.asksFor?.(name) || name]
  const found = names.length > 0 ? placesOfNames(rule, names, catalog) : placesWithoutName(rule, catalog)
  const listed = name === null ? undefined : catalog.modelsByName.get(name)
  const deployments = found.map(
    ({ deployment, rank }): Deployment =>
      rule.strategy === null && rank > 0 ? { ...deployment, priority: deployment.priority + rank * STEP } : deployment,
  )
  const label = name ?? rule.rule
  return {
    ...unlistedModel(label, rule.source, deployments),
    fallbacks: ownFallbacks(rule, listed, catalog),
    lock: listed?.lock ?? null,
    strategy: rule.strategy ?? (rule.providers.length === 0 ? (listed?.strategy ?? null) : null),
    remoteShare: rule.providers.length === 0 ? (listed?.remoteShare ?? null) : null,
  }
}

/** The model's own, where the rule says nothing of what follows. */
function ownFallbacks({ chain, endsHere }: RouteRule, listed: Model | undefined, { rules }: Catalog): readonly string[] {
  return listed === undefined || endsHere || (chain !== null && chain !== rules.defaultChain) ? [] : listed.fallbacks
}

/**
 * What a link of the chain asks for that names no model: what the rule asks for, the name that came, or null where there is no name that a
 * provider would know (a capability, a group, `auto`), and then each provider's own default.
 */
export function askedAfter(rule: RouteRule, name: string | null): string | null {
  if (rule.kind === 'capability' || rule.models.length > 1) return null
  return rule.models[0] ?? (name === null ? null : rule.asksFor?.(name) || name)
}

/** The deployments of one link, for the model of the request (null = none was asked for). */
export function placesOfLink(link: ChainLink, name: string | null, catalog: Catalog): readonly Deployment[] {
  const wanted = link.model ?? name
  if (wanted !== null) return placesAt(wanted, link.provider, catalog)
  const places = defaultPlaces(link.provider, catalog)
  return places.length > 0 ? places : nowhere(link.provider, catalog)
}

/** A place that is left out with the reason, so that a plan does not pass over a link in silence. */
function nowhere(provider: string, catalog: Catalog): readonly Deployment[] {
  const entry = catalog.providers.get(provider)
  const place = entry && unlistedDeployment(autoName, entry, catalog)
  return place ? [{ ...place, disabled: place.disabled ?? `no model is named, ${provider} has no default_model and is not known to list any` }] : []
}

interface Place {
  readonly deployment: Deployment
  /** 0 = the first preference. */
  readonly rank: number
}

function placesOfNames(rule: RouteRule, names: readonly string[], catalog: Catalog): Place[] {
  const places: Place[] = []
  const add = (deployments: readonly Deployment[], rank: number) => {
    for (const deployment of deployments)
      if (meets(rule, deployment, catalog) && !places.some((place) => place.deployment.name === deployment.name)) places.push({ deployment, rank })
  }
  for (const [index, name] of names.entries())
    if (rule.providers.length === 0) add(catalog.modelsByName.get(name)?.deployments ?? [], index)
    else for (const [order, provider] of rule.providers.entries()) add(placesAt(name, provider, catalog), index * rule.providers.length + order)
  return places
}

/** No name at all: a provider's default model, else the first that it lists; without a provider everything that is listed. */
function placesWithoutName(rule: RouteRule, catalog: Catalog): Place[] {
  if (rule.providers.length > 0)
    return rule.providers.flatMap((provider, rank) => {
      const first = [...defaultPlaces(provider, catalog), ...saidPlaces(provider, catalog)].find((deployment) => meets(rule, deployment, catalog))
      return first ? [{ deployment: first, rank }] : []
    })
  return catalog.models
    .filter(({ name }) => name !== autoName)
    .flatMap(({ deployments }) => deployments)
    .filter((deployment) => deployment.features.embeddings !== true && meets(rule, deployment, catalog))
    .map((deployment) => ({ deployment, rank: 0 }))
}

/** What is listed of that name at that provider, else the name as it stands, asked there; the engine, which serves files only, answers with its own default. */
function placesAt(name: string, provider: string, catalog: Catalog): readonly Deployment[] {
  const entry = catalog.providers.get(provider)
  if (!entry) return []
  const model = catalog.modelsByName.get(name) ?? (entry.kind === 'engine' ? catalog.modelsByName.get(name.replace(/\.gguf$/i, '')) : undefined)
  const listed = model?.deployments.filter((deployment) => isAt(deployment, entry)) ?? []
  if (listed.length > 0) return listed
  if (entry.kind === 'engine') return defaultPlaces(provider, catalog).slice(0, 1)
  const unlisted = unlistedDeployment(name, entry, catalog)
  return unlisted ? [unlisted] : []
}

/** The default model first, then what is listed at the provider; where nothing is, the first model that it says it has. */
function defaultPlaces(provider: string, catalog: Catalog): readonly Deployment[] {
  const entry = catalog.providers.get(provider)
  if (!entry) return []
  const listed = catalog.models.filter(({ name }) => name !== autoName).flatMap(({ deployments }) => deployments.filter((each) => isAt(each, entry)))
  const wanted = entry.defaultModel ?? (listed.length === 0 ? (entry.listed?.[0]?.id ?? null) : null)
  if (wanted === null) return listed
  const preferred =
    listed.find(({ model, upstreamModel }) => model === wanted || upstreamModel === wanted) ?? unlistedDeployment(wanted, entry, catalog)
  return preferred ? [preferred, ...listed.filter((each) => each !== preferred)] : listed
}

/** What the provider says it has, whether a file lists it or not. */
function saidPlaces(provider: string, catalog: Catalog): readonly Deployment[] {
  const entry = catalog.providers.get(provider)
  return entry ? (entry.listed ?? []).flatMap(({ id }) => unlistedDeployment(id, entry, catalog) ?? []) : []
}

/** The engine has several names (`engine`, `llama_cpp_native`) and is one. */
function isAt(deployment: Deployment, { name, kind }: ProviderEntry): boolean {
  return deployment.provider === name || (kind === 'engine' && deployment.kind === 'engine')
}

function meets({ minModelSize, minContext }: RouteRule, deployment: Deployment, catalog: Catalog): boolean {
  if (minContext !== null && deployment.context !== null && deployment.context < minContext) return false
  if (minModelSize === null) return true
  const size = sizeOf(deployment.model, catalog) ?? sizeOfName(deployment.upstreamModel)
  return size === null || size >= minModelSize
}
