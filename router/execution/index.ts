/** Door of the execution: it walks a plan and never chooses. */
export { type AnswerEnd, type AnswerSink, type Execution, type ExecutionParts, type ExecutionRequest, execute } from './execute.ts'
export { type ExecutionLimits, executionLimits } from './limits.ts'
export { createSlots, type Slots } from './slots.ts'
