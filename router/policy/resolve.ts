/** Which model a request means, in the order of seed 003: a place that it names itself, metadata, exact name, pattern, capability, size, default. A name is only ever looked up or matched. */
import type { Catalog } from '../core/catalog.ts'
import type { Lane, Model } from '../core/deployment.ts'
import { HeadgateError } from '../core/errors.ts'
import type { RequestFacts, Route, Situation } from '../core/plan.ts'
import type { Chain, RouteRule } from '../core/rules.ts'
import { autoModel, autoName } from './auto-model.ts'
import { matchCapability, matchMetadata, matchName, matchSize, sizeOf } from './match-rule.ts'
import { nearNames } from './near-names.ts'
import { askedAfter, modelOfRule } from './rule-places.ts'
import { chooseSmart } from './smart.ts'
import { unlistedDeployment, unlistedModel } from './unlisted.ts'

export interface Resolved {
  readonly model: Model
  readonly route: Route
  /** The provider that the name or the default asks for: its deployments are the plan, in order. */
  readonly provider: string | null
  /** The lane that the name or the header asks for. */
  readonly lane: Lane | null
  /** A rule names providers in order: that order is the plan, and nothing is drawn. */
  readonly isOrdered: boolean
  /** What follows when the model itself cannot answer; null = its own fallbacks, if any. */
  readonly chain: Chain | null
  /** What a link of the chain without a model of its own asks for; null = its provider's default. */
  readonly asked: string | null
}

/** No rule took it. */
const plain = { isOrdered: false, chain: null, asked: null } as const

interface AskedName {
  readonly name: string | null
  readonly provider: string | null
  readonly lane: Lane | null
}

/**
 * Resolves the model of a request. A model literally named `a@b` wins over the reading "a at provider b"; a lane in the name wins over the header's.
 * A rule whose places do not exist is passed over.
 * Throws `model-not-found` with near names, or `invalid-request` where no model is named and no default is configured; both name `model`.
 */
export function resolveModel(facts: RequestFacts, catalog: Catalog, situation: Situation): Resolved {
  const asked = readName(facts, catalog)
  // `auto` is no name that a provider would know, unless a file lists one of that name.
  const toRules = asked.name === autoName && catalog.modelsByName.get(autoName)?.source === 'built-in' ? { ...asked, name: null } : asked
  if (asked.provider !== null) return resolveNamed(asked, catalog) ?? refuse(asked, facts, catalog)
  return (
    byRule(matchMetadata(facts, catalog, situation), toRules, catalog) ??
    (facts.capability !== null && (asked.name === null || asked.name === autoName)
      ? byRule(matchCapability(facts, catalog), { ...asked, name: null }, catalog)
      : null) ??
    (asked.name === null ? null : byRule(catalog.rules.exact.get(asked.name) ?? null, asked, catalog)) ??
    bySmartRule(asked, facts, { catalog, situation }) ??
    resolveNamed(asked, catalog) ??
    (asked.name === null ? null : byRule(matchName(asked.name, catalog), asked, catalog)) ??
    byRule(matchCapability(facts, catalog), { ...asked, name: null }, catalog) ??
    (asked.name === null ? null : byRule(matchSize(asked.name, catalog), asked, catalog)) ??
    resolveDefault(asked, catalog) ??
    refuse(asked, facts, catalog)
  )
}

/** `auto`, or no model at all, with smart routing on. */
function bySmartRule(
  { name, lane }: AskedName,
  facts: RequestFacts,
  parts: { readonly catalog: Catalog; readonly situation: Situation },
): Resolved | null {
  if (name !== null && name !== autoName) return null
  const choice = chooseSmart(facts, { ...parts, lane })
  if (!choice) return null
  const { model, rule, words, others } = choice
  // What the model or a chain says follows; where nobody says anything, the other models that the rule could have meant.
  const isFollowed = hasFallbacks(model, parts.catalog)
  const chain = isFollowed ? null : parts.catalog.rules.defaultChain
  const followed = !isFollowed && chain === null ? { ...model, fallbacks: others } : model
  return { ...plain, model: followed, route: { kind: 'smart', rule: words, source: rule.source }, provider: null, lane, chain, asked: model.name }
}

/** Models that rules make, once per catalog and name; names come from requests, so the memory is bounded. */
const made = new WeakMap<Catalog, Map<RouteRule, Map<string | null, Model>>>()
const MOST_NAMES = 500

