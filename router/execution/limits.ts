/** Every number of the execution in one place; the reasons stand in the design page of the same name. */
export const executionLimits = {
  /** Attempts per request over all deployments. */
  attempts: 3,
  /** Of these at the same place again, where the failure allows it and every other place has an attempt left. */
  repeatsHere: 1,
  /** Asked before each further attempt; the first retry is always allowed. */
  firstOutputBudgetMs: 45_000,
  /** Same deployment again: random 0…min(cap, base · 2^k); between any two attempts at least `gapMs`. */
  backoffBaseMs: 250,
  backoffCapMs: 2_000,
  gapMs: 50,
  /** Nothing is left but a deployment that asks to wait: wait so long at most. */
  waitForLimitMs: 10_000,
  /** A learned start deadline of the last deployment is at least so long: there is nobody left to turn to. */
  lastStartMs: 60_000,
  /** Where nothing is learned or set, a thinking model has so many times the usual start deadline. */
  thinkingStartFactor: 2,
  /** Last output of a stream; within reasoning or a tool call, and local models, may take longer. */
  progressMs: 30_000,
  progressSlowMs: 90_000,
  progressLocalMs: 180_000,
  /** Last byte, pings count; never shorter than the progress clock in force. */
  transportMs: 60_000,
  totalStreamMs: 3_600_000,
  totalWholeMs: 600_000,
  /** Status and headers of a stream wait so long for the first output. */
  earlyOpenMs: 10_000,
  keepAliveMs: 10_000,
  queuePerDeployment: 32,
  queueInAll: 128,
  /** Request bodies that wait, together. */
  queueBytesInAll: 64 * 1024 * 1024,
  queueLeaveMs: 120_000,
} as const

export type ExecutionLimits = { readonly [Name in keyof typeof executionLimits]: number }
