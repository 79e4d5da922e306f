/** The steps of the set-up in order, and which of them this choice and this host have. */
import type { SplitSetting } from '../api/types.ts'

export const allSteps = ['running', 'split', 'local', 'provider', 'tool', 'handy'] as const
export type StepId = (typeof allSteps)[number]

/** A provider is not asked for where nothing may leave; the last one is about the menu-bar app. */
export function stepsFor(setting: SplitSetting, isInApp: boolean): readonly StepId[] {
  return allSteps.filter(
    (step) => (step !== 'provider' || setting.lock !== 'local') && (step !== 'local' || setting.lock !== 'remote') && (step !== 'handy' || isInApp),
  )
}

/** The step that is kept, or the next one that there is. */
export function stepAt(kept: number, steps: readonly StepId[]): StepId {
  return steps.find((step) => allSteps.indexOf(step) >= kept) ?? steps.at(-1) ?? 'running'
}