function byRule(rule: RouteRule | null, { name, lane }: AskedName, catalog: Catalog): Resolved | null {
  if (!rule) return null
  let ofRules = made.get(catalog)
  if (!ofRules) made.set(catalog, (ofRules = new Map()))
  let byName = ofRules.get(rule)
  if (!byName || byName.size > MOST_NAMES) ofRules.set(rule, (byName = new Map()))
  let model = byName.get(name)
  if (!model) byName.set(name, (model = modelOfRule(rule, name, catalog)))
  // Fallbacks of its own go before the chain that follows where nothing is said.
  const chain = hasFallbacks(model, catalog) ? null : rule.chain
  if (model.deployments.length === 0 && chain === null) return null
  const route: Route = { kind: rule.kind, rule: rule.rule, source: rule.source }
  return { model, route, provider: null, lane, isOrdered: rule.providers.length > 0, chain, asked: askedAfter(rule, name) }
}

function readName(facts: RequestFacts, catalog: Catalog): AskedName {
  let { model: name, askedProvider: provider, askedLane: lane } = facts
  if (name === null || (provider === null && catalog.modelsByName.has(name))) return { name, provider, lane }
  const byName = splitAtLast(name)
  if (byName && (byName.ending === 'local' || byName.ending === 'remote')) {
    name = byName.name
    lane = byName.ending
    if (provider === null && catalog.modelsByName.has(name)) return { name, provider, lane }
  }
  if (provider !== null) {
    // Both forms are understood, with and without the provider in the name.
    const base = name.endsWith(`@${provider}`) ? name.slice(0, -provider.length - 1) : name
    if (catalog.modelsByName.has(`${base}@${provider}`)) return { name: `${base}@${provider}`, provider: null, lane }
    return { name: base, provider, lane }
  }
  const byProvider = splitAtLast(name)
  if (byProvider && catalog.providers.has(byProvider.ending)) return { name: byProvider.name, provider: byProvider.ending, lane }
  return { name, provider, lane }
}

function splitAtLast(name: string): { readonly name: string; readonly ending: string } | null {
  const at = name.lastIndexOf('@')
  return at === -1 ? null : { name: name.slice(0, at), ending: name.slice(at + 1) }
}

function resolveNamed(asked: AskedName, catalog: Catalog): Resolved | null {
  const { name, provider, lane } = asked
  if (provider !== null) return resolveAt({ name, provider, lane }, catalog)
  if (name === null) return null
  const model = catalog.modelsByName.get(name)
  if (model) {
    const route: Route = { kind: name === model.name ? 'exact' : 'alias', rule: name, source: model.source }
    const chain = hasFallbacks(model, catalog) ? null : catalog.rules.defaultChain
    return { ...plain, model, route, provider: null, lane, chain, asked: model.name === autoName ? null : model.name }
  }
  if (name !== autoName) return null
  const auto = autoModel(catalog)
  return { ...plain, model: auto, route: { kind: 'exact', rule: autoName, source: auto.source }, provider: null, lane }
}

/** `name@provider`: the listed deployments of that provider, else the name as it stands, asked of that provider. */
function resolveAt(asked: AskedName & { readonly provider: string }, catalog: Catalog): Resolved | null {
  const { provider, lane } = asked
  const entry = catalog.providers.get(provider)
  if (!entry) return null
  const name = asked.name || entry.defaultModel // `@provider` alone: its default model
  if (!name) return null
  const listed = catalog.modelsByName.get(name) ?? (name === autoName ? autoModel(catalog) : undefined)
  const route: Route = { kind: 'exact', rule: `${name}@${provider}`, source: listed?.source ?? entry.source }
  if (listed?.deployments.some((deployment) => deployment.provider === provider)) return { ...plain, model: listed, route, provider, lane }
  const deployment = name === autoName ? null : unlistedDeployment(name, entry, catalog)
  if (!deployment) return null
  if (listed)
    return { ...plain, model: { ...listed, deployments: [...listed.deployments, { ...deployment, model: listed.name }] }, route, provider, lane }
  return { ...plain, model: unlistedModel(name, entry.source, [deployment]), route, provider, lane }
}

