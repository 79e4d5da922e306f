/** Every model with its deployments: of files, of the seeds' lists, of the panel, of the GGUF files that were found. Invariants: a name or alias means one model, a deployment's name is one deployment, and what a file sets the panel cannot change. */
import type { ConfigWarning } from '../core/catalog.ts'
import type { Deployment, Model, Source } from '../core/deployment.ts'
import { quote } from './configuration-error.ts'
import { buildDeployment, type DeploymentParts, type DeploymentRequest } from './deployment-entry.ts'
import type { ModelInput } from './schema/entries.ts'
import type { LocalModel } from './stored-entries.ts'
import { strategyNamed, unknownStrategy } from './strategy-name.ts'

export interface ModelRequest {
  readonly input: Omit<ModelInput, 'deployments'>
  readonly deployments: readonly DeploymentRequest[]
  readonly source: Source
  /** Adds deployments to a model of that name that is there already (the seeds' lists, rows of the panel); else a second one is an error. */
  readonly merges: boolean
  readonly warn: (message: string) => void
  readonly fail: (key: keyof ModelInput, message: string) => never
}

export interface ModelParts extends DeploymentParts {
  readonly localModels: readonly LocalModel[]
  readonly warn: (warning: ConfigWarning) => void
}

interface Draft {
  readonly input: Omit<ModelInput, 'deployments'>
  readonly source: Source
  readonly strategy: string | null
  /** The first that is named, wherever deployments are added. */
  size: number | null
  readonly deployments: Deployment[]
}

/** Builds the models in the order of the requests; GGUF files that no file covers come last, the starter after all others. */
export function buildModels(requests: readonly ModelRequest[], parts: ModelParts): readonly Model[] {
  const drafts = new Map<string, Draft>()
  /** Names and aliases, with where they are set. */
  const taken = new Map<string, Source>()
  const deploymentNames = new Set<string>()

  for (const request of requests) {
    const { input, source, fail } = request
    const known = drafts.get(input.name)
    if (!known || !request.merges) claim(input.name, source, (message) => fail('name', message))
    for (const alias of input.aliases) if (alias !== input.name) claim(alias, source, (message) => fail('aliases', message))
    const draft = known ?? { input, source, strategy: strategyOf(request), size: null, deployments: [] }
    draft.size ??= input.size ?? null
    drafts.set(input.name, draft)
    for (const each of request.deployments) draft.deployments.push(buildDeployment(each, { model: input.name, taken: deploymentNames }, parts))
  }
  for (const local of parts.localModels.toSorted(starterLast)) addLocalModel(local)
  return [...drafts.values()].map(finish)

  function claim(name: string, source: Source, fail: (message: string) => never): void {
    const other = taken.get(name)
    if (other !== undefined) fail(`the name ${quote(name)} is already that of a model or alias at ${other}`)
    taken.set(name, source)
  }

  function strategyOf({ input, fail }: ModelRequest): string | null {
    if (input.strategy === undefined) return null
    return strategyNamed(input.strategy) ?? fail('strategy', unknownStrategy(input.strategy))
  }

  function addLocalModel(local: LocalModel): void {
    const known = drafts.get(local.name)
    if (known?.deployments.some((deployment) => deployment.kind === 'engine')) return
    const problem =
      !known && taken.has(local.name)
        ? `no model is named after this file: ${quote(local.name)} is an alias at ${taken.get(local.name)}`
        : parts.providers.get('engine')?.data.kind === 'engine'
          ? null
          : 'not served: the provider engine was redefined'
    if (problem !== null) {
      parts.warn({ file: local.file, line: null, message: problem })
      return
    }
    taken.set(local.name, 'models folder')
    const draft: Draft = known ?? {
      input: { name: local.name, aliases: [], fallbacks: [] },
      source: 'models folder',
      strategy: null,
      size: null,
      deployments: [],
    }
    drafts.set(local.name, draft)
    const request: DeploymentRequest = {
      input: { provider: 'engine', model: local.file, priority: 0 },
      source: 'models folder',
      fail: (_, message) => {
        throw new TypeError(message)
      },
    }
    draft.deployments.push(buildDeployment(request, { model: local.name, taken: deploymentNames }, parts))
  }
}

function starterLast(a: LocalModel, b: LocalModel): number {
  return Number(a.isStarter) - Number(b.isStarter) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
}

function finish({ input, source, strategy, size, deployments }: Draft): Model {
  return {
    name: input.name,
    aliases: input.aliases.filter((alias) => alias !== input.name),
    remoteShare: input.remote_share ?? null,
    lock: input.lock ?? null,
    weightedShare: weightedShare(deployments),
    strategy,
    fallbacks: input.fallbacks,
    size,
    deployments,
    source,
  }
}

/** The remote part of the weights that deployments carry, where both lanes carry some; else null. */
function weightedShare(deployments: readonly Deployment[]): number | null {
  const total = { local: 0, remote: 0 }
  const lanes = new Set<string>()
  for (const { lane, weight } of deployments)
    if (weight !== null) {
      lanes.add(lane)
      total[lane] += weight
    }
  const sum = total.local + total.remote
  return lanes.size < 2 || sum === 0 ? null : total.remote / sum
}
