/** One deployment: an entry of a model, over its provider. Lane and address follow the parsed URL; an explicit lane wins, the address never bends. */
import { existsSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { runsElsewhere } from '../core/catalog.ts'
import type { Address, Deployment, Features, Lane, Price, Source } from '../core/deployment.ts'
import { nearNames } from '../policy/near-names.ts'
import { hintOf, quote } from './configuration-error.ts'
import type { ConfiguredProvider } from './provider-entries.ts'
import type { DeploymentInput, featureNames } from './schema/entries.ts'
import type { LocalModel } from './stored-entries.ts'

/** One deployment to be built, with where it is written. */
export interface DeploymentRequest {
  readonly input: DeploymentInput
  readonly source: Source
  /** The provider where the entry itself says which (the seeds' lists); else it is looked up by name. */
  readonly provider?: ConfiguredProvider
  readonly fail: (key: keyof DeploymentInput, message: string) => never
}

export interface DeploymentParts {
  /** Relative GGUF paths start here. */
  readonly folder: string
  /** Entries of the panel may name files below this folder only (security page, e59). */
  readonly modelsFolder: string
  readonly providers: ReadonlyMap<string, ConfiguredProvider>
  readonly localModels: readonly LocalModel[]
  /** Files elsewhere that a person chose to use where they lie: entries of the panel may name these too. */
  readonly chosenFiles?: readonly LocalModel[]
  /** Tokens of a model file whose deployment sets no context, unless it was trained for less. */
  readonly engineContext: number
}

export interface DeploymentPlace {
  readonly model: string
  /** Names that are taken; the new one is added. */
  readonly taken: Set<string>
}

/** Builds it, and names it `model/provider`, `#2` for the second, unless it has a name of its own. */
export function buildDeployment(request: DeploymentRequest, place: DeploymentPlace, parts: DeploymentParts): Deployment {
  const { input, source, fail } = request
  const provider = request.provider ?? parts.providers.get(input.provider) ?? fail('provider', unknownProvider(input.provider, parts))
  const { entry } = provider
  const file = entry.kind === 'engine' ? engineFile(request, place.model, parts) : null
  const upstreamModel = file?.path ?? input.model ?? place.model
  const address = addressOf(provider, upstreamModel)
  return {
    name: nameOf(request, entry.name, place),
    model: place.model,
    provider: entry.name,
    kind: entry.kind,
    upstreamModel,
    lane: input.lane ?? laneOf(address),
    address,
    endpoint: entry.endpoint,
    weight: input.weight ?? null,
    priority: input.priority ?? entry.priority ?? 0,
    context: input.context ?? file?.context ?? null,
    features: entry.kind === 'engine' && input.features === undefined ? engineFeatures : featuresOf(input.features),
    price: priceOf(input.price),
    startDeadlineMs: input.timeout === undefined ? null : Math.round(input.timeout * 1000),
    maxInFlight: input.max_in_flight ?? entry.maxInFlight,
    source,
    disabled: entry.disabled ?? file?.problem ?? null,
  }
}

export function unknownProvider(name: string, parts: Pick<DeploymentParts, 'providers'>): string {
  return `unknown provider ${quote(name)}; ${hintOf(nearNames(name, parts.providers.keys(), 3), parts.providers.keys())}`
}

function laneOf(address: Address): Lane {
  return address === 'network' ? 'remote' : 'local'
}

/** What a local server passes on to a cloud leaves this machine, whatever lane it is called: a lock to local must hold. */
function addressOf(provider: ConfiguredProvider, upstreamModel: string): Address {
  return runsElsewhere(provider.entry, upstreamModel) ? 'network' : provider.address
}

interface EngineFile {
  readonly path: string
  /** What the engine gives it in tokens where nobody sets another; null = not known. */
  readonly context: number | null
  /** Why it cannot be served; null = it is there. */
  readonly problem: string | null
}

/** A GGUF file by its path, or by the name of a file in the models folder. */
function engineFile(request: DeploymentRequest, model: string, parts: DeploymentParts): EngineFile {
  const written = request.input.model ?? parts.providers.get(request.input.provider)?.entry.defaultModel ?? model
  if (written.includes('\0')) request.fail('model', 'a path cannot hold a NUL character')
  const named =
    parts.localModels.find((local) => local.name === written || local.file === written) ?? parts.chosenFiles?.find(({ file }) => file === written)
  if (named) {
    const context = named.context === null ? null : Math.min(named.context, parts.engineContext)
    return { path: named.file, context, problem: named.disabled ?? null }
  }
  const path = resolve(parts.folder, written)
  if (request.source === 'panel' && !isInside(parts.modelsFolder, path)) request.fail('model', 'the file must lie in the models folder')
  if (!/\.gguf$/i.test(written)) return { path, context: null, problem: `there is no GGUF file named ${written}` }
  return { path, context: null, problem: existsSync(path) ? null : `${written} is not there` }
}

/** Does the path lie below the folder? Both absolute. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && !way.startsWith('..') && !isAbsolute(way)
}

function nameOf({ input, fail }: DeploymentRequest, provider: string, { model, taken }: DeploymentPlace): string {
  if (input.name !== undefined) {
    if (taken.has(input.name)) fail('name', `a deployment is already named ${quote(input.name)}`)
    taken.add(input.name)
    return input.name
  }
  const plain = `${model}/${provider}`
  let name = plain
  for (let count = 2; taken.has(name); count++) name = `${plain}#${count}`
  taken.add(name)
  return name
}

/** The engine reads text and obeys grammars; tools and reasoning depend on the model's template. */
const engineFeatures: Features = { tools: null, vision: false, json: true, reasoning: null, embeddings: false }

/** A list is complete: what it does not name the deployment cannot do. Without a list nothing is known. */
function featuresOf(listed: DeploymentInput['features']): Features {
  const has = (name: (typeof featureNames)[number]) => (listed === undefined ? null : listed.includes(name))
  return { tools: has('tools'), vision: has('vision'), json: has('json'), reasoning: has('reasoning'), embeddings: has('embeddings') }
}

function priceOf(price: DeploymentInput['price']): Price | null {
  if (price === undefined) return null
  const cached = price.cached_input
  return {
    inputUsdPerMillionTokens: price.input,
    outputUsdPerMillionTokens: price.output,
    ...(cached === undefined ? {} : { cachedInputUsdPerMillionTokens: cached }),
  }
}
