/** Smart routing of `auto`: a readable list of conditions over what a prompt looks like; the first that holds, and has a model that can serve the request, decides. Off unless the configuration switches it on. */
import type { Catalog } from '../core/catalog.ts'
import type { Lane, Model } from '../core/deployment.ts'
import type { RequestFacts, Situation } from '../core/plan.ts'
import type { SmartRule } from '../core/rules.ts'
import { autoName } from './auto-model.ts'
import { judgeEligibility } from './eligibility.ts'
import { locksOf } from './locks.ts'
import { conditionFacts, sizeOf } from './match-rule.ts'

export interface SmartChoice {
  readonly rule: SmartRule
  readonly model: Model
  /** What decided, for people: `is_code (a code block) → coder`. */
  readonly words: string
  /** Names of the other models that can serve it, in order: what follows where nobody says anything else. */
  readonly others: readonly string[]
}

export interface SmartParts {
  readonly catalog: Catalog
  readonly situation: Situation
  /** That the request asks for. */
  readonly lane: Lane | null
}

/** So many others follow the chosen one. */
const OTHERS_AT_MOST = 4

/** The choice for a request that leaves the model to us; null = no rule holds, or no model can serve it. */
export function chooseSmart(facts: RequestFacts, { catalog, situation, lane }: SmartParts): SmartChoice | null {
  const { smart } = catalog.rules
  if (smart === null) return null
  const asked = conditionFacts(facts, null, { catalog, situation })
  const canServe = (model: Model) =>
    judgeEligibility(model.deployments, { facts, locks: locksOf(situation, model), lane, provider: null, held: null }).eligible.length > 0
  const seen = facts.prompt && facts.prompt.seen.length > 0 ? ` (${facts.prompt.seen.slice(0, 3).join(', ')})` : ''
  const made = (rule: SmartRule, model: Model, why: string): SmartChoice => {
    const others = [...candidates(rule.use, catalog), ...candidates('capable', catalog)].filter((other) => other !== model && canServe(other))
    return {
      rule,
      model,
      words: `${rule.condition.text}${seen}${why} → ${model.name}`,
      others: [...new Set(others.map(({ name }) => name))].slice(0, OTHERS_AT_MOST),
    }
  }
  let first: SmartRule | null = null
  for (const rule of smart.rules) {
    if (!rule.condition.holds(asked)) continue
    first ??= rule
    const model = candidates(rule.use, catalog).find(canServe)
    if (model) return made(rule, model, '')
  }
  // None of the models that the rules mean can: the most capable of those that can.
  const model = first && candidates('capable', catalog).find(canServe)
  return first && model ? made(first, model, `, ${first.use} cannot serve it`) : null
}

/** What the words of the rules mean, by catalog: looked up among all models once. Words come from files, so there are few. */
const meant = new WeakMap<Catalog, Map<string, readonly Model[]>>()

/** `small`, `capable`, a speciality, or the name of a model: those that are meant, best first. */
function candidates(use: string, catalog: Catalog): readonly Model[] {
  let byWord = meant.get(catalog)
  if (!byWord) meant.set(catalog, (byWord = new Map()))
  let models = byWord.get(use)
  if (models === undefined) byWord.set(use, (models = findModels(use, catalog)))
  return models
}

function findModels(use: string, catalog: Catalog): readonly Model[] {
  const named = catalog.modelsByName.get(catalog.rules.smart?.names.get(use) ?? use)
  const first = named && named.name !== autoName && isUsable(named) ? [named] : []
  return [...new Set([...first, ...byWord(use, catalog)])]
}

function byWord(use: string, catalog: Catalog): readonly Model[] {
  if (use === 'small') return bySize(catalog, 1).filter(({ deployments }) => deployments.some(({ lane }) => lane === 'local'))
  if (use === 'capable') return bySize(catalog, -1)
  if (use === 'vision') return bySize(catalog, -1).filter(({ deployments }) => deployments.some(({ features }) => features.vision === true))
  return []
}

/** By size, smallest (1) or largest (-1) first; those of unknown size at the end, as they are listed. */
function bySize(catalog: Catalog, sign: 1 | -1): readonly Model[] {
  const size = new Map(chatModels(catalog).map((model) => [model, sizeOf(model.name, catalog)]))
  const rank = (model: Model) => {
    const its = size.get(model) ?? null
    return its === null ? Number.POSITIVE_INFINITY : sign * its
  }
  return [...size.keys()].sort((one, other) => (rank(one) === rank(other) ? 0 : rank(one) - rank(other)))
}

function chatModels(catalog: Catalog): Model[] {
  return catalog.models.filter(
    (model) => model.name !== autoName && isUsable(model) && model.deployments.every(({ features }) => features.embeddings !== true),
  )
}

const isUsable = ({ deployments }: Model) => deployments.some(({ disabled }) => disabled === null)
