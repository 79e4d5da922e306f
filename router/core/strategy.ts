/** Seam of a strategy: orders the candidates of one lane. Pure; one file and one line in `policy/strategies/index.ts`. */
import type { z } from 'zod'
import type { Deployment } from './deployment.ts'
import type { Situation } from './plan.ts'

export interface Ranked {
  readonly deployment: Deployment
  /** Higher is better; null where the order is not a score. */
  readonly score: number | null
  readonly detail: string | null
}

export interface Strategy<Options = unknown> {
  readonly name: string
  /** Other names that mean the same (seed and LiteLLM names). */
  readonly aliases: readonly string[]
  readonly summary: string
  readonly options: z.ZodType<Options>
  /** Returns a permutation of `candidates`, best first. */
  order(candidates: readonly Deployment[], situation: Situation, options: Options): readonly Ranked[]
}
