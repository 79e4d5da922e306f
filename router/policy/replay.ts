/** Past requests, decided once more in their order under another split: the same `decide`, with draws, conversations and turns of its own. Nothing outside is booked. */
import type { Catalog } from '../core/catalog.ts'
import { HeadgateError } from '../core/errors.ts'
import type { Deficit, DeploymentState, Hold, Lookup, Plan, RequestFacts, Situation } from '../core/plan.ts'
import type { CallerSplit, Split } from '../core/split.ts'
import { decideResolved } from './decide.ts'
import { holdAfter } from './hold-after.ts'
import { resolveModel } from './resolve.ts'
import { sessionKey } from './session-key.ts'

export interface ReplayWorld {
  readonly catalog: Catalog
  readonly split: Split
  readonly deployments: Lookup<DeploymentState>
  /** Where the draws begin. */
  readonly deficits: Lookup<Deficit>
  readonly key: (id: string) => CallerSplit | null
  /** A conversation is held for so long after its last request. */
  readonly sessionIdleMs: number
  /** A number in [0, 1) for random draws and strategies. */
  readonly chance: () => number
  /** Local time of day of a moment (wall clock, ms). */
  readonly calendar: (at: number) => Situation['calendar']
}

export interface Replayed {
  /** Wall clock, ms. */
  readonly at: number
  readonly keyId: string | null
  readonly facts: RequestFacts
}

export interface Replay {
  /** Rows in the order of time. Null = the model is not there any more. */
  next(row: Replayed): Plan | null
}

/** The split is one from start to end, so every conversation is of its version. */
const SPLIT_VERSION = 1

export function createReplay(world: ReplayWorld): Replay {
  const { catalog, split, deployments, chance } = world
  const deficits = new Map<string, Deficit>()
  const sessions = new Map<string, { readonly hold: Hold; readonly at: number }>()
  const turns = new Map<string, number>()
  const deficit = { get: (key: string) => deficits.get(key) ?? world.deficits.get(key) }

  function holdOf(session: string | null, at: number): Hold | null {
    const entry = session === null ? undefined : sessions.get(session)
    return entry && at - entry.at <= world.sessionIdleMs ? entry.hold : null
  }

  return {
    next({ at, keyId, facts }) {
      try {
        const situation: Situation = {
          split,
          key: keyId === null ? null : world.key(keyId),
          splitVersion: SPLIT_VERSION,
          deployments,
          hold: null,
          deficits: deficit,
          turns,
          laneChance: chance(),
          strategyChance: chance(),
          calendar: world.calendar(at),
        }
        const resolved = resolveModel(facts, catalog, situation)
        const session = facts.session === null ? null : sessionKey(keyId, resolved.model.name, facts.session.id)
        const hold = holdOf(session, at)
        const plan = decideResolved(resolved, { facts, catalog, situation: { ...situation, hold } })
        const first = plan.steps[0]
        if (!first) return plan
        if (plan.booking) deficits.set(plan.booking.key, plan.booking.deficit)
        if (session !== null && plan.keepsSession)
          sessions.set(session, { hold: holdAfter(plan, first, { before: hold, splitVersion: SPLIT_VERSION }), at })
        turns.set(first.deployment.name, (turns.get(first.deployment.name) ?? 0) + 1)
        return plan
      } catch (error) {
        if (error instanceof HeadgateError) return null
        throw error
      }
    },
  }
}
