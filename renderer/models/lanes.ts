/** A model as its row shows it: what stands in each lane, and where its gate stands. */
import type { FeatureName, ModelDeployment, ModelView } from '../api/models.ts'
import type { Lane, SplitView } from '../api/types.ts'
import { percentOf } from '../state/presets.ts'

export const lanes: readonly Lane[] = ['local', 'remote']
export const otherLane = (lane: Lane): Lane => (lane === 'local' ? 'remote' : 'local')

export const inLane = (model: ModelView, lane: Lane): readonly ModelDeployment[] => model.deployments.filter((each) => each.lane === lane)

/** Where the model's gate stands. `only`: the one lane that can serve it, and why. */
export interface GateView {
  /** 0–100 remote. */
  readonly value: number
  readonly only: Lane | null
  readonly why: 'lock' | 'own-lock' | 'missing' | 'embeddings' | null
  readonly own: boolean
}

export function gateOf(model: ModelView, split: SplitView | null): GateView {
  const value = percentOf(model.remote_share)
  const own = model.own_remote_share !== null
  const only = onlyLaneOf(model)
  const end = (lane: Lane) => (lane === 'local' ? 0 : 100)
  if (only !== null) return { value: end(only), only, why: isForEmbeddings(model) ? 'embeddings' : 'missing', own }
  if (split?.lock) return { value: end(split.lock), only: split.lock, why: 'lock', own }
  if (model.lock) return { value: end(model.lock), only: model.lock, why: 'own-lock', own }
  return { value, only: null, why: null, own }
}

/** The lane that has all of its deployments; null = both have some, or none has. */
export function onlyLaneOf(model: ModelView): Lane | null {
  const has = (lane: Lane) => inLane(model, lane).length > 0
  if (has('local') === has('remote')) return null
  return has('local') ? 'local' : 'remote'
}

export const isForEmbeddings = (model: ModelView): boolean =>
  model.deployments.length > 0 && model.deployments.every(({ features }) => features.embeddings === true)

/** True = every lane's first deployment can; null = nobody said. False as soon as one says that it cannot. */
export function canDo(model: ModelView, feature: FeatureName): boolean | null {
  const known = model.deployments.map(({ features }) => features[feature])
  if (known.includes(true)) return true
  return known.includes(false) ? false : null
}

/** `models.yaml:12` is a file's; what was found or added is not. */
export const isSetByFile = (source: string): boolean => /\.ya?ml(:\d+)?$/.test(source)

/** `auto` first, the others as the router lists them. */
export const inOrder = (models: readonly ModelView[]): readonly ModelView[] =>
  models.toSorted((one, other) => Number(other.name === 'auto') - Number(one.name === 'auto'))

/** The file's name without the line, for rows. */
export const fileOf = (source: string): string => source.replace(/:\d+$/, '')

/** The chosen way on for a side: the first that can be used, else the first. */
export function leading(deployments: readonly ModelDeployment[]): ModelDeployment | null {
  const rank = ({ state }: ModelDeployment) => (state === 'disabled' ? 2 : state === 'out' ? 1 : 0)
  return deployments.toSorted((one, other) => one.priority - other.priority || rank(one) - rank(other))[0] ?? null
}
