/** Requests and money of the ledger by provider: rows name the deployment that served, which may be gone since. */
import type { Catalog } from '../core/catalog.ts'
import type { ProviderFigures } from '../registry/index.ts'

export interface ProviderSums {
  readonly requests: number
  /** US dollars; null where no price is known. */
  readonly costUsd: number | null
}

/** By provider, since a wall-clock moment in ms. */
export function providerSums(catalog: Catalog, figures: Pick<ProviderFigures, 'sums'>, sinceMs: number): ReadonlyMap<string, ProviderSums> {
  const providerOf = deploymentOwners(catalog)
  const sums = new Map<string, ProviderSums>()
  for (const { deployment, requests, costUsd } of figures.sums(sinceMs)) {
    const provider = providerOf(deployment)
    const before = sums.get(provider) ?? { requests: 0, costUsd: null }
    sums.set(provider, { requests: before.requests + requests, costUsd: costUsd === null ? before.costUsd : (before.costUsd ?? 0) + costUsd })
  }
  return sums
}

/** The provider of a deployment by its name, also of one that is gone: `model/provider#2`. */
function deploymentOwners(catalog: Catalog): (deployment: string) => string {
  const known = new Map(catalog.models.flatMap(({ deployments }) => deployments.map(({ name, provider }) => [name, provider] as const)))
  return (deployment) => known.get(deployment) ?? deployment.slice(deployment.lastIndexOf('/') + 1).replace(/#\d+$/, '')
}
