/** `auto`, the model that always exists: the local lane's default model and every provider's default model, chosen by the split. */
import type { Catalog, ProviderEntry } from '../core/catalog.ts'
import type { Deployment, Model } from '../core/deployment.ts'
import { unlistedDeployment, unlistedModel } from './unlisted.ts'

export const autoName = 'auto'

/** The configured model of that name if there is one, else the model that `auto` stands for now. May be without deployments. */
export function autoModel(catalog: Catalog): Model {
  const configured = catalog.modelsByName.get(autoName)
  if (configured) return configured
  const listed = new Map<string, Deployment[]>()
  for (const model of catalog.models)
    for (const deployment of model.deployments) {
      const ofProvider = listed.get(deployment.provider)
      if (ofProvider) ofProvider.push(deployment)
      else listed.set(deployment.provider, [deployment])
    }
  const deployments: Deployment[] = []
  for (const provider of catalog.providers.values()) {
    const deployment = defaultDeployment(provider, listed.get(provider.name) ?? [], catalog)
    if (deployment) deployments.push(deployment)
  }
  return unlistedModel(autoName, 'built-in', deployments)
}

/** A provider's default model where it is listed, else asked for by name; without a default the first one listed that is switched on. */
function defaultDeployment(provider: ProviderEntry, listed: readonly Deployment[], catalog: Catalog): Deployment | null {
  const wanted = provider.defaultModel
  if (wanted === null) return listed.find((deployment) => deployment.disabled === null && deployment.features.embeddings !== true) ?? null
  return (
    listed.find((deployment) => deployment.upstreamModel === wanted || deployment.model === wanted) ?? unlistedDeployment(wanted, provider, catalog)
  )
}

/** The default models of providers that no file lists by name: `gpt-4o-mini` of a configured `openai` can be asked for, and fallen back to, like any other. */
export function defaultModels(catalog: Catalog): Model[] {
  const models: Model[] = []
  for (const provider of catalog.providers.values()) {
    const name = provider.defaultModel
    if (name === null || catalog.modelsByName.has(name) || models.some((model) => model.name === name)) continue
    const deployment = unlistedDeployment(name, provider, catalog)
    if (deployment) models.push(unlistedModel(name, provider.source, [deployment]))
  }
  return models
}
