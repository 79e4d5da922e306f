/** Which rule takes a request, in the order of seed 003: metadata before the exact name, then patterns, capability, size. A listed model is an exact name of its own. */
import type { Catalog } from '../core/catalog.ts'
import type { RequestFacts, Situation } from '../core/plan.ts'
import type { ConditionFacts, RouteRule, Rules } from '../core/rules.ts'
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

/** What conditions see of a request. `model` is the name that the condition is about. */
export function conditionFacts(
  facts: RequestFacts,
  model: string | null,
  { catalog, situation }: { readonly catalog: Catalog; readonly situation: Situation },
  failedBefore: ReadonlySet<string> = new Set(),
): ConditionFacts {
  const every = (provider: string, is: (state: ReturnType<typeof stateOf>) => boolean) => {
    let any = false
    for (const { deployments } of catalog.models)
      for (const deployment of deployments) {
        if (deployment.provider !== provider) continue
        if (deployment.disabled === null && !is(stateOf(situation, deployment))) return false
        any = true
      }
    return any
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
    isUnavailable: (provider) =>
      failedBefore.has(provider) ||
      every(provider, (state) => state.health === 'out' || state.credentialOutForMs > 0 || state.modelUnknownForMs > 0 || state.limitedForMs > 0),
    isLimited: (provider) => every(provider, (state) => state.limitedForMs > 0),
  }
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
