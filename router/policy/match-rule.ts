/** Which rule takes a request, in the order of seed 003: metadata before the exact name, then patterns, capability, size. A listed model is an exact name of its own. */
import type { Catalog } from '../core/catalog.ts'
import type { Deployment } from '../core/deployment.ts'
import type { RequestFacts, Situation } from '../core/plan.ts'
import type { Condition, ConditionFacts, RouteRule, Rules } from '../core/rules.ts'
import { isInRange, sizeOfName } from './model-size.ts'
import { stateOf } from './state.ts'

/** The first rule that the request itself asks for, whatever model it names; null = none. */
export function matchMetadata(facts: RequestFacts, catalog: Catalog, situation: Situation): RouteRule | null {
  const { metadata } = catalog.rules
  if (metadata.length === 0) return null
  const asked = conditionFacts(facts, facts.model, { catalog, situation })
  return metadata.find(({ condition }) => condition.holds(asked)) ?? null
}

/** Which pattern takes a name, by the patterns of one catalog: names come from requests again and again. */
const matched = new WeakMap<Rules['patterns'], Map<string, RouteRule | null>>()
const MOST_NAMES = 2_000

/** The first pattern that takes a name that no file lists. Null = none. */
export function matchName(name: string, catalog: Catalog): RouteRule | null {
  const { patterns } = catalog.rules
  if (patterns.length === 0) return null
  let byName = matched.get(patterns)
  if (!byName || byName.size >= MOST_NAMES) matched.set(patterns, (byName = new Map()))
  let rule = byName.get(name)
  if (rule === undefined) byName.set(name, (rule = patterns.find(({ matches }) => matches(name)) ?? null))
  return rule
}

/** The rule of the capability that the request names, or that follows from what it needs; null = none is configured. */
export function matchCapability(facts: RequestFacts, catalog: Catalog): RouteRule | null {
  const { capabilities } = catalog.rules
  if (capabilities.size === 0) return null
  if (facts.capability !== null) return capabilities.get(facts.capability) ?? null
  for (const name of inferredCapabilities(facts)) {
    const rule = capabilities.get(name)
    if (rule) return rule
  }
  return null
}

/** The rule for the size of a model that no file lists; null = no size, or no range holds it. */
export function matchSize(name: string, catalog: Catalog): RouteRule | null {
  const { sizes } = catalog.rules
  if (sizes.length === 0) return null
  const size = sizeOf(name, catalog)
  return size === null ? null : (sizes.find(({ range }) => isInRange(size, range)) ?? null)
}

/** Prompts above this many estimated tokens ask for `large_context`. */
const LONG_PROMPT = 6_000

/** Names under which a capability may be configured that the request needs without saying so, the most particular first. */
function inferredCapabilities({ needs, promptTokens }: RequestFacts): string[] {
  return [
    ...(needs.embeddings ? ['embeddings'] : []),
    ...(needs.vision ? ['vision'] : []),
    ...(needs.tools ? ['tools', 'tool_use', 'function_calling'] : []),
    ...(promptTokens > LONG_PROMPT ? ['large_context'] : []),
    ...(needs.json ? ['json', 'structured_output'] : []),
  ]
}

/** Around a condition: what is configured, how it stands, and which deployments the request could use. */
export interface ConditionSurroundings {
  readonly catalog: Catalog
  readonly situation: Situation
  /** Left out = those of the model that the condition is about. */
  readonly planned?: readonly Deployment[]
  /** Providers whose answer to this very request was a rate limit. */
  readonly limitedBefore?: ReadonlySet<string>
}

/**
 * What conditions see of a request. `model` is the name that the condition is about. A provider is limited or unavailable when all is that the
 * request could use there; where it has no place there, when everything of the provider is.
 */
