/** The two parts of a deployment's name as rows show them: the model in ink, the provider in grey. */
import type { DeploymentView, RequestRow } from '../api/types.ts'

/** `provider` is null for the engine, and where no deployment is known. */
export function splitName(name: string, deployments: readonly DeploymentView[]): { model: string; provider: string | null } {
  const known = deployments.find((deployment) => deployment.name === name)
  const slash = name.lastIndexOf('/')
  const model = known?.model ?? (slash > 0 ? name.slice(0, slash) : name)
  const provider = known?.provider ?? (slash > 0 ? name.slice(slash + 1) : null)
  return { model, provider: provider === 'engine' ? null : provider }
}

/** Where a row was served; before that, the model that was asked for. */
export function placeOf(row: RequestRow, deployments: readonly DeploymentView[]): { model: string; provider: string | null } {
  return row.deployment === null ? { model: row.model ?? '–', provider: null } : splitName(row.deployment, deployments)
}