function resolveDefault(asked: AskedName, catalog: Catalog): Resolved | null {
  const fallback = catalog.default
  if (!fallback || asked.provider !== null) return null
  const lane = asked.lane
  const rule = fallback.model ?? fallback.provider
  if (rule === null) return null
  const route: Route = { kind: 'default', rule, source: fallback.source }
  const wanted =
    fallback.provider === null
      ? resolveNamed({ name: fallback.model, provider: null, lane }, catalog)
      : resolveAt({ name: fallback.model ?? firstModelAt(fallback.provider, catalog), provider: fallback.provider, lane }, catalog)
  if (!wanted) return null
  // A model's own fallbacks follow it; both would plan a place twice.
  const hasOwn = wanted.provider === null && hasFallbacks(wanted.model, catalog)
  return { ...wanted, route, chain: wanted.chain ?? (hasOwn ? null : catalog.rules.defaultChain) }
}

/** It names models that are there: one that nobody has (which `check` warns of) is followed by what follows where nothing is said. */
function hasFallbacks({ fallbacks }: Model, { modelsByName }: Catalog): boolean {
  return fallbacks.some((name) => modelsByName.has(name))
}

/** A provider's default model, else the first that the catalog lists there. */
function firstModelAt(provider: string, catalog: Catalog): string | null {
  const entry = catalog.providers.get(provider)
  if (entry?.defaultModel) return entry.defaultModel
  const listed = catalog.models.find((model) => model.name !== autoName && model.deployments.some((deployment) => deployment.provider === provider))
  return listed?.name ?? entry?.listed?.[0]?.id ?? null
}

function refuse(asked: AskedName, facts: RequestFacts, catalog: Catalog): never {
  if (facts.model === null)
    throw new HeadgateError(
      'invalid-request',
      `The request names no model, and ${defaultTried(asked, catalog, 'no default model is configured')}.${capabilityTried(facts, catalog)}`,
      {
        code: 'missing_required_parameter',
        param: 'model',
        howToFix: 'Send "model", for example "auto", or set default: {model: auto} in the configuration.',
      },
    )
  const shown = quote(facts.model)
  const near = nearNames(facts.model, new Set([...catalog.modelsByName.keys(), autoName]))
  const provider = facts.askedProvider
  const unknownProvider = provider !== null && !catalog.providers.has(provider) ? ` No provider is named ${quote(provider)} either.` : ''
  const hint = near.length > 0 ? ` Near names: ${near.map(quote).join(', ')}.` : ''
  throw new HeadgateError('model-not-found', `There is no model ${shown}.${unknownProvider}${hint}${rulesTried(asked, facts, catalog)}`, {
    param: 'model',
    howToFix:
      near.length > 0
        ? `Ask for ${quote(near[0] as string)}, or see GET /v1/models for every name.`
        : 'See GET /v1/models for every name; "auto" always exists.',
  })
}

/** Which rules were asked and why none of them took the name; empty where there are no rules, or none is asked because a provider is. */
function rulesTried(asked: AskedName, facts: RequestFacts, catalog: Catalog): string {
  const { metadata, patterns, sizes, capabilities } = catalog.rules
  if (asked.provider !== null) return ''
  const size = facts.model === null ? null : sizeOf(facts.model, catalog)
  const tried = [
    metadata.length > 0 ? `no condition of ${metadata.length} request rules holds` : null,
    patterns.length > 0 ? `no pattern of ${patterns.length} matches` : null,
    capabilities.size > 0 && facts.capability === null ? 'no configured capability follows from it' : null,
    sizes.length > 0 ? (size === null ? 'its size is not known' : `its size (${size} B) is in no range of ${sizes.length}`) : null,
  ].filter((each) => each !== null)
  const rules = tried.length === 0 ? '' : ` No rule took it: ${tried.join('; ')}; ${defaultTried(asked, catalog, 'no default is set')}.`
  return `${capabilityTried(facts, catalog)}${rules}`
}

/** Why no default took the request; `none` where there is none. */
function defaultTried({ provider }: AskedName, { default: fallback }: Catalog, none: string): string {
  if (provider !== null) return `${quote(provider)} has no default model`
  return fallback === null
    ? none
    : `the default (${quote(fallback.model ?? fallback.provider ?? '')}, ${fallback.source}) leads to no place that is known`
}

/** What became of the capability that the request names. */
function capabilityTried({ capability }: RequestFacts, { rules: { capabilities } }: Catalog): string {
  if (capability === null) return ''
  if (capabilities.has(capability))
    return ` The capability ${quote(capability)} has no place that is known: name a model in its rule, or a default_model at its provider.`
  const known = capabilities.size === 0 ? 'none is configured' : `configured: ${[...capabilities.keys()].slice(0, 5).join(', ')}`
  return ` There is no capability ${quote(capability)} (${known}).`
}

/** A name as it may be shown: quoted, control characters escaped, not longer than a line. */
function quote(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name)
}
