/** Deployments that no file lists: a model asked for by `name@provider`, and the default model of a provider. The name stays a literal. */
import { type Catalog, type ProviderEntry, runsElsewhere } from '../core/catalog.ts'
import type { Address, Deployment, Lane, Model, Source } from '../core/deployment.ts'

/**
 * The deployment of an unlisted model at a provider, or null where the provider cannot have one: the engine serves listed files only, and a
 * provider without a base URL can be reached nowhere. Lane and address follow a listed deployment of the same provider, else the base URL; what
 * a local server passes on to a cloud leaves this machine in lane and address.
 */
export function unlistedDeployment(name: string, provider: ProviderEntry, catalog: Catalog): Deployment | null {
  if (provider.endpoint === null) return null
  const leaves = runsElsewhere(provider, name)
  const sibling = leaves ? null : firstOf(provider, catalog)
  const address = leaves ? 'network' : (sibling?.address ?? addressOf(provider.endpoint.baseUrl))
  const lane: Lane = sibling?.lane ?? (address === 'network' ? 'remote' : 'local')
  return {
    name: `${name}/${provider.name}`,
    model: name,
    provider: provider.name,
    kind: provider.kind,
    upstreamModel: name,
    lane,
    address,
    endpoint: provider.endpoint,
    weight: null,
    priority: provider.priority ?? 0,
    context: null,
    features: { tools: null, vision: null, json: null, reasoning: null, embeddings: null },
    price: null,
    startDeadlineMs: null,
    maxInFlight: provider.maxInFlight,
    source: provider.source,
    disabled: provider.disabled,
  }
}

/** A model that no file lists: nothing is set but where it is served. */
export function unlistedModel(name: string, source: Source, deployments: readonly Deployment[]): Model {
  return { name, aliases: [], remoteShare: null, weightedShare: null, strategy: null, fallbacks: [], size: null, deployments, source }
}

function firstOf(provider: ProviderEntry, catalog: Catalog): Deployment | null {
  for (const model of catalog.models)
    for (const deployment of model.deployments)
      if (deployment.provider === provider.name && !runsElsewhere(provider, deployment.upstreamModel)) return deployment
  return null
}

/** Loopback by name or number; what cannot be read counts as network, the side on which a lock to local refuses. */
function addressOf(baseUrl: string): Address {
  if (!URL.canParse(baseUrl)) return 'network'
  const host = new URL(baseUrl).hostname
  const isLoopback = host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
  return isLoopback ? 'loopback' : 'network'
}