export function conditionFacts(
  facts: RequestFacts,
  model: string | null,
  { catalog, situation, planned, limitedBefore }: ConditionSurroundings,
  failedBefore: ReadonlySet<string> = new Set(),
): ConditionFacts {
  const own = planned ?? (model === null ? [] : (catalog.modelsByName.get(model)?.deployments ?? []))
  const placesAt = (provider: string): readonly Deployment[] => {
    const usable = own.filter((deployment) => deployment.provider === provider)
    if (usable.length > 0) return usable
    return catalog.models.flatMap(({ deployments }) => deployments.filter((deployment) => deployment.provider === provider))
  }
  const isLimited = (provider: string) => {
    const places = placesAt(provider).filter(({ disabled }) => disabled === null)
    return places.length > 0 && places.every((deployment) => stateOf(situation, deployment).limitedForMs > 0)
  }
  const isUnavailable = (provider: string) => {
    const places = placesAt(provider)
    return places.length > 0 && places.every((deployment) => !canAnswer(deployment, situation))
  }
  return {
    headers: facts.headers,
    model: model ?? '',
    modelSize: model === null ? null : sizeOf(model, catalog),
    stream: facts.stream,
    promptTokens: facts.promptTokens,
    contextTokens: facts.promptTokens + (facts.maxOutputTokens ?? 0),
    batchSize: facts.answers,
    hasTools: facts.needs.tools,
    hasImages: facts.needs.vision,
    wantsJson: facts.needs.json,
    isCode: facts.prompt?.isCode ?? false,
    isMath: facts.prompt?.isMath ?? false,
    hardness: facts.prompt?.hardness ?? 0,
    turns: facts.prompt?.turns ?? 0,
    hour: situation.calendar.hour,
    weekday: situation.calendar.weekday,
    isUnavailable: (provider) => failedBefore.has(provider) || limitedBefore?.has(provider) === true || isUnavailable(provider),
    isLimited: (provider) => limitedBefore?.has(provider) === true || isLimited(provider),
  }
}

/** Neither out nor limited nor switched off, and its credential and its model are known as good. */
function canAnswer(deployment: Deployment, situation: Situation): boolean {
  if (deployment.disabled !== null) return false
  const { health, credentialOutForMs, modelUnknownForMs, limitedForMs } = stateOf(situation, deployment)
  return health !== 'out' && credentialOutForMs <= 0 && modelUnknownForMs <= 0 && limitedForMs <= 0
}

/** What stands around a link of a chain. */
export interface LinkSurroundings {
  readonly facts: RequestFacts
  readonly model: string | null
  readonly catalog: Catalog
  readonly situation: Situation
  /** Deployments of the plan up to this link. */
  readonly planned: readonly Deployment[]
  /** Providers before it: the plan is made before anything is asked, and they will have failed when the link is reached. */
  readonly failedBefore: ReadonlySet<string>
}

/** Does a link follow? `yes` after any failure, or only once one of these providers has answered with a rate limit, or `no`. */
export function linkFollows(condition: Condition, { facts, model, failedBefore, ...around }: LinkSurroundings): 'yes' | 'no' | readonly string[] {
  if (condition.holds(conditionFacts(facts, model, around, failedBefore))) return 'yes'
  const asked = around.planned.filter((deployment) => failedBefore.has(deployment.provider) && canAnswer(deployment, around.situation))
  const limitedBefore = new Set(asked.map(({ provider }) => provider))
  const mayBeLimited = condition.providers.filter((provider) => limitedBefore.has(provider))
  if (mayBeLimited.length === 0) return 'no'
  return condition.holds(conditionFacts(facts, model, { ...around, limitedBefore }, failedBefore)) ? mayBeLimited : 'no'
}

/** Billions of parameters: as configured, else by the public name, else by what a deployment is called upstream, or by what its provider says of it. */
export function sizeOf(name: string, catalog: Catalog): number | null {
  const model = catalog.modelsByName.get(name)
  if (!model) return sizeOfName(name) ?? listedSizes(catalog).get(name) ?? null
  if (model.size !== null) return model.size
  const byName = sizeOfName(model.name)
  if (byName !== null) return byName
  for (const { upstreamModel } of model.deployments) {
    const size = sizeOfName(upstreamModel.split('/').pop() ?? '')
    if (size !== null) return size
  }
  for (const { upstreamModel } of model.deployments) {
    const size = listedSizes(catalog).get(upstreamModel)
    if (size !== undefined) return size
  }
  return null
}

/** Sizes that providers tell of what they list, by the name there; the first provider wins. */
const sizesListed = new WeakMap<Catalog, ReadonlyMap<string, number>>()

function listedSizes(catalog: Catalog): ReadonlyMap<string, number> {
  let sizes = sizesListed.get(catalog)
  if (!sizes) {
    const all = [...catalog.providers.values()].flatMap(({ listed = [] }) => listed)
    sizes = new Map(all.flatMap(({ id, size }) => (size === null ? [] : [[id, size] as const])).reverse())
    sizesListed.set(catalog, sizes)
  }
  return sizes
}
