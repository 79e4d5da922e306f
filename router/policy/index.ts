/** Door of the policy: the pure decision and what the pipeline, the panel and the configuration need around it. */

export { autoModel, autoName } from './auto-model.ts'
export { type DecideInput, decide, decideResolved } from './decide.ts'
export { effectiveWeights } from './effective-weights.ts'
export { type ExplainedPlan, explainPlan, sentence } from './explain.ts'
export { nearNames } from './near-names.ts'
export { promptFeatures } from './prompt-features.ts'
export { type Resolved, resolveModel } from './resolve.ts'
export { sessionKey } from './session-key.ts'
export { drawByChance, drawByDeficit, type EffectiveShare, effectiveShare, isOverride } from './split.ts'
export { defaultStrategy, findStrategy, strategies } from './strategies/index.ts'
export { turnAfter } from './turns.ts'
