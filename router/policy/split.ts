/** The draw between the lanes: which share is in force for a model, and the lane that the next free draw gives. Integers, so that it is exact. */
import type { Catalog } from '../core/catalog.ts'
import type { Lane, Model, Source } from '../core/deployment.ts'
import type { Deficit, Situation } from '../core/plan.ts'
import type { Split, SplitSelection, SplitUnit } from '../core/split.ts'

/** The remote share in force for one model, and how it is drawn. */
export interface EffectiveShare {
  /** 0–1. */
  readonly remoteShare: number
  /** `key`, `model`, `override`, a place in a file, `weights` or `default`. */
  readonly source: Source
  /** Key of the deficit to be looked up and booked: one per (split rule, model). A share of the model's own is part of it, so that a new share starts at 0/0. */
  readonly key: string
  readonly unit: SplitUnit
  readonly selection: SplitSelection
}

/**
 * What decides a model's share, first that is set: its own → an override → the split of the files → weights across lanes → the default.
 * Weights are drawn per request by deficit, under an override too: an override changes share, fallback and lock, never unit and selection.
 * `split` is the split in force; the catalog has the one of the files.
 */
export function effectiveShare(model: Model, catalog: Catalog, split: Split): EffectiveShare {
  const own = ownShare(model, split)
  const followsWeights = !catalog.splitIsSet && own === null && model.weightedShare !== null
  const unit = followsWeights ? 'request' : split.unit
  const selection = followsWeights ? 'deficit' : split.selection
  if (own !== null) return { remoteShare: own, source: 'model', key: `model:${own}:${model.name}`, unit, selection }
  const key = `global:${model.name}`
  const source = split.shareSource ?? split.source
  if (isOverride(source, catalog)) return { remoteShare: split.remoteShare, source: 'override', key, unit, selection }
  if (catalog.splitIsSet) return { remoteShare: split.remoteShare, source, key, unit, selection }
  if (model.weightedShare !== null)
    return { remoteShare: model.weightedShare, source: 'weights', key: `weights:${model.weightedShare}:${model.name}`, unit, selection }
  return { remoteShare: split.remoteShare, source, key, unit, selection }
}

/** The model's own share, 0–1: what a person set above the files, else what they say; null = it follows. */
export function ownShare(model: Model, { modelShares }: Split): number | null {
  const set = modelShares?.get(model.name)
  return set === undefined ? model.remoteShare : set
}

/** The share for one caller: that of its key comes before the model's. Two keys with a share draw apart. */
export function shareFor(model: Model, catalog: Catalog, { split, key }: Pick<Situation, 'split' | 'key'>): EffectiveShare {
  if (key === null || key.remoteShare === null) return effectiveShare(model, catalog, split)
  const { remoteShare } = key
  return { remoteShare, source: 'key', key: `key:${remoteShare}:${key.id}:${model.name}`, unit: split.unit, selection: split.selection }
}

/** Set by a person at run time (panel, tray, command line), not by a file and not by default. */
function isOverride(source: Source, catalog: Catalog): boolean {
  return source !== catalog.split.source && source !== 'default' && !/\.ya?ml(:\d+)?$/.test(source)
}

/** One session in the integer parts that a deficit counts in. */
const WHOLE = 1_000_000

/**
 * One free draw by weighted deficit; `deficit` in millionths of a session, the share to the nearest millionth. Any n draws from 0/0 are within
 * 0.5 of n·r. The caller keeps what comes back, and starts again at 0/0 when the share changes.
 */
export function drawByDeficit(deficit: Deficit, remoteShare: number): { readonly lane: Lane; readonly deficit: Deficit } {
  const part = Math.round(Math.min(Math.max(remoteShare, 0), 1) * WHOLE)
  const local = deficit.local + WHOLE - part
  const remote = deficit.remote + part
  const lane: Lane = remote > local || (remote === local && part > WHOLE / 2) ? 'remote' : 'local'
  return { lane, deficit: lane === 'remote' ? { local, remote: remote - WHOLE } : { local: local - WHOLE, remote } }
}

/** One free draw by chance in [0, 1). */
export function drawByChance(chance: number, remoteShare: number): Lane {
  return chance < remoteShare ? 'remote' : 'local'
}
