/** Smart routing of `auto`: a readable list of conditions over what a prompt looks like; the first that holds and whose model is there decides. Off unless the configuration switches it on. */
import type { Catalog } from '../core/catalog.ts'
import type { Model } from '../core/deployment.ts'
import type { RequestFacts, Situation } from '../core/plan.ts'
import type { SmartRule } from '../core/rules.ts'
import { autoName } from './auto-model.ts'
import { conditionFacts, sizeOf } from './match-rule.ts'

export interface SmartChoice {
  readonly rule: SmartRule
  readonly model: Model
  /** What decided, for people: `is_code (a code block) → coder`. */
  readonly words: string
}

/** The choice for a request that leaves the model to us; null = no rule holds, or none of their models is there. */
export function chooseSmart(facts: RequestFacts, catalog: Catalog, situation: Situation): SmartChoice | null {
  const { smart } = catalog.rules
  if (smart === null) return null
  const asked = conditionFacts(facts, null, { catalog, situation })
  for (const rule of smart.rules) {
    if (!rule.condition.holds(asked)) continue
    const model = modelFor(rule.use, catalog)
    if (model === null) continue
    const seen = facts.prompt && facts.prompt.seen.length > 0 ? ` (${facts.prompt.seen.slice(0, 3).join(', ')})` : ''
    return { rule, model, words: `${rule.condition.text}${seen} → ${model.name}` }
  }
  return null
}

/** What the words of the rules mean, by catalog: looked up among all models once. Words come from files, so there are few. */
const meant = new WeakMap<Catalog, Map<string, Model | null>>()

/** `small`, `capable`, a speciality, or the name of a model; null = nothing of the kind is there. */
export function modelFor(use: string, catalog: Catalog): Model | null {
  let byWord = meant.get(catalog)
  if (!byWord) meant.set(catalog, (byWord = new Map()))
  let model = byWord.get(use)
  if (model === undefined) byWord.set(use, (model = findModel(use, catalog)))
  return model
}

function findModel(use: string, catalog: Catalog): Model | null {
  const { smart } = catalog.rules
  const named = smart?.names.get(use) ?? use
  const model = catalog.modelsByName.get(named)
  if (model && model.name !== autoName && isUsable(model)) return model
  if (use === 'small') return bySize(catalog, (a, b) => a - b, 'local')
  if (use === 'capable') return bySize(catalog, (a, b) => b - a, null)
  if (use === 'vision') return chatModels(catalog).find(({ deployments }) => deployments.some(({ features }) => features.vision === true)) ?? null
  return null
}

/** The first by known size; in one lane where it is named. */
function bySize(catalog: Catalog, order: (a: number, b: number) => number, lane: 'local' | null): Model | null {
  const sized = chatModels(catalog)
    .filter(({ deployments }) => lane === null || deployments.some((deployment) => deployment.lane === lane))
    .flatMap((model) => {
      const size = sizeOf(model.name, catalog)
      return size === null ? [] : [{ model, size }]
    })
  return sized.sort((a, b) => order(a.size, b.size))[0]?.model ?? null
}

function chatModels(catalog: Catalog): Model[] {
  return catalog.models.filter(
    (model) => model.name !== autoName && isUsable(model) && model.deployments.every(({ features }) => features.embeddings !== true),
  )
}

const isUsable = ({ deployments }: Model) => deployments.some(({ disabled }) => disabled === null)
