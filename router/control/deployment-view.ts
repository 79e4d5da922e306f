/** One deployment as the panel, `/routing` and the command line see it: configuration, health and load in one row. */
import type { Catalog } from '../core/catalog.ts'
import type { Address, Deployment, Features, Lane, Model } from '../core/deployment.ts'
import type { DeploymentState, Lookup } from '../core/plan.ts'
import type { GgufFacts } from '../engine/gguf-check.ts'
import type { Slots } from '../execution/index.ts'
import { type Entry, entryOfDeployment } from './model-entry.ts'

export type ViewState = 'healthy' | 'out' | 'on-trial' | 'ramping' | 'limited' | 'disabled' | 'not-loaded' | 'loading' | 'unknown'

export interface DeploymentView {
  readonly name: string
  readonly model: string
  readonly upstream_model: string
  readonly provider: string
  readonly lane: Lane
  readonly state: ViewState
  readonly detail: string | null
  readonly in_flight: number
  /** Measured, median of the last 5 minutes' streams. */
  readonly first_output_ms: number | null
  readonly loaded: boolean | null
  readonly memory_bytes: number | null
  readonly tokens_per_s: number | null
  readonly very_small: boolean
  readonly source: string
  readonly address: Address
  /** Tokens; null = not known. */
  readonly context: number | null
  readonly features: Features
  /** US dollars for a million tokens. */
  readonly price: { readonly input: number; readonly output: number; readonly cached_input: number | null } | null
  readonly weight: number | null
  readonly priority: number
  readonly max_in_flight: number
  /** Of the local engine only, elsewhere null. */
  readonly local: LocalFileView | null
  /** As models.yaml would hold it. */
  readonly entry: Entry
}

/** The model file of an engine deployment, and how it is loaded. */
export interface LocalFileView {
  /** Absolute path. */
  readonly file: string
  /** It lies in the models folder, so that Headgate may delete it. */
  readonly is_ours: boolean
  /** Of all its parts; null = not read, or not there. */
  readonly size_bytes: number | null
  readonly architecture: string | null
  readonly quantization: string | null
  readonly parameters: number | null
  readonly license: string | null
  readonly trained_context: number | null
  /** Tokens that it is loaded with now, for each of `slots`. */
  readonly loaded_context: number | null
  readonly slots: number | null
  readonly queued: number
  /** Measured at the last load. */
  readonly load_ms: number | null
  readonly prefill_tokens_per_s: number | null
  /** Seconds, as a person set it; 0 = it stays loaded, null = as the settings say. */
  readonly idle_unload_s: number | null
}

/** What the engine says of a model file. */
export interface EngineModelView {
  readonly file: string
  readonly state: string
  readonly detail: string | null
  readonly memoryBytes: number | null
  readonly tokensPerSecond: number | null
  readonly context: number | null
  readonly slots: number
  readonly queued: number
  readonly loadMs: number | null
  readonly prefillTokensPerSecond: number | null
}

export interface ViewParts {
  readonly catalog: () => Catalog
  readonly states: () => Lookup<DeploymentState>
  readonly medianFirstOutputMs: (deployment: string) => number | null
  readonly slots: Slots
  readonly engineStates: () => readonly EngineModelView[]
  /** File of the starter model, which is labelled "very small". */
  readonly starterFile: () => string | null
  readonly fileFacts: (file: string) => GgufFacts | null
  readonly idleUnloadS: (file: string) => number | null
  readonly isOurs: (file: string) => boolean
}

/** Rows of one model, or of all. */
export function deploymentViews(parts: ViewParts, model?: Model): DeploymentView[] {
  const states = parts.states()
  const engine = parts.engineStates()
  const starter = parts.starterFile()
  return (model ? [model] : parts.catalog().models.filter(({ name }) => name !== 'auto')).flatMap(({ deployments }) =>
    deployments.map((deployment) => {
      const state = states.get(deployment.name)
      const loaded = deployment.kind === 'engine' ? engine.find(({ file }) => file === deployment.upstreamModel) : undefined
      const firstOutputMs = parts.medianFirstOutputMs(deployment.name)
      const [word, detail] = stateOf(deployment, { state, loaded, firstOutputMs })
      return {
        name: deployment.name,
        model: deployment.model,
        upstream_model: deployment.kind === 'engine' ? (deployment.upstreamModel.split('/').pop() ?? '') : deployment.upstreamModel,
        provider: deployment.provider,
        lane: deployment.lane,
        state: word,
        detail,
        in_flight: parts.slots.inFlight(deployment.name),
        first_output_ms: firstOutputMs,
        loaded: deployment.kind === 'engine' ? loaded?.state === 'ready' : null,
        memory_bytes: loaded?.memoryBytes ?? null,
        tokens_per_s: loaded?.tokensPerSecond ?? null,
        very_small: deployment.kind === 'engine' && deployment.upstreamModel === starter,
        source: deployment.source,
        address: deployment.address,
        context: deployment.context,
        features: deployment.features,
        price: deployment.price && {
          input: deployment.price.inputUsdPerMillionTokens,
          output: deployment.price.outputUsdPerMillionTokens,
          cached_input: deployment.price.cachedInputUsdPerMillionTokens ?? null,
        },
        weight: deployment.weight,
        priority: deployment.priority,
        max_in_flight: deployment.maxInFlight,
        local: deployment.kind === 'engine' ? localView(parts, deployment.upstreamModel, loaded) : null,
        entry: entryOfDeployment(deployment),
      }
    }),
  )
}

function localView(parts: ViewParts, file: string, loaded: EngineModelView | undefined): LocalFileView {
  const facts = parts.fileFacts(file)
  return {
    file,
    is_ours: parts.isOurs(file),
    size_bytes: facts?.sizeBytes ?? null,
    architecture: facts?.architecture ?? null,
    quantization: facts?.quantization ?? null,
    parameters: facts?.parameters ?? null,
    license: facts?.license ?? null,
    trained_context: facts?.contextLength ?? null,
    loaded_context: loaded?.context ?? null,
    slots: loaded?.slots ?? null,
    queued: loaded?.queued ?? 0,
    load_ms: loaded?.loadMs ?? null,
    prefill_tokens_per_s: loaded?.prefillTokensPerSecond ?? null,
    idle_unload_s: parts.idleUnloadS(file),
  }
}

interface Known {
  readonly state: DeploymentState | undefined
  readonly loaded: EngineModelView | undefined
  readonly firstOutputMs: number | null
}

function stateOf(deployment: Deployment, { state, loaded, firstOutputMs }: Known): [ViewState, string | null] {
  if (deployment.disabled !== null) return ['disabled', deployment.disabled]
  if (loaded?.state === 'failed') return ['out', loaded.detail]
  if (state && state.credentialOutForMs > 0) return ['out', state.detail ?? 'the provider rejected the key']
  if (state && state.modelUnknownForMs > 0) return ['out', state.detail ?? 'the provider does not serve this model']
  if (state && state.limitedForMs > 0) return ['limited', `back in ${Math.ceil(state.limitedForMs / 1000)} s`]
  if (state && state.health !== 'healthy') return [state.health, state.detail]
  if (deployment.kind === 'engine') {
    if (!loaded || loaded.state === 'absent') return ['not-loaded', null]
    if (loaded.state === 'ready') return ['healthy', loaded.detail]
    return ['loading', loaded.detail]
  }
  return [firstOutputMs !== null || state?.detail ? 'healthy' : 'unknown', state?.detail ?? null]
}
