/** A model's own share above that of its file: kept beside the configuration, in force for the next request, and taken back with one call. */
import type { Catalog } from '../core/catalog.ts'
import type { Lane, Model } from '../core/deployment.ts'
import { HeadgateError } from '../core/errors.ts'
import type { EventBus } from '../core/events.ts'
import { effectiveShare, modelLock, ownShare, readSessionKey } from '../policy/index.ts'
import type { SplitControl } from './split-control.ts'

export interface ModelShareView {
  readonly name: string
  /** In force, 0–1. */
  readonly remote_share: number
  /** Null = it follows the split above it. */
  readonly own_remote_share: number | null
  /** Which split gave the share: `model`, `override`, `routing.yaml:3`, `weights`, `default`. */
  readonly share_source: string
  /** It is set here, above what `base` says. */
  readonly is_share_set_here: boolean
  /** The only lane that it may use; null = both. */
  readonly lock: Lane | null
  /** What a reset leads to. */
  readonly base: { readonly own_remote_share: number | null; readonly lock: Lane | null; readonly source: string }
  /** Deployments that are not switched off. */
  readonly lanes: { readonly local: number; readonly remote: number }
}

export interface ModelShares {
  list(): readonly ModelShareView[]
  /** 0–1, null = follow, undefined = as the files say. Throws `model_not_found`. */
  set(name: string, remoteShare: number | null | undefined, by: string): ModelShareView
  /** Null = both lanes, undefined = as the files say. Throws `model_not_found`. */
  setLock(name: string, lock: Lane | null | undefined, by: string): ModelShareView
}

export function createModelShares({ catalog, split, bus }: { catalog: () => Catalog; split: SplitControl; bus: EventBus }): ModelShares {
  function view(model: Model): ModelShareView {
    const share = effectiveShare(model, catalog(), split.current())
    const count = (lane: string) => model.deployments.filter((deployment) => deployment.lane === lane && deployment.disabled === null).length
    return {
      name: model.name,
      remote_share: share.remoteShare,
      own_remote_share: ownShare(model, split.current()),
      share_source: share.source,
      is_share_set_here: split.modelShares().has(model.name),
      lock: modelLock(model, split.current()),
      base: { own_remote_share: model.remoteShare, lock: model.lock ?? null, source: model.source },
      lanes: { local: count('local'), remote: count('remote') },
    }
  }

  function modelOf(name: string): Model {
    const model = catalog().modelsByName.get(name)
    if (!model) throw new HeadgateError('not-found', `There is no model ${name.slice(0, 200)}.`, { code: 'model_not_found' })
    return model
  }

  return {
    list: () =>
      catalog()
        .models.filter(({ name }) => name !== 'auto')
        .map(view),
    set(name, remoteShare, by) {
      const model = modelOf(name)
      const before = view(model)
      split.setModelShare(model.name, remoteShare)
      const after = view(model)
      if (after.remote_share !== before.remote_share) split.endSoftHolds((session) => readSessionKey(session).model === model.name)
      bus.emit({ type: 'setting-changed', what: 'model', by, detail: `${model.name}: ${words(after)}` })
      return after
    },
    setLock(name, lock, by) {
      const model = modelOf(name)
      split.setModelLock(model.name, lock)
      const after = view(model)
      const detail = after.lock === null ? 'both lanes' : `locked to ${after.lock}`
      bus.emit({ type: 'setting-changed', what: 'model', by, detail: `${model.name}: ${detail}` })
      return after
    },
  }
}

const words = ({ own_remote_share: own }: ModelShareView) => (own === null ? 'follows the split' : `${Math.round(own * 100)} % remote`)
