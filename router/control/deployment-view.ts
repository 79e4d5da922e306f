/** One deployment as the panel, `/routing` and the command line see it: configuration, health and load in one row. */
import type { Catalog } from '../core/catalog.ts'
import type { Deployment, Lane, Model } from '../core/deployment.ts'
import type { DeploymentState, Lookup } from '../core/plan.ts'
import type { Slots } from '../execution/index.ts'

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
}

/** What the engine says of a model file. */
export interface EngineModelView {
  readonly file: string
  readonly state: string
  readonly detail: string | null
  readonly memoryBytes: number | null
  readonly tokensPerSecond: number | null
}

export interface ViewParts {
  readonly catalog: () => Catalog
  readonly states: () => Lookup<DeploymentState>
  readonly medianFirstOutputMs: (deployment: string) => number | null
  readonly slots: Slots
  readonly engineStates: () => readonly EngineModelView[]
  /** File of the starter model, which is labelled "very small". */
  readonly starterFile: () => string | null
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
      }
    }),
  )
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
