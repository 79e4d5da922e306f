/** The locks that hold for a request: the global one (or the override for a time), that of the caller's key and that of the model. Opposite ones leave no lane. */
import type { Deployment, Lane, Model } from '../core/deployment.ts'
import type { Situation } from '../core/plan.ts'
import type { Lock, Reason, Split } from '../core/split.ts'

export interface LockRule {
  readonly lane: Lane
  readonly reason: Extract<Reason, 'lock' | 'override'>
  /** Who locks, in brackets after the lane: `routing.yaml:3`. */
  readonly by: string
  /** What a person undoes. */
  readonly howToFix: string
}

/** The lock of a model: what a person set above the files, else what they say. */
export function modelLock({ name, lock = null }: Pick<Model, 'name' | 'lock'>, { modelLocks }: Pick<Split, 'modelLocks'>): Lock {
  const set = modelLocks?.get(name)
  return set === undefined ? lock : set
}

/** In the order in which they are named: global first. `models`: the one that is asked for, and the one that follows it. */
export function locksOf({ split, key }: Pick<Situation, 'split' | 'key'>, ...models: readonly Pick<Model, 'name' | 'lock'>[]): readonly LockRule[] {
  const locks: LockRule[] = []
  if (split.lock !== null) {
    const preset = split.lock === 'local' ? 'Local Only' : 'Remote Only'
    const other = split.lock === 'local' ? 'remote' : 'local'
    locks.push(
      split.isTemporary
        ? { lane: split.lock, reason: 'override', by: 'for a time', howToFix: `End the override (${preset}) to allow the ${other} lane` }
        : {
            lane: split.lock,
            reason: 'lock',
            by: split.source,
            howToFix: `Remove the lock (${preset}) to allow the ${other} lane, or add a ${split.lock} deployment of this model`,
          },
    )
  }
  if (key?.laneLock)
    locks.push({
      lane: key.laneLock,
      reason: 'lock',
      by: `key ${key.name}`,
      howToFix: `Allow the ${key.laneLock === 'local' ? 'remote' : 'local'} lane for the key ${key.name}`,
    })
  for (const model of models) {
    const lane = modelLock(model, split)
    if (lane !== null)
      locks.push({
        lane,
        reason: 'lock',
        by: `model ${model.name}`,
        howToFix: `Allow the ${lane === 'local' ? 'remote' : 'local'} lane for the model ${model.name}`,
      })
  }
  return locks
}

/** The first lock that keeps a deployment away. A lock to local looks at the lane and at the address: what is only called local leaves the machine all the same. */
export function lockedOut(deployment: Deployment, locks: readonly LockRule[]): { readonly lock: LockRule; readonly detail: string } | null {
  for (const lock of locks) {
    const words = `locked to ${lock.lane} (${lock.by})`
    if (deployment.lane !== lock.lane) return { lock, detail: `${words}, this one is ${deployment.lane}` }
    if (lock.lane === 'local' && deployment.address === 'network')
      return { lock, detail: `${words}, this one is called local but lives at another address of the network` }
  }
  return null
}

/** The two that leave no lane between them; null = there is one. */
export function opposed(locks: readonly LockRule[]): readonly [LockRule, LockRule] | null {
  const [first] = locks
  const other = locks.find(({ lane }) => lane !== first?.lane)
  return first && other ? [first, other] : null
}

export const isLockReason = (reason: Reason): boolean => reason === 'lock' || reason === 'override'
