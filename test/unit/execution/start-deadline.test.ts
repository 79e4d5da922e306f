import { expect, test } from 'vitest'
import { executionLimits } from '../../../router/execution/index.ts'
import { startDeadlineMs } from '../../../router/execution/start-deadline.ts'
import { buildDeployment } from '../policy/build.ts'

const thinking = { tools: null, vision: null, json: null, reasoning: true, embeddings: null }
const deadline = (more: { startDeadlineMs?: number; isThinking?: boolean; learnedMs?: number; isLast?: boolean }) =>
  startDeadlineMs(
    {
      deployment: buildDeployment('m/away', {
        ...(more.startDeadlineMs === undefined ? {} : { startDeadlineMs: more.startDeadlineMs }),
        ...(more.isThinking ? { features: thinking } : {}),
      }),
      learnedMs: more.learnedMs ?? null,
      defaultMs: 60_000,
      isLast: more.isLast ?? false,
    },
    executionLimits,
  )

test('where nothing is learned or set it is the default, and twice as long for a model that thinks first', () => {
  expect(deadline({})).toBe(60_000)
  expect(deadline({ isThinking: true })).toBe(120_000)
})

test('what the deployment sets stays as it is, and what was learned comes before it', () => {
  expect(deadline({ isThinking: true, startDeadlineMs: 30_000 })).toBe(30_000)
  expect(deadline({ isThinking: true, startDeadlineMs: 30_000, learnedMs: 12_000 })).toBe(12_000)
})

test('the last place of a plan is not given up early', () => {
  expect(deadline({ learnedMs: 12_000, isLast: true })).toBe(60_000)
  expect(deadline({ learnedMs: 90_000, isLast: true })).toBe(90_000)
  expect(deadline({ startDeadlineMs: 30_000, isLast: true })).toBe(30_000)
})
